// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/firstbootform.h"

#include "gui/fieldbinder.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QJsonArray>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QRegularExpression>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace Stowage
{

namespace
{

enum MethodChoice { NoMethod, SeedMethod, FilesMethod };

constexpr int Spacing = 8;

QString field()
{
    return u"firstBoot"_s;
}

/** The parts of @p text between white space, or commas, or of its lines. */
QStringList partsOf(const QString& text, const QRegularExpression& separator)
{
    QStringList parts = text.split(separator, Qt::SkipEmptyParts);
    for (QString& part : parts) {
        part = part.trimmed();
    }
    parts.removeAll(QString());
    return parts;
}

QStringList linesOf(const QString& text)
{
    static const QRegularExpression Newlines(u"[\\r\\n]+"_s);
    return partsOf(text, Newlines);
}

QStringList addressesOf(const QString& text)
{
    static const QRegularExpression Separators(u"[,\\s]+"_s);
    return partsOf(text, Separators);
}

QStringList textsOf(const QJsonValue& value)
{
    QStringList texts;
    const QJsonArray array = value.toArray();
    for (const QJsonValue& element : array) {
        texts.append(element.toString());
    }
    return texts;
}

QJsonValue orNull(const QStringList& texts)
{
    return texts.isEmpty() ? QJsonValue() : QJsonValue(QJsonArray::fromStringList(texts));
}

} // namespace

FirstBootForm::FirstBootForm(QWidget* parent) : QWidget(parent), m_form(new QFormLayout), m_hint(new QLabel(this))
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(Spacing);
    m_form->setContentsMargins(0, 0, 0, 0);
    m_form->setHorizontalSpacing(12);
    m_form->setVerticalSpacing(Spacing);
    m_form->setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
    layout->addLayout(m_form);
    m_hint->setWordWrap(true);
    m_hint->setProperty("secondary", true);
    layout->addWidget(m_hint);
    layout->addStretch();

    m_method = addCombo(u"firstBootCombo"_s, tr("&Method:"));
    m_method->insertItem(NoMethod, tr("None"));
    m_method->insertItem(SeedMethod, tr("Seed disk for cloud-init"));
    m_method->insertItem(FilesMethod, tr("Files in its image"));
    m_method->setPlaceholderText(tr("Several values"));
    m_hostname = addLine(u"hostname"_s, tr("Host &name:"), tr("As it is"));
    m_user = addLine(u"user"_s, tr("&User:"), tr("root"));
    addKeys();
    m_password = addLine(u"passwordHash"_s, tr("Passwo&rd:"), tr("Hash by mkpasswd"));
    m_network = addCombo(u"firstBootNetworkCombo"_s, tr("&Interface:"));
    m_network->addItem(tr("As it is"), QString());
    m_network->addItem(tr("DHCP"), u"dhcp"_s);
    m_network->addItem(tr("Fixed address"), u"static"_s);
    m_address = addLine(u"address"_s, tr("Lo&cal IP:"), u"192.168.1.5/24"_s);
    m_gateway = addLine(u"gateway"_s, tr("Gatewa&y:"), tr("None"));
    m_dns = addLine(u"dns"_s, tr("DNS:"), tr("None"));
    m_console = addCheck(u"consoleLogin"_s, tr("&Login on hvc0"));
    m_fstab = addCheck(u"fstab"_s, tr("Ad&just fstab"));
    m_console->setToolTip(tr("The console of Xen; BusyBox becomes the init where there is no other."));
    m_fstab->setToolTip(tr("The root disk is named in it, and disks that the guest does not have are not."));
}

void FirstBootForm::addRow(const QString& label, QWidget* field)
{
    QString name = label;
    field->setAccessibleName(tr("First boot: %1").arg(name.remove(u'&').remove(u':')));
    m_form->addRow(label, field);
}

QLineEdit* FirstBootForm::addLine(const QString& key, const QString& label, const QString& placeholder)
{
    auto* edit = new QLineEdit(this);
    edit->setObjectName(u"firstBoot-"_s + key);
    edit->setPlaceholderText(placeholder);
    edit->setAcceptDrops(false); // Files are dropped on the window.
    addRow(label, edit);
    return edit;
}

QComboBox* FirstBootForm::addCombo(const QString& name, const QString& label)
{
    constexpr int LeastLength = 6;
    auto* combo = new QComboBox(this);
    combo->setObjectName(name);
    combo->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    combo->setMinimumContentsLength(LeastLength);
    combo->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    addRow(label, combo);
    return combo;
}

QCheckBox* FirstBootForm::addCheck(const QString& key, const QString& text)
{
    auto* check = new QCheckBox(text, this);
    check->setObjectName(u"firstBoot-"_s + key);
    m_form->addRow(check);
    connect(check, &QCheckBox::clicked, this,
            [this, key](bool on) { setValue(key, on ? QJsonValue(true) : QJsonValue(), false); });
    return check;
}

void FirstBootForm::addKeys()
{
    constexpr int Lines = 4;
    m_keys = new QPlainTextEdit(this);
    m_keys->setObjectName(u"firstBoot-sshKeys"_s);
    m_keys->setPlaceholderText(tr("Lines of .pub files"));
    m_keys->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_keys->setTabChangesFocus(true);
    m_keys->setAcceptDrops(false);
    m_keys->setMinimumWidth(Lines * Spacing);
    m_keys->setFixedHeight(Lines * m_keys->fontMetrics().lineSpacing() + 2 * Spacing);
    addRow(tr("&SSH keys:"), m_keys);
}

void FirstBootForm::setBinder(FieldBinder* binder)
{
    m_binder = binder;
    connect(m_method, &QComboBox::activated, this, &FirstBootForm::methodChosen);
    connect(m_network, &QComboBox::activated, this, [this](int index) {
        const QString network = m_network->itemData(index).toString();
        setValue(u"network"_s, network.isEmpty() ? QJsonValue() : QJsonValue(network), false);
    });
    bindLine(m_hostname, u"hostname"_s);
    bindLine(m_user, u"user"_s);
    bindLine(m_password, u"passwordHash"_s);
    bindLine(m_address, u"address"_s);
    bindLine(m_gateway, u"gateway"_s);
    connect(m_dns, &QLineEdit::textEdited, this,
            [this](const QString& text) { setValue(u"dns"_s, orNull(addressesOf(text)), true); });
    connect(m_dns, &QLineEdit::editingFinished, m_binder, &FieldBinder::endTyping);
    connect(m_keys, &QPlainTextEdit::textChanged, this, [this] {
        if (!m_binder->isRefreshing()) {
            setValue(u"sshKeys"_s, orNull(linesOf(m_keys->toPlainText())), true);
        }
    });
    m_binder->bindCustom([this] { refresh(); });
}

void FirstBootForm::bindLine(QLineEdit* edit, const QString& key)
{
    connect(edit, &QLineEdit::textEdited, this, [this, key](const QString& text) {
        setValue(key, text.isEmpty() ? QJsonValue() : QJsonValue(text), true);
    });
    connect(edit, &QLineEdit::editingFinished, m_binder, &FieldBinder::endTyping);
}

QJsonObject FirstBootForm::value() const
{
    return m_binder->commonValue(field()).value_or(QJsonValue()).toObject();
}

void FirstBootForm::setValue(const QString& key, const QJsonValue& value, bool merges)
{
    QJsonObject object = this->value();
    if (value.isNull()) {
        object.remove(key);
    } else {
        object.insert(key, value);
    }
    m_binder->submit(field(), object, tr("Change First Boot"), merges);
}

void FirstBootForm::methodChosen(int index)
{
    if (index == NoMethod) {
        m_binder->submit(field(), QJsonValue(), tr("Change First Boot"));
    } else {
        setValue(u"method"_s, index == FilesMethod ? QJsonValue(u"files"_s) : QJsonValue(), false);
    }
}

void FirstBootForm::refresh()
{
    const std::optional<QJsonValue> common = m_binder->commonValue(field());
    const QJsonObject object = common.value_or(QJsonValue()).toObject();
    const bool isFiles = object.value("method"_L1) == "files"_L1;
    const bool isSeed = common && common->isObject() && !isFiles;
    m_method->setCurrentIndex(!common ? -1 : isFiles ? FilesMethod : isSeed ? SeedMethod : NoMethod);
    const auto show = [&object](QLineEdit* edit, QLatin1StringView key) {
        const QString text = object.value(key).toString();
        if (edit->text() != text) {
            edit->setText(text);
        }
    };
    show(m_hostname, "hostname"_L1);
    show(m_user, "user"_L1);
    show(m_password, "passwordHash"_L1);
    show(m_address, "address"_L1);
    show(m_gateway, "gateway"_L1);
    // What is being typed stays as it is: spaces and lines without anything are no values.
    if (const QStringList dns = textsOf(object.value("dns"_L1)); dns != addressesOf(m_dns->text())) {
        m_dns->setText(dns.join(", "_L1));
    }
    if (const QStringList keys = textsOf(object.value("sshKeys"_L1)); keys != linesOf(m_keys->toPlainText())) {
        m_keys->setPlainText(keys.join(u'\n'));
    }
    m_network->setCurrentIndex(std::max(0, m_network->findData(object.value("network"_L1).toString())));
    m_console->setChecked(object.value("consoleLogin"_L1).toBool());
    m_fstab->setChecked(object.value("fstab"_L1).toBool());
    enableFields(isSeed, isFiles);
}

void FirstBootForm::enableFields(bool isSeed, bool isFiles)
{
    // What is of no use is not in the way.
    const auto offer = [this](bool isOffered, std::initializer_list<QWidget*> widgets) {
        for (QWidget* widget : widgets) {
            widget->setEnabled(isOffered);
            m_form->setRowVisible(widget, isOffered);
        }
    };
    offer(isSeed || isFiles, {m_hostname, m_user, m_keys, m_password});
    offer(isFiles, {m_console, m_fstab});
    offer(isSeed, {m_network});
    offer(isSeed && m_network->currentIndex() > 0, {m_dns});
    offer(isSeed && m_network->currentData() == u"static"_s, {m_address, m_gateway});
    m_hint->setText(
        isSeed ? tr("The guest gets a small disk, which cloud-init in it reads. A user may become root by sudo.")
            : isFiles
            ? tr("Written into the image that is made; the source stays as it is. Keys and password are root's "
                 "and the user's.")
            : tr("The guest starts as it is. Most cloud images let nobody log in then."));
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/guestdetails.h"

#include "core/import/importhandler.h"
#include "core/project/imagepath.h"
#include "gui/fieldbinder.h"
#include "gui/filepicker.h"
#include "gui/icons.h"
#include "gui/listfieldeditor.h"
#include "gui/theme.h"
#include "models/projectdocument.h"
#include "ui_guestdetails.h"

#include <QJsonObject>
#include <QMenu>
#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Stowage
{

namespace
{

enum KernelChoice { SharedKernel, ImageKernel, OwnKernel, NoKernel };

QString mebibytes(qint64 value)
{
    return GuestDetails::tr("Default (%1 MiB)").arg(value);
}

} // namespace

GuestDetails::GuestDetails(QWidget* parent) : QWidget(parent), m_ui(std::make_unique<Ui::GuestDetails>())
{
    m_ui->setupUi(this);
    m_ui->tabs->setCurrentIndex(0);
    setUpIcons();
    const QList<QLineEdit*> edits = findChildren<QLineEdit*>();
    for (QLineEdit* edit : edits) {
        edit->setAcceptDrops(false); // Files are dropped on the window.
    }
}

GuestDetails::~GuestDetails() = default;

void GuestDetails::setUpIcons()
{
    const auto set = [](QToolButton* button, const QString& name) {
        button->setIcon(icon(name));
        button->setFocusPolicy(Qt::StrongFocus);
    };
    set(m_ui->addDiskButton, u"add"_s);
    set(m_ui->addTargetButton, u"host"_s);
    set(m_ui->removeDiskButton, u"remove"_s);
    set(m_ui->addVifButton, u"add"_s);
    set(m_ui->removeVifButton, u"remove"_s);
    set(m_ui->addOptionButton, u"add"_s);
    set(m_ui->removeOptionButton, u"remove"_s);
    for (QToolButton* browse :
         {m_ui->sourceFileEditBrowse, m_ui->kernelEditBrowse, m_ui->ramdiskEditBrowse, m_ui->configFileEditBrowse}) {
        set(browse, u"open"_s);
    }
    for (QLabel* heading : {m_ui->extraDisksHeading, m_ui->extraVifsHeading, m_ui->optionsHeading}) {
        heading->setFont(Theme::scaledFont(1.0, QFont::DemiBold));
        heading->setContentsMargins(0, 6, 0, 0);
    }
}

void GuestDetails::setDocument(ProjectDocument* document)
{
    m_document = document;
    m_binder = new FieldBinder(*document, this);
    connect(m_binder, &FieldBinder::refused, this, &GuestDetails::refused);
    bindBasic();
    bindDisks();
    bindNetwork();
    bindKernel();
    bindOptions();
    m_ui->planView->setBinder(m_binder);
    m_ui->firstBootForm->setBinder(m_binder);
    m_binder->bindCustom([this] { refreshTitle(); });
    connect(document, &ProjectDocument::changed, m_binder, &FieldBinder::refresh);
}

void GuestDetails::setRows(const QList<int>& rows)
{
    if (rows != m_binder->rows()) {
        m_wantsKernel = false;
    }
    m_ui->stack->setCurrentWidget(rows.isEmpty() ? m_ui->nothingPage : m_ui->guestPage);
    m_binder->setRows(rows);
    refreshPlan();
}

void GuestDetails::setResolved(const ResolvedProject& resolved)
{
    m_resolved = resolved;
    refreshPlan();
}

void GuestDetails::refreshPlan()
{
    const Project& project = m_document->project();
    const QList<int>& rows = m_binder->rows();
    const QString entry = rows.size() == 1 ? project.guests.value(rows.first()).entry : QString();
    const auto guest = std::ranges::find(m_resolved.guests, entry, &ResolvedGuest::entry);
    const bool isKnown = !entry.isEmpty() && guest != m_resolved.guests.end() && !guest->disks.isEmpty()
        && guest->disks.first().found;
    m_ui->planView->showSource(isKnown ? &guest->disks.first().source : nullptr,
                               {project.machine.effectiveArchitecture(), project.defaults});
}

void GuestDetails::bindBasic()
{
    connect(m_ui->entryEdit, &QLineEdit::textEdited, this, &GuestDetails::entryEdited);
    connect(m_ui->entryEdit, &QLineEdit::editingFinished, this, [this] {
        m_binder->endTyping();
        refreshEntry();
    });
    m_binder->bindCustom([this] {
        if (!m_ui->entryEdit->hasFocus() || m_binder->rows().size() != 1) {
            refreshEntry();
        }
    });
    m_binder->bindText(m_ui->nameEdit, u"name"_s, tr("Change Domain Name"),
                       [this] { return m_binder->commonValue(u"entry"_s).value_or(QJsonValue()).toString(); });
    m_binder->bindNumber(m_ui->memorySpin, u"memory"_s, tr("Change Memory"),
                         [this] { return mebibytes(m_document->project().defaults.memoryMiB); });
    m_binder->bindNumber(m_ui->vcpusSpin, u"vcpus"_s, tr("Change vCPUs"),
                         [this] { return tr("Default (%1)").arg(m_document->project().defaults.vcpus); });
    m_ui->memorySpin->setStepType(QAbstractSpinBox::AdaptiveDecimalStepType);
    m_ui->typeCombo->addItem(tr("As Xen decides"), u"automatic"_s);
    m_ui->typeCombo->addItem(tr("PV – paravirtual"), u"pv"_s);
    m_ui->typeCombo->addItem(tr("PVH – paravirtual in hardware"), u"pvh"_s);
    m_ui->typeCombo->addItem(tr("HVM – fully virtual"), u"hvm"_s);
    m_binder->bindChoice(m_ui->typeCombo, u"type"_s, tr("Change Type"));
    m_binder->bindFlag(m_ui->autostartCheck, u"autostart"_s, tr("Change Start with the Host"));
    m_binder->bindFlag(m_ui->externalCheck, u"external"_s, tr("Change Built Elsewhere"));
}

void GuestDetails::entryEdited(const QString& text)
{
    if (m_binder->rows().size() != 1) {
        return;
    }
    const Result<void> check = m_document->checkEntry(text, m_binder->rows().first());
    m_ui->entryEdit->setToolTip(check ? QString() : check.error().message);
    m_ui->entryHint->setText(check ? QString() : check.error().message);
    m_ui->entryHint->setVisible(!check);
    if (check) {
        m_binder->submit(u"entry"_s, text, tr("Rename Guest"), true);
    }
}

void GuestDetails::refreshEntry()
{
    const QString entry = m_binder->commonValue(u"entry"_s).value_or(QJsonValue()).toString();
    m_ui->entryEdit->setEnabled(m_binder->rows().size() == 1);
    m_ui->entryEdit->setPlaceholderText(m_binder->rows().size() > 1 ? tr("Several guests") : QString());
    m_ui->entryEdit->setToolTip({});
    m_ui->entryHint->hide();
    if (m_ui->entryEdit->text() != entry) {
        m_ui->entryEdit->setText(entry);
    }
}

void GuestDetails::refreshTitle()
{
    const qsizetype count = m_binder->rows().size();
    const QString entry = m_binder->commonValue(u"entry"_s).value_or(QJsonValue()).toString();
    const QString title = count == 0 ? tr("Guest") : (count == 1 ? entry : tr("%1 guests").arg(count));
    if (title != m_title) {
        m_title = title;
        Q_EMIT titleChanged(title);
    }
}

void GuestDetails::bindDisks()
{
    refreshHandlers();
    m_ui->ownersCombo->addItem(tr("As it fits"), u"automatic"_s);
    m_ui->ownersCombo->addItem(tr("As they are"), u"keep"_s);
    m_ui->ownersCombo->addItem(tr("All root"), u"root"_s);
    m_binder->bindText(m_ui->sourceFileEdit, u"sourceFile"_s, tr("Change Image"),
                       [] { return tr("Found by the guest's name"); });
    m_binder->bindChoice(m_ui->sourceTypeCombo, u"sourceType"_s, tr("Change Kind of Image"));
    m_binder->bindNumber(m_ui->imageSizeSpin, u"imageSize"_s, tr("Change Disk Size"),
                         [this] { return mebibytes(m_document->project().defaults.imageSizeMiB); });
    m_ui->imageSizeSpin->setStepType(QAbstractSpinBox::AdaptiveDecimalStepType);
    m_binder->bindChoice(m_ui->ownersCombo, u"owners"_s, tr("Change Owners"));
    m_binder->bindText(m_ui->rootfsEdit, u"rootfs"_s, tr("Change Built Image"),
                       [] { return tr("Found by the guest's name"); });
    m_binder->bindText(m_ui->diskDeviceEdit, u"diskDevice"_s, tr("Change Device"),
                       [this] { return m_document->project().defaults.diskDevice; });
    m_disks = new ListFieldEditor(m_ui->extraDisksTable, m_ui->removeDiskButton, u"disks"_s, tr("Change Further Disks"),
                                  {{tr("Image"), u"file"_s, u"target"_s, false},
                                   {tr("Device"), u"device"_s, {}, false},
                                   {tr("Read only"), u"readOnly"_s, {}, true},
                                   {tr("CD"), u"cdrom"_s, {}, true}},
                                  *m_binder);
    auto* menu = new QMenu(this);
    const auto choose = [this](PathQuestion::Kind kind, const QString& title) {
        askForPath(this, {.kind = kind, .title = title, .directory = {}, .filters = {}, .suffix = {}},
                   [this](const QStringList& paths) { Q_EMIT sourceChosen(m_binder->rows(), paths.first()); });
    };
    connect(menu->addAction(icon(u"file"_s), tr("Image &File…")), &QAction::triggered, this,
            [choose] { choose(PathQuestion::Kind::OpenFile, tr("Choose an Image")); });
    connect(menu->addAction(icon(u"folder-rootfs"_s), tr("&Directory…")), &QAction::triggered, this,
            [choose] { choose(PathQuestion::Kind::Directory, tr("Choose a Root File System")); });
    m_ui->sourceFileEditBrowse->setMenu(menu);
    m_ui->sourceFileEditBrowse->setPopupMode(QToolButton::InstantPopup);
    connect(m_ui->addDiskButton, &QToolButton::clicked, this, &GuestDetails::chooseExtraDisk);
    connect(m_ui->addTargetButton, &QToolButton::clicked, this,
            [this] { m_disks->addElement(QJsonObject{{u"target"_s, u"/dev/"_s}, {u"device"_s, nextDevice()}}, true); });
}

void GuestDetails::refreshHandlers()
{
    m_ui->sourceTypeCombo->clear();
    m_ui->sourceTypeCombo->addItem(tr("Not imported: as built"), QString());
    const QList<const ImportHandler*> handlers = allHandlers();
    for (const ImportHandler* handler : handlers) {
        m_ui->sourceTypeCombo->addItem(handler->title(), handler->type());
    }
    m_binder->refresh();
}

void GuestDetails::chooseExtraDisk()
{
    askForPath(this,
               {.kind = PathQuestion::Kind::OpenFile,
                .title = tr("Choose a Disk"),
                .directory = {},
                .filters = {},
                .suffix = {}},
               [this](const QStringList& paths) {
                   m_disks->addElement(QJsonObject{{u"file"_s, paths.first()}, {u"device"_s, nextDevice()}}, false);
               });
}

QString GuestDetails::nextDevice() const
{
    QStringList used{m_binder->commonValue(u"diskDevice"_s)
                         .value_or(QJsonValue())
                         .toString(m_document->project().defaults.diskDevice)};
    const QJsonArray disks = m_disks->elements();
    for (const QJsonValue& disk : disks) {
        used.append(disk.toObject().value("device"_L1).toString());
    }
    for (char letter = 'b'; letter <= 'z'; ++letter) {
        const QString device = u"xvd"_s + QLatin1Char(letter);
        if (!used.contains(device)) {
            return device;
        }
    }
    return {};
}

void GuestDetails::bindNetwork()
{
    m_binder->bindText(m_ui->vifEdit, u"vif"_s, tr("Change Network Interface"),
                       [this] { return m_document->project().defaults.vif; });
    auto* vifs = new ListFieldEditor(m_ui->extraVifsTable, m_ui->removeVifButton, u"extraVifs"_s,
                                     tr("Change Further Interfaces"), {{tr("Interface"), {}, {}, false}}, *m_binder);
    connect(m_ui->addVifButton, &QToolButton::clicked, vifs, [vifs] { vifs->addElement(u"bridge=xenbr1"_s, true); });
}

void GuestDetails::bindKernel()
{
    m_ui->kernelModeCombo->insertItem(SharedKernel, icon(u"kernel"_s), tr("The machine's kernel"));
    m_ui->kernelModeCombo->insertItem(ImageKernel, icon(u"disk"_s), tr("The kernel in its image"));
    m_ui->kernelModeCombo->insertItem(OwnKernel, icon(u"file"_s), tr("A kernel of its own"));
    m_ui->kernelModeCombo->insertItem(NoKernel, icon(u"disk"_s), tr("What its disk boots (HVM)"));
    m_ui->kernelModeCombo->setPlaceholderText(tr("Several values"));
    connect(m_ui->kernelModeCombo, &QComboBox::activated, this, &GuestDetails::kernelModeChosen);
    m_binder->bindText(m_ui->kernelEdit, u"kernel"_s, tr("Change Kernel"),
                       [] { return tr("Path, or a name in the deploy directory"); });
    m_binder->bindText(m_ui->ramdiskEdit, u"ramdisk"_s, tr("Change Ramdisk"), [] { return tr("None"); });
    m_binder->bindText(m_ui->extraEdit, u"extra"_s, tr("Change Command Line"),
                       [this] { return m_document->project().defaults.extra; });
    m_binder->bindCustom([this] { refreshKernel(); });
    connect(m_ui->kernelEditBrowse, &QToolButton::clicked, this,
            [this] { chooseFile(m_ui->kernelEdit, u"kernel"_s, tr("Choose a Kernel")); });
    connect(m_ui->ramdiskEditBrowse, &QToolButton::clicked, this,
            [this] { chooseFile(m_ui->ramdiskEdit, u"ramdisk"_s, tr("Choose a Ramdisk")); });
}

void GuestDetails::refreshKernel()
{
    const std::optional<QJsonValue> kernel = m_binder->commonValue(u"kernel"_s);
    const QString value = kernel.value_or(QJsonValue()).toString();
    int choice = SharedKernel;
    if (!kernel) {
        choice = -1;
    } else if (value == "none"_L1) {
        choice = NoKernel;
        m_ui->kernelEdit->clear();
    } else if (ImagePath::isMeant(value)) {
        choice = ImageKernel;
    } else if (!value.isEmpty() || m_wantsKernel || m_ui->kernelEdit->hasFocus()) {
        choice = OwnKernel;
    }
    m_ui->kernelModeCombo->setCurrentIndex(choice);
    m_ui->kernelEdit->setEnabled(choice == OwnKernel || choice == ImageKernel);
    m_ui->kernelEditBrowse->setEnabled(choice == OwnKernel);
    const bool boots = choice != NoKernel;
    m_ui->ramdiskEdit->setEnabled(boots);
    m_ui->ramdiskEditBrowse->setEnabled(boots);
    m_ui->extraEdit->setEnabled(boots);
    m_ui->kernelHint->setText(
        choice == ImageKernel
            ? tr("\"image:\" is what the image itself would start; \"image:1/boot/vmlinuz\" names a file on its partition 1.")
            : boots ? QString()
                    : tr("The guest's disk needs a boot loader. Ramdisk and command line are for kernels."));
}

void GuestDetails::kernelModeChosen(int index)
{
    m_wantsKernel = index == OwnKernel;
    const QString ramdisk = m_binder->commonValue(u"ramdisk"_s).value_or(QJsonValue()).toString();
    if (index != ImageKernel && ImagePath::isMeant(ramdisk)) {
        m_binder->submit(u"ramdisk"_s, QJsonValue(), tr("Change Ramdisk")); // which belongs to the kernel there
    }
    if (index == OwnKernel) {
        const QString present = m_binder->commonValue(u"kernel"_s).value_or(QJsonValue()).toString();
        if (present == "none"_L1 || ImagePath::isMeant(present)) {
            m_binder->submit(u"kernel"_s, QJsonValue(), tr("Change Kernel"));
        }
        m_binder->refresh();
        m_ui->kernelEdit->setFocus();
        return;
    }
    const QHash<int, QString> values{{NoKernel, u"none"_s}, {ImageKernel, ImagePath().toString()}};
    m_binder->submit(u"kernel"_s, values.contains(index) ? QJsonValue(values.value(index)) : QJsonValue(),
                     tr("Change Kernel"));
    if (index == ImageKernel && ramdisk.isEmpty()) {
        m_binder->submit(u"ramdisk"_s, ImagePath().toString(), tr("Change Ramdisk"));
    }
    m_binder->refresh();
}

void GuestDetails::bindOptions()
{
    m_binder->bindText(m_ui->configFileEdit, u"configFile"_s, tr("Change Config File"), [] { return tr("Generated"); });
    connect(m_ui->configFileEditBrowse, &QToolButton::clicked, this,
            [this] { chooseFile(m_ui->configFileEdit, u"configFile"_s, tr("Choose a Config")); });
    auto* options = new ListFieldEditor(m_ui->optionsTable, m_ui->removeOptionButton, u"options"_s,
                                        tr("Change Config Lines"),
                                        {{tr("Key"), u"key"_s, {}, false}, {tr("Value"), u"value"_s, {}, false}},
                                        *m_binder);
    connect(m_ui->addOptionButton, &QToolButton::clicked, options,
            [options] { options->addElement(QJsonObject{{u"key"_s, QString()}, {u"value"_s, u"1"_s}}, true); });
}

void GuestDetails::chooseFile(QLineEdit* edit, const QString& field, const QString& title)
{
    const QString undoText = tr("Change File");
    askForPath(edit,
               {.kind = PathQuestion::Kind::OpenFile, .title = title, .directory = {}, .filters = {}, .suffix = {}},
               [this, field, undoText](const QStringList& paths) { m_binder->submit(field, paths.first(), undoText); });
}

void GuestDetails::showField(const QString& field)
{
    static const QHash<QString, QString> others{{u"source"_s, u"sourceFile"_s},
                                                {u"tags"_s, u"entry"_s},
                                                {u"disks"_s, u"extraDisks"_s},
                                                {u"kernel"_s, u"kernel"_s}};
    const qsizetype end = field.indexOf(QRegularExpression(u"[.\\[/]"_s));
    const QString key = end < 0 ? field : field.left(end);
    const QString base = others.value(key, key.isEmpty() ? u"entry"_s : key);
    for (const QLatin1StringView suffix : {"Edit"_L1, "Spin"_L1, "Combo"_L1, "Check"_L1, "Table"_L1}) {
        auto* widget = findChild<QWidget*>(base + suffix);
        if (widget == nullptr) {
            continue;
        }
        if (!widget->isEnabled() && base == "kernel"_L1) {
            widget = m_ui->kernelModeCombo;
        }
        for (int i = 0; i < m_ui->tabs->count(); ++i) {
            if (m_ui->tabs->widget(i)->isAncestorOf(widget)) {
                m_ui->tabs->setCurrentIndex(i);
            }
        }
        widget->setFocus(Qt::OtherFocusReason);
        if (auto* edit = qobject_cast<QLineEdit*>(widget); edit != nullptr) {
            edit->selectAll();
        } else if (auto* spin = qobject_cast<QSpinBox*>(widget); spin != nullptr) {
            spin->selectAll();
        }
        return;
    }
}

} // namespace Stowage

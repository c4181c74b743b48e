// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/bootoptions.h"

#include "gui/filepicker.h"
#include "gui/icons.h"
#include "ui_bootoptions.h"

#include <QPushButton>
#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace Stowage
{

BootOptions::BootOptions(const BootRequest& request, QWidget* parent)
    : QDialog(parent),
      m_ui(std::make_unique<Ui::BootOptions>()),
      m_request(request)
{
    m_ui->setupUi(this);
    const auto offer = [this](const QString& text, BootFirmware firmware) {
        m_ui->firmwareCombo->addItem(text, static_cast<int>(firmware));
    };
    offer(tr("Xen and kernel from its /boot"), BootFirmware::None);
    offer(tr("Its boot loader, from BIOS"), BootFirmware::Bios);
    offer(tr("Its boot loader, from UEFI"), BootFirmware::Uefi);
    offer(tr("Its boot loader, from U-Boot"), BootFirmware::UBoot);
    chooseFile(m_ui->hypervisorEdit, m_ui->hypervisorEditBrowse, tr("Hypervisor"));
    chooseFile(m_ui->kernelEdit, m_ui->kernelEditBrowse, tr("Kernel of the Host"));
    chooseFile(m_ui->ramdiskEdit, m_ui->ramdiskEditBrowse, tr("RAM Disk of the Host"));
    setUpHostChooser(m_ui->hostEditBrowse, m_ui->hostEdit);
    connect(m_ui->firmwareCombo, &QComboBox::currentIndexChanged, this, &BootOptions::update);
    connect(m_ui->patternEdit, &QLineEdit::textChanged, this, &BootOptions::update);
    connect(m_ui->buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(m_ui->buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_ui->buttons->button(QDialogButtonBox::RestoreDefaults), &QPushButton::clicked, this,
            [this] { load(BootRequest()); });
    load(request);
}

BootOptions::~BootOptions() = default;

void BootOptions::chooseFile(QLineEdit* edit, QToolButton* button, const QString& title)
{
    button->setIcon(icon(u"open"_s));
    button->setFocusPolicy(Qt::StrongFocus);
    connect(button, &QToolButton::clicked, this, [this, edit, title] {
        askForPath(this, {.title = title, .directory = {}, .filters = {}, .suffix = {}},
                   [edit](const QStringList& paths) { edit->setText(paths.value(0)); });
    });
}

void BootOptions::load(const BootRequest& request)
{
    m_ui->firmwareCombo->setCurrentIndex(
        std::max(0, m_ui->firmwareCombo->findData(static_cast<int>(request.firmware))));
    m_ui->hypervisorEdit->setText(request.hypervisor);
    m_ui->kernelEdit->setText(request.kernel);
    m_ui->ramdiskEdit->setText(request.ramdisk);
    m_ui->hostEdit->setText(request.host);
    m_ui->patternEdit->setText(request.pattern);
    m_ui->memorySpin->setValue(static_cast<int>(request.dom0MemoryMiB));
    m_ui->timeoutSpin->setValue(static_cast<int>(request.timeout.count()));
    update();
}

/** Own files are no use to a boot loader; a broken expression is told before a boot is under way. */
void BootOptions::update()
{
    const bool loadsFiles = m_ui->firmwareCombo->currentData().toInt() == static_cast<int>(BootFirmware::None);
    for (QWidget* part :
         {static_cast<QWidget*>(m_ui->hypervisorEdit), static_cast<QWidget*>(m_ui->kernelEdit),
          static_cast<QWidget*>(m_ui->ramdiskEdit), static_cast<QWidget*>(m_ui->hostEdit),
          static_cast<QWidget*>(m_ui->hypervisorEditBrowse), static_cast<QWidget*>(m_ui->kernelEditBrowse),
          static_cast<QWidget*>(m_ui->ramdiskEditBrowse), static_cast<QWidget*>(m_ui->hostEditBrowse)}) {
        part->setEnabled(loadsFiles);
    }
    const QRegularExpression pattern(m_ui->patternEdit->text());
    m_ui->patternErrorLabel->setVisible(!pattern.isValid());
    m_ui->patternErrorLabel->setText(tr("This is no regular expression: %1").arg(pattern.errorString()));
    m_ui->buttons->button(QDialogButtonBox::Ok)->setEnabled(pattern.isValid());
}

BootRequest BootOptions::request() const
{
    BootRequest request = m_request;
    request.firmware = static_cast<BootFirmware>(m_ui->firmwareCombo->currentData().toInt());
    const auto file = [](const QLineEdit* edit) {
        return edit->isEnabled() ? fromHome(edit->text().trimmed()) : QString();
    };
    request.hypervisor = file(m_ui->hypervisorEdit);
    request.kernel = file(m_ui->kernelEdit);
    request.ramdisk = file(m_ui->ramdiskEdit);
    request.host = file(m_ui->hostEdit);
    request.pattern = m_ui->patternEdit->text();
    request.dom0MemoryMiB = m_ui->memorySpin->value();
    request.timeout = std::chrono::seconds(m_ui->timeoutSpin->value());
    return request;
}

int BootOptions::changed(const BootRequest& request)
{
    const BootRequest usual;
    int count = 0;
    for (const bool differs :
         {request.firmware != usual.firmware, request.hypervisor != usual.hypervisor, request.kernel != usual.kernel,
          request.ramdisk != usual.ramdisk, request.host != usual.host, request.pattern != usual.pattern,
          request.dom0MemoryMiB != usual.dom0MemoryMiB, request.timeout != usual.timeout}) {
        count += differs ? 1 : 0;
    }
    return count;
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/projectdialog.h"

#include "gui/filepicker.h"
#include "gui/icons.h"
#include "ui_projectdialog.h"

#include <QRegularExpression>

#include <utility>

using namespace Qt::StringLiterals;

namespace Stowage
{

ProjectDialog::ProjectDialog(Project project, const std::optional<Plan>& plan, QWidget* parent)
    : QDialog(parent),
      m_ui(std::make_unique<Ui::ProjectDialog>()),
      m_project(std::move(project))
{
    m_ui->setupUi(this);
    m_ui->architectureCombo->addItem(tr("As the machine's name says"), QString());
    for (const Architecture architecture :
         {Architecture::X86_64, Architecture::Arm64, Architecture::Arm32, Architecture::X86_32}) {
        m_ui->architectureCombo->addItem(architectureName(architecture), architectureName(architecture));
    }
    chooseDirectory(m_ui->deployEdit, m_ui->deployEditBrowse, tr("Deploy Directory"));
    chooseDirectory(m_ui->unpackEdit, m_ui->unpackEditBrowse, tr("Unpack Directory"));
    setUpHostChooser(m_ui->hostEditBrowse, m_ui->hostEdit);
    connect(m_ui->buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(m_ui->buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    const auto showKernelType = [this] {
        Machine machine;
        machine.name = m_ui->machineNameEdit->text();
        machine.architecture = architectureFromName(m_ui->architectureCombo->currentData().toString());
        m_ui->kernelTypeEdit->setPlaceholderText(machine.effectiveKernelImageType());
    };
    connect(m_ui->machineNameEdit, &QLineEdit::textChanged, this, showKernelType);
    connect(m_ui->architectureCombo, &QComboBox::currentIndexChanged, this, showKernelType);
    load(plan);
    showKernelType();
}

ProjectDialog::~ProjectDialog() = default;

void ProjectDialog::chooseDirectory(QLineEdit* edit, QToolButton* button, const QString& title)
{
    button->setIcon(icon(u"open"_s));
    button->setFocusPolicy(Qt::StrongFocus);
    connect(button, &QToolButton::clicked, this, [this, edit, title] {
        askForPath(
            this, {.kind = PathQuestion::Kind::Directory, .title = title, .directory = {}, .filters = {}, .suffix = {}},
            [edit](const QStringList& paths) { edit->setText(paths.first()); });
    });
}

void ProjectDialog::load(const std::optional<Plan>& plan)
{
    m_diskPage = new DiskPage(*m_ui, m_project.disk, plan, this);
    m_ui->bundleNameEdit->setText(m_project.bundle.name);
    m_ui->bundleVersionEdit->setText(m_project.bundle.version);
    m_ui->bundleDescriptionEdit->setText(m_project.bundle.description);
    m_ui->bundleLicenceEdit->setText(m_project.bundle.licence);
    const Machine& machine = m_project.machine;
    m_ui->machineNameEdit->setText(machine.name);
    m_ui->architectureCombo->setCurrentIndex(
        std::max(0, m_ui->architectureCombo->findData(architectureName(machine.architecture))));
    m_ui->deployEdit->setText(machine.deployDirectory);
    m_ui->unpackEdit->setText(machine.unpackDirectory);
    m_ui->kernelTypeEdit->setText(machine.kernelImageType);
    m_ui->machineMemorySpin->setValue(static_cast<int>(machine.memoryMiB));
    m_ui->dom0MemorySpin->setValue(static_cast<int>(machine.dom0MemoryMiB));
    m_ui->hostEdit->setText(m_project.host.path);
    m_ui->bridgesEdit->setText(m_project.host.bridges.join(u", "_s));
    const GuestDefaults& defaults = m_project.defaults;
    m_ui->defaultMemorySpin->setValue(static_cast<int>(defaults.memoryMiB));
    m_ui->defaultVcpusSpin->setValue(defaults.vcpus);
    m_ui->defaultSizeSpin->setValue(static_cast<int>(defaults.imageSizeMiB));
    m_ui->defaultDeviceEdit->setText(defaults.diskDevice);
    m_ui->defaultVifEdit->setText(defaults.vif);
    m_ui->defaultExtraEdit->setText(defaults.extra);
    m_ui->defaultFsTypeEdit->setText(defaults.imageFsType);
}

Project ProjectDialog::project() const
{
    Project project = m_project;
    project.bundle.name = m_ui->bundleNameEdit->text().trimmed();
    project.bundle.version = m_ui->bundleVersionEdit->text().trimmed();
    project.bundle.description = m_ui->bundleDescriptionEdit->text().trimmed();
    project.bundle.licence = m_ui->bundleLicenceEdit->text().trimmed();
    project.machine.name = m_ui->machineNameEdit->text().trimmed();
    project.machine.architecture = architectureFromName(m_ui->architectureCombo->currentData().toString());
    project.machine.deployDirectory = m_ui->deployEdit->text().trimmed();
    project.machine.unpackDirectory = m_ui->unpackEdit->text().trimmed();
    project.machine.kernelImageType = m_ui->kernelTypeEdit->text().trimmed();
    project.machine.memoryMiB = m_ui->machineMemorySpin->value();
    project.machine.dom0MemoryMiB = m_ui->dom0MemorySpin->value();
    project.host.path = m_ui->hostEdit->text().trimmed();
    static const QRegularExpression separators(u"[,\\s]+"_s);
    project.host.bridges = m_ui->bridgesEdit->text().split(separators, Qt::SkipEmptyParts);
    project.disk = m_diskPage->settings();
    project.defaults.memoryMiB = m_ui->defaultMemorySpin->value();
    project.defaults.vcpus = m_ui->defaultVcpusSpin->value();
    project.defaults.imageSizeMiB = m_ui->defaultSizeSpin->value();
    project.defaults.diskDevice = m_ui->defaultDeviceEdit->text().trimmed();
    project.defaults.vif = m_ui->defaultVifEdit->text();
    project.defaults.extra = m_ui->defaultExtraEdit->text();
    project.defaults.imageFsType = m_ui->defaultFsTypeEdit->text().trimmed();
    return project;
}

void ProjectDialog::showField(const QString& field)
{
    static const QHash<QString, QString> widgets{
        {u"machine"_s, u"machineNameEdit"_s},
        {u"machine.name"_s, u"machineNameEdit"_s},
        {u"machine.architecture"_s, u"architectureCombo"_s},
        {u"machine.deployDirectory"_s, u"deployEdit"_s},
        {u"machine.unpackDirectory"_s, u"unpackEdit"_s},
        {u"machine.kernelImageType"_s, u"kernelTypeEdit"_s},
        {u"machine.memory"_s, u"machineMemorySpin"_s},
        {u"machine.dom0Memory"_s, u"dom0MemorySpin"_s},
        {u"host"_s, u"hostEdit"_s},
        {u"host.path"_s, u"hostEdit"_s},
        {u"host.bridges"_s, u"bridgesEdit"_s},
        {u"bundle.name"_s, u"bundleNameEdit"_s},
        {u"disk"_s, u"diskTableCombo"_s},
        {u"disk.table"_s, u"diskTableCombo"_s},
        {u"disk.boot"_s, u"diskBootCombo"_s},
        {u"disk.loader"_s, u"diskLoaderCombo"_s},
        {u"disk.xenOptions"_s, u"xenOptionsEdit"_s},
        {u"disk.kernelOptions"_s, u"kernelOptionsEdit"_s},
        {u"disk.files"_s, u"diskFilesTable"_s},
        {u"defaults.memory"_s, u"defaultMemorySpin"_s},
        {u"defaults.vcpus"_s, u"defaultVcpusSpin"_s},
        {u"defaults.imageSize"_s, u"defaultSizeSpin"_s},
        {u"defaults.vif"_s, u"defaultVifEdit"_s},
        {u"defaults.extra"_s, u"defaultExtraEdit"_s},
        {u"defaults.diskDevice"_s, u"defaultDeviceEdit"_s},
    };
    const QString files = u"disk.files."_s; // and the place in the list
    auto* widget = findChild<QWidget*>(widgets.value(field.startsWith(files) ? files.chopped(1) : field));
    if (widget == nullptr) {
        return;
    }
    for (int i = 0; i < m_ui->tabs->count(); ++i) {
        if (m_ui->tabs->widget(i)->isAncestorOf(widget)) {
            m_ui->tabs->setCurrentIndex(i);
        }
    }
    if (field.startsWith(files)) {
        m_diskPage->selectFile(field.sliced(files.size()).toInt());
    }
    // What means nothing at present cannot have the focus; the way out of that can.
    (widget->isEnabled() || widget->parentWidget() != m_ui->diskTab ? widget : m_ui->resetDiskButton)
        ->setFocus(Qt::OtherFocusReason);
}

} // namespace Stowage

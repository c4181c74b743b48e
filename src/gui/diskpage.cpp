// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/diskpage.h"

#include "core/layout/bootoptions.h"
#include "gui/filepicker.h"
#include "gui/icons.h"
#include "ui_projectdialog.h"

#include <QFileInfo>
#include <QHeaderView>
#include <QSignalBlocker>

using namespace Qt::StringLiterals;

namespace Stowage
{

namespace
{

using Boot = DiskSettings::Boot;
using Loader = DiskSettings::Loader;
using Table = DiskSettings::Table;

template<typename Value>
Value chosen(const QComboBox& combo)
{
    return static_cast<Value>(combo.currentData().toInt());
}

template<typename Value>
void choose(QComboBox& combo, Value value)
{
    combo.setCurrentIndex(combo.findData(static_cast<int>(value)));
}

template<typename Value>
void add(QComboBox& combo, const QString& text, Value value)
{
    combo.addItem(text, static_cast<int>(value));
}

/** What @p text states: nothing where it is empty, unless it was stated as empty @p before. */
std::optional<QString> stated(const QString& text, const std::optional<QString>& before)
{
    const QString trimmed = text.trimmed();
    const bool isEmptyBefore = before && before->isEmpty();
    return trimmed.isEmpty() && !isEmptyBefore ? std::nullopt : std::optional(trimmed);
}

} // namespace

DiskPage::DiskPage(Ui::ProjectDialog& ui, const DiskSettings& settings, const std::optional<Plan>& plan,
                   QWidget* dialog)
    : QObject(dialog),
      m_ui(ui),
      m_dialog(dialog)
{
    if (plan) {
        m_hostPath = plan->project.host.path;
        m_hostIsDisk = plan->layout.hostTable.has_value();
        m_hostArchitecture = plan->layout.disk ? plan->layout.disk->architecture : plan->layout.architecture;
    }
    add(*ui.diskTableCombo, tr("GUID partition table (GPT)"), Table::Gpt);
    add(*ui.diskTableCombo, tr("Master boot record (MBR)"), Table::Mbr);
    add(*ui.diskBootCombo, tr("In every way that the host allows"), Boot::Automatic);
    add(*ui.diskBootCombo, tr("Not by itself"), Boot::None);
    add(*ui.diskBootCombo, tr("By BIOS"), Boot::Bios);
    add(*ui.diskBootCombo, tr("By UEFI"), Boot::Uefi);
    add(*ui.diskBootCombo, tr("By BIOS and UEFI"), Boot::Both);
    add(*ui.diskLoaderCombo, tr("GRUB, with a menu"), Loader::Grub);
    add(*ui.diskLoaderCombo, tr("Xen itself (xen.efi)"), Loader::XenEfi);
    ui.diskFilesTable->setHorizontalHeaderLabels({tr("File"), tr("Path in the partition")});
    ui.diskFilesTable->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
    ui.diskFilesTable->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    ui.diskFilesTable->horizontalHeader()->setHighlightSections(false);
    ui.diskFilesTable->verticalHeader()->hide();
    ui.diskFilesTable->verticalHeader()->setDefaultSectionSize(dialog->fontMetrics().height() + 12);
    ui.addDiskFileButton->setIcon(icon(u"add"_s));
    ui.removeDiskFileButton->setIcon(icon(u"remove"_s));
    load(settings);
    for (QComboBox* combo : {ui.diskBootCombo, ui.architectureCombo}) {
        connect(combo, &QComboBox::currentIndexChanged, this, &DiskPage::update);
    }
    for (QLineEdit* edit : {ui.machineNameEdit, ui.hostEdit}) {
        connect(edit, &QLineEdit::textChanged, this, &DiskPage::update);
    }
    connect(ui.dom0MemorySpin, &QSpinBox::valueChanged, this, &DiskPage::update);
    connect(ui.diskFilesTable, &QTableWidget::cellChanged, this, &DiskPage::fileEdited);
    connect(ui.diskFilesTable, &QTableWidget::itemSelectionChanged, this, &DiskPage::update);
    connect(ui.removeDiskFileButton, &QAbstractButton::clicked, this, &DiskPage::removeFile);
    connect(ui.addDiskFileButton, &QAbstractButton::clicked, this, [this] {
        askForPath(m_dialog,
                   {.kind = PathQuestion::Kind::OpenFile,
                    .title = tr("File for the Boot Partition"),
                    .directory = {},
                    .filters = {},
                    .suffix = {}},
                   [this](const QStringList& paths) { addFile(paths.first()); });
    });
    connect(ui.resetDiskButton, &QAbstractButton::clicked, this, [this] {
        DiskSettings usual;
        usual.unknown = m_settings.unknown;
        load(usual);
        update();
    });
    update();
}

void DiskPage::load(const DiskSettings& settings)
{
    m_settings = settings;
    choose(*m_ui.diskTableCombo, settings.table);
    choose(*m_ui.diskBootCombo, settings.boot);
    choose(*m_ui.diskLoaderCombo, settings.loader);
    m_ui.xenOptionsEdit->setText(settings.xenOptions.value_or(QString()));
    m_ui.kernelOptionsEdit->setText(settings.kernelOptions.value_or(QString()));
    showFiles();
}

void DiskPage::update()
{
    Machine machine;
    machine.name = m_ui.machineNameEdit->text().trimmed();
    machine.architecture = architectureFromName(m_ui.architectureCombo->currentData().toString());
    const bool isKnown = m_ui.hostEdit->text().trimmed() == m_hostPath;
    const bool keeps = isKnown && m_hostIsDisk;
    Architecture architecture = machine.effectiveArchitecture();
    if (architecture == Architecture::Unknown && isKnown) {
        architecture = m_hostArchitecture;
    }
    m_ui.diskHint->setText(
        keeps
            ? tr("The host is a disk: an output that is a disk keeps its partitions and its own way to start, and what "
                 "is set here means nothing for it.")
            : tr("How an output that is a disk is made from a host that is a directory, an archive or a file system."));
    const auto boot = chosen<Boot>(*m_ui.diskBootCombo);
    const bool starts = boot != Boot::None;
    const bool hasChoice = starts && boot != Boot::Bios && architecture != Architecture::Arm64;
    const QString why = architecture == Architecture::Arm64 ? tr("On Arm the firmware starts Xen itself.")
                                                            : tr("Only a disk that starts by UEFI has this choice.");
    for (QWidget* widget :
         {static_cast<QWidget*>(m_ui.diskTableCombo), static_cast<QWidget*>(m_ui.diskBootCombo),
          static_cast<QWidget*>(m_ui.diskFilesTable), static_cast<QWidget*>(m_ui.addDiskFileButton)}) {
        widget->setEnabled(!keeps);
    }
    m_ui.diskLoaderCombo->setEnabled(!keeps && hasChoice);
    m_ui.diskLoaderCombo->setToolTip(hasChoice ? QString() : why);
    m_ui.xenOptionsEdit->setEnabled(!keeps && starts);
    m_ui.kernelOptionsEdit->setEnabled(!keeps && starts);
    m_ui.removeDiskFileButton->setEnabled(!keeps && m_ui.diskFilesTable->currentRow() >= 0);
    const auto placeholder = [](const std::optional<QString>& before, const QString& usual) {
        return before && before->isEmpty() ? tr("None") : usual;
    };
    m_ui.xenOptionsEdit->setPlaceholderText(
        placeholder(m_settings.xenOptions, usualXenOptions(architecture, m_ui.dom0MemorySpin->value())));
    m_ui.kernelOptionsEdit->setPlaceholderText(placeholder(m_settings.kernelOptions, usualKernelOptions(architecture)));
}

DiskSettings DiskPage::settings() const
{
    DiskSettings settings = m_settings;
    settings.table = chosen<Table>(*m_ui.diskTableCombo);
    settings.boot = chosen<Boot>(*m_ui.diskBootCombo);
    settings.loader = chosen<Loader>(*m_ui.diskLoaderCombo);
    settings.xenOptions = stated(m_ui.xenOptionsEdit->text(), m_settings.xenOptions);
    settings.kernelOptions = stated(m_ui.kernelOptionsEdit->text(), m_settings.kernelOptions);
    return settings;
}

void DiskPage::showFiles()
{
    const QSignalBlocker blocker(m_ui.diskFilesTable);
    m_ui.diskFilesTable->setRowCount(0);
    m_ui.diskFilesTable->setRowCount(static_cast<int>(m_settings.files.size()));
    for (int row = 0; row < m_settings.files.size(); ++row) {
        const BootFile& file = m_settings.files.at(row);
        int column = 0;
        for (const QString& text : {file.source, file.target}) {
            auto* item = new QTableWidgetItem(text);
            item->setToolTip(text);
            m_ui.diskFilesTable->setItem(row, column++, item);
        }
    }
}

void DiskPage::fileEdited(int row, int column)
{
    const QString text = m_ui.diskFilesTable->item(row, column)->text().trimmed();
    BootFile& file = m_settings.files[row];
    (column == 0 ? file.source : file.target) = text;
    m_ui.diskFilesTable->item(row, column)->setToolTip(text);
}

void DiskPage::addFile(const QString& path)
{
    m_settings.files.append({.source = path, .target = QFileInfo(path).fileName()});
    showFiles();
    selectFile(static_cast<int>(m_settings.files.size()) - 1);
    m_ui.diskFilesTable->setFocus();
}

void DiskPage::removeFile()
{
    const int row = m_ui.diskFilesTable->currentRow();
    if (row >= 0 && row < m_settings.files.size()) {
        m_settings.files.removeAt(row);
        m_ui.diskFilesTable->removeRow(row);
        update();
    }
}

void DiskPage::selectFile(int row)
{
    m_ui.diskFilesTable->setCurrentCell(row, 1);
}

} // namespace Stowage

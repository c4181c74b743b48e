// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

// What the cells of a GuestListModel say; the rest of the class is in guestlistmodel.cpp.

#include "core/import/importhandler.h"
#include "models/guestlistmodel.h"
#include "models/projectdocument.h"

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

QString mebibytes(qint64 amount)
{
    return GuestListModel::tr("%L1 MiB").arg(amount);
}

QString fileName(const QString& path)
{
    return path.section(u'/', -1, -1, QString::SectionSkipEmpty);
}

int worst(const QList<Problem>& problems, const QString& field)
{
    int severity = -1;
    for (const Problem& problem : problems) {
        if (problem.where.field == field) {
            severity = std::max(severity, static_cast<int>(problem.severity));
        }
    }
    return severity;
}

/** The texts of those @p problems that are about @p field; of all when it is empty. */
QStringList problemTexts(const QList<Problem>& problems, const QString& field)
{
    QStringList texts;
    for (const Problem& problem : problems) {
        if (field.isEmpty() || problem.where.field == field) {
            texts.append(problem.remedy.isEmpty() ? problem.text : problem.text + u' ' + problem.remedy);
        }
    }
    return texts;
}

} // namespace

const Guest& GuestListModel::guest(int row) const
{
    static const Guest none; // While rows come and go, others may ask for one that is not there.
    const ProjectDocument* document = m_document;
    return document && row >= 0 && row < document->project().guests.size() ? document->project().guests[row] : none;
}

const GuestDefaults& GuestListModel::defaults() const
{
    const ProjectDocument* document = m_document;
    return document ? document->project().defaults : m_defaults;
}

QString GuestListModel::fieldOf(int row, int column) const
{
    switch (column) {
    case Name:
        return u"entry"_s;
    case Source:
        return guest(row).sourceType.isEmpty() ? u"rootfs"_s : u"sourceFile"_s;
    case Memory:
        return u"memory"_s;
    case Vcpus:
        return u"vcpus"_s;
    case Kernel:
        return u"kernel"_s;
    case Network:
        return u"vif"_s;
    case Autostart:
        return u"autostart"_s;
    case ImageSize:
        return u"imageSize"_s;
    default:
        return {};
    }
}

bool GuestListModel::isSet(int row, int column) const
{
    const Guest& values = guest(row);
    switch (column) {
    case Source:
        return !(values.sourceType.isEmpty() ? values.rootfs : values.sourceFile).isEmpty();
    case Memory:
        return values.memoryMiB.has_value();
    case Vcpus:
        return values.vcpus.has_value();
    case Kernel:
        return !values.kernel.isEmpty();
    case Network:
        return values.vif.has_value() && !values.vif->isEmpty();
    case ImageSize:
        return values.imageSizeMiB.has_value();
    default:
        return true;
    }
}

bool GuestListModel::hasImageSize(int row) const
{
    const QString& type = guest(row).sourceType;
    const ImportHandler* handler = findHandler(type);
    return handler ? handler->usesImageSize() : !type.isEmpty();
}

QString GuestListModel::sourceFile(int row) const
{
    const Guest& values = guest(row);
    const QString& stated = values.sourceType.isEmpty() ? values.rootfs : values.sourceFile;
    return stated.isEmpty() ? m_rows[row].disk.file.path : stated;
}

GuestListModel::GuestState GuestListModel::stateOf(int row) const
{
    const RowInfo& info = m_rows[row];
    if (info.progress >= 0) {
        return GuestState::Importing;
    }
    if (info.problems.isEmpty()) {
        return info.checked ? GuestState::Ready : GuestState::Unchecked;
    }
    switch (info.problems.first().severity) {
    case Problem::Severity::Note:
        return GuestState::Noted;
    case Problem::Severity::Warning:
        return GuestState::Warning;
    case Problem::Severity::Error:
        break;
    }
    return GuestState::Error;
}

QString GuestListModel::text(int row, int column) const
{
    const Guest& values = guest(row);
    switch (column) {
    case Name:
        return values.entry;
    case Source:
        return sourceText(row);
    case Memory:
        return mebibytes(values.effectiveMemoryMiB(defaults()));
    case Vcpus:
        return QString::number(values.effectiveVcpus(defaults()));
    case Kernel:
        switch (values.kernelMode()) {
        case KernelMode::Shared:
            return tr("shared");
        case KernelMode::None:
            return tr("none");
        case KernelMode::Image:
            return tr("from its image");
        case KernelMode::Custom:
            break;
        }
        return fileName(values.kernel);
    case Network:
        return values.extraVifs.isEmpty()
            ? values.effectiveVif(defaults())
            : tr("%1 (+%2)").arg(values.effectiveVif(defaults())).arg(values.extraVifs.size());
    case Autostart:
        return values.autostart ? tr("yes") : tr("no");
    case ImageSize:
        return hasImageSize(row) ? mebibytes(values.effectiveImageSizeMiB(defaults())) : QString();
    case State:
        return stateText(row);
    default:
        return {};
    }
}

QString GuestListModel::sourceText(int row) const
{
    QString name = fileName(sourceFile(row));
    if (name.isEmpty()) {
        if (!guest(row).hasRootDisk()) {
            return tr("no disk");
        }
        const ImportHandler* handler = findHandler(guest(row).sourceType);
        if (handler != nullptr && !handler->usesSource()) {
            return handler->title();
        }
        return guest(row).sourceType.isEmpty() ? tr("found by its name") : tr("no file chosen");
    }
    return name;
}

QString GuestListModel::sourceKindText(int row) const
{
    const QString& found = m_rows[row].disk.source.description;
    const ImportHandler* handler = findHandler(guest(row).sourceType);
    return found.isEmpty() && handler ? handler->title() : found;
}

QString GuestListModel::stateText(int row) const
{
    const RowInfo& info = m_rows[row];
    const auto count = [&info](Problem::Severity severity) {
        return static_cast<int>(std::ranges::count(info.problems, severity, &Problem::severity));
    };
    switch (stateOf(row)) {
    case GuestState::Unchecked:
        return tr("Not checked");
    case GuestState::Ready:
        return tr("Ready");
    case GuestState::Noted:
        return tr("Ready, see note");
    case GuestState::Warning: {
        const int warnings = count(Problem::Severity::Warning);
        return warnings == 1 ? tr("1 warning") : tr("%n warnings", nullptr, warnings);
    }
    case GuestState::Importing:
        return tr("Importing, %1 %").arg(info.progress);
    case GuestState::Error:
        break;
    }
    const int errors = count(Problem::Severity::Error);
    return errors == 1 ? tr("1 error") : tr("%n errors", nullptr, errors);
}

QString GuestListModel::toolTip(int row, int column) const
{
    const RowInfo& info = m_rows[row];
    QStringList lines;
    if (column == Source) {
        lines << sourceFile(row) << sourceKindText(row);
    } else if (column == Kernel
               && (guest(row).kernelMode() == KernelMode::Custom || guest(row).kernelMode() == KernelMode::Image)) {
        lines << guest(row).kernel;
    } else if (column == Network) {
        lines << guest(row).effectiveVif(defaults()) << guest(row).extraVifs;
    } else {
        lines << text(row, column);
    }
    if (!isSet(row, column) && column != Source) {
        lines << tr("This is the default.");
    }
    lines << problemTexts(info.problems, fieldOf(row, column));
    lines.removeAll(QString());
    return lines.join(u'\n');
}

QString GuestListModel::accessibleText(int row, int column) const
{
    const QString title = headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
    QString spoken = tr("%1: %2").arg(title, text(row, column));
    if (column == Source && !sourceKindText(row).isEmpty()) {
        spoken = tr("%1, %2").arg(spoken, sourceKindText(row));
    }
    return isSet(row, column) ? spoken : tr("%1, default").arg(spoken);
}

QVariant GuestListModel::editValue(int row, int column) const
{
    const Guest& values = guest(row);
    switch (column) {
    case Source:
        return values.sourceType.isEmpty() ? values.rootfs : values.sourceFile;
    case Memory:
        return values.effectiveMemoryMiB(defaults());
    case Vcpus:
        return values.effectiveVcpus(defaults());
    case Kernel:
        return values.kernel;
    case Network:
        return values.effectiveVif(defaults());
    case Autostart:
        return values.autostart;
    case ImageSize:
        return values.effectiveImageSizeMiB(defaults());
    default:
        return text(row, column);
    }
}

QVariant GuestListModel::sortValue(int row, int column) const
{
    switch (column) {
    case Memory:
    case Vcpus:
    case Autostart:
        return editValue(row, column);
    case ImageSize:
        return hasImageSize(row) ? editValue(row, column) : QVariant(qint64{-1});
    case State:
        return static_cast<int>(stateOf(row));
    default:
        return text(row, column);
    }
}

QVariant GuestListModel::ownRole(int row, int column, int role) const
{
    const RowInfo& info = m_rows[row];
    switch (role) {
    case IsDefaultRole:
        return !isSet(row, column);
    case EntryRole:
        return guest(row).entry;
    case SourceTypeRole:
        return guest(row).sourceType.isEmpty() ? info.disk.handler : guest(row).sourceType;
    case SourceFileRole:
        return sourceFile(row);
    case SourceKindRole:
        return info.checked ? static_cast<int>(info.disk.source.kind) : -1;
    case SourceDescriptionRole:
        return info.disk.source.description;
    case SeverityRole:
        return info.problems.isEmpty() ? -1 : static_cast<int>(info.problems.first().severity);
    case CellSeverityRole:
        return column == State ? -1 : worst(info.problems, fieldOf(row, column));
    case ProblemCountRole:
        return static_cast<int>(info.problems.size());
    case StateRole:
        return static_cast<int>(stateOf(row));
    case ProgressRole:
        return info.progress;
    case FieldRole:
        return fieldOf(row, column);
    case SortRole:
        return sortValue(row, column);
    default:
        return {};
    }
}

QVariant GuestListModel::alignment(int column)
{
    if (column == Autostart) {
        return static_cast<int>(Qt::AlignCenter);
    }
    const bool number = column == Memory || column == Vcpus || column == ImageSize;
    return number ? QVariant(Qt::AlignRight | Qt::AlignVCenter) : QVariant();
}

QVariant GuestListModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount) {
        return {};
    }
    if (role == Qt::DisplayRole) {
        const QStringList titles{tr("Name"),    tr("Source"),    tr("Memory"),     tr("vCPUs"), tr("Kernel"),
                                 tr("Network"), tr("Autostart"), tr("Image size"), tr("State")};
        return titles[section];
    }
    if (role == Qt::TextAlignmentRole) {
        return alignment(section);
    }
    if (role == Qt::ToolTipRole) {
        const QStringList tips{tr("Names the guest's files on the host"),
                               tr("The disk, image or directory that the guest's root disk is made from"),
                               tr("Memory of the guest"),
                               tr("Number of virtual processors"),
                               tr("The host's kernel, a file of the guest's own, or none"),
                               tr("First network interface, as in xl-network-configuration(5)"),
                               tr("Whether the host starts the guest when it boots"),
                               tr("Size of the disk, where it is made from files"),
                               tr("Problems of the guest, or how far its import is")};
        return tips[section];
    }
    return {};
}

QHash<int, QByteArray> GuestListModel::roleNames() const
{
    QHash<int, QByteArray> names = QAbstractTableModel::roleNames();
    names.insert({{IsDefaultRole, "isDefault"},
                  {EntryRole, "entry"},
                  {SourceTypeRole, "sourceType"},
                  {SourceFileRole, "sourceFile"},
                  {SourceKindRole, "sourceKind"},
                  {SourceDescriptionRole, "sourceDescription"},
                  {SeverityRole, "severity"},
                  {CellSeverityRole, "cellSeverity"},
                  {ProblemCountRole, "problemCount"},
                  {StateRole, "state"},
                  {ProgressRole, "progress"},
                  {FieldRole, "field"},
                  {SortRole, "sortValue"}});
    return names;
}

} // namespace Stowage

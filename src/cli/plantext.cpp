// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "plantext.h"

#include "cli/console.h"
#include "cli/json.h"
#include "core/support/units.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

constexpr int Columns = 6;
constexpr std::size_t SizeColumn = 1;
using Row = std::array<QString, Columns>;

struct PlanText {
    Q_DECLARE_TR_FUNCTIONS(PlanText)
};

/** @p rows in columns, those of @p numbers to the right. */
QString tableText(const QList<Row>& rows, const QList<std::size_t>& numbers)
{
    std::array<qsizetype, Columns> widths{};
    for (const Row& row : rows) {
        for (std::size_t i = 0; i < Columns; ++i) {
            widths.at(i) = std::max(widths.at(i), row.at(i).size());
        }
    }
    QString lines;
    for (const Row& row : rows) {
        QString line;
        for (std::size_t i = 0; i + 1 < Columns; ++i) {
            const QString& cell = row.at(i);
            line += (numbers.contains(i) ? cell.rightJustified(widths.at(i)) : cell.leftJustified(widths.at(i)))
                + "  "_L1;
        }
        line += row.back();
        while (line.endsWith(u' ')) {
            line.chop(1);
        }
        lines += line + u'\n';
    }
    return lines;
}

struct Totals {
    qint64 files = 0;
    qint64 links = 0;
    qint64 bytes = 0;
    qint64 kept = 0; ///< Files and links of the host.
    bool estimated = false;
};

class PlanTable
{
    Q_DECLARE_TR_FUNCTIONS(PlanTable)

public:
    explicit PlanTable(const Layout& layout) : m_layout(layout)
    {
        m_rows.append(Row{tr("PATH"), tr("SIZE"), tr("MODE"), tr("OWNER"), tr("STATE"), tr("FROM")});
        addNode(layout.root, 0);
    }

    [[nodiscard]] QString text() const;

private:
    void addNode(const LayoutNode& node, int depth);
    void count(const LayoutNode& node);
    [[nodiscard]] QString origin(const LayoutNode& node) const;
    [[nodiscard]] QString totals() const;

    const Layout& m_layout;
    QList<Row> m_rows;
    Totals m_totals;
};

bool isUnchanged(const LayoutNode& node)
{
    return node.state == LayoutNode::State::Kept && std::ranges::all_of(node.children, isUnchanged);
}

qint64 entriesBelow(const LayoutNode& node)
{
    qint64 entries = node.children.size();
    for (const LayoutNode& child : node.children) {
        entries += entriesBelow(child);
    }
    return entries;
}

QString owner(const LayoutNode& node)
{
    const auto name = [](quint32 id) { return id == 0 ? u"root"_s : QString::number(id); };
    return name(node.uid) + u':' + name(node.gid);
}

QString PlanTable::origin(const LayoutNode& node) const
{
    if (node.kind == LayoutNode::Kind::Symlink) {
        return "-> "_L1 + QString::fromUtf8(node.linkTarget);
    }
    if (node.state == LayoutNode::State::Kept) {
        return tr("the host");
    }
    if (const auto* source = std::get_if<FromSource>(&node.origin)) {
        return source->path;
    }
    if (const auto* import = std::get_if<FromImport>(&node.origin)) {
        const auto step = std::ranges::find(m_layout.imports, import->artifact, &ImportStep::artifact);
        if (step == m_layout.imports.end()) {
            return {};
        }
        const QString from = tr("%1 from %2").arg(step->handler, step->request.source);
        return step->request.firstBoot
            ? tr("%1, with %2").arg(from, firstBootSummary(*step->request.firstBoot).join(", "_L1))
            : from;
    }
    if (const auto* text = std::get_if<FromText>(&node.origin); text != nullptr && !text->shown.isEmpty()) {
        return tr("seed disk for the first boot of %1").arg(node.guest);
    }
    if (node.kind == LayoutNode::Kind::File) {
        return node.guest.isEmpty() ? tr("menu that starts the disk") : tr("config of %1").arg(node.guest);
    }
    return {};
}

void PlanTable::count(const LayoutNode& node)
{
    const bool isFile = node.kind == LayoutNode::Kind::File;
    if (node.state == LayoutNode::State::Kept) {
        m_totals.kept += node.kind == LayoutNode::Kind::Directory ? 0 : 1;
    } else if (isFile) {
        ++m_totals.files;
        m_totals.bytes += node.size;
        m_totals.estimated = m_totals.estimated || node.sizeIsEstimate;
    } else if (node.kind == LayoutNode::Kind::Symlink) {
        ++m_totals.links;
    }
    std::ranges::for_each(node.children, [this](const LayoutNode& child) { count(child); });
}

void PlanTable::addNode(const LayoutNode& node, int depth)
{
    const bool isDirectory = node.kind == LayoutNode::Kind::Directory;
    const bool folded = isDirectory && isUnchanged(node);
    QString size = node.kind == LayoutNode::Kind::File ? (node.sizeIsEstimate ? "~"_L1 : ""_L1) + formatBytes(node.size)
                                                       : QString();
    if (folded) {
        size = tr("%1 inside").arg(entriesBelow(node));
    }
    m_rows.append(
        Row{QString(2 * depth, u' ') + printable(QString::fromUtf8(node.name)) + (isDirectory ? u"/"_s : QString()),
            size, octalMode(node.mode), owner(node), stateName(node.state), printable(origin(node))});
    if (folded) {
        count(node);
        return;
    }
    LayoutNode alone = node;
    alone.children.clear();
    count(alone);
    for (const LayoutNode& child : node.children) {
        addNode(child, depth + 1);
    }
}

QString PlanTable::totals() const
{
    const QString text = tr("New files: %1 with %2, new links: %3, kept of the host: %4.")
                             .arg(m_totals.files)
                             .arg((m_totals.estimated ? "~"_L1 : ""_L1) + formatBytes(m_totals.bytes))
                             .arg(m_totals.links)
                             .arg(m_totals.kept);
    return m_totals.estimated ? text + u' ' + tr("Sizes with ~ are estimates.") : text;
}

QString PlanTable::text() const
{
    return tableText(m_rows, {SizeColumn}) + u'\n' + totals() + u'\n';
}

/** Where from a file of the partition for firmware comes. */
QString originText(const BootPartitionFile& file)
{
    switch (file.origin) {
    case BootPartitionFile::Origin::Root:
    case BootPartitionFile::Origin::Unpacked:
        return PlanText::tr("/%1 of the root file system").arg(QString::fromUtf8(file.source));
    case BootPartitionFile::Origin::Named:
        return QString::fromUtf8(file.source);
    case BootPartitionFile::Origin::Grub:
        return PlanText::tr("GRUB");
    case BootPartitionFile::Origin::XenConfig:
        return PlanText::tr("Xen's configuration");
    case BootPartitionFile::Origin::Script:
        break;
    }
    return PlanText::tr("U-Boot's script");
}

QString startText(const DiskPlan& disk)
{
    const QString table = tableName(disk.scheme).toString().toUpper();
    if (disk.isHosts) {
        return PlanText::tr("Disk (%1), the host's own: it starts as before.").arg(table);
    }
    QStringList ways = firmwareNames(disk);
    std::ranges::transform(ways, ways.begin(),
                           [](const QString& name) { return name == "u-boot"_L1 ? u"U-Boot"_s : name.toUpper(); });
    return ways.isEmpty() ? PlanText::tr("Disk (%1): it does not start by itself.").arg(table)
                          : PlanText::tr("Disk (%1): it starts by %2.").arg(table, ways.join(", "_L1));
}

} // namespace

QString diskText(const DiskPlan& disk)
{
    QList<Row> rows{Row{PlanText::tr("PARTITION"), PlanText::tr("SIZE"), PlanText::tr("START"),
                        PlanText::tr("FILE SYSTEM"), PlanText::tr("TYPE"), PlanText::tr("FROM")}};
    for (const DiskPartition& partition : disk.partitions) {
        rows.append(Row{QString::number(partition.number) + u' ' + purposeName(partition.purpose),
                        (partition.isEstimate ? "~"_L1 : ""_L1) + formatBytes(partition.size),
                        formatBytes(partition.start),
                        partition.fileSystem,
                        partitionType(partition, disk.scheme),
                        {}});
        for (const BootPartitionFile& file : partition.files) {
            rows.append(Row{"  "_L1 + QString::fromUtf8(file.target), {}, {}, {}, {}, printable(originText(file))});
        }
    }
    return startText(disk) + "\n\n"_L1 + tableText(rows, {1, 2});
}

QString planText(const Layout& layout)
{
    return PlanTable(layout).text();
}

} // namespace Stowage

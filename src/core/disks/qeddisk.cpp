// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/disks/diskformats.h"
#include "core/disks/mappeddisk.h"
#include "core/support/units.h"

#include <QCoreApplication>

#include <bit>

namespace Stowage
{

namespace
{

struct QedText {
    Q_DECLARE_TR_FUNCTIONS(QedDisk)
};

// Little-endian. Source: QEMU docs/interop/qed_spec.rst.
constexpr qint64 HeadBytes = 64;
constexpr quint64 FeatureBackingFile = 1;
constexpr quint64 FeatureNeedsCheck = 2;
constexpr quint64 FeatureNoProbe = 4; // how the backing file is to be opened
constexpr quint64 NoCluster = 0;
constexpr quint64 ZeroCluster = 1;

/** Where things lie in a QED file, in bytes. */
struct Geometry {
    qint64 clusterBytes = 0;
    qint64 tableBytes = 0; ///< Of both levels.
    qint64 firstTable = 0;
};

class QedDisk final : public MappedDisk
{
public:
    QedDisk(DiskFile file, const Geometry& geometry, qint64 size)
        : MappedDisk(size),
          m_file(std::move(file)),
          m_geometry(geometry)
    { }

protected:
    Result<DiskRun> runAt(qint64 position) override
    {
        const qint64 cluster = m_geometry.clusterBytes;
        const qint64 covers = m_geometry.tableBytes / 8 * cluster;
        const auto table = m_first.little<quint64>(m_file, m_geometry.firstTable + position / covers * 8);
        if (!table) {
            return std::unexpected(table.error());
        }
        const qint64 inTable = position % covers;
        if (*table == NoCluster) {
            return DiskRun{.size = covers - inTable};
        }
        if (!m_file.holds(*table, static_cast<quint64>(m_geometry.tableBytes))) {
            return m_file.cutOff();
        }
        const auto entry = m_second.little<quint64>(m_file, static_cast<qint64>(*table) + inTable / cluster * 8);
        return entry.and_then([&](quint64 offset) -> Result<DiskRun> {
            const qint64 inside = position % cluster;
            DiskRun run{.size = cluster - inside};
            if (offset == NoCluster || offset == ZeroCluster) {
                return run;
            }
            if (!m_file.holds(offset, 1)) {
                return m_file.cutOff();
            }
            run.kind = DiskRun::Kind::Stored;
            run.file = &m_file;
            run.offset = static_cast<qint64>(offset) + inside;
            return run;
        });
    }

private:
    DiskFile m_file;
    Geometry m_geometry;
    TableWindow m_first;
    TableWindow m_second;
};

/** Checks @p head, the header of @p file with a disk of @p size bytes. */
Result<Geometry> readGeometry(const QByteArray& head, const DiskFile& file, qint64 size)
{
    const auto cluster = littleEndianAt<quint32>(head, 4);
    if (!std::has_single_bit(cluster) || cluster < 4 * KiB || cluster > 64 * MiB) {
        return file.broken(QedText::tr("clusters of %1 bytes are not possible").arg(cluster));
    }
    const auto tableClusters = littleEndianAt<quint32>(head, 8);
    if (!std::has_single_bit(tableClusters) || tableClusters > 16) {
        return file.broken(QedText::tr("tables of %1 clusters are not possible").arg(tableClusters));
    }
    const quint64 tableBytes = quint64{cluster} * tableClusters;
    const quint64 clusters = (static_cast<quint64>(size) + cluster - 1) / cluster;
    const quint64 entries = tableBytes / 8;
    if (clusters > entries * entries) {
        return file.broken(QedText::tr("its tables do not cover a disk of %1 bytes").arg(size));
    }
    const auto table = littleEndianAt<quint64>(head, 40);
    if (table == 0 || table % cluster != 0 || !file.holds(table, tableBytes)) {
        return file.broken(QedText::tr("its first table is not in the file"));
    }
    return Geometry{.clusterBytes = cluster,
                    .tableBytes = static_cast<qint64>(tableBytes),
                    .firstTable = static_cast<qint64>(table)};
}

} // namespace

Result<OpenedDisk> openQedDisk(DiskFile file, const std::stop_token& /*stop*/)
{
    const auto head = file.bytes(0, HeadBytes);
    if (!head) {
        return std::unexpected(head.error());
    }
    const auto features = littleEndianAt<quint64>(*head, 16);
    if ((features & FeatureBackingFile) != 0) {
        return file.refused(QedText::tr("that only holds the differences to another disk"));
    }
    if ((features & FeatureNeedsCheck) != 0) {
        return file.refused(QedText::tr("that was not closed"),
                            QedText::tr("Repair a copy of it with \"qemu-img check -r all\"."));
    }
    if ((features & ~FeatureNoProbe) != 0) {
        return file.refused(
            QedText::tr("with features that are not known (0x%1)").arg(features & ~FeatureNoProbe, 0, 16));
    }
    const auto size = file.diskSize(littleEndianAt<quint64>(*head, 48));
    const auto geometry = size ? readGeometry(*head, file, *size) : std::unexpected(size.error());
    return geometry.transform([&](const Geometry& found) {
        return OpenedDisk{.reader = std::make_unique<QedDisk>(std::move(file), found, *size)};
    });
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/sources/bytes.h"
#include "core/sources/sourcefile.h"
#include "core/support/filecopy.h"
#include "core/support/units.h"
#include "qcow2header.h"

#include <QCoreApplication>

#include <algorithm>
#include <optional>

namespace Stowage
{

namespace
{

struct Qcow2 {
    Q_DECLARE_TR_FUNCTIONS(Qcow2)
};

constexpr qint64 TablesLimit = 1 * GiB;

std::unexpected<Error> cutOff(const QString& path)
{
    return fail(Error::Code::InvalidInput,
                Qcow2::tr("The QCOW2 image %1 is cut off: parts of the disk lie behind its end.").arg(path),
                Qcow2::tr("Copy or download it again."), Place::inFile(path));
}

/** How many clusters the second-level table @p table gives data; none where data begin at @p fileSize or behind it. */
std::optional<qint64> clustersIn(const QByteArray& table, const Qcow2Header& header, quint64 fileSize)
{
    qint64 clusters = 0;
    const qsizetype entrySize = header.extendedL2 ? 16 : 8;
    const int compressedOffsetBits = 62 - (static_cast<int>(header.clusterBits) - 8);
    for (qsizetype position = 0; position <= table.size() - entrySize; position += entrySize) {
        const auto entry = bigEndianAt<quint64>(table, position);
        quint64 offset = entry & Qcow2OffsetBits;
        if ((entry & Qcow2CompressedBit) != 0) {
            offset = entry & ((quint64{1} << compressedOffsetBits) - 1);
            // The sectors behind the first; the last of them need not be full.
            offset += ((entry & ~(Qcow2CompressedBit | (Qcow2CompressedBit << 1))) >> compressedOffsetBits) * 512
                & ~quint64{511};
            offset -= std::min<quint64>(offset, 512);
        } else if (!header.extendedL2 && (entry & Qcow2ZeroBit) != 0) {
            continue;
        }
        if (offset >= fileSize) {
            return std::nullopt;
        }
        clusters += offset != 0 ? 1 : 0;
    }
    return clusters;
}

} // namespace

Result<qint64> checkQcow2Tables(const QString& path, const Qcow2Header& header, const std::stop_token& stop)
{
    const auto file = openRegularFile(path);
    if (!file) {
        return std::unexpected(file.error());
    }
    const auto size = sizeOf(*file, path);
    const auto first = readAt(*file, header.l1TableOffset, qint64{header.l1Size} * 8, path);
    if (!size || !first) {
        return std::unexpected(size ? first.error() : size.error());
    }
    QList<qint64> tables;
    for (qsizetype position = 0; position <= first->size() - 8; position += 8) {
        if (const quint64 offset = bigEndianAt<quint64>(*first, position) & Qcow2OffsetBits; offset != 0) {
            tables.append(static_cast<qint64>(offset));
        }
    }
    std::ranges::sort(tables);
    const qint64 clusterSize = qint64{1} << header.clusterBits;
    if (!tables.isEmpty() && tables.last() > *size - clusterSize) {
        return cutOff(path);
    }
    qint64 left = TablesLimit / clusterSize;
    qint64 clusters = 0;
    for (auto next = tables.cbegin(); next != tables.cend();) {
        const qint64 offset = *next;
        const auto end = std::upper_bound(next, tables.cend(), offset);
        const auto references = static_cast<qint64>(end - next); // more than one where it is hostile
        next = end;
        if (stop.stop_requested()) {
            return cancelled();
        }
        if (--left < 0) {
            clusters += references * (clusterSize / (header.extendedL2 ? 16 : 8));
            continue;
        }
        const auto table = readAt(*file, offset, clusterSize, path);
        if (!table) {
            return std::unexpected(table.error());
        }
        const auto used = clustersIn(*table, header, static_cast<quint64>(*size));
        if (!used) {
            return cutOff(path);
        }
        clusters += references * *used;
    }
    return clusters * clusterSize;
}

} // namespace Stowage

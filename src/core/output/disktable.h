// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/sources/partitiontable.h"
#include "core/support/architecture.h"
#include "core/support/result.h"

#include <array>

namespace Stowage
{

using Guid = std::array<quint8, 16>; ///< In the order in which GPT has the bytes on the disk.

/** A partition of a disk that is being made. */
struct NewPartition {
    qint64 start = 0; ///< Bytes; a multiple of 1 MiB.
    qint64 size = 0; ///< Bytes; a multiple of 512.
    Guid type = {};
    QString name; ///< At most 36 UTF-16 code units.
};

/** The type of the partition with a root file system for @p architecture (UAPI Group, Discoverable Partitions). */
[[nodiscard]] Guid rootPartitionType(Architecture architecture);

/** What the table needs before the first partition, and behind the last one. */
inline constexpr qint64 DiskMargin = 1024 * 1024;

/**
 * Writes a GUID partition table with both headers and the protective MBR to the disk @p fd, and gives that its size: up to
 * the end of its last partition and DiskMargin. Identifiers are made from @p seed. Source: UEFI specification 5.3. @p path
 * names the file in errors. Returns the bytes of the disk.
 */
[[nodiscard]] Result<qint64> writeDiskTable(int fd, const QString& path, const QList<NewPartition>& partitions,
                                            const QByteArray& seed);

/**
 * Makes @p partition, the last one of the disk @p fd by its place, @p size bytes long: its entry, the headers of a GUID
 * partition table with the copies at the new end, and the size of the file. The bytes of the partition are the caller's. An
 * error when others lie behind it, or the table is broken.
 */
[[nodiscard]] Result<void> growPartition(int fd, const QString& path, const PartitionTable& table,
                                         const Partition& partition, qint64 size);

} // namespace Stowage

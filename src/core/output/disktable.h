// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/output/diskplan.h"
#include "core/support/result.h"

namespace Stowage
{

/** What the identifiers of a new disk are made from. */
struct DiskSeeds {
    QByteArray root; ///< Of the root file system: for its partition, and for the disk when it has an MBR.
    QByteArray whole; ///< Of all that is on the disk, the root file system included: for all else.
};

/** The identifier of the root partition of @p plan as Linux knows it (PARTUUID). */
[[nodiscard]] QByteArray rootPartitionId(const DiskPlan& plan, const QByteArray& rootSeed);

/** Whether the table of @p plan can tell of all of it: an MBR knows 2 TiB. @p path names the disk in errors. */
[[nodiscard]] Result<void> checkDiskSize(const DiskPlan& plan, const QString& path);
/** The same before anything is written, as far as it is certain: for the size that @p output states, or the host has. */
[[nodiscard]] Result<void> checkDiskSize(const Layout& layout, const OutputSpec& output);

/**
 * Writes the partition table of @p plan to the disk @p fd, and gives the disk its size: a GUID partition table with both
 * headers and the protective MBR, or an MBR. The bytes of a boot loader in the first sector stay. An MBR that cannot tell
 * where a partition ends is an error. Source: UEFI specification 5.2 and 5.3. @p path names the file in errors.
 */
[[nodiscard]] Result<void> writeDiskTable(int fd, const QString& path, const DiskPlan& plan, const DiskSeeds& seeds);

/**
 * Makes @p partition, the last one of the disk @p fd by its place, @p size bytes long: its entry, the headers of a GUID
 * partition table with the copies at the end, and the size of the file: that of the host's disk, or more where the partition
 * needs it. The bytes of the partition are the caller's. An error when the table is broken.
 */
[[nodiscard]] Result<void> growPartition(int fd, const QString& path, const PartitionTable& table,
                                         const Partition& partition, qint64 size);

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/output/diskplan.h"
#include "core/output/hostimage.h"

namespace Stowage
{

/** What the parts that start a disk are made from and with. Borrows all; blocks on the disk. */
struct DiskStart {
    const DiskPlan& plan;
    const DiskSetup& setup;
    ImagePlace root; ///< The disk, and where its finished root file system begins.
    QByteArray fileSystemId; ///< UUID of that file system as text.
    QByteArray partitionId; ///< That of its partition.
    qint64 timeStamp = 0; ///< Of all that is made, seconds since 1970.
    QString workDirectory;
    JobContext& context;
    CommandRunner& runner;
};

/**
 * Makes all that is beside the root file system on a new disk: GRUB for BIOS, and the FAT partition that UEFI and U-Boot
 * read, checked with fsck.vfat, every file in it read back. The same input gives the same bytes. Returns the SHA-256 of
 * that partition, empty without one.
 */
[[nodiscard]] Result<QByteArray> makeDiskStart(const DiskStart& start);

/** Why what makeDiskStart() needs for @p layout is not there: programs, GRUB's modules. Touches the disk. */
[[nodiscard]] QList<Error> missingForStart(const Layout& layout);

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/layout/layout.h"

#include <array>

namespace Stowage
{

using Guid = std::array<quint8, 16>; ///< In the order in which GPT has the bytes on the disk.

/** What a new disk needs before its first partition, and behind its last one. */
inline constexpr qint64 DiskMargin = 1024 * 1024;

/** @p guid as people write it, in lower case. */
[[nodiscard]] QString guidText(const Guid& guid);

/** A file in the partition that firmware reads. */
struct BootPartitionFile {
    enum class Origin {
        Root, ///< Copied from the root file system: source is a path in it.
        Unpacked, ///< The same, and decompressed.
        Named, ///< The user's: source is a path of this machine.
        Grub, ///< GRUB as an EFI program.
        XenConfig, ///< What Xen as an EFI program reads.
        Script, ///< What U-Boot runs.
    };

    QByteArray target; ///< Path in the partition, without a slash at the front.
    Origin origin = Origin::Root;
    QByteArray source;
    qint64 size = 0; ///< Bytes; for what is yet to be made, no more than that.

    bool operator==(const BootPartitionFile&) const = default;
};

/** A partition of a disk that is written. */
struct DiskPartition {
    enum class Purpose {
        Loader, ///< What BIOS goes on with; on a disk with an MBR that has no partition.
        Firmware, ///< FAT, for UEFI or U-Boot: the EFI system partition.
        Root,
        Host, ///< One that the host's disk has beside its root; it stays.
    };

    Purpose purpose = Purpose::Root;
    int number = 0; ///< From 1.
    QString name = {}; ///< In a GUID partition table; at most 36 UTF-16 code units.
    QString fileSystem = {}; ///< "vfat" or "ext4"; empty: none, or not known.
    Guid type = {}; ///< In a GUID partition table.
    quint8 mbrType = 0; ///< In an MBR.
    bool isBootable = false; ///< Marked so for BIOS, or for U-Boot.
    qint64 start = 0; ///< Bytes; a multiple of 1 MiB on a new disk.
    qint64 size = 0; ///< Bytes.
    bool isEstimate = false; ///< The size will be what its content turns out to need.
    QList<BootPartitionFile> files = {}; ///< Of a Firmware partition, sorted by target.

    bool operator==(const DiskPartition&) const = default;
};

/** A disk as it will be written. A plain value. */
struct DiskPlan {
    PartitionTable::Scheme scheme = PartitionTable::Scheme::Gpt;
    bool isHosts = false; ///< The host is a disk: all but its root partition stays.
    bool startsByBios = false; ///< The ways in which a new disk starts.
    bool startsByUefi = false;
    bool startsByUBoot = false;
    QList<DiskPartition> partitions;
    qint64 size = 0; ///< Bytes of the disk.
    bool isEstimate = false; ///< The same for it as for the partitions.
    int inTheWay = 0; ///< Number of the partition behind the root, which would have to be larger; 0: none.

    bool operator==(const DiskPlan&) const = default;

    /** The partition of @p purpose; null: none. */
    [[nodiscard]] const DiskPartition* find(DiskPartition::Purpose purpose) const;
};

/** "loader", "firmware", "root" or "host", the same in every language. */
[[nodiscard]] QLatin1StringView purposeName(DiskPartition::Purpose purpose);

/**
 * Size in bytes of the root file system that is made of @p layout: @p sizeMiB, or, when that is 0, an estimate: the host's
 * own, which grows where it must, or what the content takes, with room to grow. Pure.
 */
[[nodiscard]] qint64 plannedRootBytes(const Layout& layout, qint64 sizeMiB);

/** Number of the partition that keeps @p partition of @p table from growing, as it lies behind it; 0: none does. */
[[nodiscard]] int partitionInTheWay(const PartitionTable& table, const Partition& partition);

/** Bytes of the disk of @p table when @p partition, the last on it, has @p size bytes: no less than it has now. */
[[nodiscard]] qint64 grownDiskBytes(const PartitionTable& table, const Partition& partition, qint64 size);

/**
 * The disk that is made of @p layout when its root file system takes @p rootBytes; without those plannedRootBytes(). Pure:
 * the same input gives the same plan.
 */
[[nodiscard]] DiskPlan planDisk(const Layout& layout, qint64 sizeMiB, std::optional<qint64> rootBytes = {});

} // namespace Stowage

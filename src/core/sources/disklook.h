// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/disks/diskreader.h"
#include "core/sources/partitiontable.h"
#include "core/sources/systemlook.h"

#include <stop_token>

namespace Stowage
{

/** What fills a partition, a disk without any, or a directory. A plain value. */
struct VolumeLook {
    /** What firmware uses a partition for. */
    enum class Purpose { Other, EfiSystem, BiosBoot };

    int partition = 0; ///< Its number, as in the guest's device names; 0: there is no partition table.
    qint64 start = 0; ///< Bytes from the start of the disk.
    qint64 size = 0; ///< Bytes.
    QString partitionType; ///< For the user: "EFI system partition"; empty where there is no partition.
    Purpose purpose = Purpose::Other; ///< By the type of the partition.
    QString partitionName; ///< GPT alone has them.
    QString partitionUuid; ///< As the kernel's root=PARTUUID= takes it.
    QString type; ///< As blkid(8) calls it: "ext4", "xfs", "LVM2_member"; empty where nothing was recognised.
    QString label; ///< Of the file system; empty where it has none.
    QString uuid; ///< As blkid(8) writes it; empty where it has none.
    QString refusal; ///< Why its files are not looked at; empty when they are.
    std::optional<SystemLook> system; ///< What is in it; none where it was not looked into.

    bool operator==(const VolumeLook&) const = default;
};

/** What is on a disk, by its own tables. A plain value. */
struct DiskLook {
    std::optional<PartitionTable::Scheme> scheme; ///< None: no partition table.
    bool hasBootCode = false; ///< Its first sector, before a partition table, holds a program for a BIOS to start.
    QList<VolumeLook> volumes; ///< By their numbers; at most 128.

    bool operator==(const DiskLook&) const = default;

    /** The volume with the root file system that would be started; null where none was found. */
    [[nodiscard]] const VolumeLook* root() const;
    /** The one with the number @p partition; null where there is none. */
    [[nodiscard]] const VolumeLook* volume(int partition) const;
    /** Whether there is anything on it that firmware starts. */
    [[nodiscard]] bool startsByItself() const;
};

/**
 * The partitions on @p disk, logical ones among them and the extended one that holds them left out; none where there is
 * no table. A chain of logical partitions that leads back or out of the disk ends there. Blocks on the disk.
 */
[[nodiscard]] std::optional<PartitionTable> partitionsOn(DiskReader& disk, const std::stop_token& stop);

/**
 * Looks at what is on @p disk, which errors call @p name: its partitions, logical ones included, their file systems, and the
 * systems in those that openFileTree() opens. Never fails: what is broken or not known has a refusal. Reads some MiB at
 * most, however large the disk is. Sources of the places of labels and UUIDs: the formats' own headers, as in Linux's
 * fs/ and include/uapi/linux/. Blocks on the disk.
 */
[[nodiscard]] DiskLook lookAtDisk(DiskReader& disk, const QString& name, const std::stop_token& stop);

/**
 * The same of a disk of @p size bytes of which only the first bytes @p head can be had, as it is packed: partitions, or the
 * file system's own name, each with @p refusal.
 */
[[nodiscard]] DiskLook lookAtHead(const QByteArray& head, qint64 size, const QString& refusal);

/** The same for the directory @p path, whose one volume has the type "directory". */
[[nodiscard]] DiskLook lookAtDirectory(const QString& path);

} // namespace Stowage

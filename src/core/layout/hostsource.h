// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/entries/entrysink.h"
#include "core/sources/partitiontable.h"

#include <memory>
#include <optional>

namespace Stowage
{

/** Room in a file system that is there already. Bytes. */
struct FileSystemRoom {
    qint64 size = 0; ///< Of all of it.
    qint64 free = 0; ///< That files can still take; less than nothing when only root may write.

    bool operator==(const FileSystemRoom&) const = default;

    /** The size that it is given when @p missing bytes more than those are needed: with room to grow, a whole MiB. */
    [[nodiscard]] qint64 grownBy(qint64 missing) const;
};

/** A host's root file system, in any of the forms that it may have. */
struct HostSource {
    enum class Kind { Directory, Archive, Ext4, Disk };

    Kind kind = Kind::Directory;
    QString path;
    std::optional<PartitionTable> table; ///< Of a disk.
    Partition partition; ///< Of a disk: the one with the root file system; for an ext4 image its whole.
    std::optional<FileSystemRoom> room; ///< Of an ext4 image and of a disk's root file system, which stay.

    /** What is in it. */
    [[nodiscard]] std::unique_ptr<EntrySource> entries() const;
    /** Hands its entries to @p sink, owners as they will be on the target. */
    [[nodiscard]] Result<void> feed(EntrySink& sink, Progress& progress, const std::stop_token& stop) const;
};

/**
 * Finds out what the host at @p path is: a directory, a tar archive, an ext4 image, or a disk with a root file system in
 * one of its partitions. The first that looks like one counts. Blocks on the disk.
 */
[[nodiscard]] Result<HostSource> openHost(const QString& path, const std::stop_token& stop);

} // namespace Stowage

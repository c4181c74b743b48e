// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/disks/diskreader.h"
#include "core/sources/filetree.h"

#include <QString>

namespace Stowage
{

/** A file system that was recognised and can be looked into. */
struct OpenedTree {
    std::unique_ptr<FileTree> tree; ///< Borrows the disk.
    QString type; ///< As blkid(8) calls it: "ext2", "ext3", "ext4", "squashfs", "vfat" or "iso9660".
    QString label; ///< Empty where it has none.
    QString uuid; ///< As blkid(8) writes it; empty where it has none.
    qint64 size = 0; ///< Bytes that it covers.
};

/**
 * Recognises by its content the file system that fills @p disk, such as a partition, and opens it to look into it. @p name is
 * what errors call it. Errors: Unsupported where it is none of those, else what is wrong with it. Blocks on the disk.
 */
[[nodiscard]] Result<OpenedTree> openFileTree(DiskReader& disk, const QString& name);

} // namespace Stowage

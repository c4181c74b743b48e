// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/result.h"

#include <QByteArray>

#include <optional>

namespace Stowage
{

/** The superblock of an ext2, ext3 or ext4 file system, as far as it is needed to judge an image. */
struct Ext4Superblock {
    enum class Variant { Ext2, Ext3, Ext4, JournalDevice };

    Variant variant = Variant::Ext4;
    qint64 blockSize = 0; ///< Bytes.
    qint64 blocks = 0;
    qint64 freeBlocks = 0;
    qint64 blocksPerGroup = 0;
    qint64 inodes = 0;
    QString label;
    QString uuid; ///< As blkid(8) writes it.

    /** Bytes that the file system covers. */
    [[nodiscard]] qint64 size() const { return blocks * blockSize; }
    /** "ext2", "ext3", "ext4". */
    [[nodiscard]] QString variantName() const;
};

/**
 * Finds the superblock in @p head, the first bytes of an image (2 KiB are enough). No value where there is none or
 * where its numbers make no sense. Source: Linux Documentation/filesystems/ext4/super.rst.
 */
[[nodiscard]] std::optional<Ext4Superblock> findExt4Superblock(const QByteArray& head);

/** Whether an image of @p fileSize bytes can hold what @p superblock says; an error that names @p path when not. */
[[nodiscard]] Result<void> checkExt4Size(const Ext4Superblock& superblock, qint64 fileSize, const QString& path);

} // namespace Stowage

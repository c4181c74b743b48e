// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/ext4/filetree.h"
#include "core/support/result.h"

#include <QStringList>

namespace Stowage
{

/** Numbers of an ext4 file system that is to be made. */
struct Ext4Geometry {
    qint64 sizeMiB = 0;
    qint64 blockSize = 4096; ///< Bytes.
    qint64 inodes = 0;
    qint64 journalMiB = 0; ///< 0: no journal.

    /** Arguments for mkfs.ext4 that give just this, whatever its configuration file says. */
    [[nodiscard]] QStringList arguments() const;
};

/** What is in a tree, in the units of an ext4 file system with one block size. */
struct Ext4Demand {
    qint64 blocks = 0;
    qint64 inodes = 0;
};

/** What the content of @p tree takes in blocks of @p blockSize bytes. */
[[nodiscard]] Ext4Demand demandOf(const FileTree& tree, qint64 blockSize);

/**
 * The geometry for an image of @p sizeMiB MiB that holds @p tree: blocks of 4096 bytes, or of 1024 where it would not
 * hold it otherwise. An error with the code NoSpace that names the size needed when none fits; another
 * when the size itself is impossible. Looks at no file of the tree.
 */
[[nodiscard]] Result<Ext4Geometry> chooseGeometry(const FileTree& tree, qint64 sizeMiB, const std::stop_token& stop);

} // namespace Stowage

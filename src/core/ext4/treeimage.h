// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/ext4/ext4writer.h"
#include "core/ext4/filetree.h"
#include "core/jobs/progress.h"

namespace Stowage
{

/**
 * The options for an image of @p sizeMiB MiB that holds @p tree: blocks of 4096 bytes, or of 1024 where it would not
 * hold it otherwise; a journal where there is room for one; 5 % of the blocks for root alone. An error with the code
 * NoSpace that tells the size needed when nothing fits; another when the size itself is impossible. Runs of zeros in
 * files count as data. Reads extended attributes, but no file of the tree.
 */
[[nodiscard]] Result<Ext4Options> optionsFor(const FileTree& tree, qint64 sizeMiB, const std::stop_token& stop);

/**
 * Writes an ext4 file system with the content of @p tree to the empty file @p fd, which @p image names in errors. Owners,
 * modes and times are those of the entries; data and extended attributes are read from the directory now. A file that
 * is not as its entry says is an error. Advances @p progress by the bytes read. Blocks on the disk.
 */
[[nodiscard]] Result<void> writeTreeImage(const FileTree& tree, int fd, const QString& image,
                                          const Ext4Options& options, Progress& progress, const std::stop_token& stop);

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/ext4/sourceimage.h"
#include "core/import/importhandler.h"

namespace Stowage
{

/**
 * What the handlers of root file systems have in common: makes the ext4 image @p output and has e2fsck check it. Without
 * @p totalBytes, the bytes that the source will advance the progress by, they are counted aside when it takes long.
 * On error or cancel no file is left. Blocks on the disk.
 */
[[nodiscard]] Result<void> makeRootfsImage(const SourceImage& image, const QString& output, qint64 totalBytes,
                                           JobContext& context, CommandRunner& runner);

/**
 * The same in @p target. What e2fsck checks is a copy in the work file @p copy, which has all of the file system but the
 * data of its files, and is removed again.
 */
[[nodiscard]] Result<void> makeRootfsImageIn(SparseTarget& target, const SourceImage& image, const QString& copy,
                                             qint64 totalBytes, JobContext& context, CommandRunner& runner);

} // namespace Stowage

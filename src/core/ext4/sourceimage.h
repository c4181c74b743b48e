// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/entries/entrysink.h"
#include "core/project/guest.h"

namespace Stowage
{

/** What is to become an ext4 image, and how large that is to be. */
struct SourceImage {
    const EntrySource& source; ///< Borrowed.
    OwnerRule owners = OwnerRule::Automatic;
    bool isDirectory = false; ///< The source's top has an owner that says something.
    qint64 sizeMiB = 0;
};

/**
 * Writes an ext4 file system of exactly the size asked for to the empty @p target, which @p path names in errors: blocks of
 * 4096 bytes, or of 1024 where it is smaller than 512 GiB and would not hold the content otherwise; a journal where there
 * is room for one; 5 % of the blocks for root alone. The source is read once, on a thread of its own. @p target null:
 * nothing is written and no file's content is read, to learn whether it would fit; runs of zeros in files count as data
 * then.
 *
 * An error with the code NoSpace tells the size needed; what is in the target then is of no use. Blocks on the disk.
 */
[[nodiscard]] Result<void> writeSourceImage(const SourceImage& image, SparseTarget* target, const QString& path,
                                            Progress& progress, const std::stop_token& stop);

/** What the content of an image takes. */
struct ImageNeeds {
    qint64 leastMiB = 0; ///< The smallest size that holds it.
    qint64 dataBytes = 0; ///< Of its files, holes left out.
    qint64 files = 0; ///< Inodes.
};

/** What @p image, whose size is of no importance, needs at least. Blocks on the disk. */
[[nodiscard]] Result<ImageNeeds> measureSourceImage(const SourceImage& image, const std::stop_token& stop);

/** Bytes of @p image that writeSourceImage() writes at most, by @p needs. */
[[nodiscard]] qint64 mostDataBytes(const SourceImage& image, const ImageNeeds& needs);

/** Whether @p image has a size that is possible and, by @p needs, enough. */
[[nodiscard]] Result<void> checkImageSize(const SourceImage& image, const ImageNeeds& needs);

} // namespace Stowage

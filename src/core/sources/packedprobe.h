// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/sources/compressed.h"
#include "core/sources/sourcefile.h"
#include "core/sources/sourceprobe.h"

namespace Stowage
{

/** Whether @p head begins a cpio archive: new ASCII, with checksums, or the portable format (POSIX.1-1988). */
[[nodiscard]] bool isCpio(const QByteArray& head);

/** A tar archive that begins with @p head; @p codec: what it is compressed with, or empty. Blocks on the disk. */
[[nodiscard]] SourceInfo archiveInfo(const QString& path, const FileSample& sample, const QByteArray& head,
                                     const QString& codec, const std::stop_token& stop);
/** A container image, in an archive or a directory. Blocks on the disk. */
[[nodiscard]] SourceInfo containerInfo(const QString& path);
/** A compressed file, of which @p peek shows the beginning. Blocks on the disk. */
[[nodiscard]] SourceInfo compressedInfo(const QString& path, const FileSample& sample, const CompressedPeek& peek,
                                        const std::stop_token& stop);

} // namespace Stowage

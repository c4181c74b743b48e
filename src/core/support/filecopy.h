// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/jobs/progress.h"
#include "core/support/result.h"
#include "core/support/uniquefd.h"

#include <QByteArray>
#include <QString>

#include <stop_token>

namespace Stowage
{

/**
 * Copies the content of the regular file @p source (links are followed) to the new file @p destination: shared blocks
 * (reflink) where the file system has them, else data ranges only, so that holes stay holes. Advances @p progress by the
 * apparent size. Mode 0644. A source that changes meanwhile is an error. On error or cancel no file is left; a file that
 * has the name already is an error and stays. Blocks on the disk.
 */
[[nodiscard]] Result<void> copyFile(const QString& source, const QString& destination, const std::stop_token& stop,
                                    Progress& progress);

/**
 * The same between open files: @p source at any offset, @p destination empty and writable; offsets are not to be relied
 * on afterwards. The names are for errors.
 */
[[nodiscard]] Result<void> copyContent(int source, const QString& sourceName, int destination,
                                       const QString& destinationName, const std::stop_token& stop, Progress& progress);

/** A part of one file that goes to a place in another; all in bytes. */
struct FilePart {
    qint64 from = 0; ///< Where it begins in the source.
    qint64 size = 0; ///< No more than the source has.
    qint64 to = 0; ///< Where it begins in the destination.
};

/**
 * Copies @p part between open files. The destination has zeros there: holes are left out. Otherwise as copyContent(), but
 * that the destination keeps its size where that is larger.
 */
[[nodiscard]] Result<void> copyPart(int source, const QString& sourceName, int destination,
                                    const QString& destinationName, const FilePart& part, const std::stop_token& stop,
                                    Progress& progress);

/** Opens @p path for reading when it leads to a regular file; directories, devices, FIFOs are errors and never block. */
[[nodiscard]] Result<UniqueFd> openRegularFile(const QString& path);

/** SHA-256 of the file's content, 32 bytes. Advances @p progress by what was read. Blocks on the disk. */
[[nodiscard]] Result<QByteArray> hashFile(const QString& path, const std::stop_token& stop,
                                          Progress* progress = nullptr);

/** Bytes that the file occupies on the disk (st_blocks); 0 when it cannot be told. */
[[nodiscard]] qint64 allocatedBytes(const QString& path);

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/jobs/progress.h"
#include "core/support/result.h"
#include "core/support/sparsetarget.h"

#include <limits>
#include <stop_token>

namespace Stowage
{

/** What unpackInto() takes, and how much of it. */
struct UnpackLimits {
    qint64 bytes = 0; ///< Of what comes out; more are an error.
    qint64 data = std::numeric_limits<qint64>::max(); ///< Of them that are no holes; more are the error of a full disk.
    bool isArchiveWhole = false; ///< A tar archive comes out itself, and not the file in it.
};

/** Whether @p head begins a tar archive: POSIX.1-1988 (ustar) and everything since; what is older has no mark. */
[[nodiscard]] bool isTar(QByteArrayView head);

/**
 * How the file that begins with @p head is packed, if in a way that unpackInto() undoes: "gzip", "zip", "tar", ... Empty: it
 * is not.
 */
[[nodiscard]] QString packing(QByteArrayView head);

/**
 * Writes what the file @p from has to @p target, which is empty: decompressed as by ByteStream, and out of a tar archive, which
 * may be compressed itself, the one file that is in it; several files there are an error. Zeros are left out, and so are the
 * holes of such a file. Advances @p progress by the bytes read of @p from. Blocks on the disk.
 * @return the bytes of the target.
 */
[[nodiscard]] Result<qint64> unpackInto(const QString& from, SparseTarget& target, UnpackLimits limits,
                                        Progress& progress, const std::stop_token& stop);

/** The same to the new file @p to. On error or cancel no file is left. */
[[nodiscard]] Result<void> unpackFile(const QString& from, const QString& to, UnpackLimits limits, Progress& progress,
                                      const std::stop_token& stop);

/** The first @p length bytes, or all where they are fewer, of what unpackInto() writes. */
[[nodiscard]] Result<QByteArray> unpackedHead(const QString& from, qint64 length, const std::stop_token& stop);

} // namespace Stowage

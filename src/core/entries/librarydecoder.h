// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/jobs/progress.h"
#include "core/support/result.h"

#include <QByteArrayView>

#include <stop_token>

namespace Stowage
{

class ByteStream;

/** How a file that begins with @p head is compressed, if by what decodeByLibrary() takes ("bzip2", "zip"); empty if not. */
[[nodiscard]] QString libraryCodec(QByteArrayView head);

/**
 * As decode(), for what libarchive takes: bzip2, lz4, lzma, lzip and compress(1), and zip and 7z archives, out of which
 * comes the one file that is in them; several files, or encrypted ones, are errors. No program is started. @p progress has been
 * advanced by the first @p told bytes of the file already.
 */
[[nodiscard]] Result<void> decodeByLibrary(int fd, const QString& path, qint64 told, Progress& progress,
                                           const std::stop_token& stop, ByteStream& output);

} // namespace Stowage

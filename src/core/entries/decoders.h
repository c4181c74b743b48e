// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/jobs/progress.h"
#include "core/support/fileslice.h"
#include "core/support/result.h"

#include <stop_token>

namespace Stowage
{

class ByteStream;

/** What decode() decompresses in a file that begins with @p head: "gzip", "zstd", "xz", "bzip2", ...; empty: nothing. */
[[nodiscard]] QString streamCodec(QByteArrayView head);

/**
 * Reads the @p slice of a file, which is open as @p fd, from its start to its end and puts its content into @p output, decompressed when its first
 * bytes are those of gzip (RFC 1952), zstd (RFC 8878), xz, or of what decodeByLibrary() takes. Several streams behind each other count as one; what
 * follows the last stream of gzip is ignored, as gzip does. What is not the whole of a file is not given to decodeByLibrary().
 * Broken, cut or too greedy (more than 128 MiB to decode) streams are errors. Blocks on the disk.
 */
[[nodiscard]] Result<void> decode(int fd, const FileSlice& slice, Progress& progress, const std::stop_token& stop,
                                  ByteStream& output);

} // namespace Stowage

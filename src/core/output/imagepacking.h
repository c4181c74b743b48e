// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/jobs/job.h"
#include "core/output/outputform.h"
#include "core/process/commandrunner.h"

#include <functional>
#include <span>

namespace Stowage
{

/** A raw image that is to be read; borrowed, as its name for errors. */
struct RawImage {
    const QString& path;
    int fd = -1; ///< Open for reading; its offset is not to be relied on afterwards.
    qint64 size = 0; ///< Bytes.
};

/** Takes the next bytes of an image: at most 1 MiB, from a multiple of 1 MiB on. @p isHole: they are zeros by the file system. */
using PieceTaker = std::function<Result<void>(std::span<const char> bytes, bool isHole)>;

/** Hands all of @p image to @p take, in order; holes are not read. Blocks on the disk. */
[[nodiscard]] Result<void> readPieces(const RawImage& image, const std::stop_token& stop, const PieceTaker& take);

/**
 * Writes @p image compressed to the empty file @p to and reads it back from @p path, the same file. @p shown: its name for
 * errors. The same image gives the same bytes. Progress advances by twice the image's size. Blocks on the disk.
 */
[[nodiscard]] Result<void> compressImage(const RawImage& image, Compression compression, int to, const QString& path,
                                         const QString& shown, JobContext& context);

/** Writes @p image as a QCOW2 image of version 3 to the empty file @p path and has it compared; otherwise the same. */
[[nodiscard]] Result<void> convertImage(const RawImage& image, const QString& path, const QString& shown,
                                        JobContext& context, CommandRunner& runner);

} // namespace Stowage

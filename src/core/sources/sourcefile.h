// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/fileslice.h"
#include "core/support/result.h"
#include "core/support/uniquefd.h"

#include <QByteArray>

#include <span>
#include <stop_token>

namespace Stowage
{

/** What is read of a file to tell what it is. */
struct FileSample {
    QByteArray head; ///< The first bytes; all of a shorter file.
    QByteArray tail; ///< The last 512 bytes; all of a shorter file.
    qint64 size = 0; ///< Bytes.
    qint64 allocated = 0; ///< Bytes on the disk, holes left out.
};

inline constexpr qint64 SampleHeadSize = 1024 * 1024;

/** Fills @p into from the byte @p offset of @p file on, as far as that goes. How many bytes it had. @p path is for errors. */
[[nodiscard]] Result<qint64> readInto(const UniqueFd& file, qint64 offset, std::span<char> into, const QString& path);

/** At most @p length bytes of @p file from @p offset; fewer only where the file ends. @p path is for errors. */
[[nodiscard]] Result<QByteArray> readAt(const UniqueFd& file, qint64 offset, qint64 length, const QString& path);

/** Size in bytes of the open @p file. */
[[nodiscard]] Result<qint64> sizeOf(const UniqueFd& file, const QString& path);

/** Reads the sample of the regular file @p path with a head of at most @p headSize bytes. Blocks on the disk. */
[[nodiscard]] Result<FileSample> readSample(const QString& path, const std::stop_token& stop,
                                            qint64 headSize = SampleHeadSize);

/** The same of a part of a file, as far as that goes; what it takes on the disk is told of all of the file. */
[[nodiscard]] Result<FileSample> readSample(const FileSlice& slice, const std::stop_token& stop, qint64 headSize);

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/jobs/progress.h"
#include "core/support/result.h"

#include <stop_token>

namespace Stowage
{

/**
 * Copies the content of the regular file @p source (links are followed) to the new file @p destination: shared blocks
 * (reflink) where the file system has them, else data ranges only, so that holes stay holes. Advances @p progress by the
 * apparent size. Mode 0644. On error or cancel no file is left. Blocks on the disk.
 */
[[nodiscard]] Result<void> copyFile(const QString& source, const QString& destination, const std::stop_token& stop, Progress& progress);

/** SHA-256 of the file's content. Blocks on the disk. */
[[nodiscard]] Result<QByteArray> hashFile(const QString& path, const std::stop_token& stop, Progress* progress = nullptr);

/** Bytes that the file occupies on the disk (st_blocks); 0 when it cannot be told. */
[[nodiscard]] qint64 allocatedBytes(const QString& path);

} // namespace Stowage

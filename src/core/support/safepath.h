// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/result.h"

#include <QByteArray>

namespace Stowage
{

/**
 * Checks one component of a path that comes from a user's file, an archive or an image.
 *
 * Refused are the empty name, ".", "..", names with a slash, a NUL or another control character, and names longer
 * than the 255 bytes that ext4 and most file systems allow (Linux NAME_MAX).
 * Every name that Stowage did not make itself goes through here or through safeJoin().
 */
[[nodiscard]] Result<void> checkFileName(const QByteArray& name);

/**
 * Joins @p entry, a path from a foreign source, to the directory @p root.
 *
 * Leading "./" and doubled slashes are dropped; an absolute path, a ".." component and every component that
 * checkFileName() refuses are errors. No file is touched: a caller that follows the path must open each directory
 * without following links (O_NOFOLLOW), as a link on the disk can still lead out of @p root.
 */
[[nodiscard]] Result<QByteArray> safeJoin(const QByteArray& root, const QByteArray& entry);

} // namespace Stowage

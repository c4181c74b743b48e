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
 * Every name that Stowage did not make itself goes through here, or through entryPath() below.
 */
[[nodiscard]] Result<void> checkFileName(const QByteArray& name);

/**
 * The path of an entry of an archive or an image, relative to its top, from @p name as that tells it: "./etc//passwd" and
 * "/etc/passwd" are "etc/passwd"; "." and "/" are the empty path of the top itself. Its parts are for file systems that are
 * being made, which may hold control characters. Refused are "..", a NUL, and parts longer than 255 bytes.
 */
[[nodiscard]] Result<QByteArray> entryPath(const QByteArray& name);

} // namespace Stowage

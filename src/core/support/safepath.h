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
 * Every name that Stowage did not make itself goes through here.
 */
[[nodiscard]] Result<void> checkFileName(const QByteArray& name);

} // namespace Stowage

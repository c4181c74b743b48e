// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/result.h"

#include <QByteArray>

namespace Stowage
{

/** Greatest size in bytes of a text that is read as a project or as BitBake text; real ones are a few KiB. */
inline constexpr qint64 MaximumInputSize = 64LL * 1024 * 1024;

/**
 * The content of the text file @p path, which must be a regular file of at most @p greatest bytes. Any bytes may
 * be in it. Blocks on the disk: not for the GUI thread.
 */
[[nodiscard]] Result<QByteArray> readInputFile(const QString& path, qint64 greatest = MaximumInputSize);

} // namespace Stowage

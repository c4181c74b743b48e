// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/entries/unpackedsource.h"
#include "core/sources/sourceprobe.h"

namespace Stowage
{

/** Whether the files in @p source are only to be seen after readableSource(), which takes as long as reading all of it. */
[[nodiscard]] bool isClosed(const SourceInfo& source);

/**
 * The file or directory @p path as SourceTree opens it: what is compressed is unpacked, and an archive of files or a container
 * image made into a file system, which is kept in the user's artifact store. Errors: it holds nothing of the kind. Blocks on
 * the disk.
 */
[[nodiscard]] Result<UnpackedSource> readableSource(const QString& path, const std::stop_token& stop);

} // namespace Stowage

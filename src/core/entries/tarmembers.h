// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/fileslice.h"
#include "core/support/result.h"

#include <QByteArray>

#include <stop_token>
#include <vector>

namespace Stowage
{

/** A member of a tar archive. */
struct TarMember {
    QByteArray path; ///< As entryPath() gives it; never the top itself.
    FileSlice data; ///< Where its bytes lie in the archive, as they are. Only of a plain one.
    bool isPlain =
        false; ///< A regular file with all its bytes in one piece: no link, directory, device or sparse file.
};

/**
 * The members of the uncompressed tar archive @p path, in its order, without those whose names are refused: at most 100,000.
 * Every slice lies in the file. Errors: what cannot be read or is broken, with @p remedy. Reads headers alone. Blocks on the
 * disk.
 */
[[nodiscard]] Result<std::vector<TarMember>> tarMembers(const QString& path, const QString& remedy,
                                                        const std::stop_token& stop = {});

} // namespace Stowage

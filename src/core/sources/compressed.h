// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QByteArray>
#include <QString>

#include <optional>

namespace Stowage
{

/** A compressed file, looked into. */
struct CompressedPeek {
    QString codec; ///< "gzip", "xz", "zstd", ...
    QByteArray head; ///< The first bytes of what is inside, at most PeekSize; empty when they cannot be had.
};

inline constexpr qsizetype PeekSize = 256 * 1024;

/**
 * Recognises a compressed stream by the first bytes of its file and decompresses its beginning, no more than PeekSize
 * bytes, so that a decompression bomb does no harm.
 */
[[nodiscard]] std::optional<CompressedPeek> peekCompressed(const QByteArray& head);

} // namespace Stowage

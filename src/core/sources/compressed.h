// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QByteArray>
#include <QString>

#include <optional>
#include <stop_token>

namespace Stowage
{

/** A compressed file, looked into. */
struct CompressedPeek {
    QString codec; ///< "gzip", "xz", "zstd", ...
    bool isStream = false; ///< ByteStream decompresses it.
    QByteArray head; ///< The first bytes of what is inside, at most PeekSize; empty when they cannot be had.
};

inline constexpr qsizetype PeekSize = 256 * 1024;

/** What was decompressed in memory. */
struct UnpackedBytes {
    QString codec; ///< "gzip", "xz", ...; empty: it was not known as compressed.
    QByteArray bytes; ///< What is inside, as far as it was sound; empty where the codec is only recognised.
    bool isWhole = false; ///< It ended where the stream ends.
};

/** Decompresses the stream @p packed, no more than @p most bytes of it: gzip, xz, zstd, bzip2, lz4, lzip or lzma. */
[[nodiscard]] UnpackedBytes unpackBytes(QByteArrayView packed, qsizetype most);

/**
 * Recognises a compressed stream by the first bytes @p head of the file @p path, and decompresses its beginning, no more than
 * PeekSize bytes, so that a decompression bomb does no harm. The one file in a zip or 7z archive counts as such a stream.
 * Blocks on the disk.
 */
[[nodiscard]] std::optional<CompressedPeek> peekCompressed(const QByteArray& head, const QString& path,
                                                           const std::stop_token& stop);

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/result.h"

#include <QStringList>

#include <optional>

namespace Stowage
{

enum class Compression { None, Gzip, Xz, Zstd, Bzip2 };

/** The form of an image file, as its name asks for it. */
struct ImageForm {
    bool isQcow2 = false; ///< Else raw.
    Compression compression = Compression::None;

    [[nodiscard]] bool isPlain() const { return !isQcow2 && compression == Compression::None; }
};

/** What the suffix of the archive @p path says (".tar.gz", ".tgz"); none when it is no suffix of an archive. */
[[nodiscard]] std::optional<Compression> archiveCompression(const QString& path);

/**
 * What the suffix of the image @p path says: ".qcow2", or ".gz", ".xz", ".zst" behind any name; all else is raw. An error when
 * it names something that is not written: another disk format or compression, an archive.
 */
[[nodiscard]] Result<ImageForm> imageForm(const QString& path);

/** The suffixes of archives, the usual one first. */
[[nodiscard]] QStringList archiveSuffixes();
/** The suffixes of images that are usually @p raw (".img"): of the raw one first, then of its further forms. */
[[nodiscard]] QStringList imageSuffixes(const QStringList& raw);

} // namespace Stowage

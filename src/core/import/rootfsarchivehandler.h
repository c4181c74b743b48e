// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/import/rootfshandler.h"

namespace Stowage
{

/**
 * Makes an ext4 image of a tar or cpio archive of a root file system, which is decompressed into the image and never
 * unpacked. Owners and everything else are as the archive has them; otherwise as RootfsDirHandler, and the archive of a
 * directory, its names sorted, gives the image that the directory gives. check() reads an archive once, and remembers what
 * it needs until the file changes. A root file system that is a squashfs in the archive, as in images for Incus and LXD, is read
 * from there.
 */
class RootfsArchiveHandler final : public RootfsHandler
{
public:
    [[nodiscard]] QString type() const override;
    [[nodiscard]] QString title() const override;

protected:
    [[nodiscard]] std::unique_ptr<EntrySource> source(const QString& path) const override;
    [[nodiscard]] qint64 totalBytes(const QString& path) const override;
    [[nodiscard]] Result<ImageNeeds> needs(const ImportRequest& request, const SourceImage& image,
                                           const std::stop_token& stop) const override;
};

} // namespace Stowage

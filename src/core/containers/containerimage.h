// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/architecture.h"
#include "core/support/fileslice.h"
#include "core/support/result.h"

#include <QList>
#include <QString>
#include <QStringList>

namespace Stowage
{

/** A container image: what it consists of, and what it would run. A plain value. */
struct ContainerImage {
    QString name; ///< As it is tagged ("busybox:latest"); empty when it is not.
    Architecture architecture = Architecture::Unknown;
    QList<FileSlice> layers; ///< Tar archives, which may be compressed, the lowest first.
    QStringList command; ///< Entrypoint and its arguments; empty: none is set.
    QStringList environment; ///< NAME=VALUE
    QString workingDirectory;
    QString user; ///< Empty: root.

    [[nodiscard]] qint64 size() const; ///< Bytes of the layers.
};

/**
 * Reads what the container image @p path says of itself: an archive as `docker save` makes it, or an image layout of the OCI as
 * archive or directory. The archive itself is not compressed. Of an image for several architectures the first one counts.
 * Every name in it leads to a part of the archive or a regular file of the layout, or is an error. Blocks on the disk.
 * Sources: OCI image specification 1.1 (image-layout.md, image-index.md, manifest.md, config.md); Docker's image
 * specification 1.2 (manifest.json).
 */
[[nodiscard]] Result<ContainerImage> readContainerImage(const QString& path);

} // namespace Stowage

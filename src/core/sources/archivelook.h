// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QByteArray>
#include <QString>

#include <stop_token>

namespace Stowage
{

/** What the first names in a tar archive tell of it. */
struct ArchiveLook {
    bool isRootfs = false;
    QByteArray top; ///< The directory that the root file system is in; empty: the top of the archive.
    bool isContainer = false; ///< A container image: docker save, OCI.
    bool isMachine = false; ///< A virtual machine with its description in OVF at the top (OVA).
    QString foreign; ///< What else it is, with an article ("a Docker image"); empty: nothing known.
    QString advice; ///< What to do then; may be empty.
};

/**
 * Looks at a tar archive that begins with @p head, decompressed, which may be cut anywhere. A root file system has at
 * least two of the directories that every such system has, at its top or in one directory, as images for Incus and LXD do.
 */
[[nodiscard]] ArchiveLook lookAtArchive(const QByteArray& head);

/** The directory of the archive @p path, compressed or not, that holds a root file system; empty: its top. Blocks on the disk. */
[[nodiscard]] QByteArray archiveTop(const QString& path, const std::stop_token& stop);

} // namespace Stowage

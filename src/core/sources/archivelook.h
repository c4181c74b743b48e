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
    QByteArray squashfs; ///< The member that holds it as a squashfs file system; empty: it is in the archive itself.
    bool isContainer = false; ///< A container image: docker save, OCI.
    bool isMachine = false; ///< A virtual machine with its description in OVF at the top (OVA).
    QString foreign; ///< What else it is, with an article ("a Docker image"); empty: nothing known.
    QString advice; ///< What to do then; may be empty.
};

/**
 * Looks at a tar archive that begins with @p head, decompressed, which may be cut anywhere. A root file system has at
 * least two of the directories that every such system has, at its top or in one directory, as images for Incus and LXD do;
 * those may have it in a squashfs file system instead, and a backup of a container has it three directories deep. Names of
 * these: Incus, doc/reference/image_format.md; internal/server/storage/drivers/generic_vfs.go.
 */
[[nodiscard]] ArchiveLook lookAtArchive(const QByteArray& head);

/** The same of the archive @p path, compressed or not; nothing is known of one that cannot be read. Blocks on the disk. */
[[nodiscard]] ArchiveLook lookAtArchiveFile(const QString& path, const std::stop_token& stop);

} // namespace Stowage

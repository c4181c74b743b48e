// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/disks/opendisk.h"
#include "core/sources/machine.h"
#include "core/sources/machinemanifest.h"

#include <QHash>

namespace Stowage
{

/**
 * A virtual machine as it was exported: its description in OVF, with its disks and manifest beside it, in a directory or in a tar
 * archive (OVA). What a name in the description leads to is a plain member of the archive or a regular file of that directory,
 * never a link or anything elsewhere. A plain value.
 */
class MachinePackage
{
public:
    /**
     * Opens @p path: the description (.ovf), a directory that holds a single one, or an uncompressed archive. Checks the
     * description against the manifest. Blocks on the disk.
     */
    [[nodiscard]] static Result<MachinePackage> open(const QString& path, const std::stop_token& stop = {});

    /** The description in the directory @p path; empty where it holds none or several. Blocks on the disk. */
    [[nodiscard]] static QString descriptionIn(const QString& path);

    [[nodiscard]] const MachineDescription& machine() const { return m_machine; }
    [[nodiscard]] const MachineManifest& manifest() const { return m_manifest; }
    [[nodiscard]] QString path() const { return m_path; }

    /** The disk that is meant by the name of its file; with an empty @p member the first. */
    [[nodiscard]] Result<MachineDisk> disk(const QString& member) const;
    /** Where the file that holds @p disk lies. Of a file beside a description all of it. An error where that is not possible. */
    [[nodiscard]] Result<FileSlice> find(const MachineDisk& disk) const;
    /** Opens that file where it lies; an error, too, where it is compressed, or no VMDK disk although the description says so. */
    [[nodiscard]] Result<OpenedDisk> open(const MachineDisk& disk, const std::stop_token& stop) const;

private:
    [[nodiscard]] Result<void> listArchive(const std::stop_token& stop);
    [[nodiscard]] Result<void> readDescription();
    [[nodiscard]] std::unexpected<Error> isCompressed(const QString& file, const QString& how) const;
    /** What errors call the file @p name of it. */
    [[nodiscard]] QString nameOf(const QString& name) const;
    /** Where the file @p name, one component, lies; an error with NotFound where there is none. */
    [[nodiscard]] Result<FileSlice> findFile(const QString& name) const;
    /** The content of that file, of @p most bytes at most. */
    [[nodiscard]] Result<QByteArray> readFile(const QString& name, qint64 most) const;

    /** A member of an archive. */
    struct Member {
        FileSlice data;
        bool isPlain = false;
        bool isTwice = false;
    };

    QString m_path; ///< As it was opened.
    QString m_directory; ///< Of the files; empty: they are in an archive.
    QString m_description; ///< Name of the file.
    QHash<QString, Member> m_members; ///< Those at the top of the archive.
    MachineManifest m_manifest;
    MachineDescription m_machine;
};

} // namespace Stowage

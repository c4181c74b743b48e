// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/disks/diskreader.h"
#include "core/support/fileslice.h"

#include <QString>
#include <QStringList>

#include <memory>
#include <stop_token>

namespace Stowage
{

/** A virtual disk that was opened, with what its file tells of it. */
struct OpenedDisk {
    std::unique_ptr<DiskReader> reader;
    QString variant = {}; ///< How the format calls this form of it ("streamOptimized"); empty where it has but one.
    QStringList otherFiles =
        {}; ///< Absolute paths of the files that hold parts of the disk beside the one that was opened.
    QString type = {}; ///< Of the format: "raw", "qcow2", "vmdk", "vdi", "vhd", "vhdx", "qed" or "android_sparse".
};

/** What people call disks of the format @p type, one of those of OpenedDisk: "VMDK disk", "raw disk". */
[[nodiscard]] QString diskTitle(const QString& type);

/**
 * Opens the disk in the regular file @p path, whose format its content tells; what is of none of the known formats is a raw
 * disk. Reads and checks headers; of tables only where they are (Android's, which is in the data, as a whole), so that it is
 * quick. Names in it are hostile: other files are opened only where the format has parts (VMDK), beside it.
 *
 * Errors: an empty file; formats of disks that are not read; broken headers; what needs other files than those, such as the
 * disk that this one holds the differences to. Whether the tables lead to places in the file shows when they are used:
 * measureDisk() (convertdisk.h) looks at all. Blocks on the disk.
 */
[[nodiscard]] Result<OpenedDisk> openDisk(const QString& path, const std::stop_token& stop = {});

/** The same for a disk in @p slice of a file, such as a member of an archive, which errors call @p name. It has no parts elsewhere. */
[[nodiscard]] Result<OpenedDisk> openDisk(const FileSlice& slice, const QString& name,
                                          const std::stop_token& stop = {});

} // namespace Stowage

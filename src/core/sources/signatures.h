// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/sources/sourcefile.h"

#include <QString>

#include <optional>

namespace Stowage
{

/** The format of a file whose signature decides alone. Nothing takes it as it stands, unless it has a type. */
struct ForeignFormat {
    QString name; ///< With an article, as in "a VMDK disk image".
    QString advice; ///< What the user can do; may be empty.
    QString type = {}; ///< Of the disk format that openDisk() reads (OpenedDisk::type), and of its handler; else empty.
    /** A disk image in a format of its own: copied as a raw disk it would be misread. */
    bool isDiskContainer = false;
};

/** Formats whose signature decides alone: disk containers, archives, media, documents, programs. */
[[nodiscard]] std::optional<ForeignFormat> findContainer(const FileSample& sample);

/** File systems and volumes without a partition table, other than ext2, ext3 and ext4. */
[[nodiscard]] std::optional<ForeignFormat> findFileSystem(const QByteArray& head);

} // namespace Stowage

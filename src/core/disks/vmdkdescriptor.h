// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/disks/diskfile.h"

#include <vector>

namespace Stowage
{

/** A line of a VMDK descriptor that says what a part of the disk is. */
struct VmdkPart {
    enum class Kind {
        Flat, ///< The bytes of a file as they are.
        Sparse, ///< A file with tables of its own.
        Zero, ///< Nothing but zeros.
    };
    Kind kind = Kind::Zero;
    qint64 size = 0; ///< Bytes of the disk.
    QByteArray name = {}; ///< Of the file, as it stands there: hostile.
    qint64 offset = 0; ///< Flat: byte of the file where the part begins.
};

/** The text in or beside the data that says what a VMDK disk consists of (VMware, Virtual Disk Format 5.0). */
struct VmdkDescriptor {
    QString createType; ///< "monolithicSparse", ...; empty where it names none that could be shown.
    std::vector<VmdkPart> parts; ///< At least one, in the order of the disk.
    qint64 size = 0; ///< Bytes of the disk.
};

/**
 * Reads the descriptor @p text, which is of @p file. Refused are disks that only hold the differences to another one, parts in
 * formats of ESX, parts that must not be read, and what makes no sense.
 */
[[nodiscard]] Result<VmdkDescriptor> parseVmdkDescriptor(const QByteArray& text, const DiskFile& file);

} // namespace Stowage

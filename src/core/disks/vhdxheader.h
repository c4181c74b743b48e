// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/disks/diskfile.h"

namespace Stowage
{

/** What the headers and the metadata of a VHDX file say (Microsoft, [MS-VHDX]). Bytes throughout. */
struct VhdxHeader {
    qint64 size = 0; ///< Of the disk.
    qint64 blockBytes = 0;
    qint64 table = 0; ///< Where the table of blocks (BAT) lies.
    qint64 blocksPerBitmap = 0; ///< Entries of blocks in the table, behind which one of a bitmap stands.
    bool isFixed = false;
};

/**
 * Reads and checks them. Refused are disks that only hold the differences to another one, those with a log of changes that have
 * yet to be made, and what is marked as required and not known.
 */
[[nodiscard]] Result<VhdxHeader> readVhdxHeader(const DiskFile& file);

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/result.h"

#include <QByteArray>
#include <QList>

namespace Stowage
{

/** A file of a small FAT file system. */
struct FatFile {
    QByteArray name; ///< ASCII, at most 26 characters.
    QByteArray shortName; ///< The 11 characters of its name for DOS, no two the same: "META-D~1   ".
    QByteArray content;
};

/**
 * A FAT12 file system of 256 KiB and more, in steps of that, with @p files in its top directory: at most 16 of less than
 * 1.5 MiB in all. @p label: at most 11 capital letters. The same files give the same bytes; all times are 1980. Pure.
 * Source: Microsoft Extensible Firmware Initiative FAT32 File System Specification, 1.03.
 */
[[nodiscard]] Result<QByteArray> makeFatImage(const QByteArray& label, const QList<FatFile>& files);

} // namespace Stowage

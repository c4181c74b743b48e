// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/sources/sourcefile.h"

#include <QString>

namespace Stowage
{

struct IsoVolume;

/** What a CD image can start. A plain value. */
struct CdImage {
    QString label;
    bool startsByBios = false;
    bool startsByUefi = false;

    bool operator==(const CdImage&) const = default;

    [[nodiscard]] bool starts() const { return startsByBios || startsByUefi; }
};

/**
 * What the CD image @p path, which begins with @p sample and has a volume (findIsoVolume()), starts by its boot catalogue.
 * One that is damaged starts nothing. Blocks on the disk. Source: Phoenix and IBM, "El Torito" Bootable CD-ROM Format
 * Specification 1.0; for the number of UEFI's platform UEFI 2.10, 13.3.2.1.
 */
[[nodiscard]] CdImage readCdImage(const QString& path, const FileSample& sample);

/** An error where the file @p path of @p bytes is shorter than the volume in it. */
[[nodiscard]] Result<void> checkCdSize(const IsoVolume& volume, qint64 bytes, const QString& path);

} // namespace Stowage

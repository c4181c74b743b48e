// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/project/firstboot.h"

namespace Stowage
{

/** The files of a seed, by which cloud-init learns of a first boot. */
struct SeedTexts {
    QByteArray metaData;
    QByteArray userData;
    QByteArray networkConfig; ///< Empty: the file is left out.

    bool operator==(const SeedTexts&) const = default;

    /** All of them with their names, for people. */
    [[nodiscard]] QByteArray shown() const;
};

/**
 * What cloud-init has to read for @p firstBoot, which checkFirstBoot() found good. The instance's name is made from the
 * rest, so that a change of it is a first boot again. Pure.
 * Source: cloud-init's documentation of the data source NoCloud, of #cloud-config and of network configuration version 2.
 */
[[nodiscard]] SeedTexts seedTexts(const FirstBoot& firstBoot);

/** A disk with @p texts that cloud-init finds: FAT with the label CIDATA. The same texts give the same bytes. Pure. */
[[nodiscard]] Result<QByteArray> seedImage(const SeedTexts& texts);

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/sources/machine.h"
#include "core/support/result.h"

#include <QByteArray>

namespace Stowage
{

inline constexpr qint64 MostOvfBytes = qint64{4} * 1024 * 1024;

/**
 * Reads the description of one virtual machine in the text @p text of the file @p path. The namespaces' prefixes do not count.
 *
 * Hostile: a text above MostOvfBytes, document types, entities, more than 64 disks or cards, and names of disks' files that lead
 * anywhere else are errors, as are numbers that no machine has, disks that hold the differences to others, and several machines.
 * Of the hardware for several configurations that of the default one counts.
 * Sources: DMTF DSP0243 1.1.0 and 2.1.0 (OVF), DSP0004 (units); for the firmware what VMware and VirtualBox add to it.
 */
[[nodiscard]] Result<MachineDescription> readOvf(const QByteArray& text, const QString& path);

/**
 * How many bytes one of the unit @p text is: "byte * 2^20", "MegaBytes", "GB"; 0 where it is none that is known or more than
 * 64 bits hold.
 */
[[nodiscard]] qint64 bytesOfUnit(const QString& text);

} // namespace Stowage

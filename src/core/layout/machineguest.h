// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/project/guest.h"
#include "core/sources/sourceprobe.h"

namespace Stowage
{

/**
 * Gives @p guest, whose root disk is the first disk of the virtual machine that @p machine describes, all that is said of it: name,
 * memory, processors, further disks, network cards, firmware. It becomes an HVM guest. Pure.
 */
void applyMachine(const MachineDescription& machine, const GuestDefaults& defaults, Guest& guest);

/**
 * Makes @p guest one that installs its system from the CD image @p info, which is its source: an HVM guest with an empty disk
 * of 8 GiB and the CD in a drive, from which it starts first, with a screen by VNC. Pure.
 */
void applyInstaller(const SourceInfo& info, const GuestDefaults& defaults, Guest& guest);

/** Gives @p guest, whose source is @p info, what that says of it; nothing where it is but a disk. Pure. */
void applySource(const SourceInfo& info, const GuestDefaults& defaults, Guest& guest);

/** Why @p info, which is no refused source, makes no guest on a machine of @p architecture by itself; empty where it does. Pure. */
[[nodiscard]] QString guestRefusal(const SourceInfo& info, Architecture architecture);

} // namespace Stowage

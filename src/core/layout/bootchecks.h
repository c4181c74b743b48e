// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/layout/problemlist.h"
#include "core/layout/resolve.h"

namespace Stowage
{

/**
 * Whether each guest will boot, by what is in its image, its kernel and its command line: an init, a login on the console, disks
 * that its fstab names, root=, console=, a kernel that Xen starts, and its modules. What could not be looked into is not
 * judged. Guests with a config of their own are judged by its `extra`, `root` and `cmdline`.
 */
void checkBoot(const Project& project, const ResolvedProject& resolved, ProblemList& problems);

} // namespace Stowage

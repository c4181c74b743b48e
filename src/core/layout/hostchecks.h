// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/layout/layout.h"
#include "core/layout/problemlist.h"

namespace Stowage
{

/**
 * What guests need of the host @p layout is laid over and it does not have: the firmware and QEMU of HVM guests, QEMU for disks
 * that are no raw ones, and files that configs name and that are neither there nor brought. Nothing is said without a host.
 */
void checkHost(const Project& project, const ResolvedProject& resolved, const Layout& layout, ProblemList& problems);

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/layout/problemlist.h"
#include "core/layout/resolve.h"

namespace Stowage
{

/**
 * Looks for what xl would refuse, ignore or do to the user's harm in the configs of all guests, generated or their own: keys that
 * contradict each other or the machine, the same MAC address or UUID twice, consoles open to the network. Source: xl.cfg(5).
 */
void checkConfigs(const Project& project, const ResolvedProject& resolved, ProblemList& problems);

} // namespace Stowage

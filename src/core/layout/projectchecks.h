// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/layout/problemlist.h"
#include "core/layout/resolve.h"

namespace Stowage
{

/** The checks that need no file of the guest itself: names, tags, values. */
void checkValues(const Project& project, ProblemList& problems);

/**
 * The checks that compare guests with each other, with the machine and with the host. Reads the host's configuration.
 * Incomplete once @p stop is requested.
 */
void checkTogether(const Project& project, const ResolvedProject& resolved, ProblemList& problems,
                   const std::stop_token& stop);

} // namespace Stowage

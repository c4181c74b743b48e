// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/process/commandrunner.h"

namespace Stowage
{

/**
 * Runs real child processes: in a session of their own, within a Sandbox, with limits on address space (8 GiB unless
 * said otherwise), processor time (one hour) and no core files; nothing on standard input, LC_ALL=C.UTF-8. A child does
 * not outlive Stowage, even when that is killed. Stateless.
 */
class ProcessRunner final : public CommandRunner
{
public:
    [[nodiscard]] CommandOutcome run(const CommandSpec& spec, const std::stop_token& stop,
                                     const OutputSink& onOutput = {}) override;
};

} // namespace Stowage

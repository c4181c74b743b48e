// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/result.h"
#include "core/support/uniquefd.h"

#include <QStringList>

namespace Stowage
{

/**
 * What a child process may do, prepared in the parent and put on in the child between fork and exec.
 *
 * - Landlock (Linux Documentation/userspace-api/landlock.rst), as far as the running kernel has it: all of the disk
 *   can be read and executed, only the given paths and /dev/null, /dev/zero, /dev/full written; no TCP; no signals to
 *   processes outside. Where the kernel has no Landlock this part is left out, which the log says once.
 * - seccomp: no sockets of any kind, no io_uring, no system calls of another architecture; no leaving of the process group,
 *   by which a run ends everything that it started.
 * A prepared sandbox can be entered by any number of children.
 */
class Sandbox
{
public:
    /** Prepares the rules. Every one of @p writablePaths must exist. Touches the disk; thread-safe. */
    [[nodiscard]] static Result<Sandbox> prepare(const QStringList& writablePaths);

    /** Version of the kernel's Landlock interface; 0 where it has none. */
    [[nodiscard]] static int landlockVersion();

    /**
     * Restricts the calling process for good. Only makes system calls: fit for the child of a process with threads.
     * Returns 0 or errno.
     */
    [[nodiscard]] int enter() const;

private:
    UniqueFd m_ruleset; ///< Invalid: no Landlock here.
};

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

namespace Stowage
{

/** How the program ends; scripts depend on the numbers. */
enum class ExitStatus {
    Done = 0,
    Failed = 1,
    WrongUsage = 2,
    InvalidInput = 3, ///< The input cannot be read, or has a problem of the severity Error.
    Interrupted = 130, ///< By SIGINT or SIGTERM; nothing is left behind.
};

} // namespace Stowage

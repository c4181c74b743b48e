// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "cli/command.h"

namespace Stowage
{

/** --handlers, of every verb that runs import handlers or asks whether they would run. */
[[nodiscard]] QCommandLineOption handlersOption();

/**
 * Makes the import handlers of the user's own known: those of the settings, and those that --handlers names, which thereby are
 * allowed for this run. Tells what is wrong with the latter. False: a file of these cannot be used, the error was told.
 */
[[nodiscard]] QCoro::Task<bool> loadHandlers(Invocation& invocation);

} // namespace Stowage

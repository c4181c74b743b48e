// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/import/customhandler.h"
#include "core/import/handlersettings.h"
#include "core/process/tools.h"

namespace Stowage
{

/** The import types of the user's own. */
struct CustomHandlers {
    QList<const CustomHandler*> handlers; ///< By type, allowed or not; they live as long as the program.
    QList<Error> problems; ///< Files that cannot be read and types that cannot be used.
};

/**
 * Reads the files of @p settings, and @p trusted (files and directories), whose texts may run as they are and whose types
 * go before others, and has findHandler() know what they define from now on. Blocks on the disk; thread-safe: the call that
 * ends last counts.
 */
CustomHandlers loadCustomHandlers(const HandlerSettings& settings, const QStringList& trusted = {},
                                  const std::stop_token& stop = {});

/** What was read last. Thread-safe, no disk. */
[[nodiscard]] CustomHandlers customHandlers();

/** Whether @p type is one of these. Thread-safe, no disk. */
[[nodiscard]] bool isCustomType(const QString& type);

/** An import type with what there is to tell of it. */
struct ListedHandler {
    const ImportHandler* handler = nullptr;
    const CustomHandler* own = nullptr; ///< The same; null when it is built in.
    QList<Tool> tools; ///< Looked up.

    bool operator==(const ListedHandler&) const = default;
};

/** allHandlers() with their tools. Blocks on the disk. */
[[nodiscard]] QList<ListedHandler> listHandlers();

} // namespace Stowage

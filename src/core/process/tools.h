// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/process/commandrunner.h"
#include "core/support/result.h"

#include <QString>
#include <QStringList>

#include <optional>

namespace Stowage
{

/** An external program that Stowage uses. */
struct Tool {
    QString program; ///< "qemu-img"
    QString package; ///< Debian package that ships it.
    QString purpose; ///< What it is needed for, for the user.
    QString versionOption; ///< Makes it state its version and end.
    QString path; ///< Where it was found; empty when missing.

    bool operator==(const Tool&) const = default;
};

/** Programs that handlers and writers may need, with their packages. The one place that knows them. */
[[nodiscard]] QList<Tool> knownTools();

/**
 * Looks @p program up in PATH and in the sbin directories that an ordinary user's PATH lacks; empty path when missing.
 * Touches the disk; thread-safe.
 */
[[nodiscard]] Tool findTool(const QString& program);

/**
 * The program that shows whether what the recipe @p recipe of OpenEmbedded (without "-native") brings is installed; empty
 * when every system has that, none for a recipe that is not known.
 */
[[nodiscard]] std::optional<QString> programOfRecipe(const QString& recipe);

/** An error naming program and package when @p tool was not found. */
[[nodiscard]] Result<void> requireTool(const Tool& tool);

/** requireTool()'s errors for those of @p programs that are not installed. Touches the disk. */
[[nodiscard]] QList<Error> missingTools(const QStringList& programs);

/**
 * The line by which @p tool states its version, "mke2fs 1.47.2 (1-Jan-2025)"; empty when it is missing or states none.
 * Runs it: not for the GUI thread.
 */
[[nodiscard]] QString toolVersion(const Tool& tool, CommandRunner& runner, const std::stop_token& stop = {});

} // namespace Stowage

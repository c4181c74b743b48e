// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QHash>
#include <QStringList>

namespace Stowage
{

/**
 * The words of @p text as GRUB's shell splits them: quotes and backslashes count, variables are replaced by @p variables, and
 * those that are not there by nothing (GRUB's manual, "Shell-like scripting").
 */
[[nodiscard]] QStringList shellWords(const QString& text, const QHash<QString, QString>& variables);

} // namespace Stowage

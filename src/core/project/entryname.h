// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/result.h"

#include <QSet>
#include <QString>

namespace Stowage
{

/** @p name as an entry: image suffixes dropped, all that a BitBake flag does not take made a dash. Never empty. */
[[nodiscard]] QString cleanedEntry(const QString& name);

/** Whether @p entry can name a guest and the files that are called after it. */
[[nodiscard]] Result<void> checkEntryText(const QString& entry);

/** @p wanted, made valid, or with the first number behind it that makes it free among @p taken. */
[[nodiscard]] QString freeEntry(const QString& wanted, const QSet<QString>& taken);

} // namespace Stowage

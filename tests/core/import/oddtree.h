// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QString>

namespace Stowage::Test
{

/** Sets when @p path, itself where it is a link, was modified. */
void touch(const QString& path, qint64 seconds, qint64 nanoseconds = 0);

/** A tree at @p top with one of everything that an ordinary user can make, and, as root, of what only root can. */
void makeOddTree(const QString& top);

} // namespace Stowage::Test

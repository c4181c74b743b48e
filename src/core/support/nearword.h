// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QByteArray>
#include <QByteArrayList>

namespace Stowage
{

/** The one of @p known that @p word may be a slip of: at most two letters differ. Empty when none is near. */
[[nodiscard]] QByteArray nearWord(const QByteArray& word, const QByteArrayList& known);

} // namespace Stowage

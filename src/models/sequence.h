// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QList>

namespace Stowage
{

/**
 * Marks a longest part of @p values that increases, values below 0 left out: the rows that can stay where they are when a
 * list is brought into a new order. O(n log n).
 */
[[nodiscard]] QList<bool> longestIncreasing(const QList<int>& values);

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <functional>

namespace Stowage::Test
{

/**
 * Runs @p body in a forked child of this process, and as an ordinary user when @p dropRoot is set and the test runs as
 * root. Returns what @p body returned, or 128 and the number of the signal that ended the child, as a shell tells it.
 */
[[nodiscard]] int runInChild(const std::function<int()>& body, bool dropRoot);

} // namespace Stowage::Test

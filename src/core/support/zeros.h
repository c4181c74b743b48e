// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <cstring>
#include <span>

namespace Stowage
{

/** Whether @p bytes are all zero; true for none. */
[[nodiscard]] inline bool isZero(std::span<const char> bytes)
{
    return bytes.empty() || (bytes.front() == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

} // namespace Stowage

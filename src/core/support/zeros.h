// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/result.h"

#include <algorithm>
#include <cstring>
#include <span>

namespace Stowage
{

/** Whether @p bytes are all zero; true for none. */
[[nodiscard]] inline bool isZero(std::span<const char> bytes)
{
    return bytes.empty() || (bytes.front() == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

/** Bytes that become a hole when they are all zeros; more than one file system allocates at once is nothing gained. */
inline constexpr size_t HoleBytes = 4096;

/**
 * Calls @p each with the start and the size, in bytes, of every run of @p bytes that is not to become a hole, in order. Its
 * first error ends it, and is returned.
 */
template<typename Each>
[[nodiscard]] Result<void> forEachDataRun(std::span<const char> bytes, Each each)
{
    const auto part = [&bytes](size_t at) { return bytes.subspan(at, std::min(HoleBytes, bytes.size() - at)); };
    for (size_t at = 0; at < bytes.size();) {
        size_t end = at;
        while (end < bytes.size() && !isZero(part(end))) {
            end += HoleBytes;
        }
        end = std::min(end, bytes.size());
        if (end == at) {
            at += HoleBytes;
        } else if (Result<void> done = each(static_cast<qint64>(at), static_cast<qint64>(end - at)); !done) {
            return done;
        } else {
            at = end;
        }
    }
    return {};
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QtTypes>

#include <optional>
#include <span>

namespace Stowage
{

/**
 * Decompresses the LZO1X stream @p in to the beginning of @p out. Source: Linux Documentation/staging/lzo.rst.
 * @return the bytes that it has; none where it is broken or has more than @p out holds. Reads and writes nothing else.
 */
[[nodiscard]] std::optional<size_t> decompressLzo(std::span<const quint8> in, std::span<quint8> out);

} // namespace Stowage

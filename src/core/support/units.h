// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QString>

namespace Stowage
{

inline constexpr qint64 KiB = 1024;
inline constexpr qint64 MiB = 1024 * KiB;
inline constexpr qint64 GiB = 1024 * MiB;

/** @p bytes for people, in binary units with at most one decimal: "812 bytes", "1.5 GiB". */
[[nodiscard]] QString formatBytes(qint64 bytes);

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QString>

#include <limits>

namespace Stowage
{

/** A part of a file on this system; all of it, where nothing else is said. */
struct FileSlice {
    QString path; ///< Absolute.
    qint64 offset = 0; ///< Bytes.
    qint64 size = std::numeric_limits<qint64>::max(); ///< Bytes; fewer where the file ends.

    [[nodiscard]] bool isWhole() const { return offset == 0 && size == std::numeric_limits<qint64>::max(); }
};

} // namespace Stowage

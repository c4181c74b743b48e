// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QtTypes>

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace Stowage
{

/**
 * The first byte of the open @p file at or behind @p position that is not in a hole; @p end where there is none before it.
 * @p position itself where the file system knows no holes. Moves the file's offset.
 */
[[nodiscard]] inline qint64 dataFrom(int file, qint64 position, qint64 end)
{
    const off_t data = ::lseek(file, position, SEEK_DATA);
    return data >= 0 ? std::min<qint64>(data, end) : errno == ENXIO ? end : position;
}

/** The first byte behind @p position, which is not in a hole, that is in one; @p end where there is none before it. */
[[nodiscard]] inline qint64 holeFrom(int file, qint64 position, qint64 end)
{
    const off_t hole = position < end ? ::lseek(file, position, SEEK_HOLE) : -1;
    return hole > position ? std::min<qint64>(hole, end) : end;
}

} // namespace Stowage

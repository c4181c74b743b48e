// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "entrysink.h"

#include "core/support/units.h"

#include <algorithm>

namespace Stowage
{

std::span<char> EntrySink::room(qint64 bytes)
{
    m_room.resize(static_cast<size_t>(std::clamp<qint64>(bytes, 1, MiB)));
    return m_room;
}

} // namespace Stowage

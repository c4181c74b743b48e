// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "diskreader.h"

#include <algorithm>

namespace Stowage
{

DiskPart::DiskPart(DiskReader& disk, qint64 start, qint64 size)
    : m_disk(disk),
      m_start(std::clamp<qint64>(start, 0, disk.size())),
      m_size(std::clamp<qint64>(size, 0, disk.size() - m_start))
{ }

Result<void> DiskPart::read(qint64 position, std::span<char> into)
{
    return m_disk.read(m_start + position, into);
}

Result<DiskExtent> DiskPart::nextData(qint64 position)
{
    return m_disk.nextData(m_start + position).transform([this](const DiskExtent& found) {
        const qint64 start = std::min(found.start - m_start, m_size);
        return DiskExtent{start, std::min(found.size, m_size - start)};
    });
}

} // namespace Stowage

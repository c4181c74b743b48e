// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "entryroom.h"

#include "core/support/units.h"

namespace Stowage
{

Result<void> EntryRoom::add(const FileEntry& entry)
{
    // A name and its directory's share, an inode's attributes and the tree above many extents.
    constexpr qint64 EachEntry = 2;
    m_blocks += EachEntry + entry.path.count('/');
    m_blocks += entry.ranges.size() / 64 + entry.size / (256 * MiB);
    ++m_inodes;
    return {};
}

Result<void> EntryRoom::addLink(const QByteArray& path, const QByteArray& existing)
{
    Q_UNUSED(existing)
    m_blocks += 2 + path.count('/');
    return {};
}

Result<void> EntryRoom::skip(qint64 bytes)
{
    Q_UNUSED(bytes)
    return {};
}

Result<void> EntryRoom::reserve(qint64 bytes)
{
    m_blocks += bytes / m_blockSize + 2; // may begin and end inside a block
    return addBytes(m_dataBytes, bytes);
}

qint64 EntryRoom::blocks() const
{
    return m_blocks;
}

} // namespace Stowage

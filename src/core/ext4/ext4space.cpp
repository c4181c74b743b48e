// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "ext4space.h"

#include <algorithm>

namespace Stowage
{

namespace
{

bool isPowerOf(qint64 base, qint64 number)
{
    while (number % base == 0) {
        number /= base;
    }
    return number == 1;
}

} // namespace

Ext4Space::Ext4Space(qint64 blockSize, qint64 tableBlocks)
    : m_blockSize(blockSize),
      m_firstBlock(blockSize == 1024 ? 1 : 0),
      m_tableBlocks(tableBlocks),
      m_next(m_firstBlock)
{
    Q_ASSERT(headBlocks() < blocksPerGroup());
}

bool Ext4Space::hasSuperblock(qint64 group)
{
    return group <= 1 || isPowerOf(3, group) || isPowerOf(5, group) || isPowerOf(7, group);
}

qint64 Ext4Space::settle()
{
    const qint64 group = (m_next - m_firstBlock) / blocksPerGroup();
    if (hasSuperblock(group)) {
        m_next = std::max(m_next, groupStart(group) + headBlocks());
    }
    while (m_nextCopy <= group || !hasSuperblock(m_nextCopy)) {
        ++m_nextCopy;
    }
    return groupStart(m_nextCopy) - m_next;
}

BlockRun Ext4Space::take(qint64 count)
{
    const qint64 room = settle();
    const BlockRun run{m_next, std::min(count, room)};
    m_next = run.end();
    return run;
}

BlockRun Ext4Space::takeWhole(qint64 count)
{
    for (;;) {
        const qint64 room = settle();
        if (room >= count) {
            return take(count);
        }
        release({m_next, room});
        m_next += room;
    }
}

} // namespace Stowage

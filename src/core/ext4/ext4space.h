// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QList>
#include <QtTypes>

namespace Stowage
{

/** A run of blocks. */
struct BlockRun {
    qint64 first = 0; ///< Number of the block in the file system.
    qint64 count = 0;

    [[nodiscard]] qint64 end() const { return first + count; }
    bool operator==(const BlockRun&) const = default;
};

/**
 * Gives out the blocks of a new ext4 file system one after the other, around the copies of the superblock, whose places
 * are fixed from the start (sparse_super: groups 0, 1 and the powers of 3, 5 and 7). Source of the geometry: Linux
 * Documentation/filesystems/ext4/blockgroup.rst.
 */
class Ext4Space
{
public:
    /**
     * @p blockSize in bytes, 1024 to 4096. @p tableBlocks: blocks that each copy of the superblock has behind it for the
     * group descriptors and their growth, all of them in the group.
     */
    Ext4Space(qint64 blockSize, qint64 tableBlocks);

    /** The next free blocks in a row, at most @p count, at least one. */
    [[nodiscard]] BlockRun take(qint64 count);
    /** The next place where @p count free blocks lie in a row; what is left out before it stays free. */
    [[nodiscard]] BlockRun takeWhole(qint64 count);
    /** Makes @p run free again. It is not given out again. */
    void release(const BlockRun& run) { m_free.append(run); }

    /** Just behind the last block given out. */
    [[nodiscard]] qint64 end() const { return m_next; }
    /** Runs before end() that nobody has, in no order. */
    [[nodiscard]] const QList<BlockRun>& freeRuns() const { return m_free; }

    [[nodiscard]] qint64 blockSize() const { return m_blockSize; }
    /** Number of the block that holds the superblock: 1 for blocks of 1024 bytes, else 0. */
    [[nodiscard]] qint64 firstBlock() const { return m_firstBlock; }
    [[nodiscard]] qint64 blocksPerGroup() const { return m_blockSize * 8; }
    [[nodiscard]] qint64 tableBlocks() const { return m_tableBlocks; }
    [[nodiscard]] qint64 groupStart(qint64 group) const { return m_firstBlock + group * blocksPerGroup(); }
    /** Groups of a file system of @p blocks blocks. */
    [[nodiscard]] qint64 groupsFor(qint64 blocks) const
    {
        return (blocks - m_firstBlock + blocksPerGroup() - 1) / blocksPerGroup();
    }
    /** Whether @p group starts with a copy of the superblock and of the group descriptors. */
    [[nodiscard]] static bool hasSuperblock(qint64 group);
    /** Blocks that such a group begins with. */
    [[nodiscard]] qint64 headBlocks() const { return 1 + m_tableBlocks; }

private:
    /** Steps over a copy of the superblock; returns how many blocks in a row follow. */
    qint64 settle();

    qint64 m_blockSize;
    qint64 m_firstBlock;
    qint64 m_tableBlocks;
    qint64 m_next;
    qint64 m_nextCopy = 0; ///< The first group behind that of m_next that has a superblock, as it was last.
    QList<BlockRun> m_free;
};

} // namespace Stowage

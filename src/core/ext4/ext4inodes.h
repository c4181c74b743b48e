// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/entries/entrysink.h"
#include "core/ext4/blockoutput.h"
#include "core/ext4/ext4checksum.h"
#include "core/ext4/ext4space.h"

#include <QByteArray>
#include <QHash>
#include <QSet>

#include <deque>
#include <span>
#include <vector>

namespace Stowage
{

/** The word of an inode that extends a time beyond 32 bits: two more bits of the seconds, and the nanoseconds. */
[[nodiscard]] quint32 extraTime(qint64 seconds, quint32 nanoseconds);

/**
 * The inodes of a file system that is being made, in 64 bytes each and 16 for each extent. Numbers count from 1;
 * extents are given to one inode after the other. Not thread-safe.
 */
class Ext4Inodes
{
public:
    static constexpr qint64 InodeBytes = 256;
    /** Bytes behind an inode's fields, for extended attributes. */
    static constexpr qint64 AttributeRoom = InodeBytes - 160;
    static constexpr qint64 LargestLinks = 65000;
    /** Longest target that stands in the inode itself. */
    static constexpr qsizetype LongestFastLink = 59;

    struct Inode {
        InodeFacts facts;
        qint64 size = 0; ///< Bytes.
        quint32 firstExtent = 0; ///< Index of it.
        quint32 extents = 0;
        quint32 metaBlocks = 0; ///< Blocks of the extent tree and of the attributes.
        quint32 extra = 0; ///< Index of what lies in place of extents or behind the fields; 0: nothing.
        quint32 attributeBlock = 0; ///< Index of the block of attributes; 0: none.
        quint16 links = 0;
        bool indexed = false; ///< A directory with a hash tree.
        bool used = false;
    };

    /** Sets the numbers 1 to 11 aside, which ext4 keeps for itself. */
    Ext4Inodes();

    /** The next number. */
    [[nodiscard]] quint32 add(const InodeFacts& facts);
    /** Makes an inode with one of the numbers that ext4 keeps for itself. */
    Inode& use(quint32 number, const InodeFacts& facts);
    [[nodiscard]] Inode& at(quint32 number) { return m_inodes[number]; }
    [[nodiscard]] const Inode& at(quint32 number) const { return m_inodes[number]; }
    [[nodiscard]] quint32 last() const { return static_cast<quint32>(m_inodes.size() - 1); }

    /** Gives the blocks @p run to the inode, from the block @p logical of its data on; after all that it has. */
    void addExtent(quint32 number, qint64 logical, const BlockRun& run);
    [[nodiscard]] QList<BlockRun> runs(quint32 number) const;

    void setFastLink(quint32 number, const QByteArray& target);
    /** Gives the inode block numbers of the old kind in place of extents: 60 bytes, as they lie on the disk. */
    void setBlockField(quint32 number, const QByteArray& field);
    void setAttributes(quint32 number, const QByteArray& inInode);

    /** Writes those levels of the extent trees that do not fit into the inodes. */
    [[nodiscard]] Result<void> writeExtentBlocks(Ext4Space& space, BlockOutput& output, const Ext4Checksum& checksum,
                                                 const std::stop_token& stop);
    /** Fills @p place (256 zero bytes) with the inode @p number; @p attributeBlock: its block of attributes, or 0. */
    void encode(quint32 number, qint64 blockSize, qint64 attributeBlock, const Ext4Checksum& checksum,
                std::span<char> place) const;
    /** The 60 bytes in the middle of an inode: its extents, or the target of a fast link. */
    [[nodiscard]] QByteArray blockField(quint32 number) const;

private:
    /** An extent, or an index entry of the tree above the extents. */
    struct Extent {
        quint32 logical = 0;
        quint32 count = 0; ///< 0 for an index entry.
        qint64 physical = 0;
    };
    /** Inline parts of the few inodes that have any. */
    struct Extra {
        QByteArray field; ///< In place of extents: the target of a fast link, or block numbers.
        QByteArray attributes;
    };

    [[nodiscard]] Extra& extraOf(quint32 number);
    static void encodeNode(std::span<const Extent> entries, int depth, quint16 capacity, char* place);

    // In pieces: what grows by moving needs room for all of it twice.
    std::deque<Inode> m_inodes;
    std::deque<Extent> m_extents;
    std::deque<Extra> m_extras;
    QSet<QByteArray> m_attributes; ///< Each content once: many inodes have the same.
    /** Roots of the trees that have more than the inode holds: entries and depth. */
    struct Root {
        std::vector<Extent> entries;
        int depth = 0;
    };
    QHash<quint32, Root> m_roots;
};

} // namespace Stowage

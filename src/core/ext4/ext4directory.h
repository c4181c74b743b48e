// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/ext4/ext4checksum.h"
#include "core/ext4/nametree.h"
#include "core/support/result.h"

#include <span>
#include <stop_token>
#include <utility>
#include <vector>

namespace Stowage
{

/** EXT2_FT_* of an inode with @p mode (st_mode), as names in directories tell it. */
[[nodiscard]] quint8 entryType(quint16 mode);

/**
 * Lays the names of one directory out in blocks: one block as a list, more as a hash tree (half MD4 on unsigned bytes).
 * Source: Linux Documentation/filesystems/ext4/directory.rst.
 */
class Ext4Directory
{
public:
    /** @p hashSeed: the 16 bytes from the superblock. All is borrowed, @p names too. */
    Ext4Directory(qint64 blockSize, const Ext4Checksum& checksum, const quint32* hashSeed, const NameTree& names);

    /**
     * Decides what goes where in the directory with the index @p index in the tree and the names @p children.
     * @p leastBlocks: empty blocks fill it up to this number; a directory with such is no hash tree.
     * @return false when it has more names than a directory can have; an error only for a cancel.
     */
    [[nodiscard]] Result<bool> layOut(quint32 index, std::span<const quint32> children, qint64 leastBlocks,
                                      const std::stop_token& stop);
    /** Of the directory laid out. */
    [[nodiscard]] qint64 blocks() const { return m_blocks; }
    [[nodiscard]] bool isIndexed() const { return !m_leaves.empty(); }
    /** Fills @p place, a block of zeros, with the block @p number of the directory laid out. */
    void encode(qint64 number, std::span<char> place) const;

private:
    struct Hashed {
        quint32 hash = 0;
        quint32 minor = 0;
        quint32 name = 0; ///< Index in the tree.
    };
    /** Where a leaf begins: the lowest hash in it. */
    struct Leaf {
        quint32 hash = 0;
        size_t first = 0;
    };
    using IndexEntries = std::vector<std::pair<quint32, quint32>>; ///< Hash and block.

    [[nodiscard]] Result<void> hash(std::span<const quint32> children, const std::stop_token& stop);
    void split();
    void encodeDots(char* block) const;
    void encodeRoot(char* block) const;
    void encodeLeaf(char* block, std::span<const quint32> names, qint64 at) const;
    void finishLeaf(char* block, qint64 lastEntry) const;
    /** The index entries of leaves from @p first on, as many as one block below the root has. */
    [[nodiscard]] IndexEntries nodeEntries(size_t first) const;
    void writeIndex(char* block, qint64 entriesAt, const IndexEntries& entries) const;
    [[nodiscard]] size_t indexCapacity(qint64 entriesAt) const;

    qint64 m_blockSize;
    Ext4Checksum m_checksum;
    const quint32* m_hashSeed;
    const NameTree& m_names;

    quint32 m_index = 0;
    Ext4Checksum m_own; ///< Of its inode.
    std::span<const quint32> m_children;
    std::vector<Hashed> m_order;
    std::vector<Leaf> m_leaves;
    size_t m_nodes = 0; ///< Blocks of the index below the root.
    qint64 m_blocks = 0;
};

} // namespace Stowage

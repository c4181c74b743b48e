// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/ext4/ext4checksum.h"
#include "core/ext4/nametree.h"

#include <QByteArray>

#include <span>
#include <vector>

namespace Stowage
{

/** EXT2_FT_* of an inode with @p mode (st_mode), as names in directories tell it. */
[[nodiscard]] quint8 entryType(quint16 mode);

/** One name for a directory. */
struct DirectoryName {
    QByteArrayView name; ///< 1 to 255 bytes; borrowed.
    quint32 inode = 0;
    quint8 type = 0; ///< EXT2_FT_*
};

/**
 * Lays the names of a directory out in blocks: one block as a list, more as a hash tree (half MD4 on unsigned bytes).
 * Source: Linux Documentation/filesystems/ext4/directory.rst.
 */
class Ext4Directory
{
public:
    /** @p hashSeed: the 16 bytes from the superblock. */
    Ext4Directory(qint64 blockSize, const Ext4Checksum& checksum, const quint32* hashSeed);

    /** What makeBlocks() made. */
    struct Blocks {
        std::vector<char> bytes; ///< Whole blocks; empty: more names than a directory can have.
        bool indexed = false;
    };

    /**
     * The blocks of the directory @p inode in the directory @p parent. @p leastBlocks: empty blocks fill it up to this
     * number; a directory with such is no hash tree.
     */
    [[nodiscard]] Blocks makeBlocks(quint32 inode, quint32 parent, const std::vector<DirectoryName>& names,
                                    qint64 leastBlocks) const;

private:
    struct Hashed {
        quint32 hash = 0;
        quint32 minor = 0;
        size_t name = 0; ///< Index in the list of names.
    };
    /** Where a leaf begins: the lowest hash in it. */
    struct Leaf {
        quint32 hash = 0;
        size_t first = 0;
    };

    [[nodiscard]] std::vector<Hashed> hashed(const std::vector<DirectoryName>& names) const;
    [[nodiscard]] std::vector<Leaf> split(const std::vector<Hashed>& order,
                                          const std::vector<DirectoryName>& names) const;
    void finishLeaf(char* block, qint64 lastEntry, const Ext4Checksum& checksum) const;
    void writeIndex(char* block, qint64 entriesAt, const std::vector<std::pair<quint32, quint32>>& entries,
                    const Ext4Checksum& checksum) const;
    [[nodiscard]] size_t indexCapacity(qint64 entriesAt) const;

    qint64 m_blockSize;
    Ext4Checksum m_checksum;
    const quint32* m_hashSeed;
};

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/ext4/ext4directory.h"
#include "core/ext4/ext4writer.h"

struct ext2_super_block;

namespace Stowage
{

/** What Ext4Writer does at its end: directories, attributes, journal, tables, bitmaps, descriptors and superblocks. */
class Ext4Finish
{
public:
    explicit Ext4Finish(Ext4Writer& writer);

    /** @return the size of the file in bytes. */
    [[nodiscard]] Result<qint64> run(const std::stop_token& stop);

private:
    static constexpr qint64 DescriptorBytes =
        64; ///< Of a group (Linux Documentation/filesystems/ext4/group_descr.rst).

    /** Where a group has its own tables, and what is in it. */
    struct Group {
        qint64 blockBitmap = 0;
        qint64 inodeBitmap = 0;
        qint64 inodeTable = 0;
        qint64 freeBlocks = 0;
        quint32 usedInodes = 0;
        quint32 unusedAtEnd = 0; ///< Inodes behind the last one in use.
        quint32 directories = 0;
        quint32 blockBitmapSum = 0;
        quint32 inodeBitmapSum = 0;
    };

    void makeIdentity();
    void addLostAndFound();
    [[nodiscard]] Result<void> writeDirectories(const std::stop_token& stop);
    [[nodiscard]] Result<void> writeDirectory(Ext4Directory& directory, quint32 index,
                                              std::span<const quint32> children, const std::stop_token& stop);
    [[nodiscard]] Result<void> writeAttributes(const std::stop_token& stop);
    void addJournal();
    [[nodiscard]] Result<void> layOut();
    [[nodiscard]] qint64 wantedInodes() const;
    [[nodiscard]] bool placeTables(Ext4Space& space, qint64 groups);
    [[nodiscard]] qint64 leastEnd(qint64 end) const;
    [[nodiscard]] qint64 endWithRoom(qint64 end, qint64 spare) const;
    void addResizeInode();
    [[nodiscard]] Result<void> writeInodes(const std::stop_token& stop);
    [[nodiscard]] Result<void> writeBitmaps(const std::stop_token& stop);
    void writeBlockBitmap(qint64 index, std::vector<BlockRun>::const_iterator& free,
                          std::vector<BlockRun>::const_iterator end);
    void writeDescriptors();
    void writeSuperblocks();
    [[nodiscard]] ext2_super_block superblock() const;
    [[nodiscard]] qint64 descriptorBlocks() const;
    [[nodiscard]] qint64 reservedTableBlocks() const { return m_space.tableBlocks() - descriptorBlocks(); }
    [[nodiscard]] std::vector<qint64> copies() const;

    Ext4Writer& m_writer;
    const Ext4Options& m_options;
    Ext4Space& m_space;
    BlockOutput& m_output;
    Ext4Inodes& m_inodes;
    std::array<quint8, 16> m_uuid{};
    std::array<quint32, 4> m_hashSeed{};
    Ext4Checksum m_checksum;
    std::vector<qint64> m_attributeBlocks; ///< By index: the block's number.
    std::vector<Group> m_groups;
    qint64 m_resizeBlock = 0;
    qint64 m_blocks = 0;
    quint32 m_inodesPerGroup = 0;
};

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "ext4finish.h"

#include <ext2fs/ext2fs.h>
#include <sys/stat.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace Stowage
{

namespace
{

constexpr quint32 CompatFeatures = EXT2_FEATURE_COMPAT_EXT_ATTR | EXT2_FEATURE_COMPAT_DIR_INDEX;
constexpr quint32 IncompatFeatures = EXT2_FEATURE_INCOMPAT_FILETYPE | EXT3_FEATURE_INCOMPAT_EXTENTS
    | EXT4_FEATURE_INCOMPAT_64BIT | EXT4_FEATURE_INCOMPAT_FLEX_BG;
constexpr quint32 ReadOnlyFeatures = EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER | EXT2_FEATURE_RO_COMPAT_LARGE_FILE
    | EXT4_FEATURE_RO_COMPAT_HUGE_FILE | EXT4_FEATURE_RO_COMPAT_DIR_NLINK | EXT4_FEATURE_RO_COMPAT_EXTRA_ISIZE
    | EXT4_FEATURE_RO_COMPAT_METADATA_CSUM;

void setBits(std::span<char> bitmap, qint64 first, qint64 count, bool value)
{
    for (qint64 bit = first; bit < first + count; ++bit) {
        char& byte = bitmap[static_cast<size_t>(bit / 8)];
        if (bit % 8 == 0 && first + count - bit >= 8) {
            byte = value ? '\xff' : '\0';
            bit += 7;
        } else {
            const auto mask = static_cast<char>(1 << (bit % 8));
            byte = static_cast<char>(value ? byte | mask : byte & ~mask);
        }
    }
}

quint16 low16(qint64 value)
{
    return static_cast<quint16>(value & 0xffff);
}

quint16 high16(qint64 value)
{
    return static_cast<quint16>((value >> 16) & 0xffff);
}

quint32 low32(qint64 value)
{
    return static_cast<quint32>(value & 0xffffffff);
}

quint32 high32(qint64 value)
{
    return static_cast<quint32>(value >> 32);
}

} // namespace

Result<void> Ext4Finish::writeInodes(const std::stop_token& stop)
{
    const qint64 perBlock = m_options.blockSize / Ext4Inodes::InodeBytes;
    for (size_t index = 0; index < m_groups.size(); ++index) {
        if (stop.stop_requested()) {
            return cancelled();
        }
        Group& group = m_groups[index];
        const quint32 first = static_cast<quint32>(index) * m_inodesPerGroup + 1;
        group.unusedAtEnd = m_inodesPerGroup;
        for (quint32 at = 0; at < m_inodesPerGroup && first + at <= m_inodes.last(); at += quint32(perBlock)) {
            const std::span<char> block = m_output.blocks(group.inodeTable + at / perBlock);
            for (quint32 i = at; i < at + perBlock && first + i <= m_inodes.last(); ++i) {
                const quint32 number = first + i;
                const Ext4Inodes::Inode& inode = m_inodes.at(number);
                if (!inode.used && number >= EXT2_GOOD_OLD_FIRST_INO) {
                    continue;
                }
                ++group.usedInodes;
                group.unusedAtEnd = m_inodesPerGroup - i - 1;
                group.directories += inode.used && S_ISDIR(inode.facts.mode) ? 1 : 0;
                m_inodes.encode(number, m_options.blockSize,
                                inode.attributeBlock != 0 ? m_attributeBlocks[inode.attributeBlock] : 0, m_checksum,
                                block.subspan(static_cast<size_t>((i - at) * Ext4Inodes::InodeBytes),
                                              Ext4Inodes::InodeBytes));
            }
        }
    }
    return {};
}

void Ext4Finish::writeBlockBitmap(qint64 index, std::vector<BlockRun>::const_iterator& free,
                                  std::vector<BlockRun>::const_iterator end)
{
    Group& group = m_groups[static_cast<size_t>(index)];
    const std::span<char> bitmap = m_output.blocks(group.blockBitmap);
    const qint64 perGroup = m_space.blocksPerGroup();
    const qint64 start = m_space.groupStart(index);
    const qint64 size = std::min(perGroup, m_blocks - start);
    setBits(bitmap, 0, std::clamp<qint64>(m_space.end() - start, 0, size), true);
    // Runs are in order, and one may reach over the end of a group.
    while (free != end && free->first < start + size) {
        const qint64 from = std::max(free->first, start);
        const qint64 to = std::min(free->end(), start + size);
        setBits(bitmap, from - start, to - from, false);
        if (free->end() > start + size) {
            break;
        }
        ++free;
    }
    if (Ext4Space::hasSuperblock(index)) {
        setBits(bitmap, 0, m_space.headBlocks(), true);
    }
    setBits(bitmap, size, perGroup - size, true); // behind the end of the file system
    qint64 used = 0;
    for (const char byte : bitmap) {
        used += std::popcount(static_cast<quint8>(byte));
    }
    group.freeBlocks = perGroup - used;
    group.blockBitmapSum = m_checksum.over(bitmap.data(), static_cast<size_t>(perGroup / 8)).value();
}

Result<void> Ext4Finish::writeBitmaps(const std::stop_token& stop)
{
    std::vector<BlockRun> free(m_space.freeRuns().begin(), m_space.freeRuns().end());
    std::ranges::sort(free, {}, &BlockRun::first);
    auto next = free.cbegin();
    for (qint64 index = 0; index < static_cast<qint64>(m_groups.size()); ++index) {
        if (stop.stop_requested()) {
            return cancelled();
        }
        writeBlockBitmap(index, next, free.cend());
    }
    for (size_t index = 0; index < m_groups.size(); ++index) {
        if (stop.stop_requested()) {
            return cancelled();
        }
        Group& group = m_groups[index];
        const std::span<char> bitmap = m_output.blocks(group.inodeBitmap);
        const quint32 first = static_cast<quint32>(index) * m_inodesPerGroup + 1;
        for (quint32 i = 0; i < m_inodesPerGroup && first + i <= m_inodes.last(); ++i) {
            if (m_inodes.at(first + i).used || first + i < EXT2_GOOD_OLD_FIRST_INO) {
                setBits(bitmap, i, 1, true);
            }
        }
        setBits(bitmap, m_inodesPerGroup, m_space.blocksPerGroup() - m_inodesPerGroup, true);
        group.inodeBitmapSum = m_checksum.over(bitmap.data(), m_inodesPerGroup / 8).value();
    }
    return {};
}

void Ext4Finish::writeDescriptors()
{
    QByteArray table(descriptorBlocks() * m_options.blockSize, '\0');
    for (size_t index = 0; index < m_groups.size(); ++index) {
        const Group& group = m_groups[index];
        ext4_group_desc descriptor = {};
        descriptor.bg_block_bitmap = low32(group.blockBitmap);
        descriptor.bg_block_bitmap_hi = high32(group.blockBitmap);
        descriptor.bg_inode_bitmap = low32(group.inodeBitmap);
        descriptor.bg_inode_bitmap_hi = high32(group.inodeBitmap);
        descriptor.bg_inode_table = low32(group.inodeTable);
        descriptor.bg_inode_table_hi = high32(group.inodeTable);
        descriptor.bg_free_blocks_count = low16(group.freeBlocks);
        descriptor.bg_free_blocks_count_hi = high16(group.freeBlocks);
        const qint64 freeInodes = m_inodesPerGroup - group.usedInodes;
        descriptor.bg_free_inodes_count = low16(freeInodes);
        descriptor.bg_free_inodes_count_hi = high16(freeInodes);
        descriptor.bg_used_dirs_count = low16(group.directories);
        descriptor.bg_used_dirs_count_hi = high16(group.directories);
        descriptor.bg_itable_unused = low16(group.unusedAtEnd);
        descriptor.bg_itable_unused_hi = high16(group.unusedAtEnd);
        descriptor.bg_flags = EXT2_BG_INODE_ZEROED;
        descriptor.bg_block_bitmap_csum_lo = low16(group.blockBitmapSum);
        descriptor.bg_block_bitmap_csum_hi = high16(group.blockBitmapSum);
        descriptor.bg_inode_bitmap_csum_lo = low16(group.inodeBitmapSum);
        descriptor.bg_inode_bitmap_csum_hi = high16(group.inodeBitmapSum);
        descriptor.bg_checksum = m_checksum.over(quint32(index)).over(descriptor).low();
        std::memcpy(table.data() + static_cast<qsizetype>(index) * DescriptorBytes, &descriptor, DescriptorBytes);
    }
    std::vector<qint64> groups = copies();
    groups.insert(groups.begin(), 0);
    for (const qint64 group : groups) {
        for (qint64 block = 0; block < descriptorBlocks(); ++block) {
            std::memcpy(m_output.blocks(m_space.groupStart(group) + 1 + block).data(),
                        table.constData() + block * m_options.blockSize, static_cast<size_t>(m_options.blockSize));
        }
    }
}

ext2_super_block Ext4Finish::superblock() const
{
    qint64 freeBlocks = 0;
    qint64 freeInodes = 0;
    for (const Group& group : m_groups) {
        freeBlocks += group.freeBlocks;
        freeInodes += m_inodesPerGroup - group.usedInodes;
    }
    const qint64 reserved = m_blocks * m_options.reservedPercent / 100;
    ext2_super_block super = {};
    super.s_inodes_count = static_cast<quint32>(m_groups.size()) * m_inodesPerGroup;
    super.s_blocks_count = low32(m_blocks);
    super.s_blocks_count_hi = high32(m_blocks);
    super.s_r_blocks_count = low32(reserved);
    super.s_r_blocks_count_hi = high32(reserved);
    super.s_free_blocks_count = low32(freeBlocks);
    super.s_free_blocks_hi = high32(freeBlocks);
    super.s_free_inodes_count = low32(freeInodes);
    super.s_first_data_block = static_cast<quint32>(m_space.firstBlock());
    super.s_log_block_size = static_cast<quint32>(std::countr_zero(static_cast<quint64>(m_options.blockSize)))
        - EXT2_MIN_BLOCK_LOG_SIZE;
    super.s_log_cluster_size = super.s_log_block_size;
    super.s_blocks_per_group = static_cast<quint32>(m_space.blocksPerGroup());
    super.s_clusters_per_group = super.s_blocks_per_group;
    super.s_inodes_per_group = m_inodesPerGroup;
    super.s_wtime = super.s_lastcheck = super.s_mkfs_time = low32(*m_options.timeStamp);
    super.s_wtime_hi = super.s_lastcheck_hi = super.s_mkfs_time_hi = static_cast<quint8>(high32(*m_options.timeStamp));
    super.s_max_mnt_count = -1;
    super.s_magic = EXT2_SUPER_MAGIC;
    super.s_state = EXT2_VALID_FS;
    super.s_errors = EXT2_ERRORS_CONTINUE;
    super.s_rev_level = EXT2_DYNAMIC_REV;
    super.s_first_ino = EXT2_GOOD_OLD_FIRST_INO;
    super.s_inode_size = Ext4Inodes::InodeBytes;
    super.s_feature_compat = CompatFeatures;
    super.s_feature_incompat = IncompatFeatures;
    super.s_feature_ro_compat = ReadOnlyFeatures;
    if (reservedTableBlocks() > 0) {
        super.s_feature_compat |= EXT2_FEATURE_COMPAT_RESIZE_INODE;
        super.s_reserved_gdt_blocks = static_cast<quint16>(reservedTableBlocks());
    }
    std::memcpy(super.s_uuid, m_uuid.data(), m_uuid.size());
    std::memcpy(super.s_volume_name, m_options.label.constData(),
                std::min<size_t>(sizeof(super.s_volume_name), static_cast<size_t>(m_options.label.size())));
    std::memcpy(super.s_hash_seed, m_hashSeed.data(), sizeof(super.s_hash_seed));
    super.s_def_hash_version = EXT2_HASH_HALF_MD4;
    super.s_flags = EXT2_FLAGS_UNSIGNED_HASH;
    super.s_desc_size = DescriptorBytes;
    super.s_default_mount_opts = EXT2_DEFM_XATTR_USER | EXT2_DEFM_ACL;
    super.s_min_extra_isize = super.s_want_extra_isize = sizeof(ext2_inode_large) - EXT2_GOOD_OLD_INODE_SIZE;
    super.s_log_groups_per_flex = 4;
    super.s_checksum_type = EXT2_CRC32C_CHKSUM;
    if (m_options.journalBlocks > 0) {
        super.s_feature_compat |= EXT3_FEATURE_COMPAT_HAS_JOURNAL;
        super.s_journal_inum = EXT2_JOURNAL_INO;
        super.s_jnl_backup_type = EXT3_JNL_BACKUP_BLOCKS;
        const QByteArray field = m_inodes.blockField(EXT2_JOURNAL_INO);
        std::memcpy(super.s_jnl_blocks, field.constData(), static_cast<size_t>(field.size()));
        super.s_jnl_blocks[15] = high32(m_inodes.at(EXT2_JOURNAL_INO).size);
        super.s_jnl_blocks[16] = low32(m_inodes.at(EXT2_JOURNAL_INO).size);
    }
    return super;
}

void Ext4Finish::writeSuperblocks()
{
    ext2_super_block super = superblock();
    std::vector<qint64> groups = copies();
    groups.insert(groups.begin(), 0);
    for (const qint64 group : groups) {
        super.s_block_group_nr = low16(group);
        super.s_checksum = Ext4Checksum::plain(&super, offsetof(ext2_super_block, s_checksum));
        // The first one is at the byte 1024, wherever blocks begin.
        const qint64 inBlock = group == 0 && m_options.blockSize > SUPERBLOCK_OFFSET ? SUPERBLOCK_OFFSET : 0;
        std::memcpy(m_output.blocks(m_space.groupStart(group)).data() + inBlock, &super, sizeof(super));
    }
}

} // namespace Stowage

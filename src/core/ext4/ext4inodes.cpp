// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "ext4inodes.h"

#include <QtEndian>

#include <ext2fs/ext2fs.h>
#include <ext2fs/ext3_extents.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace Stowage
{

namespace
{

constexpr quint32 ReservedInodes = 11;
constexpr quint16 ExtentsInInode = 4;
/** Most blocks of one extent (Linux Documentation/filesystems/ext4/ifork.rst). */
constexpr qint64 LongestExtent = 32768;
constexpr qint64 SectorBytes = 512; // the unit of i_blocks
constexpr quint32 BlockFieldBytes = 60;

quint16 entriesPerBlock(qint64 blockSize)
{
    return static_cast<quint16>((blockSize - qint64(sizeof(ext3_extent_header))) / qint64(sizeof(ext3_extent)));
}

/** A device number in the two words that an inode has for it: the first is for small numbers, as of old. */
void encodeDevice(quint32 major, quint32 minor, char* place)
{
    std::array<quint32, 2> words = {};
    if (major < 256 && minor < 256) {
        words[0] = (major << 8) | minor;
    } else {
        words[1] = (minor & 0xff) | (major << 8) | ((minor & ~0xffU) << 12);
    }
    std::memcpy(place, words.data(), sizeof(words));
}

} // namespace

quint32 extraTime(qint64 seconds, quint32 nanoseconds)
{
    const qint64 epoch = (seconds - static_cast<qint32>(seconds)) >> 32;
    return static_cast<quint32>(epoch & 3) | (nanoseconds << 2);
}

Ext4Inodes::Ext4Inodes() : m_inodes(ReservedInodes + 1), m_extras(1)
{ }

quint32 Ext4Inodes::add(const InodeFacts& facts)
{
    Inode inode;
    inode.facts = facts;
    inode.used = true;
    m_inodes.push_back(inode);
    return last();
}

Ext4Inodes::Inode& Ext4Inodes::use(quint32 number, const InodeFacts& facts)
{
    Inode& inode = m_inodes[number];
    inode.facts = facts;
    inode.used = true;
    return inode;
}

void Ext4Inodes::addExtent(quint32 number, qint64 logical, const BlockRun& run)
{
    Inode& inode = m_inodes[number];
    if (inode.extents == 0) {
        inode.firstExtent = static_cast<quint32>(m_extents.size());
    }
    BlockRun rest = run;
    while (rest.count > 0) {
        Extent* before = inode.extents > 0 ? &m_extents.back() : nullptr;
        const bool joins = before != nullptr && before->logical + before->count == logical
            && before->physical + before->count == rest.first && before->count < LongestExtent;
        if (!joins) {
            m_extents.push_back({static_cast<quint32>(logical), 0, rest.first});
            ++inode.extents;
            before = &m_extents.back();
        }
        const qint64 taken = std::min(rest.count, LongestExtent - before->count);
        before->count += static_cast<quint32>(taken);
        logical += taken;
        rest = {rest.first + taken, rest.count - taken};
    }
}

QList<BlockRun> Ext4Inodes::runs(quint32 number) const
{
    QList<BlockRun> runs;
    const Inode& inode = m_inodes[number];
    for (size_t i = inode.firstExtent; i < size_t{inode.firstExtent} + inode.extents; ++i) {
        runs.append({m_extents[i].physical, m_extents[i].count});
    }
    return runs;
}

Ext4Inodes::Extra& Ext4Inodes::extraOf(quint32 number)
{
    Inode& inode = m_inodes[number];
    if (inode.extra == 0) {
        inode.extra = static_cast<quint32>(m_extras.size());
        m_extras.emplace_back();
    }
    return m_extras[inode.extra];
}

void Ext4Inodes::setFastLink(quint32 number, const QByteArray& target)
{
    extraOf(number).field = target;
}

void Ext4Inodes::setBlockField(quint32 number, const QByteArray& field)
{
    extraOf(number).field = field;
}

void Ext4Inodes::setAttributes(quint32 number, const QByteArray& inInode)
{
    extraOf(number).attributes = inInode.isEmpty() ? inInode : *m_attributes.insert(inInode);
}

void Ext4Inodes::encodeNode(std::span<const Extent> entries, int depth, quint16 capacity, char* place)
{
    ext3_extent_header header = {};
    header.eh_magic = EXT3_EXT_MAGIC;
    header.eh_entries = static_cast<quint16>(entries.size());
    header.eh_max = capacity;
    header.eh_depth = static_cast<quint16>(depth);
    std::memcpy(place, &header, sizeof(header));
    place += sizeof(header);
    for (const Extent& entry : entries) {
        const auto low = static_cast<quint32>(entry.physical);
        const auto high = static_cast<quint16>(entry.physical >> 32);
        if (depth == 0) {
            ext3_extent extent = {};
            extent.ee_block = entry.logical;
            extent.ee_len = static_cast<quint16>(entry.count);
            extent.ee_start = low;
            extent.ee_start_hi = high;
            std::memcpy(place, &extent, sizeof(extent));
        } else {
            ext3_extent_idx index = {};
            index.ei_block = entry.logical;
            index.ei_leaf = low;
            index.ei_leaf_hi = high;
            std::memcpy(place, &index, sizeof(index));
        }
        place += sizeof(ext3_extent);
    }
}

Result<void> Ext4Inodes::writeExtentBlocks(Ext4Space& space, BlockOutput& output, const Ext4Checksum& checksum,
                                           const std::stop_token& stop)
{
    const quint16 capacity = entriesPerBlock(space.blockSize());
    for (quint32 number = 1; number <= last(); ++number) {
        Inode& inode = m_inodes[number];
        if (!inode.used || inode.extents <= ExtentsInInode) {
            continue;
        }
        const Ext4Checksum own = checksum.ofInode(number);
        Root root;
        const auto first = m_extents.begin() + static_cast<ptrdiff_t>(inode.firstExtent);
        root.entries.assign(first, first + static_cast<ptrdiff_t>(inode.extents));
        while (root.entries.size() > ExtentsInInode) {
            std::vector<Extent> above;
            for (size_t at = 0; at < root.entries.size(); at += capacity) {
                if (stop.stop_requested()) {
                    return cancelled();
                }
                const std::span part(root.entries.data() + at, std::min<size_t>(capacity, root.entries.size() - at));
                const BlockRun block = space.take(1);
                char* place = output.blocks(block.first).data();
                encodeNode(part, root.depth, capacity, place);
                const size_t covered = sizeof(ext3_extent_header) + capacity * sizeof(ext3_extent);
                const quint32 sum = own.over(place, covered).value();
                std::memcpy(place + covered, &sum, sizeof(sum));
                above.push_back({part.front().logical, 0, block.first});
                ++inode.metaBlocks;
            }
            root.entries = std::move(above);
            ++root.depth;
        }
        m_roots.insert(number, root);
    }
    return {};
}

QByteArray Ext4Inodes::blockField(quint32 number) const
{
    QByteArray field(BlockFieldBytes, '\0');
    const Inode& inode = m_inodes[number];
    const mode_t type = inode.facts.mode & S_IFMT;
    if (const QByteArray& own = m_extras[inode.extra].field; !own.isEmpty()) {
        std::memcpy(field.data(), own.constData(), static_cast<size_t>(own.size()));
    } else if (type == S_IFBLK || type == S_IFCHR) {
        encodeDevice(inode.facts.major, inode.facts.minor, field.data());
    } else if (const auto root = m_roots.constFind(number); root != m_roots.cend()) {
        encodeNode(root->entries, root->depth, ExtentsInInode, field.data());
    } else if (type == S_IFREG || type == S_IFDIR || type == S_IFLNK) {
        std::array<Extent, ExtentsInInode> extents;
        const auto first = m_extents.begin() + static_cast<ptrdiff_t>(inode.firstExtent);
        std::copy_n(first, inode.extents, extents.begin());
        encodeNode(std::span(extents).first(inode.extents), 0, ExtentsInInode, field.data());
    }
    return field;
}

void Ext4Inodes::encode(quint32 number, qint64 blockSize, qint64 attributeBlock, const Ext4Checksum& checksum,
                        std::span<char> place) const
{
    const Inode& inode = m_inodes[number];
    if (!inode.used) {
        return;
    }
    const InodeFacts& facts = inode.facts;
    const mode_t type = facts.mode & S_IFMT;
    qint64 blocks = inode.metaBlocks;
    for (size_t i = inode.firstExtent; i < size_t{inode.firstExtent} + inode.extents; ++i) {
        blocks += m_extents[i].count;
    }
    const qint64 sectors = blocks * (blockSize / SectorBytes);
    const Extra& extra = m_extras[inode.extra];
    const QByteArray field = blockField(number);

    ext2_inode_large disk = {};
    disk.i_mode = facts.mode;
    disk.i_uid = static_cast<quint16>(facts.uid);
    disk.i_gid = static_cast<quint16>(facts.gid);
    disk.i_size = static_cast<quint32>(inode.size);
    disk.i_size_high = static_cast<quint32>(inode.size >> 32);
    disk.i_links_count = static_cast<quint16>(inode.links);
    disk.i_blocks = static_cast<quint32>(sectors);
    disk.i_file_acl = static_cast<quint32>(attributeBlock);
    const bool hasExtents = (type == S_IFREG || type == S_IFDIR || type == S_IFLNK) && extra.field.isEmpty();
    disk.i_flags = hasExtents ? EXT4_EXTENTS_FL : 0;
    if (inode.indexed) {
        disk.i_flags |= EXT2_INDEX_FL;
    }
    std::memcpy(disk.i_block, field.constData(), BlockFieldBytes);
    disk.i_extra_isize = sizeof(ext2_inode_large) - EXT2_GOOD_OLD_INODE_SIZE;
    const auto seconds = static_cast<quint32>(facts.seconds);
    const quint32 more = extraTime(facts.seconds, facts.nanoseconds);
    disk.i_atime = disk.i_ctime = disk.i_mtime = disk.i_crtime = seconds;
    disk.i_atime_extra = disk.i_ctime_extra = disk.i_mtime_extra = disk.i_crtime_extra = more;
    std::memcpy(place.data(), &disk, sizeof(disk));
    std::memcpy(place.data() + sizeof(disk), extra.attributes.constData(),
                static_cast<size_t>(extra.attributes.size()));

    // The upper halves, in the fields that each system has for itself.
    const auto put = [place](size_t offset, qint64 value) {
        qToLittleEndian(static_cast<quint16>(value), place.data() + offset);
    };
    put(offsetof(ext2_inode_large, osd2.linux2.l_i_uid_high), facts.uid >> 16);
    put(offsetof(ext2_inode_large, osd2.linux2.l_i_gid_high), facts.gid >> 16);
    put(offsetof(ext2_inode_large, osd2.linux2.l_i_blocks_hi), sectors >> 32);
    put(offsetof(ext2_inode_large, osd2.linux2.l_i_file_acl_high), attributeBlock >> 32);
    const Ext4Checksum sum = checksum.ofInode(number).over(place.data(), place.size());
    put(offsetof(ext2_inode_large, osd2.linux2.l_i_checksum_lo), sum.low());
    put(offsetof(ext2_inode_large, i_checksum_hi), sum.high());
}

} // namespace Stowage

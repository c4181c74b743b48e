// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "ext4directory.h"

#include <ext2fs/ext2fs.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <tuple>
#include <utility>

namespace Stowage
{

namespace
{

constexpr qint64 EntryHead = 8; // bytes of a directory entry before the name
constexpr qint64 DotBytes = 12; // "." and ".."
constexpr qint64 TailBytes = sizeof(ext2_dir_entry_tail);
/** Where the index entries begin in the first block, and in those below it. */
constexpr qint64 RootEntriesAt = 2 * DotBytes + qint64(sizeof(ext2_dx_root_info));
constexpr qint64 NodeEntriesAt = EntryHead;

qint64 entryBytes(QByteArrayView name)
{
    return (EntryHead + name.size() + 3) & ~qint64{3};
}

/** Writes one entry that is @p length bytes long up to the next. */
void writeEntry(char* place, quint32 inode, QByteArrayView name, quint8 type, qint64 length)
{
    ext2_dir_entry_2 entry = {};
    entry.inode = inode;
    entry.rec_len = static_cast<quint16>(length);
    entry.name_len = static_cast<quint8>(name.size());
    entry.file_type = type;
    std::memcpy(place, &entry, EntryHead);
    std::memcpy(place + EntryHead, name.data(), static_cast<size_t>(name.size()));
}

void setLength(char* entry, qint64 length)
{
    const auto number = static_cast<quint16>(length);
    std::memcpy(entry + offsetof(ext2_dir_entry_2, rec_len), &number, sizeof(number));
}

} // namespace

quint8 entryType(quint16 mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return EXT2_FT_REG_FILE;
    case S_IFDIR:
        return EXT2_FT_DIR;
    case S_IFCHR:
        return EXT2_FT_CHRDEV;
    case S_IFBLK:
        return EXT2_FT_BLKDEV;
    case S_IFIFO:
        return EXT2_FT_FIFO;
    case S_IFSOCK:
        return EXT2_FT_SOCK;
    case S_IFLNK:
        return EXT2_FT_SYMLINK;
    default:
        return EXT2_FT_UNKNOWN;
    }
}

Ext4Directory::Ext4Directory(qint64 blockSize, const Ext4Checksum& checksum, const quint32* hashSeed,
                             const NameTree& names)
    : m_blockSize(blockSize),
      m_checksum(checksum),
      m_hashSeed(hashSeed),
      m_names(names),
      m_own(checksum)
{ }

Result<bool> Ext4Directory::layOut(quint32 index, std::span<const quint32> children, qint64 leastBlocks,
                                   const std::stop_token& stop)
{
    m_index = index;
    m_own = m_checksum.ofInode(m_names.at(index).inode);
    m_children = children;
    m_order.clear();
    m_leaves.clear();
    m_nodes = 0;
    qint64 bytes = 2 * DotBytes + TailBytes;
    for (const quint32 child : children) {
        bytes += entryBytes(m_names.name(child));
    }
    m_blocks = std::max<qint64>(leastBlocks, 1);
    if (bytes <= m_blockSize) {
        return true;
    }
    if (auto hashed = hash(children, stop); !hashed) {
        return std::unexpected(hashed.error());
    }
    split();
    const size_t inRoot = indexCapacity(RootEntriesAt);
    const size_t perNode = indexCapacity(NodeEntriesAt);
    m_nodes = m_leaves.size() <= inRoot ? 0 : (m_leaves.size() + perNode - 1) / perNode;
    m_blocks = 1 + static_cast<qint64>(m_nodes) + static_cast<qint64>(m_leaves.size());
    return m_nodes <= inRoot;
}

/** The names in the order of their hashes; in parts, so that a cancel need not wait for all of them. */
Result<void> Ext4Directory::hash(std::span<const quint32> children, const std::stop_token& stop)
{
    constexpr size_t Part = 1 << 16;
    constexpr quint32 Parts = 16;
    m_order.reserve(children.size());
    for (const quint32 child : children) {
        if (m_order.size() % Part == 0 && stop.stop_requested()) {
            return cancelled();
        }
        Hashed entry{.name = child};
        const QByteArrayView name = m_names.name(child);
        ext2fs_dirhash(EXT2_HASH_HALF_MD4_UNSIGNED, name.data(), static_cast<int>(name.size()), m_hashSeed, &entry.hash,
                       &entry.minor);
        m_order.push_back(entry);
    }
    std::span<Hashed> rest(m_order);
    for (quint32 part = 1; part <= Parts && !rest.empty(); ++part) {
        if (stop.stop_requested()) {
            return cancelled();
        }
        const quint64 end = (quint64{part} << 32) / Parts;
        const auto above = std::ranges::partition(rest, [end](const Hashed& entry) { return entry.hash < end; });
        const std::span<Hashed> below = rest.first(rest.size() - above.size());
        std::ranges::sort(below, {},
                          [](const Hashed& entry) { return std::tuple(entry.hash, entry.minor, entry.name); });
        rest = rest.subspan(below.size());
    }
    return {};
}

void Ext4Directory::split()
{
    qint64 used = m_blockSize;
    for (size_t i = 0; i < m_order.size(); ++i) {
        const qint64 bytes = entryBytes(m_names.name(m_order[i].name));
        if (used + bytes > m_blockSize - TailBytes) {
            // The lowest bit says that names with this hash are in the leaf before, too.
            const bool continues = i > 0 && m_order[i].hash == m_order[i - 1].hash;
            m_leaves.push_back({m_order[i].hash | (continues ? 1U : 0U), i});
            used = 0;
        }
        used += bytes;
    }
}

void Ext4Directory::encode(qint64 number, std::span<char> place) const
{
    const auto index = static_cast<size_t>(number);
    if (!isIndexed()) {
        if (index == 0) {
            encodeDots(place.data());
        }
        encodeLeaf(place.data(), index == 0 ? m_children : std::span<const quint32>(), index == 0 ? 2 * DotBytes : 0);
    } else if (index == 0) {
        encodeRoot(place.data());
    } else if (index <= m_nodes) {
        setLength(place.data(), m_blockSize);
        writeIndex(place.data(), NodeEntriesAt, nodeEntries((index - 1) * indexCapacity(NodeEntriesAt)));
    } else {
        const size_t leaf = index - 1 - m_nodes;
        const size_t end = leaf + 1 < m_leaves.size() ? m_leaves[leaf + 1].first : m_order.size();
        std::vector<quint32> names;
        for (size_t i = m_leaves[leaf].first; i < end; ++i) {
            names.push_back(m_order[i].name);
        }
        encodeLeaf(place.data(), names, 0);
    }
}

void Ext4Directory::encodeDots(char* block) const
{
    const NameTree::Node& own = m_names.at(m_index);
    writeEntry(block, own.inode, ".", EXT2_FT_DIR, DotBytes);
    writeEntry(block + DotBytes, m_names.at(own.parent).inode, "..", EXT2_FT_DIR, DotBytes);
}

void Ext4Directory::encodeRoot(char* block) const
{
    encodeDots(block);
    setLength(block + DotBytes, m_blockSize - DotBytes);
    ext2_dx_root_info info = {};
    info.hash_version = EXT2_HASH_HALF_MD4;
    info.info_length = sizeof(info);
    info.indirect_levels = m_nodes > 0 ? 1 : 0;
    std::memcpy(block + 2 * DotBytes, &info, sizeof(info));
    IndexEntries entries = nodeEntries(0);
    if (m_nodes > 0) {
        entries.clear();
        for (size_t node = 0; node < m_nodes; ++node) {
            entries.emplace_back(m_leaves[node * indexCapacity(NodeEntriesAt)].hash, static_cast<quint32>(1 + node));
        }
    }
    writeIndex(block, RootEntriesAt, entries);
}

/** A block of @p names from the byte @p at on, behind "." and ".." where it is not 0. */
void Ext4Directory::encodeLeaf(char* block, std::span<const quint32> names, qint64 at) const
{
    qint64 lastEntry = at == 0 ? 0 : DotBytes;
    for (const quint32 index : names) {
        const NameTree::Node& node = m_names.at(index);
        const QByteArrayView name = m_names.name(index);
        writeEntry(block + at, node.inode, name, node.type, entryBytes(name));
        lastEntry = std::exchange(at, at + entryBytes(name));
    }
    finishLeaf(block, lastEntry);
}

/** Ends a block of entries: the one at @p lastEntry reaches up to the tail, which has the checksum. */
void Ext4Directory::finishLeaf(char* block, qint64 lastEntry) const
{
    const qint64 tailAt = m_blockSize - TailBytes;
    setLength(block + lastEntry, tailAt - lastEntry);
    ext2_dir_entry_tail tail = {};
    tail.det_rec_len = TailBytes;
    tail.det_reserved_name_len = EXT2_DIR_NAME_LEN_CSUM;
    tail.det_checksum = m_own.over(block, static_cast<size_t>(tailAt)).value();
    std::memcpy(block + tailAt, &tail, sizeof(tail));
}

size_t Ext4Directory::indexCapacity(qint64 entriesAt) const
{
    return static_cast<size_t>((m_blockSize - entriesAt - qint64(sizeof(ext2_dx_tail)))
                               / qint64(sizeof(ext2_dx_entry)));
}

Ext4Directory::IndexEntries Ext4Directory::nodeEntries(size_t first) const
{
    IndexEntries entries;
    const size_t end = std::min(m_leaves.size(), first + indexCapacity(NodeEntriesAt));
    for (size_t leaf = first; leaf < end; ++leaf) {
        entries.emplace_back(m_leaves[leaf].hash, static_cast<quint32>(1 + m_nodes + leaf));
    }
    return entries;
}

/** Writes pairs of hash and block; the first one's hash gives way to the numbers of entries. */
void Ext4Directory::writeIndex(char* block, qint64 entriesAt, const IndexEntries& entries) const
{
    char* place = block + entriesAt;
    for (const auto& [hash, target] : entries) {
        const ext2_dx_entry entry{hash, target};
        std::memcpy(place, &entry, sizeof(entry));
        place += sizeof(entry);
    }
    const ext2_dx_countlimit count{static_cast<quint16>(indexCapacity(entriesAt)),
                                   static_cast<quint16>(entries.size())};
    std::memcpy(block + entriesAt, &count, sizeof(count));
    ext2_dx_tail tail = {};
    const auto covered = static_cast<size_t>(entriesAt) + entries.size() * sizeof(ext2_dx_entry);
    tail.dt_checksum = m_own.over(block, covered).over(quint32{0}).over(quint32{0}).value();
    std::memcpy(block + entriesAt + indexCapacity(entriesAt) * sizeof(ext2_dx_entry), &tail, sizeof(tail));
}

} // namespace Stowage

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

Ext4Directory::Ext4Directory(qint64 blockSize, const Ext4Checksum& checksum, const quint32* hashSeed)
    : m_blockSize(blockSize),
      m_checksum(checksum),
      m_hashSeed(hashSeed)
{ }

/** Ends a block of entries: the one at @p lastEntry reaches up to the tail, which has the checksum. */
void Ext4Directory::finishLeaf(char* block, qint64 lastEntry, const Ext4Checksum& checksum) const
{
    const qint64 tailAt = m_blockSize - TailBytes;
    setLength(block + lastEntry, tailAt - lastEntry);
    ext2_dir_entry_tail tail = {};
    tail.det_rec_len = TailBytes;
    tail.det_reserved_name_len = EXT2_DIR_NAME_LEN_CSUM;
    tail.det_checksum = checksum.over(block, static_cast<size_t>(tailAt)).value();
    std::memcpy(block + tailAt, &tail, sizeof(tail));
}

size_t Ext4Directory::indexCapacity(qint64 entriesAt) const
{
    return static_cast<size_t>((m_blockSize - entriesAt - qint64(sizeof(ext2_dx_tail)))
                               / qint64(sizeof(ext2_dx_entry)));
}

/** Writes pairs of hash and block; the first one's hash gives way to the numbers of entries. */
void Ext4Directory::writeIndex(char* block, qint64 entriesAt, const std::vector<std::pair<quint32, quint32>>& entries,
                               const Ext4Checksum& checksum) const
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
    tail.dt_checksum = checksum.over(block, covered).over(quint32{0}).over(quint32{0}).value();
    std::memcpy(block + entriesAt + indexCapacity(entriesAt) * sizeof(ext2_dx_entry), &tail, sizeof(tail));
}

std::vector<Ext4Directory::Hashed> Ext4Directory::hashed(const std::vector<DirectoryName>& names) const
{
    std::vector<Hashed> order(names.size());
    for (size_t i = 0; i < names.size(); ++i) {
        order[i].name = i;
        ext2fs_dirhash(EXT2_HASH_HALF_MD4_UNSIGNED, names[i].name.data(), static_cast<int>(names[i].name.size()),
                       m_hashSeed, &order[i].hash, &order[i].minor);
    }
    std::ranges::sort(order, {}, [](const Hashed& entry) { return std::tuple(entry.hash, entry.minor, entry.name); });
    return order;
}

std::vector<Ext4Directory::Leaf> Ext4Directory::split(const std::vector<Hashed>& order,
                                                      const std::vector<DirectoryName>& names) const
{
    std::vector<Leaf> leaves;
    qint64 used = m_blockSize;
    for (size_t i = 0; i < order.size(); ++i) {
        const qint64 bytes = entryBytes(names[order[i].name].name);
        if (used + bytes > m_blockSize - TailBytes) {
            // The lowest bit says that names with this hash are in the leaf before, too.
            const bool continues = i > 0 && order[i].hash == order[i - 1].hash;
            leaves.push_back({order[i].hash | (continues ? 1U : 0U), i});
            used = 0;
        }
        used += bytes;
    }
    return leaves;
}

Ext4Directory::Blocks Ext4Directory::makeBlocks(quint32 inode, quint32 parent, const std::vector<DirectoryName>& names,
                                                qint64 leastBlocks) const
{
    const Ext4Checksum own = m_checksum.ofInode(inode);
    qint64 bytes = 2 * DotBytes + TailBytes;
    for (const DirectoryName& name : names) {
        bytes += entryBytes(name.name);
    }
    Blocks result;
    const auto start = [&](size_t blocks) {
        result.bytes.assign(blocks * static_cast<size_t>(m_blockSize), '\0');
        writeEntry(result.bytes.data(), inode, ".", EXT2_FT_DIR, DotBytes);
        writeEntry(result.bytes.data() + DotBytes, parent, "..", EXT2_FT_DIR, DotBytes);
    };
    if (bytes <= m_blockSize) {
        start(static_cast<size_t>(std::max<qint64>(leastBlocks, 1)));
        qint64 at = 2 * DotBytes;
        qint64 lastEntry = DotBytes;
        for (const DirectoryName& name : names) {
            writeEntry(result.bytes.data() + at, name.inode, name.name, name.type, entryBytes(name.name));
            lastEntry = std::exchange(at, at + entryBytes(name.name));
        }
        finishLeaf(result.bytes.data(), lastEntry, own);
        for (qint64 block = 1; block < leastBlocks; ++block) {
            finishLeaf(result.bytes.data() + block * m_blockSize, 0, own);
        }
        return result;
    }

    result.indexed = true;
    const std::vector<Hashed> order = hashed(names);
    const std::vector<Leaf> leaves = split(order, names);
    const size_t perNode = indexCapacity(NodeEntriesAt);
    const size_t inRoot = indexCapacity(RootEntriesAt);
    const size_t nodes = leaves.size() <= inRoot ? 0 : (leaves.size() + perNode - 1) / perNode;
    if (nodes > inRoot) {
        return {};
    }
    const auto firstLeaf = static_cast<quint32>(1 + nodes);
    start(firstLeaf + leaves.size());
    char* root = result.bytes.data();
    setLength(root + DotBytes, m_blockSize - DotBytes);
    ext2_dx_root_info info = {};
    info.hash_version = EXT2_HASH_HALF_MD4;
    info.info_length = sizeof(info);
    info.indirect_levels = nodes > 0 ? 1 : 0;
    std::memcpy(root + 2 * DotBytes, &info, sizeof(info));

    std::vector<std::pair<quint32, quint32>> top;
    std::vector<std::pair<quint32, quint32>> below;
    for (size_t i = 0; i < leaves.size(); ++i) {
        const auto block = static_cast<quint32>(firstLeaf + i);
        (nodes > 0 ? below : top).emplace_back(leaves[i].hash, block);
        if (below.size() == perNode || (nodes > 0 && i + 1 == leaves.size())) {
            const auto node = static_cast<quint32>(1 + top.size());
            char* place = root + node * m_blockSize;
            setLength(place, m_blockSize);
            writeIndex(place, NodeEntriesAt, below, own);
            top.emplace_back(below.front().first, node);
            below.clear();
        }
        char* place = root + block * m_blockSize;
        const size_t end = i + 1 < leaves.size() ? leaves[i + 1].first : order.size();
        qint64 at = 0;
        qint64 lastEntry = 0;
        for (size_t entry = leaves[i].first; entry < end; ++entry) {
            const DirectoryName& name = names[order[entry].name];
            writeEntry(place + at, name.inode, name.name, name.type, entryBytes(name.name));
            lastEntry = std::exchange(at, at + entryBytes(name.name));
        }
        finishLeaf(place, lastEntry, own);
    }
    writeIndex(root, RootEntriesAt, top, own);
    return result;
}

} // namespace Stowage

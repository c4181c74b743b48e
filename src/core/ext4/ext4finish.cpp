// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "ext4finish.h"

#include "core/ext4/ext4directory.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QFile>
#include <QtEndian>

#include <ext2fs/ext2fs.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>

namespace Stowage
{

namespace
{

struct Ext4 {
    Q_DECLARE_TR_FUNCTIONS(Ext4Writer)
};

constexpr qint64 BytesPerInode = 16384; // as mke2fs
constexpr qint64 LeastGroup = 50; // free blocks that mke2fs wants in the last group
constexpr quint32 LostAndFound = EXT2_GOOD_OLD_FIRST_INO;

qint64 divideUp(qint64 value, qint64 by)
{
    return (value + by - 1) / by;
}

} // namespace

Ext4Finish::Ext4Finish(Ext4Writer& writer)
    : m_writer(writer),
      m_options(writer.m_options),
      m_space(writer.m_space),
      m_output(writer.m_output),
      m_inodes(writer.m_inodes),
      m_checksum(m_uuid.data())
{ }

void Ext4Finish::makeIdentity()
{
    if (m_options.uuid) {
        m_uuid = *m_options.uuid;
    } else {
        const QByteArray hash = m_writer.m_facts.result();
        std::memcpy(m_uuid.data(), hash.constData(), m_uuid.size());
        m_uuid[6] = static_cast<quint8>((m_uuid[6] & 0x0f) | 0x80); // version 8 of RFC 9562: made by an own rule
        m_uuid[8] = static_cast<quint8>((m_uuid[8] & 0x3f) | 0x80);
    }
    if (m_options.hashSeed) {
        std::memcpy(m_hashSeed.data(), m_options.hashSeed->data(), sizeof(m_hashSeed));
    } else {
        const QByteArray hash = QCryptographicHash::hash(
            QByteArrayView(m_uuid.data(), static_cast<qsizetype>(m_uuid.size())), QCryptographicHash::Sha256);
        std::memcpy(m_hashSeed.data(), hash.constData(), sizeof(m_hashSeed));
    }
    m_checksum = Ext4Checksum(m_uuid.data());
}

void Ext4Finish::addLostAndFound()
{
    NameTree& names = m_writer.m_names;
    const auto found = names.find(NameTree::Top, "lost+found");
    if (found && names.at(*found).inode != 0) {
        return; // the source's own, or what the source has by that name
    }
    InodeFacts facts;
    facts.mode = S_IFDIR | 0700;
    facts.seconds = *m_options.timeStamp;
    m_inodes.use(LostAndFound, facts);
    if (found) {
        names.set(*found, LostAndFound, EXT2_FT_DIR);
    } else {
        names.add(NameTree::Top, "lost+found", LostAndFound, EXT2_FT_DIR);
    }
}

Result<void> Ext4Finish::writeDirectory(Ext4Directory& directory, quint32 index, std::span<const quint32> children,
                                        const std::stop_token& stop)
{
    const NameTree& names = m_writer.m_names;
    const quint32 number = names.at(index).inode;
    constexpr qint64 LostAndFoundBytes = 16384;
    const qint64 least = number == LostAndFound ? std::max<qint64>(2, LostAndFoundBytes / m_options.blockSize) : 1;
    const auto fits = directory.layOut(index, children, least, stop);
    if (!fits) {
        return std::unexpected(fits.error());
    }
    if (!*fits) {
        return fail(Error::Code::Unsupported,
                    Ext4::tr("The directory /%1 with %2 names does not fit into the index of an ext4 file system.")
                        .arg(QFile::decodeName(names.path(index)))
                        .arg(children.size()),
                    Ext4::tr("Use larger blocks, or spread its files over more directories."),
                    Place::inFile(m_writer.m_path));
    }
    for (qint64 logical = 0; logical < directory.blocks();) {
        if (stop.stop_requested()) {
            return cancelled();
        }
        const BlockRun run = m_space.take(std::min(directory.blocks() - logical, m_output.most()));
        m_inodes.addExtent(number, logical, run);
        const std::span<char> place = m_output.blocks(run.first, run.count);
        const auto blockSize = static_cast<size_t>(m_options.blockSize);
        for (size_t i = 0; m_output.isOpen() && i < static_cast<size_t>(run.count); ++i) {
            directory.encode(logical + static_cast<qint64>(i), place.subspan(i * blockSize, blockSize));
        }
        logical += run.count;
    }
    Ext4Inodes::Inode& inode = m_inodes.at(number);
    inode.size = directory.blocks() * m_options.blockSize;
    inode.indexed = directory.isIndexed();
    // More subdirectories than a link count holds are told by 1 (the feature dir_nlink).
    const qint64 links = 2
        + std::ranges::count_if(children, [&](quint32 child) { return names.at(child).type == EXT2_FT_DIR; });
    inode.links = links > Ext4Inodes::LargestLinks ? quint16{1} : static_cast<quint16>(links);
    return m_output.result();
}

Result<void> Ext4Finish::writeDirectories(const std::stop_token& stop)
{
    m_writer.m_names.forgetIndex();
    const NameTree& names = m_writer.m_names;
    const NameTree::Children children = names.children();
    Ext4Directory directory(m_options.blockSize, m_checksum, m_hashSeed.data(), names);
    for (quint32 index = 0; index < names.size(); ++index) {
        if (stop.stop_requested()) {
            return cancelled();
        }
        if (names.at(index).inode == 0 || names.at(index).type != EXT2_FT_DIR) {
            continue;
        }
        const size_t first = children.first[index];
        const std::span list(children.list.data() + first, children.first[index + 1] - first);
        if (auto written = writeDirectory(directory, index, list, stop); !written) {
            return written;
        }
    }
    return {};
}

Result<void> Ext4Finish::writeAttributes(const std::stop_token& stop)
{
    m_attributeBlocks.assign(m_writer.m_attributes.size(), 0);
    for (size_t i = 1; i < m_writer.m_attributes.size(); ++i) {
        if (stop.stop_requested()) {
            return cancelled();
        }
        const auto& attributes = m_writer.m_attributes[i];
        if (attributes.users == 0) {
            continue;
        }
        const BlockRun block = m_space.take(1);
        m_attributeBlocks[i] = block.first;
        const std::span<char> place = m_output.blocks(block.first);
        std::memcpy(place.data(), attributes.content.constData(), place.size());
        ext2_ext_attr_header header = {};
        std::memcpy(&header, place.data(), sizeof(header));
        header.h_refcount = attributes.users;
        std::memcpy(place.data(), &header, sizeof(header));
        header.h_checksum = m_checksum.over(quint64(block.first)).over(place.data(), place.size()).value();
        std::memcpy(place.data(), &header, sizeof(header));
    }
    for (quint32 number = 1; number <= m_inodes.last(); ++number) {
        m_inodes.at(number).metaBlocks += m_inodes.at(number).attributeBlock != 0 ? 1 : 0;
    }
    return {};
}

void Ext4Finish::addJournal()
{
    if (m_options.journalBlocks == 0) {
        return;
    }
    InodeFacts facts;
    facts.mode = S_IFREG | 0600;
    facts.seconds = *m_options.timeStamp;
    Ext4Inodes::Inode& inode = m_inodes.use(EXT2_JOURNAL_INO, facts);
    inode.links = 1;
    inode.size = m_options.journalBlocks * m_options.blockSize;
    qint64 first = 0;
    for (qint64 logical = 0; logical < m_options.journalBlocks;) {
        const BlockRun run = m_space.take(m_options.journalBlocks - logical);
        first = logical == 0 ? run.first : first;
        m_inodes.addExtent(EXT2_JOURNAL_INO, logical, run);
        logical += run.count;
    }
    // The journal's superblock (Linux Documentation/filesystems/ext4/journal.rst), an empty log of version 2.
    char* place = m_output.blocks(first).data();
    const auto put = [place](qsizetype at, quint32 value) { qToBigEndian(value, place + at); };
    put(0x00, 0xc03b3998);
    put(0x04, 4);
    put(0x0c, static_cast<quint32>(m_options.blockSize));
    put(0x10, static_cast<quint32>(m_options.journalBlocks));
    put(0x14, 1); // first block of the log
    put(0x18, 1); // first number in it
    std::memcpy(place + 0x30, m_uuid.data(), m_uuid.size());
    put(0x40, 1); // users
}

qint64 Ext4Finish::descriptorBlocks() const
{
    return divideUp(static_cast<qint64>(m_groups.size()) * DescriptorBytes, m_options.blockSize);
}

/** Where a file system that ends at the block @p end must end at least, so that its last group has some room. */
qint64 Ext4Finish::leastEnd(qint64 end) const
{
    const qint64 last = m_space.groupsFor(end) - 1;
    const qint64 start = m_space.groupStart(last);
    const qint64 least = LeastGroup + (Ext4Space::hasSuperblock(last) ? m_space.headBlocks() : 0);
    return std::max(end, start + least);
}

/** Where a file system ends that has @p spare free blocks behind the block @p end. */
qint64 Ext4Finish::endWithRoom(qint64 end, qint64 spare) const
{
    qint64 last = end + spare;
    for (qint64 group = m_space.groupsFor(end); m_space.groupStart(group) < last; ++group) {
        last += Ext4Space::hasSuperblock(group) ? m_space.headBlocks() : 0;
    }
    return last;
}

/** Inodes that the file system is to have at least. */
qint64 Ext4Finish::wantedInodes() const
{
    constexpr qint64 LeastInodes = 16;
    const qint64 bytes = m_options.sizeBytes > 0 ? m_options.sizeBytes
                                                 : m_space.end() * m_options.blockSize + m_options.headRoomBytes;
    const qint64 used = m_inodes.last();
    const qint64 wanted = m_options.inodes > 0 ? m_options.inodes
                                               : std::max(bytes / BytesPerInode, used + used / 16 + LeastInodes);
    return std::max(wanted, used + 1);
}

/** Gives every one of @p groups groups its bitmaps and its part of the inode table. False: more inodes than fit. */
bool Ext4Finish::placeTables(Ext4Space& space, qint64 groups)
{
    const qint64 perBlock = m_options.blockSize / Ext4Inodes::InodeBytes;
    const qint64 tableBlocks = divideUp(divideUp(wantedInodes(), groups), std::max<qint64>(perBlock, 8))
        * std::max<qint64>(perBlock, 8) / perBlock;
    if (tableBlocks * perBlock > m_space.blocksPerGroup()) {
        return false;
    }
    m_inodesPerGroup = static_cast<quint32>(tableBlocks * perBlock);
    m_groups.assign(static_cast<size_t>(groups), {});
    m_resizeBlock = reservedTableBlocks() > 0 ? space.take(1).first : 0;
    for (Group& group : m_groups) {
        group.blockBitmap = space.take(1).first;
    }
    for (Group& group : m_groups) {
        group.inodeBitmap = space.take(1).first;
    }
    for (Group& group : m_groups) {
        group.inodeTable = space.takeWhole(tableBlocks).first;
    }
    return true;
}

Result<void> Ext4Finish::layOut()
{
    if (m_options.sizeBytes > 0) {
        m_blocks = m_options.sizeBytes / m_options.blockSize;
        if (leastEnd(m_blocks) > m_blocks) { // as mke2fs: what is left of the last group is not used
            m_blocks = m_space.groupStart(m_space.groupsFor(m_blocks) - 1);
        }
        if (m_blocks <= m_space.firstBlock() || !placeTables(m_space, m_space.groupsFor(m_blocks))
            || m_space.end() > m_blocks) {
            return m_writer.noRoom();
        }
        return {};
    }
    const qint64 spare = divideUp(m_options.headRoomBytes, m_options.blockSize);
    // No fewer than the content and the tables take, so that few tries are left where there are many groups.
    const qint64 tables = wantedInodes() * Ext4Inodes::InodeBytes / m_options.blockSize
        + 2 * m_space.groupsFor(m_space.end());
    qint64 groups = m_space.groupsFor(endWithRoom(m_space.end() + tables, spare));
    for (;; ++groups) {
        Ext4Space space = m_space;
        if (!placeTables(space, groups)) {
            continue;
        }
        // Whole MiB, as partitions have.
        const qint64 unit = MiB / m_options.blockSize;
        m_blocks = divideUp(leastEnd(endWithRoom(space.end(), spare)), unit) * unit;
        if (m_space.groupsFor(m_blocks) <= groups) {
            m_blocks = std::max(m_blocks, divideUp(leastEnd(m_space.groupStart(groups - 1) + 1), unit) * unit);
            m_space = space;
            break;
        }
    }
    if (descriptorBlocks() > m_space.tableBlocks()) {
        return fail(
            Error::Code::Unsupported,
            Ext4::tr("The content of %1 is too large for an image whose size is not given.").arg(m_writer.m_path),
            Ext4::tr("Set a size."), Place::inFile(m_writer.m_path));
    }
    return {};
}

std::vector<qint64> Ext4Finish::copies() const
{
    std::vector<qint64> groups;
    for (qint64 group = 1; group < static_cast<qint64>(m_groups.size()); ++group) {
        if (Ext4Space::hasSuperblock(group)) {
            groups.push_back(group);
        }
    }
    return groups;
}

/**
 * The inode that keeps the blocks behind the descriptors for more of them: in blocks of numbers, as ext2 had them
 * (Linux Documentation/filesystems/ext4/special_inodes.rst). The first copy's blocks list those of the other copies.
 */
void Ext4Finish::addResizeInode()
{
    const qint64 reserved = reservedTableBlocks();
    if (reserved <= 0) {
        return;
    }
    const qint64 perBlock = m_options.blockSize / qint64(sizeof(quint32));
    InodeFacts facts;
    facts.mode = S_IFREG | 0600;
    facts.seconds = *m_options.timeStamp;
    Ext4Inodes::Inode& inode = m_inodes.use(EXT2_RESIZE_INO, facts);
    inode.links = 1;
    inode.size = (perBlock * perBlock + perBlock + EXT2_NDIR_BLOCKS) * m_options.blockSize;
    const std::vector<qint64> others = copies();
    const qint64 primary = m_space.firstBlock() + 1 + descriptorBlocks();
    const auto put = [](std::span<char> block, qint64 index, qint64 number) {
        qToLittleEndian(static_cast<quint32>(number), block.data() + index * qint64(sizeof(quint32)));
    };
    QByteArray pointers(m_options.blockSize, '\0');
    for (qint64 i = 0; i < reserved; ++i) {
        put({pointers.data(), static_cast<size_t>(pointers.size())}, (descriptorBlocks() + i) % perBlock, primary + i);
        if (!others.empty()) {
            const std::span<char> block = m_output.blocks(primary + i);
            for (size_t copy = 0; copy < others.size(); ++copy) {
                put(block, static_cast<qint64>(copy), primary + i + others[copy] * m_space.blocksPerGroup());
            }
        }
    }
    std::memcpy(m_output.blocks(m_resizeBlock).data(), pointers.constData(), static_cast<size_t>(pointers.size()));
    inode.metaBlocks = static_cast<quint32>(1 + reserved * (1 + static_cast<qint64>(others.size())));
    QByteArray field(EXT2_N_BLOCKS * qsizetype(sizeof(quint32)), '\0');
    qToLittleEndian(static_cast<quint32>(m_resizeBlock), field.data() + EXT2_DIND_BLOCK * qsizetype(sizeof(quint32)));
    m_inodes.setBlockField(EXT2_RESIZE_INO, field);
}

Result<qint64> Ext4Finish::run(const std::stop_token& stop)
{
    m_writer.settleTimes();
    makeIdentity();
    addLostAndFound();
    if (auto written = writeDirectories(stop); !written) {
        return std::unexpected(written.error());
    }
    addJournal();
    const auto laidOut = m_inodes.writeExtentBlocks(m_space, m_output, m_checksum, stop)
                             .and_then([&] { return writeAttributes(stop); })
                             .and_then([this] { return layOut(); });
    if (!laidOut) {
        return std::unexpected(laidOut.error());
    }
    const qint64 bytes = m_options.sizeBytes > 0 ? m_options.sizeBytes : m_blocks * m_options.blockSize;
    if (!m_output.isOpen()) {
        return bytes; // the rest has its place, and takes long where there are many groups
    }
    addResizeInode();
    if (auto written = writeInodes(stop).and_then([&] { return writeBitmaps(stop); }); !written) {
        return std::unexpected(written.error());
    }
    writeDescriptors();
    writeSuperblocks();
    if (auto done = m_output.finish(bytes); !done) {
        return std::unexpected(done.error());
    }
    return bytes;
}

Result<qint64> Ext4Writer::finish(const std::stop_token& stop)
{
    m_output.setMetadata(true);
    return Ext4Finish(*this).run(stop);
}

} // namespace Stowage

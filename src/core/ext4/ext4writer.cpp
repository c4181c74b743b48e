// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "ext4writer.h"

#include "core/ext4/ext4directory.h"

#include <QCoreApplication>
#include <QFile>

#include <ext2fs/ext2fs.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

namespace Stowage
{

namespace
{

struct Ext4 {
    Q_DECLARE_TR_FUNCTIONS(Ext4Writer)
};

constexpr quint32 MostUsers = 1024; // of a block of attributes: EXT4_XATTR_REFCOUNT_MAX of the kernel
constexpr quint32 RootInode = EXT2_ROOT_INO;
constexpr qint64 NoTime = std::numeric_limits<qint64>::min();
constexpr InodeFacts Implied{.mode = S_IFDIR | 0755, .seconds = NoTime}; // a directory that nobody has described yet

/** @p facts with the nearest time that an inode can tell, as the kernel does it: from 1901 to 2446. */
InodeFacts withTimeKept(InodeFacts facts)
{
    constexpr qint64 First = std::numeric_limits<qint32>::min();
    constexpr qint64 Last = First + (qint64{1} << 34) - 1; // 32 bits and two more
    if (facts.seconds < First || facts.seconds > Last) {
        facts.seconds = std::max(First, std::min(facts.seconds, Last));
        facts.nanoseconds = 0;
    }
    return facts;
}

/** Blocks behind each copy of the superblock: for the descriptors of @p options' file system and of a larger one. */
qint64 tableBlocks(const Ext4Options& options)
{
    constexpr qint64 Usual = 256; // 2 TiB in blocks of 4096 bytes
    constexpr qint64 Growth = 1024; // as mke2fs
    if (options.sizeBytes == 0) {
        return Usual;
    }
    const qint64 perBlock = options.blockSize / EXT2_MIN_DESC_SIZE_64BIT;
    const qint64 groupBytes = options.blockSize * options.blockSize * 8;
    const auto blocksFor = [&](qint64 bytes) {
        return ((bytes + groupBytes - 1) / groupBytes + perBlock - 1) / perBlock;
    };
    const qint64 now = blocksFor(options.sizeBytes);
    return std::min(blocksFor(options.sizeBytes * Growth), now + options.blockSize / 4);
}

} // namespace

qint64 usualJournalBlocks(qint64 blocks)
{
    constexpr qint64 LeastForJournal = 4096; // blocks; the least journal takes 1024
    if (blocks < LeastForJournal) {
        return 0;
    }
    // mke2fs's own size is 6 % of an image of 256 MiB; a guest's root disk needs no more than 1.6 %.
    constexpr qint64 Least = 1024;
    return std::max(Least, std::min<qint64>(ext2fs_default_journal_size(static_cast<quint64>(blocks)), blocks / 64));
}

Ext4Writer::Ext4Writer(SparseTarget* target, const QString& path, const Ext4Options& options)
    : m_options(options),
      m_path(path),
      m_space(options.blockSize, tableBlocks(options)),
      m_target(target),
      m_output(target, options.blockSize),
      m_names(RootInode, EXT2_FT_DIR)
{
    m_output.setMetadata(false);
    m_inodes.use(RootInode, Implied);
}

void Ext4Writer::settleTimes()
{
    m_options.timeStamp = m_options.timeStamp.value_or(m_newest);
    for (quint32 number = RootInode; number <= m_inodes.last(); ++number) {
        if (m_inodes.at(number).facts.seconds == NoTime) {
            m_inodes.at(number).facts.seconds = *m_options.timeStamp;
        }
    }
}

void Ext4Writer::note(const QByteArray& path, const InodeFacts& given, const QByteArray& more)
{
    const InodeFacts facts = withTimeKept(given);
    const std::array<qint64, 7> numbers{facts.mode,  facts.uid,     facts.gid,        facts.major,
                                        facts.minor, facts.seconds, facts.nanoseconds};
    m_facts.addData(path);
    m_facts.addData(QByteArrayView(reinterpret_cast<const char*>(numbers.data()), sizeof(numbers)));
    m_facts.addData(more);
    m_newest = std::max(m_newest, facts.seconds);
}

Result<quint32> Ext4Writer::directoryOf(const QByteArray& path, QByteArrayView& name)
{
    quint32 directory = NameTree::Top;
    const QByteArrayView whole(path);
    qsizetype from = 0;
    for (qsizetype slash = whole.indexOf('/'); slash >= 0; slash = whole.indexOf('/', from)) {
        const QByteArrayView part = whole.sliced(from, slash - from);
        const auto found = m_names.find(directory, part);
        if (found && m_names.at(*found).inode != 0) {
            if (m_names.at(*found).type != EXT2_FT_DIR) {
                return fail(Error::Code::InvalidInput,
                            Ext4::tr("%1 cannot be in the image, as its directory is a file there.")
                                .arg(QFile::decodeName(path)),
                            Ext4::tr("Correct the source."), Place::inFile(m_path));
            }
            directory = *found;
        } else {
            const quint32 inode = m_inodes.add(Implied);
            if (found) {
                m_names.set(*found, inode, EXT2_FT_DIR);
                directory = *found;
            } else {
                directory = m_names.add(directory, part, inode, EXT2_FT_DIR);
            }
        }
        from = slash + 1;
    }
    name = whole.sliced(from);
    if (name.isEmpty() || name.size() > EXT2_NAME_LEN || name == "." || name == "..") {
        return fail(Error::Code::InvalidInput,
                    Ext4::tr("\"%1\" is no name that ext4 can hold.").arg(QFile::decodeName(path)),
                    Ext4::tr("Correct the source."), Place::inFile(m_path));
    }
    return directory;
}

/** One name less for @p inode; without any, its blocks are free again. */
void Ext4Writer::unlink(quint32 inode)
{
    Ext4Inodes::Inode& old = m_inodes.at(inode);
    if (old.links > 1) {
        --old.links;
        return;
    }
    const QList<BlockRun> runs = m_inodes.runs(inode);
    for (const BlockRun& run : runs) {
        m_output.erase(run.first, run.count);
        m_space.release(run);
    }
    if (old.attributeBlock != 0) {
        --m_attributes[old.attributeBlock].users;
    }
    old = {};
}

Result<quint32> Ext4Writer::place(const FileEntry& entry)
{
    const auto& [path, given, attributes, linkTarget, size, ranges] = entry;
    const InodeFacts facts = withTimeKept(given);
    quint32 inode = 0;
    const bool isDirectory = S_ISDIR(facts.mode);
    if (path.isEmpty() && !isDirectory) {
        return fail(Error::Code::InvalidInput,
                    Ext4::tr("\".\", the top of the file system, is no directory in the source."),
                    Ext4::tr("Correct the source."), Place::inFile(m_path));
    }
    if (path.isEmpty()) {
        inode = RootInode;
        m_inodes.at(inode).facts = facts;
    } else {
        QByteArrayView name;
        const auto directory = directoryOf(path, name);
        if (!directory) {
            return directory;
        }
        const auto found = m_names.find(*directory, name);
        const bool there = found && m_names.at(*found).inode != 0;
        if (there && isDirectory && m_names.at(*found).type == EXT2_FT_DIR) {
            inode = m_names.at(*found).inode; // described at last
            m_inodes.at(inode).facts = facts;
        } else if (there && (isDirectory || m_names.at(*found).type == EXT2_FT_DIR)) {
            return fail(Error::Code::InvalidInput,
                        Ext4::tr("%1 is both a directory and something else.").arg(QFile::decodeName(path)),
                        Ext4::tr("Correct the source."), Place::inFile(m_path));
        } else {
            if (there) {
                unlink(m_names.at(*found).inode);
            }
            inode = m_inodes.add(facts);
            if (found) {
                m_names.set(*found, inode, entryType(facts.mode));
            } else {
                m_names.add(*directory, name, inode, entryType(facts.mode));
            }
            m_inodes.at(inode).links = isDirectory ? 0 : 1;
        }
    }
    if (auto set = setAttributes(inode, attributes, path); !set) {
        return std::unexpected(set.error());
    }
    return inode;
}

Result<void> Ext4Writer::setAttributes(quint32 inode, const QList<ExtendedAttribute>& attributes,
                                       const QByteArray& path)
{
    const auto set = encodeAttributes(attributes, Ext4Inodes::AttributeRoom, m_options.blockSize, path);
    if (!set) {
        return std::unexpected(set.error());
    }
    // A directory that is described again has the attributes of the last time alone.
    if (m_inodes.at(inode).attributeBlock != 0) {
        --m_attributes[std::exchange(m_inodes.at(inode).attributeBlock, 0)].users;
    }
    if (!set->inInode.isEmpty() || m_inodes.at(inode).extra != 0) {
        m_inodes.setAttributes(inode, set->inInode);
    }
    if (!set->inBlock.isEmpty()) {
        quint32& index = m_attributeBlocks[set->inBlock];
        if (index == 0 || m_attributes[index].users == MostUsers) {
            index = static_cast<quint32>(m_attributes.size());
            m_attributes.push_back({set->inBlock, 0});
        }
        ++m_attributes[index].users;
        m_inodes.at(inode).attributeBlock = index;
    }
    for (const ExtendedAttribute& attribute : attributes) {
        m_facts.addData(attribute.name);
        m_facts.addData(attribute.value);
    }
    return {};
}

Result<void> Ext4Writer::add(const FileEntry& entry)
{
    const auto& [path, facts, attributes, linkTarget, size, ranges] = entry;
    if (linkTarget.size() >= m_options.blockSize) {
        return fail(Error::Code::Unsupported,
                    Ext4::tr("The link %1 leads to a path of %2 bytes, more than a block of %3 bytes holds.")
                        .arg(QFile::decodeName(path))
                        .arg(linkTarget.size())
                        .arg(m_options.blockSize),
                    Ext4::tr("Make the link's target shorter."), Place::inFile(m_path));
    }
    if (S_ISLNK(facts.mode) && linkTarget.isEmpty()) {
        return fail(Error::Code::InvalidInput, Ext4::tr("The link %1 leads nowhere.").arg(QFile::decodeName(path)),
                    Ext4::tr("Correct the source."), Place::inFile(m_path));
    }
    note(path, facts, linkTarget);
    const auto inode = place(entry);
    if (!inode) {
        return std::unexpected(inode.error());
    }
    if (!S_ISLNK(facts.mode)) {
        return {};
    }
    if (linkTarget.size() <= Ext4Inodes::LongestFastLink) {
        m_inodes.setFastLink(*inode, linkTarget);
    } else {
        const BlockRun block = m_space.take(1);
        m_inodes.addExtent(*inode, 0, block);
        m_output.setMetadata(true);
        std::memcpy(m_output.blocks(block.first).data(), linkTarget.constData(),
                    static_cast<size_t>(linkTarget.size()));
        m_output.setMetadata(false);
    }
    m_inodes.at(*inode).size = linkTarget.size();
    return checkRoom();
}

Result<void> Ext4Writer::addLink(const QByteArray& path, const QByteArray& existing)
{
    QByteArrayView name;
    const auto from = directoryOf(existing, name);
    const auto target = from ? m_names.find(*from, name) : std::nullopt;
    const quint32 inode = target ? m_names.at(*target).inode : 0;
    if (inode != 0 && m_names.at(*target).type != EXT2_FT_DIR && m_inodes.at(inode).links >= Ext4Inodes::LargestLinks) {
        return fail(Error::Code::InvalidInput,
                    Ext4::tr("%1 cannot be another name of %2: in ext4 a file has no more than %3 names.")
                        .arg(QFile::decodeName(path), QFile::decodeName(existing))
                        .arg(Ext4Inodes::LargestLinks),
                    Ext4::tr("Have copies of the file in the source in place of some names."), Place::inFile(m_path));
    }
    if (inode == 0 || m_names.at(*target).type == EXT2_FT_DIR) {
        return fail(
            Error::Code::InvalidInput,
            Ext4::tr("%1 cannot be another name of %2.").arg(QFile::decodeName(path), QFile::decodeName(existing)),
            Ext4::tr("Correct the source."), Place::inFile(m_path));
    }
    const quint8 type = m_names.at(*target).type;
    note(path, m_inodes.at(inode).facts, existing);
    const auto directory = directoryOf(path, name);
    if (!directory) {
        return std::unexpected(directory.error());
    }
    const auto found = m_names.find(*directory, name);
    if (found && m_names.at(*found).inode != 0 && m_names.at(*found).type == EXT2_FT_DIR) {
        return fail(Error::Code::InvalidInput,
                    Ext4::tr("%1 is both a directory and something else.").arg(QFile::decodeName(path)),
                    Ext4::tr("Correct the source."), Place::inFile(m_path));
    }
    ++m_inodes.at(inode).links;
    if (!found) {
        m_names.add(*directory, name, inode, type);
    } else {
        if (m_names.at(*found).inode != 0) {
            unlink(m_names.at(*found).inode);
        }
        m_names.set(*found, inode, type);
    }
    return {};
}

} // namespace Stowage

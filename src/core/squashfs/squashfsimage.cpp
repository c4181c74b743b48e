// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "squashfsimage.h"

#include "core/disks/diskreader.h"
#include "core/squashfs/squashfsattributes.h"
#include "core/squashfs/squashfsmetadata.h"
#include "core/support/units.h"

#include <QCoreApplication>

#include <sqfs/block.h>
#include <sqfs/frag_table.h>
#include <sqfs/id_table.h>
#include <sqfs/inode.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <limits>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Squashfs {
    Q_DECLARE_TR_FUNCTIONS(Squashfs)
};

constexpr quint64 MostBlocks = 16 * 1024 * 1024; ///< Of a file: more than one that ext4 can hold has.
constexpr quint32 MostFragments = 4 * 1024 * 1024;

std::unexpected<Error> broken(const QString& name)
{
    return fail(Error::Code::InvalidInput, Squashfs::tr("The squashfs file system in %1 is damaged.").arg(name),
                Squashfs::tr("Copy or make it again."), Place::inFile(name));
}

/** S_IFMT of an inode of @p type, one of SQFS_INODE_TYPE; 0 where it is none. */
quint16 typeBits(quint16 type)
{
    static constexpr auto Bits = std::to_array<quint16>({0, S_IFDIR, S_IFREG, S_IFLNK, S_IFBLK, S_IFCHR, S_IFIFO,
                                                         S_IFSOCK, S_IFDIR, S_IFREG, S_IFLNK, S_IFBLK, S_IFCHR, S_IFIFO,
                                                         S_IFSOCK});
    return type < Bits.size() ? Bits[type] : 0;
}

bool isExtended(quint16 type)
{
    return type >= SQFS_INODE_EXT_DIR;
}

void readDirectory(SquashfsMetadata& from, bool extended, SquashfsInode& inode)
{
    if (!extended) {
        inode.start = from.next<quint32>();
        inode.links = from.next<quint32>();
        inode.size = from.next<quint16>();
        inode.offset = from.next<quint16>();
        return;
    }
    inode.links = from.next<quint32>();
    inode.size = from.next<quint32>();
    inode.start = from.next<quint32>();
    from.next<quint32>(); // inode above
    from.next<quint16>(); // entries of an index that is of no use here
    inode.offset = from.next<quint16>();
    inode.attributes = from.next<quint32>();
}

/** False where the file has an unreasonable size. */
bool readFile(SquashfsMetadata& from, bool extended, quint32 blockSize, SquashfsInode& inode)
{
    quint64 size = 0;
    if (!extended) {
        inode.start = from.next<quint32>();
        inode.fragment = from.next<quint32>();
        inode.offset = from.next<quint32>();
        size = from.next<quint32>();
    } else {
        inode.start = from.next<quint64>();
        size = from.next<quint64>();
        from.next<quint64>(); // bytes in holes
        inode.links = from.next<quint32>();
        inode.fragment = from.next<quint32>();
        inode.offset = from.next<quint32>();
        inode.attributes = from.next<quint32>();
    }
    const bool hasTail = size % blockSize != 0 && inode.fragment == SquashfsInode::None;
    const quint64 blocks = size / blockSize + (hasTail ? 1 : 0);
    if (blocks > MostBlocks || inode.start > static_cast<quint64>(std::numeric_limits<qint64>::max())) {
        return false;
    }
    inode.size = static_cast<qint64>(size);
    if (size % blockSize == 0) {
        inode.fragment = SquashfsInode::None;
    }
    for (quint64 i = 0; i < blocks && from.isGood(); ++i) {
        inode.blocks.push_back(from.next<quint32>());
    }
    return true;
}

bool readLink(SquashfsMetadata& from, bool extended, SquashfsInode& inode)
{
    constexpr quint32 LongestTarget = 65535; // SQUASHFS_SYMLINK_MAX
    inode.links = from.next<quint32>();
    const auto size = from.next<quint32>();
    if (size == 0 || size > LongestTarget) {
        return false;
    }
    inode.target = from.bytes(size);
    if (extended) {
        inode.attributes = from.next<quint32>();
    }
    return !inode.target.contains('\0');
}

void readOther(SquashfsMetadata& from, bool extended, SquashfsInode& inode)
{
    inode.links = from.next<quint32>();
    if (S_ISCHR(inode.facts.mode) || S_ISBLK(inode.facts.mode)) {
        const auto number = from.next<quint32>(); // as the kernel's new_encode_dev()
        inode.facts.major = (number >> 8U) & 0xfffU;
        inode.facts.minor = (number & 0xffU) | ((number >> 12U) & 0xfff00U);
    }
    if (extended) {
        inode.attributes = from.next<quint32>();
    }
}

} // namespace

/** What is open. */
struct SquashfsImage::Parts {
    Parts(DiskReader& reader, QString shownName) : disk(reader), name(std::move(shownName)) { }

    SquashfsDisk disk;
    QString name;
    sqfs_super_t super = {};
    SquashfsObject<sqfs_compressor_t> decompressor;
    SquashfsObject<sqfs_id_table_t> ids;
    SquashfsObject<sqfs_frag_table_t> fragments;
    std::optional<SquashfsMetadata> inodes;
    std::optional<SquashfsMetadata> directories;
    std::optional<SquashfsAttributes> attributes;
    std::vector<char> stored; ///< A block as it is in the image.
    std::vector<char> fragment; ///< The last one used, decompressed.
    quint32 fragmentIndex = SquashfsInode::None;

    Result<void> open();
    std::optional<quint32> id(quint16 index) const;
    /** Bytes of the block at @p place after decompression into @p into; -1: damaged. @p stored: as inodes tell its size. */
    qint64 readBlock(quint64 place, quint32 stored, std::span<char> into);
    bool loadFragment(quint32 index);
};

Result<void> SquashfsImage::Parts::open()
{
    if (sqfs_super_read(&super, &disk) != 0) {
        return disk.error ? std::unexpected(*disk.error) : broken(name);
    }
    const auto size = static_cast<quint64>(disk.reader.size());
    if (super.bytes_used > size) {
        return fail(Error::Code::InvalidInput,
                    Squashfs::tr("%1 is cut off: its file system covers %2, the file has %3.")
                        .arg(name, formatBytes(static_cast<qint64>(std::min<quint64>(super.bytes_used, 1ULL << 62U))),
                             formatBytes(disk.reader.size())),
                    Squashfs::tr("Copy or download it again."), Place::inFile(name));
    }
    decompressor = squashfsDecompressor(super);
    if (!decompressor) {
        return fail(Error::Code::Unsupported,
                    Squashfs::tr("The squashfs file system in %1 is compressed in a way that is not known.").arg(name),
                    Squashfs::tr("Make it again with gzip, xz, zstd, lz4 or lzo."), Place::inFile(name));
    }
    if (super.inode_table_start >= super.directory_table_start || super.directory_table_start > super.bytes_used
        || super.fragment_entry_count > MostFragments) {
        return broken(name);
    }
    inodes.emplace(disk, *decompressor, super.inode_table_start, super.directory_table_start);
    directories.emplace(disk, *decompressor, super.directory_table_start, super.bytes_used);
    attributes.emplace(disk, *decompressor, super);
    ids.reset(sqfs_id_table_create(0));
    fragments.reset(sqfs_frag_table_create(0));
    if (!ids || sqfs_id_table_read(ids.get(), &disk, &super, decompressor.get()) != 0 || !fragments
        || sqfs_frag_table_read(fragments.get(), &disk, &super, decompressor.get()) != 0) {
        return disk.error ? std::unexpected(*disk.error) : broken(name);
    }
    stored.resize(super.block_size);
    return {};
}

std::optional<quint32> SquashfsImage::Parts::id(quint16 index) const
{
    quint32 found = 0;
    return sqfs_id_table_index_to_id(ids.get(), index, &found) == 0 ? std::optional(found) : std::nullopt;
}

qint64 SquashfsImage::Parts::readBlock(quint64 place, quint32 storedSize, std::span<char> into)
{
    const size_t size = SQFS_ON_DISK_BLOCK_SIZE(storedSize);
    if (!SQFS_IS_BLOCK_COMPRESSED(storedSize)) {
        return size <= into.size() && disk.read_at(&disk, place, into.data(), size) == 0 ? static_cast<qint64>(size)
                                                                                         : -1;
    }
    if (size > stored.size() || disk.read_at(&disk, place, stored.data(), size) != 0) {
        return -1;
    }
    return decompressor->do_block(decompressor.get(), reinterpret_cast<const sqfs_u8*>(stored.data()),
                                  static_cast<sqfs_u32>(size), reinterpret_cast<sqfs_u8*>(into.data()),
                                  static_cast<sqfs_u32>(into.size()));
}

bool SquashfsImage::Parts::loadFragment(quint32 index)
{
    if (index == fragmentIndex) {
        return true;
    }
    sqfs_fragment_t found = {};
    if (sqfs_frag_table_lookup(fragments.get(), index, &found) != 0) {
        return false;
    }
    fragmentIndex = SquashfsInode::None;
    fragment.resize(super.block_size);
    const qint64 size = readBlock(found.start_offset, found.size, fragment);
    if (size <= 0) {
        return false;
    }
    fragment.resize(static_cast<size_t>(size));
    fragmentIndex = index;
    return true;
}

SquashfsImage::SquashfsImage(std::unique_ptr<Parts> parts) : m_parts(std::move(parts))
{ }
SquashfsImage::SquashfsImage(SquashfsImage&&) noexcept = default;
SquashfsImage& SquashfsImage::operator=(SquashfsImage&&) noexcept = default;
SquashfsImage::~SquashfsImage() = default;

Result<SquashfsImage> SquashfsImage::open(DiskReader& disk, const QString& name)
{
    auto parts = std::make_unique<Parts>(disk, name);
    return parts->open().transform([&parts] { return SquashfsImage(std::move(parts)); });
}

qint64 SquashfsImage::size() const
{
    return static_cast<qint64>(m_parts->super.bytes_used);
}

qint64 SquashfsImage::blockSize() const
{
    return m_parts->super.block_size;
}

qint64 SquashfsImage::mostNames() const
{
    constexpr quint64 LeastBlock = 3; // bytes that a block of 8 KiB takes at least
    constexpr quint64 LeastEntry = 9; // bytes
    const quint64 stored = m_parts->super.bytes_used - m_parts->super.directory_table_start;
    return static_cast<qint64>(std::min<quint64>(stored, quint64{1} << 40U) / LeastBlock * SQFS_META_BLOCK_SIZE
                               / LeastEntry);
}

QString SquashfsImage::codec() const
{
    const auto id = static_cast<SQFS_COMPRESSOR>(m_parts->super.compression_id);
    return id == SQFS_COMP_LZO ? u"lzo"_s : QString::fromLatin1(sqfs_compressor_name_from_id(id));
}

quint64 SquashfsImage::root() const
{
    return m_parts->super.root_inode_ref;
}

std::optional<SquashfsInode> SquashfsImage::inode(quint64 reference) const
{
    SquashfsMetadata& from = *m_parts->inodes;
    if (!from.seek(reference >> 16U, reference & 0xffffU)) {
        return {};
    }
    SquashfsInode inode;
    const auto type = from.next<quint16>();
    const auto mode = from.next<quint16>();
    inode.facts.mode = static_cast<quint16>((mode & ~quint32{S_IFMT}) | typeBits(type));
    const auto uid = m_parts->id(from.next<quint16>());
    const auto gid = m_parts->id(from.next<quint16>());
    inode.facts.seconds = from.next<quint32>();
    from.next<quint32>(); // its number
    if (!from.isGood() || typeBits(type) == 0 || !uid || !gid) {
        return {};
    }
    inode.facts.uid = *uid;
    inode.facts.gid = *gid;
    bool sane = true;
    if (S_ISDIR(inode.facts.mode)) {
        readDirectory(from, isExtended(type), inode);
    } else if (S_ISREG(inode.facts.mode)) {
        sane = readFile(from, isExtended(type), m_parts->super.block_size, inode);
    } else if (S_ISLNK(inode.facts.mode)) {
        sane = readLink(from, isExtended(type), inode);
    } else {
        readOther(from, isExtended(type), inode);
    }
    return sane && from.isGood() ? std::optional(std::move(inode)) : std::nullopt;
}

bool SquashfsImage::forEachName(const SquashfsInode& directory,
                                const std::function<bool(const QByteArray& name, quint64 reference)>& take) const
{
    constexpr qint64 HeaderSize = 12;
    constexpr qint64 EntrySize = 8;
    constexpr qint64 Dots = 3; // bytes that the size is too large by
    constexpr quint32 MostEntries = 256; // of a header
    SquashfsMetadata& from = *m_parts->directories;
    qint64 left = directory.size - Dots;
    if (left <= 0) {
        return true;
    }
    bool good = from.seek(directory.start, directory.offset);
    while (good && left >= HeaderSize) {
        const auto entries = from.next<quint32>();
        const quint64 block = from.next<quint32>();
        from.next<quint32>(); // number of the first inode
        left -= HeaderSize;
        good = from.isGood() && entries < MostEntries;
        for (quint32 i = 0; good && i <= entries; ++i) {
            const quint64 offset = from.next<quint16>();
            from.next<quint16>(); // what its number is larger by
            from.next<quint16>(); // type
            const qsizetype length = qsizetype{from.next<quint16>()} + 1;
            left -= EntrySize + length;
            good = left >= 0 && length <= 256;
            const QByteArray name = good ? from.bytes(length) : QByteArray();
            good = good && from.isGood();
            if (good && !take(name, (block << 16U) | offset)) {
                return true;
            }
        }
    }
    return good;
}

std::optional<QList<ExtendedAttribute>> SquashfsImage::attributes(const SquashfsInode& inode) const
{
    return inode.attributes == SquashfsInode::None ? QList<ExtendedAttribute>()
                                                   : m_parts->attributes->read(inode.attributes);
}

size_t SquashfsImage::parts(const SquashfsInode& file)
{
    return file.blocks.size() + (file.fragment == SquashfsInode::None ? 0 : 1);
}

bool SquashfsImage::isHole(const SquashfsInode& file, size_t index)
{
    return index < file.blocks.size() && SQFS_IS_SPARSE_BLOCK(file.blocks[index]);
}

quint64 SquashfsImage::storedBytes(const SquashfsInode& file, size_t index)
{
    return index < file.blocks.size() ? SQFS_ON_DISK_BLOCK_SIZE(file.blocks[index]) : 0;
}

qint64 SquashfsImage::partSize(const SquashfsInode& file, size_t index) const
{
    return std::min(blockSize(), file.size - static_cast<qint64>(index) * blockSize());
}

bool SquashfsImage::readPart(const SquashfsInode& file, size_t index, quint64 start, std::span<char> into) const
{
    if (index < file.blocks.size()) {
        return m_parts->readBlock(start, file.blocks[index], into) == static_cast<qint64>(into.size());
    }
    if (!m_parts->loadFragment(file.fragment) || file.offset > m_parts->fragment.size()
        || into.size() > m_parts->fragment.size() - file.offset) {
        return false;
    }
    std::copy_n(m_parts->fragment.begin() + file.offset, into.size(), into.begin());
    return true;
}

std::optional<Error> SquashfsImage::readError() const
{
    return m_parts->disk.error;
}

} // namespace Stowage

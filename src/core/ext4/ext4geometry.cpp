// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "ext4geometry.h"

#include "core/support/uniquefd.h"
#include "core/support/units.h"

#include <QCoreApplication>

#include <ext2fs/ext2fs.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <memory>
#include <optional>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Geometry {
    Q_DECLARE_TR_FUNCTIONS(Ext4Geometry)
};

constexpr qint64 InodeSize = 256;
constexpr qint64 BytesPerInode = 16384; // as mke2fs by default
constexpr qint64 LargestMiB = 16 * 1024 * 1024; // 16 TiB
constexpr qint64 AttributesInInode = 88; // behind the fixed fields of an inode of 256 bytes, without head and end mark
constexpr qint64 ShortLink = 60; // bytes of a link's target that the inode itself holds, plus one
constexpr qint64 LeastForJournal =
    4096; // blocks; the least journal takes 1024, and mke2fs wants it to be less than half
constexpr unsigned LogGroupsPerFlex = 4;

// What a 5.4 kernel and an old GRUB read: no orphan_file, no metadata_csum_seed.
constexpr quint32 CompatFeatures = EXT3_FEATURE_COMPAT_HAS_JOURNAL | EXT2_FEATURE_COMPAT_EXT_ATTR
    | EXT2_FEATURE_COMPAT_RESIZE_INODE | EXT2_FEATURE_COMPAT_DIR_INDEX;
constexpr quint32 IncompatFeatures = EXT2_FEATURE_INCOMPAT_FILETYPE | EXT3_FEATURE_INCOMPAT_EXTENTS
    | EXT4_FEATURE_INCOMPAT_64BIT | EXT4_FEATURE_INCOMPAT_FLEX_BG;
constexpr quint32 ReadOnlyFeatures = EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER | EXT2_FEATURE_RO_COMPAT_LARGE_FILE
    | EXT4_FEATURE_RO_COMPAT_HUGE_FILE | EXT4_FEATURE_RO_COMPAT_DIR_NLINK | EXT4_FEATURE_RO_COMPAT_EXTRA_ISIZE
    | EXT4_FEATURE_RO_COMPAT_METADATA_CSUM;
constexpr QLatin1StringView FeatureNames(
    "has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg,sparse_super,"
    "large_file,huge_file,dir_nlink,extra_isize,metadata_csum");

qint64 divideUp(qint64 value, qint64 by)
{
    return (value + by - 1) / by;
}

/** Blocks of the extent tree of a file with @p extents extents; the inode holds four. */
qint64 extentBlocks(qint64 extents, qint64 blockSize)
{
    if (extents <= 4) {
        return 0;
    }
    const qint64 leaves = divideUp(extents, (blockSize - 16) / 12);
    return leaves + (leaves > 4 ? divideUp(leaves, (blockSize - 16) / 12) : 0);
}

qint64 fileBlocks(const TreeEntry& entry, qint64 blockSize)
{
    // A data range that begins or ends inside a block takes all of it.
    const qint64 blocks = std::min(divideUp(entry.dataBytes, blockSize) + std::max<qint64>(entry.dataRanges - 1, 0),
                                   divideUp(entry.size, blockSize));
    // An extent covers at most 32768 blocks, and tables at the beginning of a flexible group part the blocks around them.
    const qint64 extents = entry.dataRanges + blocks / 32768 + blocks / (blockSize * 8);
    return blocks + extentBlocks(extents, blockSize);
}

qint64 directoryBlocks(const FileTree& tree, const TreeEntry& directory, qint64 blockSize)
{
    const qint64 room = blockSize - 12; // the checksum
    qint64 blocks = 1;
    qint64 used = 24; // "." and ".."
    for (qsizetype i = directory.firstChild; i < directory.firstChild + directory.children; ++i) {
        const qint64 length = 8 + divideUp(tree.entries.at(i).name().size(), 4) * 4;
        if (used + length > room) {
            ++blocks;
            used = 0;
        }
        used += length;
    }
    // File data lies between the blocks of a directory that grows, so that each is an extent.
    return blocks + extentBlocks(blocks, blockSize);
}

qint64 journalMiB(qint64 blocks, qint64 blockSize)
{
    if (blocks < LeastForJournal) {
        return 0;
    }
    // mke2fs's own size is 6 % of an image of 256 MiB; a guest's root disk needs no more than 1.6 %.
    constexpr qint64 Least = 1024;
    const qint64 journal = std::max(
        Least, std::min<qint64>(ext2fs_default_journal_size(static_cast<quint64>(blocks)), blocks / 64));
    return std::max<qint64>(journal * blockSize / MiB, 1);
}

Ext4Geometry geometryFor(qint64 sizeMiB, qint64 blockSize, qint64 inodesNeeded)
{
    const qint64 usual = sizeMiB * MiB / BytesPerInode;
    return {.sizeMiB = sizeMiB,
            .blockSize = blockSize,
            .inodes = std::max(usual, inodesNeeded + inodesNeeded / 16 + 16),
            .journalMiB = journalMiB(sizeMiB * MiB / blockSize, blockSize)};
}

struct HandleCloser {
    void operator()(struct_ext2_filsys* handle) const { ext2fs_free(handle); }
};

/**
 * What an empty file system of @p geometry has free: libext2fs lays it out, in memory, as mke2fs does. No value when it
 * cannot, which is so for sizes too small for their own tables.
 */
std::optional<Ext4Demand> freeIn(const Ext4Geometry& geometry)
{
    const UniqueFd file(::memfd_create("layout", MFD_CLOEXEC));
    if (!file.isValid() || ::ftruncate(file.get(), geometry.sizeMiB * MiB) != 0) {
        return {};
    }
    struct ext2_super_block parameters = {};
    ext2fs_blocks_count_set(&parameters, static_cast<quint64>(geometry.sizeMiB * MiB / geometry.blockSize));
    parameters.s_log_block_size = static_cast<quint32>(std::countr_zero(static_cast<quint64>(geometry.blockSize)))
        - EXT2_MIN_BLOCK_LOG_SIZE;
    parameters.s_log_cluster_size = parameters.s_log_block_size;
    parameters.s_rev_level = EXT2_DYNAMIC_REV;
    parameters.s_inode_size = InodeSize;
    parameters.s_inodes_count = static_cast<quint32>(geometry.inodes);
    parameters.s_feature_compat = CompatFeatures;
    parameters.s_feature_incompat = IncompatFeatures;
    parameters.s_feature_ro_compat = ReadOnlyFeatures;
    parameters.s_log_groups_per_flex = LogGroupsPerFlex;
    parameters.s_desc_size = EXT2_MIN_DESC_SIZE_64BIT;
    const QByteArray name = "/proc/self/fd/" + QByteArray::number(file.get());
    ext2_filsys opened = nullptr;
    const errcode_t code = ext2fs_initialize(name.constData(), EXT2_FLAG_64BITS, &parameters, unix_io_manager, &opened);
    const std::unique_ptr<struct_ext2_filsys, HandleCloser> handle(opened);
    if (code != 0 || ext2fs_allocate_tables(handle.get()) != 0) {
        return {};
    }
    const qint64 lostAndFound = std::max<qint64>(16 * KiB / geometry.blockSize, 2);
    const qint64 rootAndResize = 1 + 1;
    const qint64 journal = geometry.journalMiB * MiB / geometry.blockSize;
    const qint64 journalTree = extentBlocks(1 + journal / 32768 + journal / (geometry.blockSize * 8),
                                            geometry.blockSize);
    const qint64 free = static_cast<qint64>(ext2fs_free_blocks_count(handle->super)) - lostAndFound - rootAndResize;
    if (journal > free / 2) { // mke2fs refuses it
        return {};
    }
    return Ext4Demand{.blocks = free - journal - journalTree,
                      .inodes = qint64{handle->super->s_inodes_count} - EXT2_GOOD_OLD_FIRST_INO};
}

bool fits(const Ext4Demand& demand, const Ext4Geometry& geometry)
{
    const auto room = freeIn(geometry);
    return room && demand.blocks <= room->blocks && demand.inodes <= room->inodes;
}

/** Chooses among the block sizes, keeping what the tree takes in each. */
class Chooser
{
public:
    explicit Chooser(const FileTree& tree) : m_large(demandOf(tree, 4 * KiB)), m_small(demandOf(tree, KiB)) { }

    [[nodiscard]] std::optional<Ext4Geometry> choose(qint64 sizeMiB) const
    {
        if (const Ext4Geometry large = geometryFor(sizeMiB, 4 * KiB, m_large.inodes);
            large.journalMiB > 0 && fits(m_large, large)) {
            return large;
        }
        if (const Ext4Geometry small = geometryFor(sizeMiB, KiB, m_small.inodes); fits(m_small, small)) {
            return small;
        }
        return {};
    }

    /** The least size that fits, above @p tooSmall; 0 when there is none. */
    [[nodiscard]] qint64 leastMiB(qint64 tooSmall, const std::stop_token& stop) const
    {
        qint64 high = std::max(tooSmall, divideUp(m_small.blocks * KiB, MiB)) + 1;
        while (!choose(high)) {
            if (high > LargestMiB || stop.stop_requested()) {
                return 0;
            }
            tooSmall = high;
            high += high / 4 + 1;
        }
        while (high - tooSmall > 1 && !stop.stop_requested()) {
            const qint64 middle = tooSmall + (high - tooSmall) / 2;
            (choose(middle) ? high : tooSmall) = middle;
        }
        return high;
    }

private:
    Ext4Demand m_large;
    Ext4Demand m_small;
};

} // namespace

QStringList Ext4Geometry::arguments() const
{
    QString features = u"none,"_s + FeatureNames;
    QStringList list = {u"-t"_s, u"ext4"_s, u"-b"_s, QString::number(blockSize), u"-I"_s, QString::number(InodeSize)};
    list += {u"-N"_s, QString::number(inodes), u"-G"_s, QString::number(1 << LogGroupsPerFlex), u"-m"_s, u"5"_s};
    if (journalMiB > 0) {
        list += {u"-J"_s, u"size=%1"_s.arg(journalMiB)};
    } else {
        features.remove(u"has_journal,"_s);
    }
    list += {u"-O"_s, features};
    return list;
}

Ext4Demand demandOf(const FileTree& tree, qint64 blockSize)
{
    Ext4Demand demand;
    demand.inodes = tree.files - 1; // the top is there already
    for (const TreeEntry& entry : tree.entries) {
        if (entry.firstLink >= 0) {
            continue;
        }
        if (entry.isDirectory()) {
            demand.blocks += directoryBlocks(tree, entry, blockSize);
        } else if (entry.isFile()) {
            demand.blocks += fileBlocks(entry, blockSize);
        } else if (entry.isLink() && entry.size >= ShortLink) {
            demand.blocks += divideUp(entry.size + 1, blockSize);
        }
        demand.blocks += entry.attributeBytes > AttributesInInode ? 1 : 0;
    }
    --demand.blocks; // the top's first block is there already
    return demand;
}

Result<Ext4Geometry> chooseGeometry(const FileTree& tree, qint64 sizeMiB, const std::stop_token& stop)
{
    if (sizeMiB <= 0 || sizeMiB > LargestMiB) {
        return fail(Error::Code::InvalidInput, Geometry::tr("An image of %1 MiB is not possible.").arg(sizeMiB),
                    Geometry::tr("Set a size between 1 and %1 MiB.").arg(LargestMiB));
    }
    const Chooser chooser(tree);
    if (const auto geometry = chooser.choose(sizeMiB)) {
        return *geometry;
    }
    const qint64 least = chooser.leastMiB(sizeMiB, stop);
    if (stop.stop_requested()) {
        return cancelled();
    }
    if (least == 0) {
        return fail(Error::Code::InvalidInput,
                    Geometry::tr("No ext4 image of %1 MiB or more can hold the content of %2 (%3 in %4 files).")
                        .arg(sizeMiB)
                        .arg(tree.path, formatBytes(tree.dataBytes))
                        .arg(tree.files),
                    Geometry::tr("Set a smaller size, or take something out of the directory."),
                    Place::inFile(tree.path));
    }
    return std::unexpected(
        Error{Error::Code::NoSpace,
              Geometry::tr("The content of %1 (%2 in %3 files) does not fit into an image of %4 MiB: it needs %5 MiB.")
                  .arg(tree.path, formatBytes(tree.dataBytes))
                  .arg(tree.files)
                  .arg(sizeMiB)
                  .arg(least),
              Geometry::tr("Set the image size to %1 MiB or more.").arg(least), Place::inFile(tree.path), least * MiB});
}

} // namespace Stowage

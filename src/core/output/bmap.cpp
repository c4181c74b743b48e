// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bmap.h"

#include "core/ext4/ext4image.h"
#include "core/sources/partitiontable.h"
#include "core/sources/sourcefile.h"
#include "core/support/filecopy.h"
#include "core/support/units.h"
#include "core/support/zeros.h"

#include <QCoreApplication>
#include <QCryptographicHash>

#include <ext2fs/ext2fs.h>

#include <algorithm>

namespace Stowage
{

namespace
{

struct BmapText {
    Q_DECLARE_TR_FUNCTIONS(Bmap)
};

constexpr qint64 BlockSize = 4096;
constexpr qint64 TableBytes = MiB; ///< At both ends of a disk, where partition tables and boot loaders lie.

/** Bytes from start up to end. */
struct Extent {
    qint64 start = 0;
    qint64 end = 0;
};

/** Adds what is in use of the file system @p image, which begins at the byte @p offset, to @p needed. */
Result<void> addUsed(const Ext4Image& image, qint64 offset, std::vector<Extent>& needed)
{
    struct_ext2_filsys* fs = image.handle();
    if (const errcode_t code = ext2fs_read_block_bitmap(fs); code != 0) {
        return image.error(code, BmapText::tr("read"));
    }
    const qint64 size = fs->blocksize;
    const blk64_t last = ext2fs_blocks_count(fs->super) - 1;
    for (blk64_t block = fs->super->s_first_data_block; block <= last;) {
        blk64_t used = 0;
        blk64_t free = 0;
        if (ext2fs_find_first_set_block_bitmap2(fs->block_map, block, last, &used) != 0) {
            break;
        }
        block = ext2fs_find_first_zero_block_bitmap2(fs->block_map, used, last, &free) == 0 ? free : last + 1;
        needed.push_back({offset + static_cast<qint64>(used) * size, offset + static_cast<qint64>(block) * size});
    }
    return {};
}

/** What has to be on a disk even where it is zeros, sorted. */
Result<std::vector<Extent>> neededParts(const RawImage& image, const std::stop_token& stop)
{
    std::vector<Extent> needed;
    if (const auto whole = Ext4Image::open(image.path, Ext4Image::Access::Read)) {
        return addUsed(*whole, 0, needed).transform([&] { return needed; });
    }
    const auto sample = readSample(image.path, stop);
    if (!sample) {
        return std::unexpected(sample.error());
    }
    const auto table = findPartitionTable(sample->head, sample->size);
    if (!table || table->used != table->partitions.size()) {
        return std::vector<Extent>{{0, image.size}};
    }
    // The entries of a GUID partition table that are not used are zeros, of which it has a checksum.
    needed = {{0, std::min(TableBytes, image.size)}, {std::max<qint64>(image.size - TableBytes, 0), image.size}};
    for (const Partition& partition : table->partitions) {
        const auto fs = Ext4Image::open(image.path, Ext4Image::Access::Read, partition.start);
        if (!fs) {
            needed.push_back({partition.start, partition.start + partition.size});
        } else if (auto added = addUsed(*fs, partition.start, needed); !added) {
            return std::unexpected(added.error());
        }
    }
    std::ranges::sort(needed, {}, &Extent::start);
    return needed;
}

/** Collects the blocks of a map, as they come. */
class MapBuild
{
public:
    explicit MapBuild(const std::vector<Extent>& needed) : m_needed(needed) { }

    /** The next bytes of the image: whole blocks, but for its last one. */
    void add(std::span<const char> bytes)
    {
        for (size_t at = 0; at < bytes.size(); at += BlockSize) {
            const auto block = bytes.subspan(at, std::min<size_t>(BlockSize, bytes.size() - at));
            if (!isNeeded(m_block * BlockSize) && isZero(block)) {
                endRange();
            } else {
                m_first = m_first < 0 ? m_block : m_first;
                m_hash.addData(QByteArrayView(block.data(), static_cast<qsizetype>(block.size())));
                ++m_mapped;
            }
            ++m_block;
        }
    }

    /** The whole map. */
    [[nodiscard]] QByteArray text(qint64 size)
    {
        endRange();
        static const QByteArray noSum(64, '0');
        QByteArray map =
            "<?xml version=\"1.0\" ?>\n<!-- A block map: which blocks of the image beside it bmaptool has to "
            "write. -->\n<bmap version=\"2.0\">\n    <ImageSize> "
            + QByteArray::number(size) + " </ImageSize>\n    <BlockSize> " + QByteArray::number(BlockSize)
            + " </BlockSize>\n    <BlocksCount> " + QByteArray::number(m_block)
            + " </BlocksCount>\n    <MappedBlocksCount> " + QByteArray::number(m_mapped)
            + " </MappedBlocksCount>\n    <ChecksumType> sha256 </ChecksumType>\n    <BmapFileChecksum> " + noSum
            + " </BmapFileChecksum>\n    <BlockMap>\n" + m_ranges + "    </BlockMap>\n</bmap>\n";
        // The sum of the map in which zeros stand for the sum.
        const qsizetype at = map.indexOf(noSum);
        return map.replace(at, noSum.size(), QCryptographicHash::hash(map, QCryptographicHash::Sha256).toHex());
    }

private:
    bool isNeeded(qint64 position)
    {
        while (m_next < m_needed.size() && m_needed[m_next].end <= position) {
            ++m_next;
        }
        return m_next < m_needed.size() && m_needed[m_next].start < position + BlockSize;
    }

    void endRange()
    {
        if (m_first < 0) {
            return;
        }
        const qint64 last = m_block - 1;
        m_ranges += "        <Range chksum=\"" + m_hash.result().toHex() + "\"> " + QByteArray::number(m_first)
            + (last > m_first ? '-' + QByteArray::number(last) : QByteArray()) + " </Range>\n";
        m_hash.reset();
        m_first = -1;
    }

    const std::vector<Extent>& m_needed;
    size_t m_next = 0;
    qint64 m_block = 0; ///< The one that comes.
    qint64 m_first = -1; ///< Of the range that is open; -1: none is.
    qint64 m_mapped = 0;
    QCryptographicHash m_hash{QCryptographicHash::Sha256};
    QByteArray m_ranges;
};

} // namespace

Result<QByteArray> Bmap::make(const RawImage& image, JobContext& context)
{
    context.progress.setStep(BmapText::tr("Making the block map"));
    const auto needed = neededParts(image, context.stop);
    if (!needed) {
        return std::unexpected(needed.error());
    }
    MapBuild build(*needed);
    return readPieces(image, context.stop,
                      [&](std::span<const char> bytes, bool) -> Result<void> {
                          context.progress.advance(static_cast<qint64>(bytes.size()));
                          build.add(bytes);
                          return {};
                      })
        .transform([&] { return build.text(image.size); });
}

bool Bmap::isOne(const QString& path)
{
    constexpr qint64 HeadBytes = 4096; // a comment may stand first
    const auto file = openRegularFile(path);
    return file && readAt(*file, 0, HeadBytes, path).value_or(QByteArray()).contains("<bmap version=");
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/support/units.h"
#include "ext4editor.h"

#include <QCoreApplication>

#include <ext2fs/ext2fs.h>

#include <algorithm>

namespace Stowage
{

namespace
{

struct Editor {
    Q_DECLARE_TR_FUNCTIONS(Ext4Editor)
};

} // namespace

/** A file of the editor's, whose blocks it gives out. */
class Ext4Editor::Disk final : public Ext4Disk
{
public:
    Disk(Ext4Editor& editor, qint64 size)
        : Ext4Disk(editor.m_target, editor.m_fs->blocksize, size, editor.m_path),
          m_editor(editor),
          m_goal(static_cast<qint64>(ext2fs_find_inode_goal(editor.m_fs, editor.m_file, nullptr, 0)))
    { }

private:
    Result<BlockRun> take(qint64 count) override
    {
        BlockRun run = longest(m_goal, count);
        if (run.count < count) {
            const BlockRun before = longest(firstBlock(), count);
            run = before.count > run.count ? before : run;
        }
        if (run.count == 0) {
            return m_editor.failed(EXT2_ET_BLOCK_ALLOC_FAIL);
        }
        ext2fs_block_alloc_stats_range(m_editor.m_fs, static_cast<blk64_t>(run.first), static_cast<blk_t>(run.count),
                                       +1);
        m_goal = run.end();
        return run;
    }

    /** The longest of the next runs of free blocks from @p from on, or the first of @p count; cut to that. */
    [[nodiscard]] BlockRun longest(qint64 from, qint64 count) const
    {
        constexpr int MostLooks = 1000; // for a file system in pieces
        ext2fs_block_bitmap map = m_editor.m_fs->block_map;
        const blk64_t last = ext2fs_blocks_count(m_editor.m_fs->super) - 1;
        BlockRun best;
        blk64_t first = 0;
        for (int looks = 0; looks < MostLooks && best.count < count; ++looks) {
            const auto start = static_cast<blk64_t>(from);
            if (start > last || ext2fs_find_first_zero_block_bitmap2(map, start, last, &first) != 0) {
                break;
            }
            blk64_t end = last + 1;
            if (ext2fs_find_first_set_block_bitmap2(map, first, last, &end) != 0) {
                end = last + 1;
            }
            from = static_cast<qint64>(end);
            if (const auto free = static_cast<qint64>(end - first); free > best.count) {
                best = {static_cast<qint64>(first), std::min(free, count)};
            }
        }
        return best;
    }

    [[nodiscard]] qint64 firstBlock() const { return m_editor.m_fs->super->s_first_data_block; }

    void release(const BlockRun& run) override
    {
        ext2fs_block_alloc_stats_range(m_editor.m_fs, static_cast<blk64_t>(run.first), static_cast<blk_t>(run.count),
                                       -1);
    }

    Ext4Editor& m_editor;
    qint64 m_goal; ///< Block from which on free ones are looked for.
};

/** Space for all ranges, each in as few extents as there are; what they do not fill reads as zeros. */
Result<void> Ext4Editor::giveBlocks(const FileEntry& entry)
{
    const qint64 blockSize = m_fs->blocksize;
    const QList<DataRange> ranges = entry.ranges.isEmpty() ? QList<DataRange>{{0, entry.size}} : entry.ranges;
    Disk disk(*this, entry.size);
    for (const DataRange& range : ranges) {
        const qint64 end = range.size > 0 ? (range.start + range.size + blockSize - 1) / blockSize : 0;
        if (auto given = disk.give(range.start / blockSize, end); !given) {
            return given;
        }
    }
    if (auto set = setRuns(disk); !set) {
        return set;
    }
    m_runs.clear();
    for (const auto& [logical, run] : disk.runs()) {
        m_runs.push_back({logical * blockSize, run.count * blockSize, run.first * blockSize});
    }
    // Free blocks may hold what was deleted: the parts of the first and last block of a range that no data fill.
    qint64 filled = 0;
    for (const DataRange& range : ranges) {
        if (auto cleared = clear(filled, range.start - filled); !cleared) {
            return cleared;
        }
        filled = range.start + range.size;
    }
    return clear(filled, (entry.size + blockSize - 1) / blockSize * blockSize - filled);
}

/** Zeros where the bytes from @p position on have blocks; no more than the ends of ranges in their blocks. */
Result<void> Ext4Editor::clear(qint64 position, qint64 bytes)
{
    static const QByteArray zeros(64 * KiB, '\0');
    for (const DataRun& run : m_runs) {
        qint64 from = std::max(position, run.start);
        const qint64 end = std::min(position + bytes, run.start + run.size);
        while (from < end) {
            const auto part = static_cast<size_t>(std::min<qint64>(end - from, zeros.size()));
            if (auto written = m_target.write(run.source + from - run.start, {zeros.constData(), part}); !written) {
                return written;
            }
            from += static_cast<qint64>(part);
        }
    }
    return {};
}

Result<void> Ext4Editor::write(std::span<const char> bytes)
{
    while (!bytes.empty()) {
        while (m_run < m_runs.size() && m_runs[m_run].start + m_runs[m_run].size <= m_position) {
            ++m_run;
        }
        if (m_run == m_runs.size() || m_runs[m_run].start > m_position) {
            return failed(EXT2_ET_FILE_TOO_BIG); // more than was said
        }
        const DataRun& run = m_runs[m_run];
        const auto part = std::min(bytes.size(), static_cast<size_t>(run.start + run.size - m_position));
        if (auto written = m_target.write(run.source + m_position - run.start, bytes.first(part)); !written) {
            return written;
        }
        bytes = bytes.subspan(part);
        m_position += static_cast<qint64>(part);
    }
    return {};
}

Result<void> Ext4Editor::skip(qint64 bytes)
{
    m_position += bytes;
    return {};
}

Result<SparseTarget*> Ext4Editor::beginDisk(const FileEntry& entry)
{
    return makeFile(entry).transform([&]() -> SparseTarget* {
        m_disk = std::make_unique<Disk>(*this, entry.size);
        return m_disk.get();
    });
}

/** Puts the blocks of @p disk into the inode of the file: as extents, or one by one into a file system that has none. */
Result<void> Ext4Editor::setRuns(const Ext4Disk& disk)
{
    constexpr qint64 LongestExtent = 32768; // blocks (Linux Documentation/filesystems/ext4/ifork.rst)
    ext2_inode inode = {};
    errcode_t code = ext2fs_read_inode(m_fs, m_file, &inode);
    ext2_extent_handle_t handle = nullptr;
    const bool hasExtents = (inode.i_flags & EXT4_EXTENTS_FL) != 0;
    code = code == 0 && hasExtents ? ext2fs_extent_open2(m_fs, m_file, &inode, &handle) : code;
    for (const auto& [start, whole] : disk.runs()) {
        qint64 logical = start;
        BlockRun run = whole;
        code = code == 0 ? ext2fs_iblk_add_blocks(m_fs, &inode, static_cast<blk64_t>(run.count)) : code;
        while (code == 0 && run.count > 0) {
            const qint64 count = hasExtents ? std::min(run.count, LongestExtent) : 1;
            auto physical = static_cast<blk64_t>(run.first);
            if (hasExtents) {
                ext2fs_extent extent = {};
                extent.e_lblk = static_cast<blk64_t>(logical);
                extent.e_pblk = physical;
                extent.e_len = static_cast<quint32>(count);
                code = ext2fs_extent_insert(handle, EXT2_EXTENT_INSERT_AFTER, &extent);
                code = code == 0 ? ext2fs_extent_fix_parents(handle) : code;
            } else {
                code = ext2fs_bmap2(m_fs, m_file, &inode, nullptr, BMAP_SET | BMAP_ALLOC, static_cast<blk64_t>(logical),
                                    nullptr, &physical);
            }
            logical += count;
            run = {run.first + count, run.count - count};
        }
    }
    code = code == 0 ? ext2fs_write_inode(m_fs, m_file, &inode) : code;
    if (handle != nullptr) {
        ext2fs_extent_free(handle);
    }
    return code == 0 ? Result<void>() : failed(code);
}

Result<void> Ext4Editor::endFile()
{
    Result<void> set = m_disk ? setRuns(*m_disk) : Result<void>();
    m_disk.reset();
    m_file = 0;
    return set;
}

} // namespace Stowage

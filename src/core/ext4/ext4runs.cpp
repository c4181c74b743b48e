// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "ext4runs.h"

#include <ext2fs/ext2fs.h>

#include <memory>

namespace Stowage
{

namespace
{

struct CloseExtents {
    void operator()(ext2_extent_handle* handle) const { ext2fs_extent_free(handle); }
};

/** Gathers the blocks of one file. */
class RunCollector
{
public:
    RunCollector(ext2_filsys image, qint64 offset, const std::stop_token& stop)
        : m_image(image),
          m_offset(offset),
          m_stop(stop),
          m_left(static_cast<qint64>(ext2fs_blocks_count(image->super)))
    { }

    [[nodiscard]] bool collect(ext2_ino_t number)
    {
        ext2_inode inode = {};
        if (ext2fs_read_inode(m_image, number, &inode) != 0 || (inode.i_flags & EXT4_INLINE_DATA_FL) != 0) {
            return false;
        }
        if ((inode.i_flags & EXT4_EXTENTS_FL) != 0) {
            return collectExtents(number);
        }
        return ext2fs_block_iterate3(m_image, number, BLOCK_FLAG_READ_ONLY, nullptr, addBlock, this) == 0 && m_good;
    }

    [[nodiscard]] std::vector<DataRun> take() { return std::move(m_runs); }

private:
    static int addBlock(ext2_filsys, blk64_t* block, // NOLINT(readability-non-const-parameter): the library's type
                        e2_blkcnt_t logical, blk64_t, int, void* data)
    {
        auto* self = static_cast<RunCollector*>(data);
        const bool isData = logical >= 0; // else a block of block numbers
        self->m_good = self->take(1) && (!isData || self->add(logical, *block, 1));
        return self->m_good ? 0 : BLOCK_ABORT;
    }

    bool collectExtents(ext2_ino_t number)
    {
        ext2_extent_handle_t opened = nullptr;
        if (ext2fs_extent_open(m_image, number, &opened) != 0) {
            return false;
        }
        const std::unique_ptr<ext2_extent_handle, CloseExtents> handle(opened);
        ext2fs_extent extent = {};
        errcode_t code = ext2fs_extent_get(handle.get(), EXT2_EXTENT_ROOT, &extent);
        for (; code == 0; code = ext2fs_extent_get(handle.get(), EXT2_EXTENT_NEXT, &extent)) {
            if ((extent.e_flags & EXT2_EXTENT_FLAGS_SECOND_VISIT) != 0) {
                continue;
            }
            const bool isLeaf = (extent.e_flags & EXT2_EXTENT_FLAGS_LEAF) != 0;
            if (isLeaf ? !addLeaf(extent) : !take(1)) {
                return false;
            }
        }
        return code == EXT2_ET_EXTENT_NO_NEXT;
    }

    bool addLeaf(const ext2fs_extent& extent)
    {
        const auto logical = static_cast<qint64>(extent.e_lblk);
        const auto count = static_cast<qint64>(extent.e_len);
        if (count == 0 || logical < m_end || !take(count)) {
            return false;
        }
        m_end = logical + count;
        return (extent.e_flags & EXT2_EXTENT_FLAGS_UNINIT) != 0 || add(logical, extent.e_pblk, count);
    }

    /** Whether the map may go on after @p blocks more: one that leads back to itself has more than there are. */
    bool take(qint64 blocks)
    {
        m_left -= blocks;
        return m_left >= 0 && !m_stop.stop_requested();
    }

    bool add(qint64 logical, blk64_t physical, qint64 count)
    {
        const blk64_t blocks = ext2fs_blocks_count(m_image->super);
        if (physical >= blocks || static_cast<blk64_t>(count) > blocks - physical) {
            return false;
        }
        const qint64 blockSize = m_image->blocksize;
        const DataRun run{logical * blockSize, count * blockSize, m_offset + static_cast<qint64>(physical) * blockSize};
        if (m_runs.empty()) {
            m_runs.push_back(run);
            return true;
        }
        DataRun& last = m_runs.back();
        if (run.start < last.start + last.size) {
            return false;
        }
        if (last.start + last.size == run.start && last.source + last.size == run.source) {
            last.size += run.size;
        } else {
            m_runs.push_back(run);
        }
        return true;
    }

    ext2_filsys m_image;
    qint64 m_offset;
    const std::stop_token& m_stop;
    qint64 m_left; ///< Blocks that the map may have yet.
    qint64 m_end = 0; ///< Block behind the last extent.
    std::vector<DataRun> m_runs;
    bool m_good = true;
};

} // namespace

std::optional<std::vector<DataRun>> dataRuns(struct_ext2_filsys* image, quint32 number, qint64 offset,
                                             const std::stop_token& stop)
{
    RunCollector collector(image, offset, stop);
    return collector.collect(number) ? std::optional(collector.take()) : std::nullopt;
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/ext4/ext4runs.h"
#include "core/support/units.h"
#include "ext4editor.h"

#include <QCoreApplication>

#include <ext2fs/ext2fs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace Stowage
{

namespace
{

struct Editor {
    Q_DECLARE_TR_FUNCTIONS(Ext4Editor)
};

} // namespace

/** Space for all ranges, each in as few extents as there are; what they do not fill reads as zeros. */
Result<void> Ext4Editor::giveBlocks(const FileEntry& entry)
{
    const qint64 blockSize = m_fs->blocksize;
    ext2_inode inode = {};
    if (const errcode_t code = ext2fs_read_inode(m_fs, m_file, &inode); code != 0) {
        return failed(code);
    }
    const QList<DataRange> ranges = entry.ranges.isEmpty() ? QList<DataRange>{{0, entry.size}} : entry.ranges;
    qint64 next = 0; // block
    for (const DataRange& range : ranges) {
        const qint64 first = std::max(next, range.start / blockSize);
        const qint64 end = (range.start + range.size + blockSize - 1) / blockSize;
        if (range.size <= 0 || end <= first) {
            continue;
        }
        const errcode_t code = ext2fs_fallocate(m_fs, EXT2_FALLOCATE_FORCE_INIT, m_file, &inode, ~0ULL,
                                                static_cast<blk64_t>(first), static_cast<blk64_t>(end - first));
        if (code != 0) {
            return failed(code);
        }
        next = end;
    }
    if (const errcode_t code = ext2fs_write_inode(m_fs, m_file, &inode); code != 0) {
        return failed(code);
    }
    auto runs = dataRuns(m_fs, m_file, m_offset);
    if (!runs) {
        return failed(EXT2_ET_EXTENT_HEADER_BAD);
    }
    m_runs = std::move(*runs);
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
            const qint64 part = std::min<qint64>(end - from, zeros.size());
            if (::pwrite(m_fd, zeros.constData(), static_cast<size_t>(part), run.source + from - run.start) != part) {
                return systemError(errno, Editor::tr("write"), m_path);
            }
            from += part;
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
        const ssize_t written = ::pwrite(m_fd, bytes.data(), part, run.source + m_position - run.start);
        if (written < 0 && errno != EINTR) {
            return systemError(errno, Editor::tr("write"), m_path);
        }
        bytes = bytes.subspan(static_cast<size_t>(std::max<ssize_t>(written, 0)));
        m_position += std::max<ssize_t>(written, 0);
    }
    return {};
}

Result<void> Ext4Editor::skip(qint64 bytes)
{
    m_position += bytes;
    return {};
}

Result<void> Ext4Editor::endFile()
{
    m_file = 0;
    return {};
}

} // namespace Stowage

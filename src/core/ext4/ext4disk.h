// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/ext4/ext4space.h"
#include "core/support/sparsetarget.h"

#include <map>

namespace Stowage
{

/**
 * A file inside a file system that is being written, whose bytes come in any order: it is given blocks when they are first
 * written to, one after the other, so that what is written in order lies in few extents. What writes the file system says
 * where the blocks are, and puts runs() into the inode at the end.
 */
class Ext4Disk : public SparseTarget
{
public:
    /**
     * @p image: what the file system is written to, borrowed. @p blockSize and @p size, of the file, in bytes. @p path names the
     * file system in errors.
     */
    Ext4Disk(SparseTarget& image, qint64 blockSize, qint64 size, QString path);

    [[nodiscard]] bool isOrdered() const override { return true; }
    Result<void> write(qint64 position, std::span<const char> bytes) override;
    Result<void> erase(qint64 position, qint64 size) override;
    /** Its size is what it was said to be; more is an error. */
    Result<void> extend(qint64 size) override;
    Result<void> clear() override;

    /** Gives the blocks of the file from @p first up to @p end their places, in as few runs as there are. */
    [[nodiscard]] Result<void> give(qint64 first, qint64 end);
    /** The blocks of the file system by the block of the file from which on they are. */
    [[nodiscard]] const std::map<qint64, BlockRun>& runs() const { return m_runs; }

protected:
    /** The next free blocks in a row: at most @p count, at least one. */
    [[nodiscard]] virtual Result<BlockRun> take(qint64 count) = 0;
    /** Makes @p run free again. */
    virtual void release(const BlockRun& run) = 0;

private:
    [[nodiscard]] Result<void> writeGiven(qint64 position, std::span<const char> bytes);
    [[nodiscard]] Result<void> fillBlock(qint64 from, qint64 size);
    /** The run that holds the file's block @p logical; m_runs.end() when none does. */
    [[nodiscard]] std::map<qint64, BlockRun>::const_iterator runAt(qint64 logical) const;
    [[nodiscard]] qint64 blockOf(qint64 position) const { return position / m_blockSize; }

    SparseTarget& m_image;
    qint64 m_blockSize;
    qint64 m_size;
    QString m_path;
    std::map<qint64, BlockRun> m_runs;
};

} // namespace Stowage

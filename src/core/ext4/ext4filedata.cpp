// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/support/units.h"
#include "core/support/zeros.h"
#include "ext4writer.h"

#include <QCoreApplication>

#include <algorithm>
#include <cstring>
#include <utility>

namespace Stowage
{

namespace
{

struct Ext4 {
    Q_DECLARE_TR_FUNCTIONS(Ext4Writer)
};

constexpr qint64 MostLogicalBlocks = 0xffffffff; // what an extent can number
constexpr qint64 LargestBytes = 16 * 1024 * GiB; // of a file on an ext4 disk, as the image is one

} // namespace

/** A file of the writer's that is filled in any order. */
class Ext4Writer::Disk final : public Ext4Disk
{
public:
    Disk(Ext4Writer& writer, qint64 size)
        : Ext4Disk(*writer.m_target, writer.m_options.blockSize, size, writer.m_path),
          m_writer(writer)
    { }

private:
    Result<BlockRun> take(qint64 count) override
    {
        const BlockRun run = m_writer.m_space.take(count);
        return m_writer.checkRoom().transform([&run] { return run; });
    }
    void release(const BlockRun& run) override { m_writer.m_space.release(run); }

    Ext4Writer& m_writer;
};

Result<SparseTarget*> Ext4Writer::beginDisk(const FileEntry& entry)
{
    return beginFile(entry).transform([&]() -> SparseTarget* {
        m_disk = std::make_unique<Disk>(*this, entry.size);
        m_written = entry.size;
        return m_disk.get();
    });
}

Result<void> Ext4Writer::beginFile(const FileEntry& entry)
{
    note(entry.path, entry.facts, {});
    const auto inode = place(entry);
    if (!inode) {
        return std::unexpected(inode.error());
    }
    m_file = *inode;
    m_written = 0;
    m_partial.clear();
    return {};
}

Result<void> Ext4Writer::write(std::span<const char> bytes)
{
    const auto blockSize = static_cast<size_t>(m_options.blockSize);
    if (!m_partial.isEmpty()) {
        const size_t taken = std::min(blockSize - static_cast<size_t>(m_partial.size()), bytes.size());
        m_partial.append(bytes.data(), static_cast<qsizetype>(taken));
        bytes = bytes.subspan(taken);
        if (m_partial.size() < m_options.blockSize) {
            return {};
        }
        const QByteArray whole = std::exchange(m_partial, {});
        if (auto put = putBlocks({whole.constData(), blockSize}); !put) {
            return put;
        }
    }
    const size_t whole = bytes.size() / blockSize * blockSize;
    if (auto put = putBlocks(bytes.first(whole)); !put) {
        return put;
    }
    m_partial.append(bytes.data() + whole, static_cast<qsizetype>(bytes.size() - whole));
    return {};
}

/** Whole blocks, at m_written, which is a multiple of the block size. */
Result<void> Ext4Writer::putBlocks(std::span<const char> bytes)
{
    const auto blockSize = static_cast<size_t>(m_options.blockSize);
    while (!bytes.empty()) {
        size_t run = 0; // bytes without a block of zeros
        while (run < bytes.size() && !isZero(bytes.subspan(run, blockSize))) {
            run += blockSize;
        }
        std::span<const char> data = bytes.first(run);
        while (!data.empty()) {
            const BlockRun blocks = m_space.take(
                std::min<qint64>(static_cast<qint64>(data.size() / blockSize), m_output.most()));
            const size_t length = static_cast<size_t>(blocks.count) * blockSize;
            m_inodes.addExtent(m_file, m_written / m_options.blockSize, blocks);
            std::memcpy(m_output.room(blocks.first, blocks.count).data(), data.data(), length);
            data = data.subspan(length);
            m_written += static_cast<qint64>(length);
        }
        bytes = bytes.subspan(run);
        while (!bytes.empty() && isZero(bytes.first(blockSize))) {
            bytes = bytes.subspan(blockSize);
            m_written += m_options.blockSize;
        }
    }
    return checkRoom();
}

Result<void> Ext4Writer::putPartialBlock()
{
    const qint64 size = m_partial.size();
    if (size > 0 && !isZero({m_partial.constData(), static_cast<size_t>(size)})) {
        const BlockRun block = m_space.take(1);
        m_inodes.addExtent(m_file, m_written / m_options.blockSize, block);
        std::memcpy(m_output.blocks(block.first).data(), m_partial.constData(), static_cast<size_t>(size));
    }
    m_written += size;
    m_partial.clear();
    return checkRoom();
}

Result<void> Ext4Writer::skip(qint64 bytes)
{
    // Up to the next block the hole is zeros like others; the rest of it costs nothing.
    const qint64 rest = (m_options.blockSize - m_partial.size()) % m_options.blockSize;
    const qint64 first = std::min(bytes, m_partial.isEmpty() ? 0 : rest);
    if (first > 0) {
        const QByteArray zeros(first, '\0');
        if (auto put = write({zeros.constData(), static_cast<size_t>(first)}); !put) {
            return put;
        }
    }
    bytes -= first;
    const qint64 whole = bytes / m_options.blockSize * m_options.blockSize;
    m_written += whole;
    m_partial.append(bytes - whole, '\0');
    return {};
}

Result<void> Ext4Writer::reserve(qint64 bytes)
{
    if (bytes > mostBytes()) {
        return noRoom();
    }
    qint64 left = (bytes + m_partial.size() + m_options.blockSize - 1) / m_options.blockSize;
    qint64 logical = m_written / m_options.blockSize;
    m_written += m_partial.size() + bytes;
    m_partial.clear();
    while (left > 0) {
        const BlockRun run = m_space.take(left);
        m_inodes.addExtent(m_file, logical, run);
        logical += run.count;
        left -= run.count;
        if (auto room = checkRoom(); !room) {
            return room;
        }
    }
    return {};
}

Result<void> Ext4Writer::endFile()
{
    auto put = putPartialBlock();
    if (m_disk) {
        for (const auto& [logical, run] : m_disk->runs()) {
            m_inodes.addExtent(m_file, logical, run);
        }
        m_disk.reset();
    }
    if (put && m_written > MostLogicalBlocks * m_options.blockSize) {
        put = fail(Error::Code::Unsupported, Ext4::tr("A file of %1 bytes is too large for ext4.").arg(m_written),
                   Ext4::tr("Leave the file out, or make it smaller."), Place::inFile(m_path));
    }
    m_inodes.at(m_file).size = m_written;
    m_facts.addData(QByteArray::number(m_written));
    m_file = 0;
    return put;
}

Result<void> Ext4Writer::checkRoom() const
{
    if (m_output.hasFailed()) {
        return m_output.result();
    }
    return m_space.end() * m_options.blockSize > mostBytes() ? noRoom() : Result<void>();
}

qint64 Ext4Writer::mostBytes() const
{
    return m_options.sizeBytes > 0 ? m_options.sizeBytes : LargestBytes;
}

Result<void> Ext4Writer::noRoom() const
{
    if (m_options.sizeBytes == 0) {
        return fail(Error::Code::Unsupported,
                    Ext4::tr("The content of %1 takes more than %2, which no image holds.")
                        .arg(m_path, formatBytes(LargestBytes)),
                    Ext4::tr("Take something out of it."), Place::inFile(m_path));
    }
    return fail(
        Error::Code::NoSpace,
        Ext4::tr("The content does not fit into %1, an image of %2 bytes.").arg(m_path).arg(m_options.sizeBytes),
        Ext4::tr("Make the image larger."), Place::inFile(m_path));
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/disks/diskformats.h"
#include "core/disks/mappeddisk.h"
#include "core/support/units.h"

#include <QCoreApplication>

#include <algorithm>
#include <cstring>

namespace Stowage
{

namespace
{

struct SparseText {
    Q_DECLARE_TR_FUNCTIONS(AndroidSparseDisk)
};

// Little-endian. Source: the Android project's libsparse/sparse_format.h.
constexpr qint64 HeadBytes = 28;
constexpr qint64 ChunkHeadBytes = 12;
constexpr quint16 RawChunk = 0xcac1;
constexpr quint16 FillChunk = 0xcac2;
constexpr quint16 SkippedChunk = 0xcac3;
constexpr quint16 ChecksumChunk = 0xcac4; // of all before it; to compare it would be to read all
constexpr size_t MostChunks = 1 << 20; // each takes 32 bytes of memory
constexpr qint64 FillBlockBytes = 64 * KiB;

/** A run of blocks; those that are left out are not kept. */
struct Chunk {
    qint64 start = 0; ///< Byte of the disk.
    qint64 size = 0; ///< Bytes.
    qint64 offset = 0; ///< Byte in the file; 0: filled.
    quint32 fill = 0; ///< Its four bytes, as they stand in the file.
};

class AndroidSparseDisk final : public MappedDisk
{
public:
    /** @p chunks are in the order of the disk. */
    AndroidSparseDisk(DiskFile file, std::vector<Chunk> chunks, qint64 size)
        : MappedDisk(size),
          m_file(std::move(file)),
          m_chunks(std::move(chunks))
    { }

protected:
    Result<DiskRun> runAt(qint64 position) override
    {
        const auto next = std::ranges::upper_bound(m_chunks, position, {}, &Chunk::start);
        const qint64 end = next == m_chunks.end() ? size() : next->start;
        if (next == m_chunks.begin() || position >= std::prev(next)->start + std::prev(next)->size) {
            return DiskRun{.size = end - position};
        }
        const Chunk& chunk = *std::prev(next);
        const qint64 inside = position - chunk.start;
        const qint64 left = chunk.size - inside;
        if (chunk.offset != 0) {
            return DiskRun{
                .kind = DiskRun::Kind::Stored, .size = left, .file = &m_file, .offset = chunk.offset + inside};
        }
        const qint64 inBlock = inside % FillBlockBytes;
        return DiskRun{.kind = DiskRun::Kind::Packed,
                       .size = std::min(FillBlockBytes - inBlock, left),
                       .file = &m_file,
                       .block = position - inBlock,
                       .blockSize = FillBlockBytes,
                       .packed = chunk.fill};
    }

    Result<void> unpack(const DiskRun& run, std::span<char> block) override
    {
        const auto fill = static_cast<quint32>(run.packed);
        for (size_t at = 0; at < block.size(); at += sizeof(fill)) {
            std::memcpy(block.data() + at, &fill, sizeof(fill));
        }
        return {};
    }

private:
    DiskFile m_file;
    std::vector<Chunk> m_chunks;
};

/** Reads the heads of all chunks, which stand between the data. */
class ChunkReader
{
public:
    explicit ChunkReader(const DiskFile& file) : m_file(file) { }

    Result<void> read(const std::stop_token& stop)
    {
        return readHead().and_then([&]() -> Result<void> {
            for (quint32 left = m_count; left > 0; --left) {
                if (stop.stop_requested()) {
                    return cancelled();
                }
                if (auto taken = takeChunk(); !taken) {
                    return taken;
                }
            }
            if (m_end != size) {
                return m_file.broken(SparseText::tr("its chunks fill %1 of the disk's %2 bytes").arg(m_end).arg(size));
            }
            return {};
        });
    }

    std::vector<Chunk> chunks;
    qint64 size = 0; ///< Bytes of the disk.

private:
    Result<void> readHead()
    {
        const auto head = m_file.bytes(0, HeadBytes);
        if (!head) {
            return std::unexpected(head.error());
        }
        if (const auto version = littleEndianAt<quint16>(*head, 4); version != 1) {
            return m_file.refused(SparseText::tr("of version %1, which is not known").arg(version),
                                  SparseText::tr("Convert it with \"simg2img\" and use the result."));
        }
        m_position = littleEndianAt<quint16>(*head, 8);
        m_headBytes = littleEndianAt<quint16>(*head, 10);
        m_blockBytes = littleEndianAt<quint32>(*head, 12);
        if (m_position < HeadBytes || m_headBytes < ChunkHeadBytes || m_blockBytes < 4 || m_blockBytes % 4 != 0
            || m_blockBytes > 64 * MiB) {
            return m_file.broken(SparseText::tr("blocks of %1 bytes are not possible").arg(m_blockBytes));
        }
        m_count = littleEndianAt<quint32>(*head, 20);
        if (m_count > MostChunks) {
            return m_file.refused(SparseText::tr("with more than %1 chunks").arg(MostChunks),
                                  SparseText::tr("Convert it with \"simg2img\" and use the result."));
        }
        const quint64 bytes = quint64{littleEndianAt<quint32>(*head, 16)} * static_cast<quint64>(m_blockBytes);
        return m_file.diskSize(bytes).transform([&](qint64) { size = static_cast<qint64>(bytes); });
    }

    Result<void> takeChunk()
    {
        const auto head = m_file.bytes(m_position, m_headBytes);
        if (!head) {
            return std::unexpected(head.error());
        }
        const auto type = littleEndianAt<quint16>(*head, 0);
        const auto blocks = littleEndianAt<quint32>(*head, 4);
        const qint64 length = littleEndianAt<quint32>(*head, 8);
        const qint64 bytes = blocks * m_blockBytes;
        const qint64 data = m_position + m_headBytes;
        Result<void> taken;
        qint64 dataBytes = 0;
        switch (type) {
        case RawChunk:
            dataBytes = bytes;
            if (bytes > 0) {
                chunks.push_back({.start = m_end, .size = bytes, .offset = data});
            }
            break;
        case FillChunk:
            dataBytes = 4;
            taken = takeFill(data, bytes);
            break;
        case SkippedChunk:
            break;
        case ChecksumChunk:
            dataBytes = 4;
            break;
        default:
            return m_file.broken(SparseText::tr("a chunk of it has the type 0x%1").arg(type, 0, 16));
        }
        if (bytes > size - m_end || length != m_headBytes + dataBytes || (type == ChecksumChunk && blocks != 0)) {
            return m_file.broken(
                SparseText::tr("a chunk of %1 blocks and %2 bytes is not possible").arg(blocks).arg(length));
        }
        if (!m_file.holds(static_cast<quint64>(data), static_cast<quint64>(dataBytes))) {
            return m_file.cutOff();
        }
        m_end += bytes;
        m_position += length;
        return taken;
    }

    Result<void> takeFill(qint64 data, qint64 bytes)
    {
        return m_file.bytes(data, 4).transform([&](const QByteArray& four) {
            quint32 fill = 0;
            std::memcpy(&fill, four.constData(), sizeof(fill));
            if (fill != 0 && bytes > 0) {
                chunks.push_back({.start = m_end, .size = bytes, .fill = fill});
            }
        });
    }

    const DiskFile& m_file;
    quint32 m_count = 0; ///< Of chunks.
    qint64 m_blockBytes = 0;
    qint64 m_headBytes = 0; ///< Of a chunk.
    qint64 m_position = 0; ///< Byte in the file where the next chunk begins.
    qint64 m_end = 0; ///< Byte of the disk where it begins.
};

} // namespace

Result<OpenedDisk> openAndroidSparseDisk(DiskFile file, const std::stop_token& stop)
{
    ChunkReader reader(file);
    if (auto read = reader.read(stop); !read) {
        return std::unexpected(read.error());
    }
    const qint64 size = reader.size;
    return OpenedDisk{.reader = std::make_unique<AndroidSparseDisk>(std::move(file), std::move(reader.chunks), size)};
}

} // namespace Stowage

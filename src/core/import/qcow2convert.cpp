// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "qcow2convert.h"

#include "core/disks/qcow2cluster.h"
#include "core/import/qcow2work.h"
#include "core/sources/bytes.h"
#include "core/sources/sourcefile.h"
#include "core/support/filecopy.h"
#include "core/support/units.h"
#include "core/support/zeros.h"

#include <QCoreApplication>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <thread>
#include <vector>

namespace Stowage
{

namespace
{

struct Convert {
    Q_DECLARE_TR_FUNCTIONS(Qcow2Handler)
};

constexpr quint32 Subclusters = 32; ///< In a cluster, where entries have 16 bytes.

/** One thread's part of the work. */
class Converter
{
public:
    explicit Converter(Qcow2Work& work) : m_work(work), m_decoder(work.header) { }

    void run()
    {
        while (const auto slice = m_work.take()) {
            auto done = loadTable(slice->table).and_then([&] { return convert(*slice); });
            if (!done) {
                m_work.fail(done.error());
                return;
            }
            m_work.put({*slice, std::move(m_disk), std::move(m_pieces)});
        }
    }

private:
    /** A cluster's entry in the second-level table. */
    struct Entry {
        quint64 value = 0;
        quint64 bitmap = 0; ///< Of subclusters: those with data below, those that are zeros above.
    };

    [[nodiscard]] std::unexpected<Error> broken(qint64 position) const
    {
        return Stowage::fail(Error::Code::InvalidInput,
                             Convert::tr("%1 is a broken QCOW2 image: the data for byte %2 of the disk cannot be "
                                         "decompressed.")
                                 .arg(m_work.source)
                                 .arg(position),
                             Convert::tr("Copy or download it again, or look at it with \"qemu-img check\"."),
                             Place::inFile(m_work.source));
    }

    Result<void> loadTable(qint64 offset)
    {
        if (offset == m_tableOffset) {
            return {};
        }
        m_table.resize(m_work.clusterBytes());
        m_tableOffset = offset;
        return read(offset, {m_table.data(), static_cast<size_t>(m_table.size())});
    }

    /** Fills @p into from the image; behind the end of the file are zeros, as for QEMU. */
    Result<void> read(qint64 offset, std::span<char> into)
    {
        while (!into.empty()) {
            const ssize_t got = ::pread(m_work.in, into.data(), into.size(), offset);
            if (got < 0 && errno == EINTR) {
                continue;
            }
            if (got < 0) {
                return systemError(errno, Convert::tr("read"), m_work.source);
            }
            if (got == 0) {
                std::ranges::fill(into, '\0');
                return {};
            }
            into = into.subspan(static_cast<size_t>(got));
            offset += got;
        }
        return {};
    }

    [[nodiscard]] Entry entryAt(qint64 position) const
    {
        const qint64 at = position % m_work.tableCovers() / m_work.clusterBytes() * m_work.entryBytes();
        return {bigEndianAt<quint64>(m_table, at),
                m_work.header.extendedL2 ? bigEndianAt<quint64>(m_table, at + 8) : 0};
    }

    Result<void> convert(const Qcow2Slice& slice)
    {
        const qint64 cluster = m_work.clusterBytes();
        m_disk = m_work.buffer((slice.size + cluster - 1) / cluster * cluster);
        m_pieces.clear();
        qint64 filled = 0; // bytes of m_disk, from m_from on
        m_from = slice.start;
        for (qint64 position = slice.start; position < slice.start + slice.size;) {
            const Entry entry = entryAt(position);
            qint64 bytes = cluster;
            bool hasData = true;
            Result<void> done;
            const std::span<char> place = std::span(m_disk).subspan(static_cast<size_t>(position - slice.start));
            if ((entry.value & Qcow2CompressedBit) != 0) {
                done = decompress(entry.value, place.first(static_cast<size_t>(cluster)), position);
            } else if (m_work.header.extendedL2) {
                hasData = (entry.bitmap & 0xffffffff) != 0 && (entry.value & Qcow2OffsetBits) != 0;
                done = hasData ? readSubclusters(entry, place.first(static_cast<size_t>(cluster))) : Result<void>();
            } else if ((entry.value & Qcow2OffsetBits) != 0 && (entry.value & Qcow2ZeroBit) == 0) {
                bytes = runOf(position, slice.start + slice.size);
                done = read(static_cast<qint64>(entry.value & Qcow2OffsetBits),
                            place.first(static_cast<size_t>(bytes)));
            } else {
                hasData = false;
            }
            if (done && !hasData) {
                done = addPieces(filled, slice);
            }
            if (!done) {
                return done;
            }
            position += bytes;
            m_from = hasData ? m_from : position;
            filled = position - m_from;
        }
        return addPieces(filled, slice);
    }

    /** Bytes from @p position on whose clusters follow each other in the file, too. */
    [[nodiscard]] qint64 runOf(qint64 position, qint64 end) const
    {
        const qint64 cluster = m_work.clusterBytes();
        const quint64 first = entryAt(position).value & Qcow2OffsetBits;
        qint64 bytes = cluster;
        while (position + bytes < end) {
            const quint64 value = entryAt(position + bytes).value;
            if ((value & (Qcow2CompressedBit | Qcow2ZeroBit)) != 0
                || (value & Qcow2OffsetBits) != first + static_cast<quint64>(bytes)) {
                break;
            }
            bytes += cluster;
        }
        return bytes;
    }

    Result<void> readSubclusters(const Entry& entry, std::span<char> place)
    {
        const auto offset = static_cast<qint64>(entry.value & Qcow2OffsetBits);
        const size_t size = place.size() / Subclusters;
        for (quint32 i = 0; i < Subclusters; ++i) {
            const std::span<char> part = place.subspan(i * size, size);
            if ((entry.bitmap & (quint64{1} << i)) == 0) {
                std::ranges::fill(part, '\0');
            } else if (auto got = read(offset + static_cast<qint64>(i * size), part); !got) {
                return got;
            }
        }
        return {};
    }

    Result<void> decompress(quint64 value, std::span<char> place, qint64 position)
    {
        const DiskExtent packed = m_decoder.locate(value, m_work.fileSize);
        if (packed.size <= 0) {
            return broken(position);
        }
        const auto bytes = input(packed.start, packed.size);
        if (!bytes) {
            return std::unexpected(bytes.error());
        }
        return m_decoder.decode(*bytes, place) ? Result<void>() : broken(position);
    }

    /** Bytes of the image, read ahead, as compressed clusters follow each other. */
    Result<std::span<const char>> input(qint64 offset, qint64 size)
    {
        const auto held = static_cast<qint64>(m_input.size());
        if (offset < m_inputStart || offset + size > m_inputStart + held) {
            m_inputStart = offset;
            m_input.resize(
                static_cast<size_t>(std::clamp<qint64>(m_work.fileSize - offset, size, std::max(size, MiB))));
            if (auto got = read(offset, m_input); !got) {
                return std::unexpected(got.error());
            }
        }
        return std::span(m_input).subspan(static_cast<size_t>(offset - m_inputStart), static_cast<size_t>(size));
    }

    /** Of the first @p bytes that are gathered, which begin at m_from of the disk: what is not zeros. */
    Result<void> addPieces(qint64 bytes, const Qcow2Slice& slice)
    {
        bytes = std::min(bytes, rawDiskSize(m_work.header) - m_from);
        const qint64 before = m_from - slice.start;
        const std::span<const char> all = std::span(m_disk).subspan(static_cast<size_t>(before),
                                                                    static_cast<size_t>(std::max<qint64>(bytes, 0)));
        return forEachDataRun(all, [&](qint64 at, qint64 size) {
            m_pieces.push_back({before + at, size});
            return Result<void>();
        });
    }

    Qcow2Work& m_work;
    Qcow2ClusterDecoder m_decoder;
    QByteArray m_table; ///< The second-level table at m_tableOffset.
    qint64 m_tableOffset = -1;
    std::vector<char> m_disk; ///< What a slice of the disk holds.
    std::vector<Qcow2Piece> m_pieces; ///< What of it is to be written.
    qint64 m_from = 0; ///< Byte of the disk from which on something is to be written.
    std::vector<char> m_input;
    qint64 m_inputStart = 0;
};

} // namespace

qint64 rawDiskSize(const Qcow2Header& header)
{
    constexpr qint64 Sector = 512;
    return (header.virtualSize + Sector - 1) / Sector * Sector;
}

Result<void> convertQcow2(const QString& source, const Qcow2Header& header, SparseTarget& target, Progress& progress,
                          const std::stop_token& stop)
{
    const auto file = openRegularFile(source);
    if (!file) {
        return std::unexpected(file.error());
    }
    const auto size = sizeOf(*file, source);
    auto table = size ? readAt(*file, header.l1TableOffset, qint64{header.l1Size} * 8, source)
                      : std::unexpected(size.error());
    if (!table) {
        return std::unexpected(table.error());
    }
    Qcow2Work work{.source = source,
                   .header = header,
                   .target = target,
                   .in = file->get(),
                   .fileSize = *size,
                   .table = *table,
                   .progress = progress,
                   .stop = stop};
    {
        std::vector<std::jthread> threads;
        const unsigned int count = std::max(1U, std::thread::hardware_concurrency());
        threads.reserve(count);
        for (unsigned int i = 0; i < count; ++i) {
            threads.emplace_back([&work] { Converter(work).run(); });
        }
    }
    if (stop.stop_requested()) {
        return cancelled();
    }
    return work.error ? Result<void>(std::unexpected(*work.error)) : Result<void>();
}

} // namespace Stowage

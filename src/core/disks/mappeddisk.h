// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/disks/diskfile.h"

#include <vector>

namespace Stowage
{

/** Where a run of a disk's bytes lies. */
struct DiskRun {
    enum class Kind {
        Zeros, ///< Nowhere: they are zeros.
        Stored, ///< As they are in a file.
        Packed, ///< In a block that unpack() makes.
    };
    Kind kind = Kind::Zeros;
    qint64 size = 0; ///< Bytes, more than none. What is behind the end of the disk does not count.
    const DiskFile* file = nullptr; ///< Stored, Packed: where it lies.
    qint64 offset = 0; ///< Stored, and Packed where unpack() goes by that: byte in the file.
    qint64 block = 0; ///< Packed: byte of the disk where the block begins.
    qint64 blockSize = 0; ///< Packed: bytes of the whole block, few MiB at most.
    quint64 packed = 0; ///< Packed: what else unpack() goes by.
};

/** The base of readers whose format maps a disk by tables: they say where each run of it lies. */
class MappedDisk : public DiskReader
{
public:
    [[nodiscard]] qint64 size() const final { return m_size; }
    Result<void> read(qint64 position, std::span<char> into) final;
    Result<DiskExtent> nextData(qint64 position) final;

protected:
    /** What stands behind the end of the file where a stored run begins inside it. */
    enum class Tail { Error, Zeros };

    explicit MappedDisk(qint64 size, Tail tail = Tail::Error);

    /** Where the bytes from @p position on, which is inside the disk, lie. What it tells need not be in the file. */
    [[nodiscard]] virtual Result<DiskRun> runAt(qint64 position) = 0;
    /** Fills @p block with the bytes of the block that @p run, a packed one, is a part of. */
    [[nodiscard]] virtual Result<void> unpack(const DiskRun& run, std::span<char> block);

private:
    [[nodiscard]] Result<DiskRun> checkedAt(qint64 position);
    [[nodiscard]] Result<DiskRun> joinedAt(qint64 position, qint64 enough);
    [[nodiscard]] Result<void> readRun(const DiskRun& run, qint64 position, std::span<char> into);
    [[nodiscard]] Result<void> readPacked(const DiskRun& run, qint64 position, std::span<char> into);

    qint64 m_size;
    Tail m_tail;
    std::vector<char> m_block; ///< The block at m_blockStart, unpacked.
    qint64 m_blockStart = -1;
};

/** A disk that lies as it is in one part of a file. */
class FlatDisk final : public MappedDisk
{
public:
    /** The disk has the first @p size bytes of @p file. */
    FlatDisk(DiskFile file, qint64 size);

protected:
    Result<DiskRun> runAt(qint64 position) override;

private:
    DiskFile m_file;
};

} // namespace Stowage

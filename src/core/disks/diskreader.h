// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/result.h"

#include <memory>
#include <span>

namespace Stowage
{

/** A run of bytes of a disk. */
struct DiskExtent {
    qint64 start = 0;
    qint64 size = 0;

    bool operator==(const DiskExtent&) const = default;
};

/**
 * The bytes of a virtual disk, whatever the format of the file that holds it. Opened and checked by whoever made it: no
 * other file is read than those that were found at its opening. One thread at a time. Blocks on the disk.
 */
class DiskReader
{
public:
    DiskReader() = default;
    Q_DISABLE_COPY_MOVE(DiskReader)
    virtual ~DiskReader() = default;

    /** Bytes of the disk. */
    [[nodiscard]] virtual qint64 size() const = 0;

    /**
     * Fills @p into with the bytes of the disk from @p position on, which all lie inside it. What the file does not hold
     * are zeros. Broken tables and data that cannot be decompressed are errors that name the file.
     */
    [[nodiscard]] virtual Result<void> read(qint64 position, std::span<char> into) = 0;

    /**
     * The first run of bytes at or behind @p position that the file holds data for: they may be zeros all the same, while
     * all before it are. Of no bytes at the end of the disk where none follow. A run may be told in several parts.
     */
    [[nodiscard]] virtual Result<DiskExtent> nextData(qint64 position) = 0;
};

/** A part of another disk, such as a partition. */
class DiskPart final : public DiskReader
{
public:
    /** @p disk is borrowed. The part begins at its byte @p start and is no longer than the disk. */
    DiskPart(DiskReader& disk, qint64 start, qint64 size);

    [[nodiscard]] qint64 size() const override { return m_size; }
    Result<void> read(qint64 position, std::span<char> into) override;
    Result<DiskExtent> nextData(qint64 position) override;

private:
    DiskReader& m_disk;
    qint64 m_start;
    qint64 m_size;
};

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "mappeddisk.h"

#include "core/support/units.h"

#include <algorithm>

namespace Stowage
{

MappedDisk::MappedDisk(qint64 size, Tail tail) : m_size(size), m_tail(tail)
{ }

Result<DiskRun> MappedDisk::checkedAt(qint64 position)
{
    auto run = runAt(position);
    if (!run) {
        return run;
    }
    run->size = std::min(run->size, m_size - position);
    if (run->kind == DiskRun::Kind::Stored
        && !run->file->holds(static_cast<quint64>(run->offset),
                             m_tail == Tail::Zeros ? 1 : static_cast<quint64>(run->size))) {
        return run->file->cutOff();
    }
    return run;
}

/** The run at @p position with what follows it in the disk and in the file, until it has @p enough bytes. */
Result<DiskRun> MappedDisk::joinedAt(qint64 position, qint64 enough)
{
    auto run = checkedAt(position);
    while (run && run->kind == DiskRun::Kind::Stored && run->size < enough && run->size < m_size - position) {
        const auto next = checkedAt(position + run->size);
        if (!next || next->kind != DiskRun::Kind::Stored || next->file != run->file
            || next->offset != run->offset + run->size) {
            break;
        }
        run->size += next->size;
    }
    return run;
}

Result<void> MappedDisk::read(qint64 position, std::span<char> into)
{
    while (!into.empty()) {
        const auto run = joinedAt(position, static_cast<qint64>(into.size()));
        if (!run) {
            return std::unexpected(run.error());
        }
        const auto part = into.first(std::min(into.size(), static_cast<size_t>(run->size)));
        if (auto done = readRun(*run, position, part); !done) {
            return done;
        }
        position += static_cast<qint64>(part.size());
        into = into.subspan(part.size());
    }
    return {};
}

Result<void> MappedDisk::readRun(const DiskRun& run, qint64 position, std::span<char> into)
{
    switch (run.kind) {
    case DiskRun::Kind::Zeros:
        break;
    case DiskRun::Kind::Stored:
        return m_tail == Tail::Zeros ? run.file->readPadded(run.offset, into) : run.file->read(run.offset, into);
    case DiskRun::Kind::Packed:
        return readPacked(run, position, into);
    }
    std::ranges::fill(into, '\0');
    return {};
}

Result<void> MappedDisk::readPacked(const DiskRun& run, qint64 position, std::span<char> into)
{
    if (m_blockStart != run.block) {
        m_blockStart = -1;
        m_block.resize(static_cast<size_t>(run.blockSize));
        if (auto made = unpack(run, m_block); !made) {
            return made;
        }
        m_blockStart = run.block;
    }
    std::ranges::copy(std::span(m_block).subspan(static_cast<size_t>(position - run.block), into.size()), into.data());
    return {};
}

Result<DiskExtent> MappedDisk::nextData(qint64 position)
{
    constexpr int MostRuns = 1 << 22; // takes well under a second; hostile tables may have runs of zeros without end
    constexpr qint64 Enough = 16 * MiB;
    for (int runs = 0; position < m_size; ++runs) {
        const auto run = joinedAt(position, Enough);
        if (!run) {
            return std::unexpected(run.error());
        }
        if (run->kind == DiskRun::Kind::Packed || runs == MostRuns) {
            return DiskExtent{position, std::min(run->size, Enough)};
        }
        if (run->kind == DiskRun::Kind::Stored) {
            const DiskExtent data = run->file->nextData(run->offset, run->size);
            if (data.size > 0) {
                return DiskExtent{position + data.start - run->offset, data.size};
            }
        }
        position += run->size;
    }
    return DiskExtent{m_size, 0};
}

Result<void> MappedDisk::unpack(const DiskRun& run, std::span<char> /*block*/)
{
    return run.file->undecodable(run.block);
}

FlatDisk::FlatDisk(DiskFile file, qint64 size) : MappedDisk(size), m_file(std::move(file))
{ }

Result<DiskRun> FlatDisk::runAt(qint64 position)
{
    return DiskRun{.kind = DiskRun::Kind::Stored, .size = size() - position, .file = &m_file, .offset = position};
}

} // namespace Stowage

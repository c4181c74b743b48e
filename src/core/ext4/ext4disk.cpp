// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "ext4disk.h"

#include <QByteArray>
#include <QCoreApplication>

#include <algorithm>

namespace Stowage
{

Ext4Disk::Ext4Disk(SparseTarget& image, qint64 blockSize, qint64 size, QString path)
    : m_image(image),
      m_blockSize(blockSize),
      m_size(size),
      m_path(std::move(path))
{ }

std::map<qint64, BlockRun>::const_iterator Ext4Disk::runAt(qint64 logical) const
{
    auto run = m_runs.upper_bound(logical);
    if (run == m_runs.begin()) {
        return m_runs.end();
    }
    --run;
    return logical < run->first + run->second.count ? run : m_runs.end();
}

Result<void> Ext4Disk::write(qint64 position, std::span<const char> bytes)
{
    const qint64 end = position + static_cast<qint64>(bytes.size());
    if (auto within = extend(end); !within || bytes.empty()) {
        return within;
    }
    const qint64 first = blockOf(position);
    const qint64 last = blockOf(end - 1);
    // The blocks at both ends may be new, and hold what was deleted where this does not fill them.
    const bool headIsNew = runAt(first) == m_runs.end();
    const bool tailIsNew = runAt(last) == m_runs.end();
    return give(first, last + 1)
        .and_then(
            [&] { return headIsNew ? fillBlock(first * m_blockSize, position - first * m_blockSize) : Result<void>(); })
        .and_then([&] { return tailIsNew ? fillBlock(end, (last + 1) * m_blockSize - end) : Result<void>(); })
        .and_then([&] { return writeGiven(position, bytes); });
}

/** Zeros, in a part of a block. */
Result<void> Ext4Disk::fillBlock(qint64 from, qint64 size)
{
    const QByteArray zeros(size, '\0');
    return writeGiven(from, {zeros.constData(), static_cast<size_t>(zeros.size())});
}

Result<void> Ext4Disk::give(qint64 first, qint64 end)
{
    while (first < end) {
        if (const auto run = runAt(first); run != m_runs.end()) {
            first = run->first + run->second.count;
            continue;
        }
        const auto next = m_runs.upper_bound(first);
        const auto taken = take((next == m_runs.end() ? end : std::min(end, next->first)) - first);
        if (!taken) {
            return std::unexpected(taken.error());
        }
        const auto before = first > 0 ? runAt(first - 1) : m_runs.end();
        if (before != m_runs.end() && before->second.end() == taken->first) {
            m_runs[before->first].count += taken->count;
        } else {
            m_runs.emplace(first, *taken);
        }
        first += taken->count;
    }
    return {};
}

/** Writes where there are blocks; all else is left out. */
Result<void> Ext4Disk::writeGiven(qint64 position, std::span<const char> bytes)
{
    while (!bytes.empty()) {
        const qint64 logical = blockOf(position);
        const auto run = runAt(logical);
        const qint64 runEnd = run == m_runs.end() ? logical + 1 : run->first + run->second.count;
        const auto part = bytes.first(std::min(bytes.size(), static_cast<size_t>(runEnd * m_blockSize - position)));
        if (run != m_runs.end()) {
            const qint64 place = (run->second.first - run->first) * m_blockSize + position;
            if (auto written = m_image.write(place, part); !written) {
                return written;
            }
        }
        position += static_cast<qint64>(part.size());
        bytes = bytes.subspan(part.size());
    }
    return {};
}

Result<void> Ext4Disk::erase(qint64 position, qint64 size)
{
    const QByteArray zeros(m_blockSize, '\0');
    for (const qint64 end = position + size; position < end;) {
        const qint64 logical = blockOf(position);
        if (runAt(logical) == m_runs.end()) {
            const auto next = m_runs.upper_bound(logical);
            position = next == m_runs.end() ? end : next->first * m_blockSize;
            continue;
        }
        const auto part = static_cast<size_t>(std::min(end - position, m_blockSize - position % m_blockSize));
        if (auto written = writeGiven(position, {zeros.constData(), part}); !written) {
            return written;
        }
        position += static_cast<qint64>(part);
    }
    return {};
}

Result<void> Ext4Disk::extend(qint64 size)
{
    if (size > m_size) {
        return fail(Error::Code::InvalidInput,
                    QCoreApplication::translate("Ext4Disk", "A disk of %1 bytes for %2 has become larger.")
                        .arg(m_size)
                        .arg(m_path),
                    QCoreApplication::translate("Ext4Disk", "Let nothing change its source, and build again."),
                    Place::inFile(m_path));
    }
    return {};
}

Result<void> Ext4Disk::clear()
{
    for (const auto& [logical, run] : m_runs) {
        if (auto erased = m_image.erase(run.first * m_blockSize, run.count * m_blockSize); !erased) {
            return erased;
        }
        release(run);
    }
    m_runs.clear();
    return {};
}

} // namespace Stowage

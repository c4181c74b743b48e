// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "convertdisk.h"

#include "core/support/units.h"
#include "core/support/zeros.h"

#include <algorithm>
#include <vector>

namespace Stowage
{

namespace
{

constexpr qint64 PieceBytes = 1 * MiB;

/** Copies what @p extent of @p disk holds, in pieces that go into @p buffer. */
Result<void> copyExtent(DiskReader& disk, DiskExtent extent, std::vector<char>& buffer, SparseTarget& target,
                        Progress& progress, const std::stop_token& stop)
{
    while (extent.size > 0) {
        if (stop.stop_requested()) {
            return cancelled();
        }
        const auto piece = std::span(buffer).first(
            static_cast<size_t>(std::min(extent.size, static_cast<qint64>(buffer.size()))));
        if (auto got = disk.read(extent.start, piece); !got) {
            return got;
        }
        const auto put = forEachDataRun(piece, [&](qint64 start, qint64 size) {
            return target.write(extent.start + start,
                                piece.subspan(static_cast<size_t>(start), static_cast<size_t>(size)));
        });
        if (!put) {
            return put;
        }
        const auto done = static_cast<qint64>(piece.size());
        progress.advance(done);
        extent = {extent.start + done, extent.size - done};
    }
    return {};
}

} // namespace

Result<qint64> measureDisk(DiskReader& disk, const std::stop_token& stop)
{
    qint64 bytes = 0;
    for (qint64 position = 0; position < disk.size();) {
        if (stop.stop_requested()) {
            return cancelled();
        }
        const auto extent = disk.nextData(position);
        if (!extent) {
            return std::unexpected(extent.error());
        }
        bytes += extent->size;
        position = extent->start + extent->size;
    }
    return bytes;
}

Result<void> convertDisk(DiskReader& disk, SparseTarget& target, Progress& progress, const std::stop_token& stop)
{
    if (auto sized = target.extend(disk.size()); !sized) {
        return sized;
    }
    std::vector<char> buffer(static_cast<size_t>(PieceBytes));
    for (qint64 position = 0; position < disk.size();) {
        if (stop.stop_requested()) {
            return cancelled();
        }
        const auto extent = disk.nextData(position);
        if (!extent) {
            return std::unexpected(extent.error());
        }
        progress.advance(extent->start - position);
        if (auto copied = copyExtent(disk, *extent, buffer, target, progress, stop); !copied) {
            return copied;
        }
        position = extent->start + extent->size;
    }
    return {};
}

} // namespace Stowage

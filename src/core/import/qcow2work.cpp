// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "qcow2work.h"

#include "core/sources/bytes.h"
#include "core/support/units.h"

#include <algorithm>
#include <span>
#include <utility>

namespace Stowage
{

std::optional<Qcow2Slice> Qcow2Work::take()
{
    constexpr qint64 SliceBytes = 4 * MiB;
    if (stop.stop_requested()) {
        end();
    }
    const std::scoped_lock lock(mutex);
    while (!failed && next < header.virtualSize) {
        const qint64 index = next / tableCovers();
        const qint64 tableEnd = std::min((index + 1) * tableCovers(), header.virtualSize);
        const quint64 second = bigEndianAt<quint64>(table, index * 8) & Qcow2OffsetBits;
        const qint64 start = next;
        next = second == 0 ? tableEnd : std::min(start + std::max(SliceBytes, clusterBytes()), tableEnd);
        if (second != 0) {
            return Qcow2Slice{start, next - start, static_cast<qint64>(second), slices++};
        }
        progress.advance(next - start);
    }
    return {};
}

std::vector<char> Qcow2Work::buffer(qint64 bytes)
{
    std::vector<char> one;
    {
        const std::scoped_lock lock(mutex);
        if (!spare.empty()) {
            one = std::move(spare.back());
            spare.pop_back();
        }
    }
    one.resize(static_cast<size_t>(bytes));
    return one;
}

/** What may be written now. The caller has the mutex. */
std::optional<Qcow2Filled> Qcow2Work::nextToWrite()
{
    const auto found = target.isOrdered()
        ? std::ranges::find(filled, turn, [](const Qcow2Filled& one) { return one.slice.number; })
        : filled.begin();
    if (found == filled.end() || failed) {
        return {};
    }
    Qcow2Filled one = std::move(*found);
    filled.erase(found);
    return one;
}

void Qcow2Work::write(const Qcow2Filled& one)
{
    for (const auto& [start, size] : one.pieces) {
        const auto bytes = std::span(one.bytes).subspan(static_cast<size_t>(start), static_cast<size_t>(size));
        if (auto put = target.write(one.slice.start + start, bytes); !put) {
            fail(put.error());
            return;
        }
    }
    progress.advance(one.slice.size);
}

void Qcow2Work::put(Qcow2Filled one)
{
    constexpr size_t MostWaiting = 3;
    std::unique_lock lock(mutex);
    filled.push_back(std::move(one));
    for (;;) {
        auto mine = isWriting ? std::nullopt : nextToWrite();
        if (!mine) {
            if (failed || filled.size() <= MostWaiting) {
                return;
            }
            changed.wait(lock);
            continue;
        }
        isWriting = true;
        lock.unlock();
        write(*mine);
        lock.lock();
        isWriting = false;
        ++turn;
        spare.push_back(std::move(mine->bytes));
        changed.notify_all();
    }
}

void Qcow2Work::fail(const Error& cause)
{
    {
        const std::scoped_lock lock(mutex);
        error = error.value_or(cause);
    }
    end();
}

void Qcow2Work::end()
{
    const std::scoped_lock lock(mutex);
    failed = true;
    changed.notify_all();
}

} // namespace Stowage

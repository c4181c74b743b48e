// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "qcow2work.h"

#include "core/sources/bytes.h"
#include "core/support/units.h"

#include <algorithm>

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

bool Qcow2Work::awaitTurn(qint64 number)
{
    if (!target.isOrdered()) {
        return true;
    }
    std::unique_lock lock(mutex);
    turned.wait(lock, [&] { return turn == number || failed; });
    return !failed;
}

void Qcow2Work::passTurn(qint64 number)
{
    if (target.isOrdered() && awaitTurn(number)) {
        const std::scoped_lock lock(mutex);
        turn = number + 1;
        turned.notify_all();
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
    turned.notify_all();
}

} // namespace Stowage

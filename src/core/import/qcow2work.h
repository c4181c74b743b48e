// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/jobs/progress.h"
#include "core/sources/qcow2header.h"
#include "core/support/sparsetarget.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <vector>

namespace Stowage
{

/** A run of bytes in a slice. */
struct Qcow2Piece {
    qint64 start = 0; ///< Byte in the slice.
    qint64 size = 0; ///< Bytes.
};

/** A part of a QCOW2 disk within one second-level table. */
struct Qcow2Slice {
    qint64 start = 0; ///< Byte of the disk.
    qint64 size = 0; ///< Bytes.
    qint64 table = 0; ///< Byte in the file where its second-level table lies.
    qint64 number = 0; ///< In the order of the disk.
};

/** A slice as it is to be written. */
struct Qcow2Filled {
    Qcow2Slice slice;
    std::vector<char> bytes; ///< Of the disk, from the slice's start on.
    std::vector<Qcow2Piece> pieces; ///< What of them is to be written, in order; the rest are zeros or nothing at all.
};

/**
 * What all threads of one conversion share: the disk, of which each takes slices, and how it ends. One thread at a time
 * writes, as the system lets in only one: the others hand it what they have, and decompress on in place of waiting.
 */
struct Qcow2Work {
    const QString& source;
    const Qcow2Header& header;
    SparseTarget& target;
    int in = -1;
    qint64 fileSize = 0;
    QByteArray table; ///< The first-level one.
    Progress& progress;
    const std::stop_token& stop;

    std::mutex mutex = {};
    qint64 next = 0; ///< Byte of the disk from which on no thread has taken anything.
    qint64 slices = 0; ///< Taken by threads.
    std::vector<Qcow2Filled> filled = {}; ///< Waits to be written.
    std::vector<std::vector<char>> spare = {}; ///< Buffers to use again.
    bool isWriting = false; ///< A thread is at it.
    qint64 turn = 0; ///< Number of the slice that is next, where the target wants an order.
    std::condition_variable changed = {};
    std::optional<Error> error = {};
    std::atomic<bool> failed = false;

    [[nodiscard]] qint64 clusterBytes() const { return qint64{1} << header.clusterBits; }
    [[nodiscard]] qint64 entryBytes() const { return header.extendedL2 ? 16 : 8; }
    /** Bytes of the disk that one second-level table maps. */
    [[nodiscard]] qint64 tableCovers() const { return clusterBytes() / entryBytes() * clusterBytes(); }

    /** The next part that has a table; none at the end, or when the work has ended otherwise. */
    [[nodiscard]] std::optional<Qcow2Slice> take();
    /** A buffer of @p bytes, whatever is in them. */
    [[nodiscard]] std::vector<char> buffer(qint64 bytes);
    /** Writes @p one and what else waits, or leaves it to the thread that writes; waits when too much would wait. */
    void put(Qcow2Filled one);

    /** Ends the work; the first cause counts. */
    void fail(const Error& cause);
    void end();

private:
    [[nodiscard]] std::optional<Qcow2Filled> nextToWrite();
    void write(const Qcow2Filled& one);
};

} // namespace Stowage

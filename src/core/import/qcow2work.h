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

namespace Stowage
{

/** A part of a QCOW2 disk within one second-level table. */
struct Qcow2Slice {
    qint64 start = 0; ///< Byte of the disk.
    qint64 size = 0; ///< Bytes.
    qint64 table = 0; ///< Byte in the file where its second-level table lies.
    qint64 number = 0; ///< In the order of the disk.
};

/** What all threads of one conversion share: the disk, of which each takes slices, and how it ends. */
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
    qint64 turn = 0; ///< Number of the slice that may write, where the target wants an order.
    std::condition_variable turned = {};
    std::optional<Error> error = {};
    std::atomic<bool> failed = false;

    [[nodiscard]] qint64 clusterBytes() const { return qint64{1} << header.clusterBits; }
    [[nodiscard]] qint64 entryBytes() const { return header.extendedL2 ? 16 : 8; }
    /** Bytes of the disk that one second-level table maps. */
    [[nodiscard]] qint64 tableCovers() const { return clusterBytes() / entryBytes() * clusterBytes(); }

    /** The next part that has a table; none at the end, or when the work has ended otherwise. */
    [[nodiscard]] std::optional<Qcow2Slice> take();
    /** Waits until all slices before @p number are written, where that matters. False when the work has ended. */
    [[nodiscard]] bool awaitTurn(qint64 number);
    /** The slice @p number is written. */
    void passTurn(qint64 number);

    /** Ends the work; the first cause counts. */
    void fail(const Error& cause);
    void end();
};

} // namespace Stowage

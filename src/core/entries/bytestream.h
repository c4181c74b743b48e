// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/jobs/progress.h"
#include "core/support/result.h"
#include "core/support/sparsetarget.h"
#include "core/support/uniquefd.h"

#include <QString>

#include <array>
#include <condition_variable>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <thread>

namespace Stowage
{

/**
 * The content of a file, decompressed as by decode() and read ahead in a thread of its own. Other compressions come out
 * as they are. At most 8 MiB wait. One reader.
 */
class ByteStream
{
public:
    /** Opens the regular file @p path. @p progress is borrowed: it advances by the bytes read of the file. */
    [[nodiscard]] static Result<std::unique_ptr<ByteStream>> open(const QString& path, Progress& progress,
                                                                  const std::stop_token& stop);
    Q_DISABLE_COPY_MOVE(ByteStream)
    ~ByteStream();

    /** The next bytes, valid until the next call; empty at the end. Waits for them. */
    [[nodiscard]] Result<std::span<const char>> next();

    /** For the decoder, on its thread: a place to fill; empty when nobody reads any more, or it is to stop. Waits for it. */
    [[nodiscard]] std::span<char> room();
    /** For the decoder: the first @p bytes of the last room() are filled. */
    void filled(size_t bytes);

private:
    ByteStream() = default;

    struct Buffer {
        std::unique_ptr<char[]> bytes;
        size_t used = 0;
    };
    static constexpr size_t Buffers = 4;
    static constexpr size_t BufferSize = 2 * 1024 * 1024;

    UniqueFd m_file;
    std::stop_token m_stop;
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::array<Buffer, Buffers> m_buffers;
    size_t m_written = 0; ///< Buffers filled so far; the next one to fill is this modulo Buffers.
    size_t m_read = 0; ///< Buffers given back by the reader.
    bool m_reading = false; ///< The reader has the buffer m_read.
    bool m_closed = false;
    std::optional<Result<void>> m_result; ///< How decoding ended.
    std::jthread m_decoder; ///< Last: ends before what it uses goes.
};

/** The first @p length bytes, or all where they are fewer, of what a ByteStream of the file @p path gives. */
[[nodiscard]] Result<QByteArray> unpackedHead(const QString& path, qint64 length, const std::stop_token& stop);

/** How much unpackInto() takes. */
struct UnpackLimits {
    qint64 bytes = 0; ///< Of what comes out; more are an error.
    qint64 data = std::numeric_limits<qint64>::max(); ///< Of them that are no holes; more are the error of a full disk.
};

/**
 * Writes what the file @p from has to @p target, which is empty, decompressed as by ByteStream; zeros are left out. Advances
 * @p progress by the bytes read of the file. Blocks on the disk.
 * @return the bytes of the target.
 */
[[nodiscard]] Result<qint64> unpackInto(const QString& from, SparseTarget& target, UnpackLimits limits,
                                        Progress& progress, const std::stop_token& stop);

/** The same to the new file @p to. On error or cancel no file is left. */
[[nodiscard]] Result<void> unpackFile(const QString& from, const QString& to, UnpackLimits limits,
                                      const std::stop_token& stop);

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/jobs/progress.h"
#include "core/support/fileslice.h"
#include "core/support/result.h"
#include "core/support/uniquefd.h"

#include <QString>

#include <array>
#include <condition_variable>
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
    /** Opens a regular file. @p progress is borrowed: it advances by the bytes read of the file. */
    [[nodiscard]] static Result<std::unique_ptr<ByteStream>> open(const FileSlice& slice, Progress& progress,
                                                                  const std::stop_token& stop);
    Q_DISABLE_COPY_MOVE(ByteStream)
    ~ByteStream();

    /** The next bytes, valid until the next call; empty at the end. Waits for them. */
    [[nodiscard]] Result<std::span<const char>> next();

    /** Reads on to the end, as that is where a compressed stream has its checksum. */
    [[nodiscard]] Result<void> finish();

    /** For the decoder, on its thread: a place to fill; empty when nobody reads any more, or it is to stop. Waits for it. */
    [[nodiscard]] std::span<char> room();
    /** For the decoder: the first @p bytes of the last room() are filled. */
    void filled(size_t bytes);

private:
    ByteStream() = default;

    struct Buffer {
        std::unique_ptr<char[]> bytes; // NOLINT(modernize-avoid-c-arrays)
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

} // namespace Stowage

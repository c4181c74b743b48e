// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bytestream.h"

#include "core/entries/decoders.h"
#include "core/support/filecopy.h"

#include <utility>

namespace Stowage
{

Result<std::unique_ptr<ByteStream>> ByteStream::open(const FileSlice& slice, Progress& progress,
                                                     const std::stop_token& stop)
{
    auto file = openRegularFile(slice.path);
    if (!file) {
        return std::unexpected(file.error());
    }
    std::unique_ptr<ByteStream> stream(new ByteStream);
    stream->m_file = std::move(*file);
    stream->m_stop = stop;
    for (Buffer& buffer : stream->m_buffers) {
        buffer.bytes = std::make_unique_for_overwrite<char[]>(BufferSize); // NOLINT(modernize-avoid-c-arrays)
    }
    stream->m_decoder = std::jthread([self = stream.get(), slice, &progress, stop] {
        auto decoded = decode(self->m_file.get(), slice, progress, stop, *self);
        const std::lock_guard lock(self->m_mutex);
        self->m_result = std::move(decoded);
        self->m_changed.notify_all();
    });
    return stream;
}

ByteStream::~ByteStream()
{
    const std::lock_guard lock(m_mutex);
    m_closed = true;
    m_changed.notify_all();
}

Result<std::span<const char>> ByteStream::next()
{
    std::unique_lock lock(m_mutex);
    if (std::exchange(m_reading, false)) {
        ++m_read;
        m_changed.notify_all();
    }
    m_changed.wait(lock, [this] { return m_written > m_read || m_result; });
    if (m_written == m_read) {
        return m_result->transform([] { return std::span<const char>(); });
    }
    m_reading = true;
    const Buffer& buffer = m_buffers[m_read % Buffers];
    return std::span(buffer.bytes.get(), buffer.used);
}

Result<void> ByteStream::finish()
{
    for (;;) {
        const auto rest = next();
        if (!rest || rest->empty()) {
            return rest.transform([](std::span<const char>) { });
        }
    }
}

std::span<char> ByteStream::room()
{
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, [this] { return m_written - m_read < Buffers || m_closed; });
    return m_closed || m_stop.stop_requested() ? std::span<char>()
                                               : std::span(m_buffers[m_written % Buffers].bytes.get(), BufferSize);
}

void ByteStream::filled(size_t bytes)
{
    const std::lock_guard lock(m_mutex);
    m_buffers[m_written % Buffers].used = bytes;
    m_written += bytes > 0 ? 1 : 0;
    m_changed.notify_all();
}

} // namespace Stowage

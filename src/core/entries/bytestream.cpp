// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bytestream.h"

#include "core/entries/decoders.h"
#include "core/support/filecopy.h"
#include "core/support/sparsetarget.h"
#include "core/support/units.h"
#include "core/support/zeros.h"

#include <QCoreApplication>
#include <QFile>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace Stowage
{

namespace
{

struct Unpacking {
    Q_DECLARE_TR_FUNCTIONS(Unpacking)
};

Result<void> unpack(ByteStream& stream, const QString& from, int fd, const QString& to, qint64 limit, qint64 room)
{
    SparseFile target(fd, to);
    for (qint64 position = 0;;) {
        const auto bytes = stream.next();
        if (!bytes) {
            return std::unexpected(bytes.error());
        }
        if (bytes->empty()) {
            return target.extend(position);
        }
        const bool isHole = isZero(*bytes);
        room -= isHole ? 0 : static_cast<qint64>(bytes->size());
        if (room < 0) {
            return systemError(ENOSPC, Unpacking::tr("write"), to);
        }
        if (auto written = isHole ? Result<void>() : target.write(position, *bytes); !written) {
            return written;
        }
        position += static_cast<qint64>(bytes->size());
        if (position > limit) {
            return fail(Error::Code::InvalidInput,
                        Unpacking::tr("%1 has more than %2 MiB in it.").arg(from).arg(limit / MiB),
                        Unpacking::tr("Name the right file."), Place::inFile(from));
        }
    }
}

} // namespace

Result<std::unique_ptr<ByteStream>> ByteStream::open(const QString& path, Progress& progress,
                                                     const std::stop_token& stop)
{
    auto file = openRegularFile(path);
    if (!file) {
        return std::unexpected(file.error());
    }
    std::unique_ptr<ByteStream> stream(new ByteStream);
    stream->m_file = std::move(*file);
    stream->m_buffers.assign(Buffers, {std::vector<char>(MiB * 2), 0});
    stream->m_decoder = std::jthread([self = stream.get(), path, &progress, stop] {
        auto decoded = decode(self->m_file.get(), path, progress, stop, *self);
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
    return std::span(buffer.bytes).first(buffer.used);
}

std::span<char> ByteStream::room()
{
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, [this] { return m_written - m_read < Buffers || m_closed; });
    return m_closed ? std::span<char>() : std::span(m_buffers[m_written % Buffers].bytes);
}

void ByteStream::filled(size_t bytes)
{
    const std::lock_guard lock(m_mutex);
    m_buffers[m_written % Buffers].used = bytes;
    m_written += bytes > 0 ? 1 : 0;
    m_changed.notify_all();
}

Result<void> unpackFile(const QString& from, const QString& to, qint64 limit, const std::stop_token& stop, qint64 room)
{
    Progress ignored;
    auto stream = ByteStream::open(from, ignored, stop);
    if (!stream) {
        return std::unexpected(stream.error());
    }
    const QByteArray name = QFile::encodeName(to);
    UniqueFd file(::open(name.constData(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (!file.isValid()) {
        return systemError(errno, Unpacking::tr("make"), to);
    }
    auto unpacked = unpack(**stream, from, file.get(), to, limit, room);
    if (unpacked && !file.close()) {
        unpacked = systemError(errno, Unpacking::tr("write"), to);
    }
    if (!unpacked) {
        ::unlink(name.constData());
    }
    return unpacked;
}

} // namespace Stowage

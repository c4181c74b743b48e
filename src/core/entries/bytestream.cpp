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
    stream->m_stop = stop;
    for (Buffer& buffer : stream->m_buffers) {
        buffer.bytes = std::make_unique_for_overwrite<char[]>(BufferSize);
    }
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
    return std::span(buffer.bytes.get(), buffer.used);
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

Result<QByteArray> unpackedHead(const QString& path, qint64 length, const std::stop_token& stop)
{
    Progress ignored;
    auto stream = ByteStream::open(path, ignored, stop);
    if (!stream) {
        return std::unexpected(stream.error());
    }
    QByteArray head;
    while (head.size() < length) {
        const auto bytes = (*stream)->next();
        if (!bytes) {
            return std::unexpected(bytes.error());
        }
        if (bytes->empty()) {
            break;
        }
        head.append(bytes->data(), std::min<qsizetype>(length - head.size(), std::ssize(*bytes)));
    }
    return head;
}

Result<qint64> unpackInto(const QString& from, SparseTarget& target, UnpackLimits limits, Progress& progress,
                          const std::stop_token& stop)
{
    auto stream = ByteStream::open(from, progress, stop);
    if (!stream) {
        return std::unexpected(stream.error());
    }
    for (qint64 position = 0;;) {
        const auto bytes = (*stream)->next();
        if (!bytes) {
            return std::unexpected(bytes.error());
        }
        if (bytes->empty()) {
            return target.extend(position).transform([position] { return position; });
        }
        auto written = forEachDataRun(*bytes, [&](qint64 at, qint64 size) -> Result<void> {
            limits.data -= size;
            if (limits.data < 0) {
                return systemError(ENOSPC, Unpacking::tr("unpack"), from);
            }
            return target.write(position + at, bytes->subspan(static_cast<size_t>(at), static_cast<size_t>(size)));
        });
        if (!written) {
            return std::unexpected(written.error());
        }
        position += static_cast<qint64>(bytes->size());
        if (position > limits.bytes) {
            return fail(Error::Code::InvalidInput,
                        Unpacking::tr("%1 has more than %2 in it.").arg(from, formatBytes(limits.bytes)),
                        Unpacking::tr("Name the right file."), Place::inFile(from));
        }
    }
}

Result<void> unpackFile(const QString& from, const QString& to, UnpackLimits limits, const std::stop_token& stop)
{
    const QByteArray name = QFile::encodeName(to);
    UniqueFd file(::open(name.constData(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (!file.isValid()) {
        return systemError(errno, Unpacking::tr("make"), to);
    }
    Progress ignored;
    SparseFile target(file.get(), to);
    auto unpacked = unpackInto(from, target, limits, ignored, stop).transform([](qint64) { });
    if (unpacked && !file.close()) {
        unpacked = systemError(errno, Unpacking::tr("write"), to);
    }
    if (!unpacked) {
        ::unlink(name.constData());
    }
    return unpacked;
}

} // namespace Stowage

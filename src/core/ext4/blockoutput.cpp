// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "blockoutput.h"

#include "core/support/units.h"

#include <QCoreApplication>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace Stowage
{

namespace
{

constexpr qint64 BufferBytes = MiB;

} // namespace

BlockOutput::BlockOutput(int fd, QString path, qint64 blockSize, qint64 base)
    : m_fd(fd),
      m_path(std::move(path)),
      m_blockSize(blockSize),
      m_base(base),
      m_begun(base),
      m_buffer(BufferBytes)
{ }

qint64 BlockOutput::most() const
{
    return BufferBytes / m_blockSize;
}

std::span<char> BlockOutput::blocks(qint64 first, qint64 count)
{
    const std::span<char> place = room(first, count);
    std::memset(place.data(), 0, place.size());
    return place;
}

std::span<char> BlockOutput::room(qint64 first, qint64 count)
{
    const qint64 bytes = count * m_blockSize;
    if (first * m_blockSize != m_start + m_used || m_used + bytes > BufferBytes) {
        flush();
        m_start = first * m_blockSize;
    }
    char* place = m_buffer.data() + m_used;
    m_used += bytes;
    return {place, static_cast<size_t>(bytes)};
}

void BlockOutput::flush()
{
    write(m_buffer.data(), m_used, m_start);
    const qint64 end = (m_base + m_start + m_used) / BufferBytes * BufferBytes;
    if (m_fd >= 0 && end > m_begun) {
        // The disk begins now, and not only when the whole image waits for it at the end.
        ::sync_file_range(m_fd, m_begun, end - m_begun, SYNC_FILE_RANGE_WRITE);
        m_begun = end;
    }
    m_start += m_used;
    m_used = 0;
}

void BlockOutput::write(const void* data, qint64 size, qint64 offset)
{
    const char* from = static_cast<const char*>(data);
    while (size > 0 && m_error == 0 && m_fd >= 0) {
        const ssize_t written = ::pwrite(m_fd, from, static_cast<size_t>(size), m_base + offset);
        if (written < 0 && errno != EINTR) {
            m_error = errno;
        } else if (written > 0) {
            from += written;
            offset += written;
            size -= written;
        }
    }
}

void BlockOutput::erase(qint64 first, qint64 count)
{
    flush();
    if (m_fd < 0) {
        return;
    }
    if (::fallocate(m_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, m_base + first * m_blockSize, count * m_blockSize)
        == 0) {
        return;
    }
    for (qint64 block = first; block < first + count; ++block) {
        static_cast<void>(blocks(block));
    }
}

Result<void> BlockOutput::finish(qint64 bytes)
{
    flush();
    struct stat status = {};
    if (m_error == 0 && m_fd >= 0
        && (::fstat(m_fd, &status) != 0
            || (status.st_size < m_base + bytes && ::ftruncate(m_fd, m_base + bytes) != 0))) {
        m_error = errno;
    }
    return result();
}

Result<void> BlockOutput::result() const
{
    if (m_error != 0) {
        return systemError(m_error, QCoreApplication::translate("BlockOutput", "write"), m_path);
    }
    return {};
}

} // namespace Stowage

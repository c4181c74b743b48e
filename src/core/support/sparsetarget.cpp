// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "sparsetarget.h"

#include "core/support/units.h"

#include <QByteArray>
#include <QCoreApplication>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace Stowage
{

SparseFile::SparseFile(int fd, QString path, qint64 base)
    : m_fd(fd),
      m_path(std::move(path)),
      m_base(base),
      m_settled(base)
{ }

std::unexpected<Error> SparseFile::failed(int number) const
{
    return systemError(number, QCoreApplication::translate("SparseFile", "write"), m_path);
}

Result<void> SparseFile::write(qint64 position, std::span<const char> bytes)
{
    while (!bytes.empty()) {
        const ssize_t written = ::pwrite(m_fd, bytes.data(), bytes.size(), m_base + position);
        if (written < 0 && errno != EINTR) {
            return failed(errno);
        }
        bytes = bytes.subspan(static_cast<size_t>(std::max<ssize_t>(written, 0)));
        position += std::max<ssize_t>(written, 0);
    }
    return {};
}

Result<void> SparseFile::erase(qint64 position, qint64 size)
{
    if (::fallocate(m_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, m_base + position, size) == 0) {
        return {};
    }
    const QByteArray zeros(std::min<qint64>(size, MiB), '\0');
    for (const qint64 end = position + size; position < end; position += zeros.size()) {
        const auto part = static_cast<size_t>(std::min<qint64>(zeros.size(), end - position));
        if (auto written = write(position, {zeros.constData(), part}); !written) {
            return written;
        }
    }
    return {};
}

Result<void> SparseFile::extend(qint64 size)
{
    struct stat status = {};
    if (::fstat(m_fd, &status) != 0 || (status.st_size < m_base + size && ::ftruncate(m_fd, m_base + size) != 0)) {
        return failed(errno);
    }
    return {};
}

Result<void> SparseFile::clear()
{
    m_settled = m_base;
    return ::ftruncate(m_fd, m_base) == 0 ? Result<void>() : failed(errno);
}

void SparseFile::settle(qint64 position)
{
    const qint64 end = (m_base + position) / MiB * MiB;
    if (end > m_settled) {
        // The disk begins now, and not only when the whole image waits for it at the end.
        ::sync_file_range(m_fd, m_settled, end - m_settled, SYNC_FILE_RANGE_WRITE);
        m_settled = end;
    }
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "filedisk.h"

#include "core/sources/sourcefile.h"
#include "core/support/filecopy.h"
#include "core/support/filestate.h"

#include <QCoreApplication>

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace Stowage
{

namespace
{

QString reading()
{
    return QCoreApplication::translate("FileDisk", "read");
}

} // namespace

Result<std::unique_ptr<FileDisk>> FileDisk::open(const QString& path)
{
    auto file = openRegularFile(path);
    if (!file) {
        return std::unexpected(file.error());
    }
    const auto size = sizeOf(*file, path);
    if (!size) {
        return std::unexpected(size.error());
    }
    return std::unique_ptr<FileDisk>(new FileDisk(*std::move(file), *size, path));
}

Result<void> FileDisk::read(qint64 position, std::span<char> into)
{
    while (!into.empty()) {
        const ssize_t got = ::pread(m_file.get(), into.data(), into.size(), position);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return got < 0 ? systemError(errno, reading(), m_path) : FileState::changed(m_path);
        }
        into = into.subspan(static_cast<size_t>(got));
        position += got;
    }
    return {};
}

Result<DiskExtent> FileDisk::nextData(qint64 position)
{
    const off_t data = ::lseek(m_file.get(), position, SEEK_DATA);
    if (data < 0) {
        const bool none = errno == ENXIO || position >= m_size;
        return none ? DiskExtent{m_size, 0} : DiskExtent{position, m_size - position};
    }
    const off_t hole = ::lseek(m_file.get(), data, SEEK_HOLE);
    const qint64 end = hole > data ? std::min<qint64>(hole, m_size) : m_size;
    return DiskExtent{data, end - data};
}

} // namespace Stowage

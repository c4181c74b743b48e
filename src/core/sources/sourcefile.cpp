// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "sourcefile.h"

#include "core/support/filecopy.h"

#include <QCoreApplication>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace Stowage
{

namespace
{

struct SourceFile {
    Q_DECLARE_TR_FUNCTIONS(SourceFile)
};

constexpr qint64 TailSize = 512;

std::unexpected<Error> readError(const QString& path)
{
    return systemError(errno, SourceFile::tr("read"), path);
}

} // namespace

Result<qint64> readInto(const UniqueFd& file, qint64 offset, std::span<char> into, const QString& path)
{
    size_t done = 0;
    while (done < into.size()) {
        const ssize_t got = ::pread(file.get(), into.data() + done, into.size() - done,
                                    offset + static_cast<qint64>(done));
        if (got < 0 && errno != EINTR) {
            return readError(path);
        }
        if (got == 0) {
            break;
        }
        done += static_cast<size_t>(std::max<ssize_t>(got, 0));
    }
    return static_cast<qint64>(done);
}

Result<QByteArray> readAt(const UniqueFd& file, qint64 offset, qint64 length, const QString& path)
{
    QByteArray bytes(length, Qt::Uninitialized);
    return readInto(file, offset, {bytes.data(), static_cast<size_t>(length)}, path).transform([&bytes](qint64 got) {
        bytes.truncate(got);
        return std::move(bytes);
    });
}

Result<qint64> sizeOf(const UniqueFd& file, const QString& path)
{
    struct stat status = {};
    if (::fstat(file.get(), &status) != 0) {
        return readError(path);
    }
    return status.st_size;
}

Result<FileSample> readSample(const QString& path, const std::stop_token& stop, qint64 headSize)
{
    return readSample(FileSlice{.path = path}, stop, headSize);
}

Result<FileSample> readSample(const FileSlice& slice, const std::stop_token& stop, qint64 headSize)
{
    if (stop.stop_requested()) {
        return cancelled();
    }
    const QString& path = slice.path;
    const auto file = openRegularFile(path);
    if (!file) {
        return std::unexpected(file.error());
    }
    struct stat status = {};
    if (::fstat(file->get(), &status) != 0) {
        return readError(path);
    }
    const qint64 start = std::clamp<qint64>(slice.offset, 0, status.st_size);
    FileSample sample{.head = {},
                      .tail = {},
                      .size = std::clamp<qint64>(slice.size, 0, status.st_size - start),
                      .allocated = qint64{status.st_blocks} * 512};
    const qint64 tailSize = std::min(sample.size, TailSize);
    auto head = readAt(*file, start, std::min(sample.size, headSize), path);
    auto tail = readAt(*file, start + sample.size - tailSize, tailSize, path);
    if (!head || !tail) {
        return std::unexpected(head ? tail.error() : head.error());
    }
    sample.head = *std::move(head);
    sample.tail = *std::move(tail);
    return sample;
}

} // namespace Stowage

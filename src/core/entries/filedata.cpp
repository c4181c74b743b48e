// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "filedata.h"

#include "core/support/filestate.h"
#include "core/support/holes.h"

#include <QCoreApplication>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace Stowage
{

namespace
{

struct FileDataText {
    Q_DECLARE_TR_FUNCTIONS(FileData)
};

bool isSparse(const struct stat& status)
{
    return qint64{status.st_blocks} * 512 < status.st_size;
}

} // namespace

QList<DataRange> FileData::rangesOf(int fd, const struct stat& status, const std::stop_token& stop)
{
    QList<DataRange> ranges;
    if (!isSparse(status)) {
        return ranges;
    }
    for (qint64 position = 0; position < status.st_size && !stop.stop_requested();) {
        const qint64 data = dataFrom(fd, position, status.st_size);
        const qint64 end = holeFrom(fd, data, status.st_size);
        if (end > data) {
            ranges.append({data, end - data});
        }
        position = end;
    }
    if (ranges.isEmpty()) {
        ranges.append({status.st_size, 0});
    }
    return ranges.size() == 1 && ranges.first().size == status.st_size ? QList<DataRange>() : ranges;
}

Result<void> FileData::feed(int fd, const struct stat& status, const QString& name)
{
    const bool sparse = isSparse(status);
    const bool cloned = m_sink.wantsData() && m_sink.clone(fd);
    if (cloned) {
        m_progress.advance(status.st_size);
    }
    for (qint64 position = 0; !cloned && position < status.st_size;) {
        if (m_stop.stop_requested()) {
            return cancelled();
        }
        const qint64 data = sparse ? dataFrom(fd, position, status.st_size) : position;
        const qint64 end = sparse ? holeFrom(fd, data, status.st_size) : status.st_size;
        auto done = data > position ? m_sink.skip(data - position) : Result<void>();
        if (done) {
            done = m_sink.wantsData() ? copy(fd, data, end - data, name) : m_sink.reserve(end - data);
        }
        if (!done) {
            return done;
        }
        position = end;
    }
    // What was written to while it was read may be half the old and half the new content.
    return FileState(status).checkStill(fd, name);
}

Result<void> FileData::feed(int fd, std::span<const DataRun> runs, qint64 size, const QString& name)
{
    qint64 position = 0;
    for (const DataRun& run : runs) {
        if (m_stop.stop_requested()) {
            return cancelled();
        }
        const qint64 bytes = std::min(run.size, size - run.start); // the last block is longer than the file
        if (run.start < position || bytes <= 0) {
            continue;
        }
        auto done = run.start > position ? m_sink.skip(run.start - position) : Result<void>();
        if (done) {
            done = m_sink.wantsData() ? copy(fd, run.source, bytes, name) : m_sink.reserve(bytes);
        }
        if (!done) {
            return done;
        }
        position = run.start + bytes;
    }
    return size > position ? m_sink.skip(size - position) : Result<void>();
}

Result<void> FileData::copy(int fd, qint64 from, qint64 bytes, const QString& name)
{
    while (bytes > 0) {
        if (m_stop.stop_requested()) {
            return cancelled();
        }
        const std::span<char> room = m_sink.room(bytes);
        const ssize_t got = ::pread(fd, room.data(), room.size(), from);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return got < 0 ? systemError(errno, FileDataText::tr("read"), name) : FileState::changed(name);
        }
        if (auto written = m_sink.write(room.first(static_cast<size_t>(got))); !written) {
            return written;
        }
        m_progress.advance(got);
        from += got;
        bytes -= got;
    }
    return {};
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "filecopy.h"

#include "core/support/filestate.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QFile>

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace Stowage
{

namespace
{

struct FileCopy {
    Q_DECLARE_TR_FUNCTIONS(FileCopy)
};

constexpr qint64 BlockSize = MiB;
constexpr qint64 LeastForThreads = 16 * MiB;
/** A server copies that much between two looks at the stop token. */
constexpr qint64 KernelBlockSize = 8 * MiB;

/** Whether the file lies on a server, which may copy by itself. */
bool isRemote(int file)
{
    static constexpr auto Magics = std::to_array<quint32>(
        {NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, CIFS_SUPER_MAGIC, SMB2_SUPER_MAGIC});
    struct statfs status = {};
    return ::fstatfs(file, &status) == 0
        && std::ranges::find(Magics, static_cast<quint32>(status.f_type)) != Magics.end();
}

/** One copy between two open files. */
class ContentCopy
{
public:
    ContentCopy(int source, const QString& sourceName, int destination, const QString& destinationName,
                const std::stop_token& stop, Progress& progress)
        : m_source(source),
          m_destination(destination),
          m_sourceName(sourceName),
          m_destinationName(destinationName),
          m_stop(stop),
          m_progress(progress)
    { }

    Result<void> run();
    Result<void> runPart(const FilePart& part);

private:
    [[nodiscard]] bool cloneRange(const FilePart& part) const;
    Result<void> copyData(qint64 begin, qint64 size);
    struct Piece {
        qint64 start = 0;
        qint64 size = 0;
    };
    std::optional<Piece> takePiece();
    void copyPieces();
    Result<qint64> copySome(qint64 offset, qint64 length, std::vector<char>& buffer);

    int m_source;
    int m_destination;
    const QString& m_sourceName;
    const QString& m_destinationName;
    const std::stop_token& m_stop;
    Progress& m_progress;
    std::atomic<bool> m_inKernel = false; ///< The server of a network file system copies.
    qint64 m_shift = 0; ///< What is to be added to an offset in the source.

    std::mutex m_mutex; ///< For all that follows.
    qint64 m_position = 0; ///< Bytes before it are taken.
    qint64 m_rangeEnd = 0; ///< End of the data range that m_position is in.
    qint64 m_end = 0;
    std::optional<Error> m_error;
};

Result<void> ContentCopy::run()
{
    struct stat before = {};
    if (::fstat(m_source, &before) != 0) {
        return systemError(errno, FileCopy::tr("read"), m_sourceName);
    }
    if (m_stop.stop_requested()) {
        return cancelled();
    }
    if (::ioctl(m_destination, FICLONE, m_source) == 0) {
        m_progress.advance(before.st_size);
    } else if (auto copied = copyData(0, before.st_size); !copied) {
        return copied;
    } else if (::ftruncate(m_destination, before.st_size) != 0) {
        return systemError(errno, FileCopy::tr("write"), m_destinationName);
    }
    return FileState(before).checkStill(m_source, m_sourceName);
}

Result<void> ContentCopy::runPart(const FilePart& part)
{
    struct stat before = {};
    struct stat there = {};
    if (::fstat(m_source, &before) != 0) {
        return systemError(errno, FileCopy::tr("read"), m_sourceName);
    }
    const qint64 end = part.to + part.size;
    if (::fstat(m_destination, &there) != 0 || (there.st_size < end && ::ftruncate(m_destination, end) != 0)) {
        return systemError(errno, FileCopy::tr("write"), m_destinationName);
    }
    m_shift = part.to - part.from;
    if (cloneRange(part)) {
        m_progress.advance(part.size);
    } else if (auto copied = copyData(part.from, part.from + part.size); !copied) {
        return copied;
    }
    return FileState(before).checkStill(m_source, m_sourceName);
}

bool ContentCopy::cloneRange(const FilePart& part) const
{
    file_clone_range range = {};
    range.src_fd = m_source;
    range.src_offset = static_cast<quint64>(part.from);
    range.src_length = static_cast<quint64>(part.size);
    range.dest_offset = static_cast<quint64>(part.to);
    return ::ioctl(m_destination, FICLONERANGE, &range) == 0;
}

/** From @p begin up to @p size. */
Result<void> ContentCopy::copyData(qint64 begin, qint64 size)
{
    ::posix_fadvise(m_source, begin, size - begin, POSIX_FADV_SEQUENTIAL);
    m_position = m_rangeEnd = begin;
    m_end = size;
    m_inKernel = isRemote(m_destination);
    {
        // While one thread writes, for which the kernel lets in one at a time, the other reads.
        std::vector<std::jthread> others;
        const bool worthIt = !m_inKernel && size - begin > LeastForThreads && std::thread::hardware_concurrency() > 1;
        if (worthIt) {
            others.emplace_back([this] { copyPieces(); });
        }
        copyPieces();
    }
    if (m_stop.stop_requested()) {
        return cancelled();
    }
    return m_error ? Result<void>(std::unexpected(*m_error)) : Result<void>();
}

/** The next piece of data; none at the end. */
std::optional<ContentCopy::Piece> ContentCopy::takePiece()
{
    const std::scoped_lock lock(m_mutex);
    if (m_error || m_stop.stop_requested()) {
        return {};
    }
    if (m_position >= m_rangeEnd) {
        const qint64 from = m_position;
        qint64 data = from < m_end ? ::lseek(m_source, from, SEEK_DATA) : m_end;
        m_rangeEnd = m_end;
        if (data < 0 && errno == ENXIO) {
            data = m_end;
        } else if (data < 0) {
            data = from; // No holes are known on this file system.
        } else if (const qint64 hole = data < m_end ? ::lseek(m_source, data, SEEK_HOLE) : -1; hole >= 0) {
            m_rangeEnd = std::min(hole, m_end);
        }
        m_position = std::min(data, m_end);
        m_progress.advance(m_position - from);
    }
    const Piece piece{m_position, std::min(m_rangeEnd - m_position, m_inKernel.load() ? KernelBlockSize : BlockSize)};
    m_position += piece.size;
    return piece.size > 0 ? std::optional(piece) : std::nullopt;
}

void ContentCopy::copyPieces()
{
    std::vector<char> buffer;
    while (const auto piece = takePiece()) {
        qint64 done = 0;
        while (done < piece->size) {
            const auto copied = copySome(piece->start + done, piece->size - done, buffer);
            if (!copied) {
                const std::scoped_lock lock(m_mutex);
                m_error = m_error.value_or(copied.error());
                return;
            }
            done += *copied;
        }
        m_progress.advance(piece->size);
    }
}

Result<qint64> ContentCopy::copySome(qint64 offset, qint64 length, std::vector<char>& buffer)
{
    if (m_inKernel) {
        off_t from = offset;
        off_t to = offset + m_shift;
        const ssize_t copied = ::copy_file_range(m_source, &from, m_destination, &to, static_cast<size_t>(length), 0);
        if (copied > 0) {
            return copied;
        }
        if (copied < 0 && errno == EINTR) {
            return 0;
        }
        if (copied < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)) {
            return systemError(errno, FileCopy::tr("write"), m_destinationName);
        }
        // Not between these file systems, or not at all: the plain way tells the real error, if there is one.
        m_inKernel = false;
    }
    buffer.resize(static_cast<size_t>(BlockSize));
    const ssize_t got = ::pread(m_source, buffer.data(), static_cast<size_t>(std::min(length, BlockSize)), offset);
    if (got < 0) {
        return errno == EINTR ? Result<qint64>(0) : systemError(errno, FileCopy::tr("read"), m_sourceName);
    }
    if (got == 0) {
        return FileState::changed(m_sourceName);
    }
    for (ssize_t written = 0; written < got;) {
        const ssize_t put = ::pwrite(m_destination, buffer.data() + written, static_cast<size_t>(got - written),
                                     offset + m_shift + written);
        if (put < 0 && errno != EINTR) {
            return systemError(errno, FileCopy::tr("write"), m_destinationName);
        }
        written += std::max<ssize_t>(put, 0);
    }
    return got;
}

} // namespace

Result<UniqueFd> openRegularFile(const QString& path)
{
    if (path.contains(QChar::Null)) { // the system would take what is before it for the whole
        return systemError(ENOENT, FileCopy::tr("open"), path);
    }
    // Without O_NONBLOCK a FIFO would wait for a writer.
    UniqueFd file(::open(QFile::encodeName(path).constData(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    struct stat info = {};
    if (!file.isValid() || ::fstat(file.get(), &info) != 0) {
        return systemError(errno, FileCopy::tr("open"), path);
    }
    if (!S_ISREG(info.st_mode)) {
        const QString what = S_ISDIR(info.st_mode) ? FileCopy::tr("a directory")
                                                   : FileCopy::tr("a device, pipe or socket");
        return fail(Error::Code::InvalidInput, FileCopy::tr("%1 is %2, not a regular file.").arg(path, what),
                    FileCopy::tr("Choose a regular file."), Place::inFile(path));
    }
    return file;
}

Result<void> copyContent(int source, const QString& sourceName, int destination, const QString& destinationName,
                         const std::stop_token& stop, Progress& progress)
{
    return ContentCopy(source, sourceName, destination, destinationName, stop, progress).run();
}

Result<void> copyPart(int source, const QString& sourceName, int destination, const QString& destinationName,
                      const FilePart& part, const std::stop_token& stop, Progress& progress)
{
    return ContentCopy(source, sourceName, destination, destinationName, stop, progress).runPart(part);
}

Result<void> copyFile(const QString& source, const QString& destination, const std::stop_token& stop,
                      Progress& progress)
{
    const auto from = openRegularFile(source);
    if (!from) {
        return std::unexpected(from.error());
    }
    const QByteArray name = QFile::encodeName(destination);
    UniqueFd to(::open(name.constData(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
    if (!to.isValid()) {
        return systemError(errno, FileCopy::tr("make"), destination);
    }
    auto result = copyContent(from->get(), source, to.get(), destination, stop, progress);
    if (result && (::fchmod(to.get(), 0644) != 0 || !to.close())) {
        result = systemError(errno, FileCopy::tr("write"), destination);
    }
    if (!result) {
        ::unlink(name.constData());
    }
    return result;
}

Result<QByteArray> hashFile(const QString& path, const std::stop_token& stop, Progress* progress)
{
    const auto file = openRegularFile(path);
    if (!file) {
        return std::unexpected(file.error());
    }
    QCryptographicHash hash(QCryptographicHash::Sha256);
    QByteArray buffer(BlockSize, Qt::Uninitialized);
    for (;;) {
        if (stop.stop_requested()) {
            return cancelled();
        }
        const ssize_t got = ::read(file->get(), buffer.data(), static_cast<size_t>(buffer.size()));
        if (got < 0 && errno != EINTR) {
            return systemError(errno, FileCopy::tr("read"), path);
        }
        if (got == 0) {
            return hash.result();
        }
        if (got > 0) {
            hash.addData(QByteArrayView(buffer.constData(), got));
            if (progress) {
                progress->advance(got);
            }
        }
    }
}

qint64 allocatedBytes(const QString& path)
{
    struct stat info = {};
    return ::stat(QFile::encodeName(path).constData(), &info) == 0 ? static_cast<qint64>(info.st_blocks) * 512 : 0;
}

} // namespace Stowage

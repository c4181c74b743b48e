// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "diskfile.h"

#include "core/sources/sourcefile.h"
#include "core/support/filecopy.h"
#include "core/support/holes.h"
#include "core/support/safepath.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

namespace Stowage
{

namespace
{

struct DiskText {
    Q_DECLARE_TR_FUNCTIONS(DiskFile)
};

constexpr quint64 MaxDiskSize = quint64{1} << 56; // 64 PiB
constexpr qint64 WindowBytes = 64 * KiB;
constexpr qint64 WindowAlignment = 4 * KiB;

} // namespace

DiskFile::DiskFile(UniqueFd file, qint64 base, qint64 size, QString path, QString format)
    : m_file(std::move(file)),
      m_base(base),
      m_size(size),
      m_path(std::move(path)),
      m_format(std::move(format))
{ }

Result<DiskFile> DiskFile::open(const QString& path, const QString& format)
{
    auto file = openRegularFile(path);
    const auto size = file ? sizeOf(*file, path) : std::unexpected(file.error());
    if (!size) {
        return std::unexpected(size.error());
    }
    return DiskFile(*std::move(file), 0, *size, path, format);
}

Result<DiskFile> DiskFile::open(const FileSlice& slice, const QString& name, const QString& format)
{
    return open(slice.path, format).and_then([&](DiskFile&& file) -> Result<DiskFile> {
        if (slice.isWhole()) {
            return std::move(file);
        }
        file.m_path = name;
        if (slice.offset < 0 || slice.size < 0
            || !file.holds(static_cast<quint64>(slice.offset), static_cast<quint64>(slice.size))) {
            return file.cutOff();
        }
        file.m_base = slice.offset;
        file.m_size = slice.size;
        file.m_isPart = true;
        return std::move(file);
    });
}

Result<DiskFile> DiskFile::openBeside(const QByteArray& name) const
{
    const auto elsewhere = [this](const QString& why) {
        return fail(Error::Code::InvalidInput,
                    DiskText::tr("%1 is a %2 with a part that is not taken: %3").arg(m_path, m_format, why),
                    DiskText::tr(
                        "All its parts have to be regular files in its own directory. Convert it with \"qemu-img "
                        "convert -O qcow2\" where they are, and use the result."),
                    Place::inFile(m_path));
    };
    if (m_isPart) {
        return elsewhere(DiskText::tr("it lies in an archive."));
    }
    if (const auto plain = checkFileName(name); !plain) {
        return elsewhere(plain.error().message);
    }
    const QString directory = QFileInfo(QFileInfo(m_path).canonicalFilePath()).path();
    const QString path = directory + u'/' + QFile::decodeName(name);
    const UniqueFd parent(::open(QFile::encodeName(directory).constData(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!parent.isValid()) {
        return systemError(errno, DiskText::tr("open"), directory);
    }
    // Without O_NONBLOCK a FIFO would wait for a writer.
    UniqueFd file(::openat(parent.get(), name.constData(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    struct stat status = {};
    if (!file.isValid() || ::fstat(file.get(), &status) != 0) {
        if (errno == ENOENT) {
            return fail(Error::Code::NotFound,
                        DiskText::tr("%1 is a %2 with a part in the file %3, which does not exist.")
                            .arg(m_path, m_format, path),
                        DiskText::tr("Copy all files of the disk into one directory."), Place::inFile(m_path));
        }
        return errno == ELOOP ? elsewhere(DiskText::tr("%1 is a link.").arg(path))
                              : systemError(errno, DiskText::tr("open"), path);
    }
    if (!S_ISREG(status.st_mode)) {
        return elsewhere(DiskText::tr("%1 is no regular file.").arg(path));
    }
    return DiskFile(std::move(file), 0, status.st_size, path, m_format);
}

bool DiskFile::holds(quint64 offset, quint64 length) const
{
    const auto size = static_cast<quint64>(m_size);
    return offset <= size && length <= size - offset;
}

Result<QByteArray> DiskFile::bytes(qint64 offset, qint64 length) const
{
    QByteArray all(length, Qt::Uninitialized);
    return read(offset, std::span(all.data(), static_cast<size_t>(length))).transform([&all] {
        return std::move(all);
    });
}

Result<qint64> DiskFile::readSome(qint64 offset, std::span<char> into) const
{
    const qint64 there = std::clamp<qint64>(m_size - offset, 0, static_cast<qint64>(into.size()));
    return readInto(m_file, m_base + offset, into.first(static_cast<size_t>(there)), m_path);
}

Result<void> DiskFile::read(qint64 offset, std::span<char> into) const
{
    if (!holds(static_cast<quint64>(offset), into.size())) {
        return cutOff();
    }
    return readSome(offset, into).and_then([&](qint64 got) {
        return got == static_cast<qint64>(into.size()) ? Result<void>() : cutOff();
    });
}

Result<void> DiskFile::readPadded(qint64 offset, std::span<char> into) const
{
    return readSome(offset, into).transform([into](qint64 got) {
        std::ranges::fill(into.subspan(static_cast<size_t>(got)), '\0');
    });
}

DiskExtent DiskFile::nextData(qint64 offset, qint64 length) const
{
    const qint64 end = m_base + std::min(offset + length, m_size);
    const qint64 start = m_base + offset < end ? dataFrom(m_file.get(), m_base + offset, end) : end;
    return {start - m_base, start < end ? holeFrom(m_file.get(), start, end) - start : 0};
}

Result<qint64> DiskFile::diskSize(quint64 bytes) const
{
    if (bytes == 0 || bytes > MaxDiskSize) {
        return broken(DiskText::tr("a disk of %1 bytes is not possible").arg(bytes));
    }
    return (static_cast<qint64>(bytes) + DiskSector - 1) / DiskSector * DiskSector;
}

std::unexpected<Error> DiskFile::broken(const QString& why) const
{
    return fail(Error::Code::InvalidInput, DiskText::tr("%1 is a broken %2: %3.").arg(m_path, m_format, why),
                DiskText::tr("Copy or download it again."), Place::inFile(m_path));
}

std::unexpected<Error> DiskFile::undecodable(qint64 position) const
{
    return broken(DiskText::tr("the data for byte %1 of the disk cannot be decompressed").arg(position));
}

std::unexpected<Error> DiskFile::cutOff() const
{
    return fail(Error::Code::InvalidInput,
                DiskText::tr("%1 is a %2 that is cut off: parts of the disk lie behind its end.").arg(m_path, m_format),
                DiskText::tr("Copy or download it again."), Place::inFile(m_path));
}

std::unexpected<Error> DiskFile::refused(const QString& what, const QString& remedy) const
{
    return fail(Error::Code::Unsupported, DiskText::tr("%1 is a %2 %3.").arg(m_path, m_format, what),
                remedy.isEmpty() ? DiskText::tr("Convert it with \"qemu-img convert -O qcow2\" and use the result.")
                                 : remedy,
                Place::inFile(m_path));
}

Result<QByteArrayView> TableWindow::bytes(const DiskFile& file, qint64 offset, qint64 length)
{
    if (!file.holds(static_cast<quint64>(offset), static_cast<quint64>(length))) {
        return file.cutOff();
    }
    if (&file != m_file || offset < m_start || offset + length > m_start + m_bytes.size()) {
        m_file = nullptr;
        m_start = offset - offset % WindowAlignment;
        auto read = file.bytes(m_start, std::min(WindowBytes, file.size() - m_start));
        if (!read) {
            return std::unexpected(read.error());
        }
        m_bytes = *std::move(read);
        m_file = &file;
    }
    return QByteArrayView(m_bytes).sliced(offset - m_start, length);
}

} // namespace Stowage

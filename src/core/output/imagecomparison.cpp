// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "imagecomparison.h"

#include "core/ext4/ext4runs.h"
#include "core/support/filecopy.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QFile>

#include <libdeflate.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>

namespace Stowage
{

namespace
{

struct Compared {
    Q_DECLARE_TR_FUNCTIONS(ImageComparison)
};

/** The bytes of one side of a comparison. */
struct Side {
    int fd = -1;
    std::vector<DataRun> runs; ///< Sorted; what lies in none is zeros.
    size_t next = 0; ///< Runs before it lie behind the place that was compared.

    /** Fills @p into with the bytes from @p position on. False with errno set when they cannot be read. */
    bool read(qint64 position, std::span<char> into)
    {
        std::ranges::fill(into, '\0');
        const qint64 end = position + static_cast<qint64>(into.size());
        while (next < runs.size() && runs[next].start + runs[next].size <= position) {
            ++next;
        }
        for (size_t i = next; i < runs.size() && runs[i].start < end; ++i) {
            qint64 from = std::max(position, runs[i].start);
            const qint64 stop = std::min(end, runs[i].start + runs[i].size);
            while (from < stop) {
                const ssize_t got = ::pread(fd, into.data() + (from - position), static_cast<size_t>(stop - from),
                                            runs[i].source + from - runs[i].start);
                if (got < 0 && errno == EINTR) {
                    continue;
                }
                if (got <= 0) {
                    return got == 0; // the last block of a file is longer than the file
                }
                from += got;
            }
        }
        return true;
    }

    /** Where data begin at or behind @p position. */
    [[nodiscard]] qint64 dataFrom(qint64 position, qint64 size) const
    {
        for (size_t i = next; i < runs.size(); ++i) {
            if (runs[i].start + runs[i].size > position) {
                return std::max(position, runs[i].start);
            }
        }
        return size;
    }
};

/** Where the data of the open file @p fd lie. */
std::vector<DataRun> runsOf(int fd, qint64 size)
{
    std::vector<DataRun> runs;
    for (qint64 position = 0; position < size;) {
        const off_t data = ::lseek(fd, position, SEEK_DATA);
        if (data < 0) {
            return errno == ENXIO ? runs : std::vector<DataRun>{{0, size, 0}};
        }
        const off_t hole = ::lseek(fd, data, SEEK_HOLE);
        const qint64 end = hole > data ? std::min<qint64>(hole, size) : size;
        runs.push_back({data, end - data, data});
        position = end;
    }
    return runs;
}

std::unexpected<Error> mismatch(const QByteArray& path, const QString& image)
{
    return fail(Error::Code::Io,
                Compared::tr("%1 does not read back from %2 as it was written.").arg(QFile::decodeName(path), image),
                Compared::tr("Check the disk, and that nothing else writes there; then build again."),
                Place::inFile(image));
}

/** Whether the bytes from @p position up to @p end are the same on both sides. */
Result<bool> isSame(Side& one, Side& other, qint64 position, qint64 end, const std::stop_token& stop,
                    const QString& name)
{
    if (position >= end) {
        return true;
    }
    std::vector<char> first(MiB);
    std::vector<char> second(MiB);
    while (position < end) {
        if (stop.stop_requested()) {
            return cancelled();
        }
        position = std::min(one.dataFrom(position, end), other.dataFrom(position, end));
        if (position >= end) {
            break; // the hole leads on behind it
        }
        const auto length = static_cast<size_t>(std::min<qint64>(end - position, MiB));
        if (!one.read(position, std::span(first).first(length))
            || !other.read(position, std::span(second).first(length))) {
            return systemError(errno, Compared::tr("read"), name);
        }
        if (std::memcmp(first.data(), second.data(), length) != 0) {
            return false;
        }
        position += static_cast<qint64>(length);
    }
    return true;
}

/** Whether @p size bytes are the same on both sides: the second half is compared in a thread of its own. */
Result<bool> isSame(Side& one, Side& other, qint64 size, const std::stop_token& stop, const QString& name)
{
    const qint64 middle = size / 2;
    Result<bool> second = true;
    Result<bool> first = true;
    {
        Side oneAgain = one;
        Side otherAgain = other;
        const std::jthread thread([&] { second = isSame(oneAgain, otherAgain, middle, size, stop, name); });
        first = isSame(one, other, 0, middle, stop, name);
    }
    return first && *first ? second : first;
}

/** Compares the new files of a layout with those in an image. */
class Comparison
{
public:
    Comparison(const LayoutContent& content, const Ext4Image& image, const ImagePlace& place,
               const std::stop_token& stop)
        : m_content(content),
          m_image(image),
          m_place(place),
          m_stop(stop)
    { }

    Result<void> run()
    {
        return m_content.visit(m_stop, [this](const LayoutNode& node, const QByteArray& path) {
            const bool isNew = node.state != LayoutNode::State::Kept && node.kind == LayoutNode::Kind::File;
            return isNew ? compare(node, path) : Result<void>();
        });
    }

private:
    /** Whether a disk has what was written into it, and zeros elsewhere. */
    Result<void> compare(const PlacedDisk& disk, Side& inImage, qint64 size, const QByteArray& path)
    {
        qint64 position = 0;
        std::vector<char> bytes;
        const auto isEmptyUpTo = [&](qint64 end) -> Result<bool> {
            Side zeros;
            auto same = isSame(inImage, zeros, position, end, m_stop, m_place.path);
            position = end;
            return same;
        };
        for (const auto& [start, part] : disk.parts) {
            if (m_stop.stop_requested()) {
                return cancelled();
            }
            const auto empty = isEmptyUpTo(start);
            if (!empty) {
                return std::unexpected(empty.error());
            }
            bytes.resize(static_cast<size_t>(part.size));
            if (!inImage.read(start, bytes)) {
                return systemError(errno, Compared::tr("read"), m_place.path);
            }
            if (!*empty || libdeflate_crc32(0, bytes.data(), bytes.size()) != part.sum) {
                return mismatch(path, m_place.path);
            }
            position = start + part.size;
        }
        const auto empty = isEmptyUpTo(disk.size);
        if (!empty) {
            return std::unexpected(empty.error());
        }
        return *empty && size == disk.size ? Result<void>() : mismatch(path, m_place.path);
    }

    Result<void> compare(const LayoutNode& node, const QByteArray& path)
    {
        const auto file = m_image.find(path);
        const auto runs = file ? dataRuns(m_image.handle(), file->inode, m_place.offset) : std::nullopt;
        if (!runs) {
            return mismatch(path, m_place.path);
        }
        Side inImage{m_place.fd, *runs};
        if (const PlacedDisk* disk = m_content.placed().find(path)) {
            return compare(*disk, inImage, file->size, path);
        }
        if (const auto* text = std::get_if<FromText>(&node.origin)) {
            QByteArray bytes(file->size, '\0');
            const bool read = inImage.read(0, {bytes.data(), static_cast<size_t>(bytes.size())});
            return read && bytes == text->text ? Result<void>() : mismatch(path, m_place.path);
        }
        const auto source = m_content.open(node);
        if (!source) {
            return std::unexpected(source.error());
        }
        const qint64 size = ::lseek(source->get(), 0, SEEK_END);
        if (size != file->size) {
            return mismatch(path, m_place.path);
        }
        Side inSource{source->get(), runsOf(source->get(), size)};
        const auto same = isSame(inImage, inSource, size, m_stop, m_place.path);
        if (!same) {
            return std::unexpected(same.error());
        }
        return *same ? Result<void>() : mismatch(path, m_place.path);
    }

    const LayoutContent& m_content;
    const Ext4Image& m_image;
    const ImagePlace& m_place;
    const std::stop_token& m_stop;
};

} // namespace

Result<void> compareNewFiles(const LayoutContent& content, const Ext4Image& image, const ImagePlace& place,
                             const std::stop_token& stop)
{
    return Comparison(content, image, place, stop).run();
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "layoutimage.h"

#include "core/entries/entryqueue.h"
#include "core/ext4/e2fsck.h"
#include "core/ext4/ext4image.h"
#include "core/ext4/ext4runs.h"
#include "core/ext4/ext4writer.h"
#include "core/import/importhandler.h"
#include "core/output/layoutentries.h"
#include "core/support/filecopy.h"
#include "core/support/units.h"
#include "core/support/zeros.h"

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

using namespace Qt::StringLiterals;

namespace
{

struct Image {
    Q_DECLARE_TR_FUNCTIONS(LayoutImage)
};

constexpr qint64 BlockSize = 4096;
constexpr int ReservedPercent = 5; // as mke2fs by default

/** A quarter of the content, and 64 MiB. */
qint64 headRoom(qint64 contentBytes)
{
    return contentBytes / 4 + 64 * MiB;
}

Ext4Options optionsFor(const LayoutContent& content, qint64 sizeMiB)
{
    Ext4Options options;
    options.blockSize = BlockSize;
    options.sizeBytes = sizeMiB * MiB;
    options.headRoomBytes = sizeMiB > 0 ? 0 : headRoom(content.totalBytes());
    const qint64 expected = sizeMiB > 0 ? options.sizeBytes : content.totalBytes() + options.headRoomBytes;
    options.journalBlocks = usualJournalBlocks(expected / BlockSize);
    options.reservedPercent = ReservedPercent;
    options.timeStamp = content.timeStamp();
    return options;
}

/** Hands on where data are, blocks of zeros as holes: what has to be read to know what a file takes. */
class NonZeroData : public EntrySink
{
public:
    explicit NonZeroData(EntrySink& next) : m_next(next) { }

    Result<void> add(const FileEntry& entry) override { return m_next.add(entry); }
    Result<void> addLink(const QByteArray& path, const QByteArray& existing) override
    {
        return m_next.addLink(path, existing);
    }
    Result<void> beginFile(const FileEntry& entry) override { return m_next.beginFile(entry); }
    Result<void> write(std::span<const char> bytes) override
    {
        while (!bytes.empty()) {
            const auto part = bytes.first(std::min(bytes.size(), static_cast<size_t>(BlockSize - m_filled)));
            if (auto passed = advance(static_cast<qint64>(part.size()), !isZero(part)); !passed) {
                return passed;
            }
            bytes = bytes.subspan(part.size());
        }
        return {};
    }
    Result<void> skip(qint64 bytes) override { return advanceAll(bytes, false); }
    Result<void> reserve(qint64 bytes) override { return advanceAll(bytes, true); }
    Result<void> endFile() override
    {
        return pass().and_then([this] { return m_next.endFile(); });
    }

private:
    /** Within one block. */
    Result<void> advance(qint64 bytes, bool isData)
    {
        m_filled += bytes;
        m_hasData = m_hasData || isData;
        return m_filled == BlockSize ? pass() : Result<void>();
    }

    Result<void> advanceAll(qint64 bytes, bool isData)
    {
        const qint64 first = m_filled > 0 ? std::min(bytes, BlockSize - m_filled) : 0;
        const qint64 whole = (bytes - first) / BlockSize * BlockSize;
        return advance(first, isData)
            .and_then([&] { return isData ? m_next.reserve(whole) : m_next.skip(whole); })
            .and_then([&] { return advance(bytes - first - whole, isData); });
    }

    Result<void> pass()
    {
        const qint64 bytes = std::exchange(m_filled, 0);
        const bool isData = std::exchange(m_hasData, false);
        return isData ? m_next.reserve(bytes) : m_next.skip(bytes);
    }

    EntrySink& m_next;
    qint64 m_filled = 0; ///< Bytes of the block that is not passed on yet.
    bool m_hasData = false; ///< That they are not all zeros.
};

/** Size of the file system of @p options that would hold the content, which is read when @p exactly. */
Result<qint64> sizeWith(const Ext4Options& options, const LayoutContent& content, bool exactly, const QString& name,
                        const std::stop_token& stop)
{
    Ext4Writer measure(nullptr, name, options);
    NonZeroData reading(measure);
    Progress ignored;
    EntrySink& sink = exactly ? static_cast<EntrySink&>(reading) : measure;
    return LayoutEntries(content).feed(sink, ignored, stop).and_then([&] { return measure.finish(stop); });
}

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
                Image::tr("%1 does not read back from %2 as it was written.").arg(QFile::decodeName(path), image),
                Image::tr("Check the disk, and that nothing else writes there; then build again."),
                Place::inFile(image));
}

/** Whether the bytes from @p position up to @p end are the same on both sides. */
Result<bool> isSame(Side one, Side other, qint64 position, qint64 end, const std::stop_token& stop, const QString& name)
{
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
            return systemError(errno, Image::tr("read"), name);
        }
        if (std::memcmp(first.data(), second.data(), length) != 0) {
            return false;
        }
        position += static_cast<qint64>(length);
    }
    return true;
}

/** Whether @p size bytes are the same on both sides: the second half is compared in a thread of its own. */
Result<bool> isSame(const Side& one, const Side& other, qint64 size, const std::stop_token& stop, const QString& name)
{
    const qint64 middle = size / 2;
    Result<bool> second = true;
    Result<bool> first = true;
    {
        const std::jthread thread([&] { second = isSame(one, other, middle, size, stop, name); });
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
            const Side zeros;
            auto same = isSame(inImage, zeros, position, end, m_stop, m_place.path);
            position = end;
            return same;
        };
        for (const auto& [start, part] : disk.parts) {
            const auto empty = isEmptyUpTo(start);
            if (!empty) {
                return std::unexpected(empty.error());
            }
            bytes.resize(static_cast<size_t>(part.size));
            if (!inImage.read(start, bytes)) {
                return systemError(errno, Image::tr("read"), m_place.path);
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
        const auto same = isSame(inImage, Side{source->get(), runsOf(source->get(), size)}, size, m_stop, m_place.path);
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

Result<void> LayoutImage::write(const ImagePlace& place, const QString& workDirectory, JobContext& context,
                                CommandRunner& runner)
{
    const QString& name = place.path;
    const LayoutEntries entries(m_content);
    context.progress.setStep(Image::tr("Writing the file system"));
    context.progress.setTotal(m_content.totalBytes());
    SparseFile target(place.fd, name, place.offset);
    Ext4Writer writer(&target, name, optionsFor(m_content, m_sizeMiB));
    const auto written = feedInParallel(entries, writer, context.progress, context.stop)
                             .and_then([&] {
                                 return m_content.placed().make(m_content, writer, workDirectory, context, runner);
                             })
                             .and_then([&] { return writer.finish(context.stop); });
    if (written) {
        m_bytes = *written;
        return {};
    }
    if (written.error().code != Error::Code::NoSpace || writer.hasWriteError()) {
        return std::unexpected(written.error());
    }
    // What fits found no room on the disk that the image lies on.
    auto small = tooSmall(name, false, context.stop);
    return small.error().neededBytes > m_sizeMiB * MiB ? small : std::unexpected(written.error());
}

Result<void> LayoutImage::checkSize(const QString& name, const std::stop_token& stop) const
{
    if (m_sizeMiB == 0) {
        return {};
    }
    const Ext4Options options = optionsFor(m_content, m_sizeMiB);
    const auto isTooSmall = [](const Result<qint64>& size) {
        return !size && size.error().code == Error::Code::NoSpace;
    };
    auto size = sizeWith(options, m_content, false, name, stop);
    if (isTooSmall(size)) {
        size = sizeWith(options, m_content, true, name, stop);
    }
    return isTooSmall(size) ? tooSmall(name, true, stop) : size.transform([](qint64) { });
}

std::unexpected<Error> LayoutImage::tooSmall(const QString& name, bool exactly, const std::stop_token& stop) const
{
    qint64 bytes = m_sizeMiB * MiB;
    for (qint64 tried = 0; tried < bytes;) { // a larger file system may get a larger journal
        tried = bytes;
        Ext4Options options = optionsFor(m_content, tried / MiB);
        options.sizeBytes = 0;
        const auto least = sizeWith(options, m_content, exactly, name, stop);
        if (!least) {
            return std::unexpected(least.error());
        }
        bytes = std::max(bytes, *least);
    }
    return std::unexpected(
        Error{Error::Code::NoSpace,
              Image::tr("The host and its guests do not fit into an image of %1 MiB: they need %2 MiB.")
                  .arg(m_sizeMiB)
                  .arg(bytes / MiB),
              Image::tr("Set the size to %1 MiB or more.").arg(bytes / MiB), Place::inFile(name), bytes});
}

Result<void> verifyImage(const LayoutContent& content, const ImagePlace& place, JobContext& context,
                         CommandRunner& runner)
{
    context.progress.setStep(Image::tr("Verifying"));
    if (auto clean = checkWithE2fsck(place.path, place.offset, context, runner); !clean) {
        return clean;
    }
    const auto opened = Ext4Image::open(place.path, Ext4Image::Access::Read, place.offset);
    return opened ? Comparison(content, *opened, place, context.stop).run() : std::unexpected(opened.error());
}

} // namespace Stowage

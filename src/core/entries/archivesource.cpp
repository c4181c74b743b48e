// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "archivesource.h"

#include "core/entries/archiveattributes.h"
#include "core/entries/bytestream.h"
#include "core/support/safepath.h"

#include <QCoreApplication>
#include <QMap>

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace Stowage
{

namespace
{

struct Archive {
    Q_DECLARE_TR_FUNCTIONS(ArchiveSource)
};

struct FreeArchive {
    void operator()(archive* handle) const { archive_free(handle); }
};
using ArchiveHandle = std::unique_ptr<archive, FreeArchive>;

InodeFacts factsOf(archive_entry* entry)
{
    InodeFacts facts{.mode = archiveMode(entry),
                     .uid = static_cast<quint32>(archive_entry_uid(entry)),
                     .gid = static_cast<quint32>(archive_entry_gid(entry)),
                     .major = static_cast<quint32>(archive_entry_rdevmajor(entry)),
                     .minor = static_cast<quint32>(archive_entry_rdevminor(entry)),
                     .nanoseconds = static_cast<quint32>(archive_entry_mtime_nsec(entry)),
                     .seconds = archive_entry_mtime(entry)};
    if (facts.seconds < 0 && facts.nanoseconds > 0) {
        // libarchive takes the fraction of "-3.25" (pax) as it stands; it counts down from -3.
        constexpr quint32 Second = 1'000'000'000;
        --facts.seconds;
        facts.nanoseconds = Second - facts.nanoseconds;
    }
    return facts;
}

/** Text in the bytes of the archive; libarchive tells it in UTF-8 where it cannot in the locale's encoding. */
QByteArray bytesOf(const char* asItIs, const char* utf8)
{
    return asItIs != nullptr ? QByteArray(asItIs) : QByteArray(utf8);
}

/** Reads one archive. */
class ArchiveReader
{
public:
    ArchiveReader(const FileSlice& slice, QByteArray top, EntrySink& sink, const std::stop_token& stop)
        : m_slice(slice),
          m_top(std::move(top)),
          m_path(slice.path),
          m_sink(sink),
          m_stop(stop),
          m_archive(archive_read_new())
    { }

    Result<void> run(Progress& progress)
    {
        auto stream = ByteStream::open(m_slice, progress, m_stop);
        if (!stream) {
            return std::unexpected(stream.error());
        }
        m_stream = std::move(*stream);
        archive* const handle = m_archive.get();
        archive_read_support_format_tar(handle);
        archive_read_support_format_cpio(handle);
        // Names are bytes: nothing is to be made of them.
        archive_read_set_format_option(handle, nullptr, "hdrcharset", "BINARY");
        auto done = check(archive_read_open(handle, this, nullptr, readMore, nullptr));
        while (done) {
            if (m_stop.stop_requested()) {
                return cancelled();
            }
            archive_entry* entry = nullptr;
            const int status = archive_read_next_header(handle, &entry);
            if (status == ARCHIVE_EOF) {
                done = checkEnd();
                break;
            }
            done = check(status).and_then([&] { return add(entry); });
        }
        return done.and_then([this] { return finish(); });
    }

private:
    static la_ssize_t readMore(archive*, void* data, const void** bytes)
    {
        auto* self = static_cast<ArchiveReader*>(data);
        auto next = self->m_stream->next();
        if (!next) {
            self->m_error = std::move(next.error());
            return -1;
        }
        self->m_pieceAt += std::ssize(self->m_piece);
        self->m_piece = *next;
        *bytes = next->data();
        return static_cast<la_ssize_t>(next->size());
    }

    /** A tar archive ends with blocks of zeros (POSIX.1-2024, pax); to libarchive, one that is cut off between entries ends, too. */
    Result<void> checkEnd()
    {
        constexpr qint64 Block = 512;
        const bool isTar = base() == ARCHIVE_FORMAT_TAR;
        if (!isTar || m_error
            || m_pieceAt + std::ssize(m_piece) - archive_read_header_position(m_archive.get()) >= Block) {
            return check(ARCHIVE_OK);
        }
        return fail(Error::Code::InvalidInput,
                    Archive::tr("The archive %1 is cut off: the mark at its end is missing.").arg(m_path),
                    Archive::tr("Fetch or make the archive again."), Place::inFile(m_path));
    }

    Result<void> check(int status)
    {
        if (m_error) {
            return std::unexpected(*m_error);
        }
        if (status == ARCHIVE_OK || status == ARCHIVE_WARN) {
            // Of an ACL that it leaves out, libarchive tells only here.
            const QByteArray warning = archive_error_string(m_archive.get());
            if (warning.isEmpty() || isAboutText(warning)) {
                return {};
            }
        }
        return fail(Error::Code::InvalidInput,
                    Archive::tr("Cannot read the archive %1: %2.")
                        .arg(m_path, QString::fromUtf8(archive_error_string(m_archive.get()))),
                    Archive::tr("Fetch or make the archive again."), Place::inFile(m_path));
    }

    /** Which kind of archive it is: ARCHIVE_FORMAT_TAR, ARCHIVE_FORMAT_CPIO, ... */
    [[nodiscard]] int base() const { return archive_format(m_archive.get()) & ARCHIVE_FORMAT_BASE_MASK; }
    [[nodiscard]] bool isCpio() const { return base() == ARCHIVE_FORMAT_CPIO; }

    /** Whether @p warning, of libarchive, is about no more than a name that is none in the locale's encoding: names are bytes here. */
    static bool isAboutText(const QByteArray& warning) { return warning.contains("can't be converted"); }

    [[nodiscard]] Result<QByteArray> cleaned(const QByteArray& name) const
    {
        auto path = entryPath(name);
        if (!path) {
            path.error().place = Place::inFile(m_path);
        }
        return path;
    }

    /** @p name without the top; none where it lies elsewhere. */
    [[nodiscard]] std::optional<QByteArray> belowTop(const QByteArray& name) const
    {
        if (m_top.isEmpty() || name == m_top) {
            return m_top.isEmpty() ? name : QByteArray();
        }
        return name.startsWith(m_top + '/') ? std::optional(name.sliced(m_top.size() + 1)) : std::nullopt;
    }

    Result<void> add(archive_entry* entry)
    {
        const auto name = cleaned(bytesOf(archive_entry_pathname(entry), archive_entry_pathname_utf8(entry)));
        if (!name) {
            return std::unexpected(name.error());
        }
        const auto path = belowTop(*name);
        if (!path) {
            return {};
        }
        ++m_entries;
        const qint64 size = archive_entry_size(entry);
        if (const char* existing = archive_entry_hardlink(entry); existing != nullptr) {
            const auto target = cleaned(existing);
            const auto inside = target ? belowTop(*target) : std::nullopt;
            if (target && !inside) {
                return fail(Error::Code::InvalidInput,
                            Archive::tr("The archive %1 has a link out of the root file system in it: %2.")
                                .arg(m_path, QString::fromUtf8(*name)),
                            Archive::tr("Make the archive again without it."), Place::inFile(m_path));
            }
            return target ? addLink(entry, *path, *inside) : std::unexpected(target.error());
        }
        const auto attributes = archiveAttributes(entry, m_path);
        if (!attributes) {
            return std::unexpected(attributes.error());
        }
        FileEntry file{*path, factsOf(entry), *attributes, {}, S_ISREG(archive_entry_mode(entry)) ? size : 0, {}};
        if (S_ISLNK(file.facts.mode)) {
            file.linkTarget = bytesOf(archive_entry_symlink(entry), archive_entry_symlink_utf8(entry));
        }
        if (isCpio() && S_ISREG(file.facts.mode) && size == 0 && archive_entry_nlink(entry) > 1) {
            m_waiting[*path] = {file, {}}; // cpio has the data with the last name
            return {};
        }
        if (S_ISREG(file.facts.mode) && size > 0) {
            return addFile(entry, file);
        }
        return S_ISREG(file.facts.mode) || S_ISDIR(file.facts.mode) || S_ISLNK(file.facts.mode)
                || S_ISCHR(file.facts.mode) || S_ISBLK(file.facts.mode) || S_ISFIFO(file.facts.mode)
                || S_ISSOCK(file.facts.mode)
            ? m_sink.add(file)
            : fail(Error::Code::Unsupported,
                   Archive::tr("The archive %1 has an entry of an unknown kind: %2.")
                       .arg(m_path, QString::fromUtf8(file.path)),
                   Archive::tr("Make the archive again without it."), Place::inFile(m_path));
    }

    Result<void> addLink(archive_entry* entry, const QByteArray& path, const QByteArray& existing)
    {
        const auto waiting = m_waiting.find(existing);
        if (waiting == m_waiting.end()) {
            return m_sink.addLink(path, existing);
        }
        waiting->names.append(path);
        const qint64 size = archive_entry_size(entry);
        if (size == 0) {
            return {};
        }
        Waiting all = m_waiting.take(existing);
        all.file.size = size;
        return addFile(entry, all.file).and_then([&] { return addNames(all); });
    }

    struct Waiting {
        FileEntry file;
        QByteArrayList names;
    };

    Result<void> addNames(const Waiting& waiting)
    {
        for (const QByteArray& name : waiting.names) {
            if (auto added = m_sink.addLink(name, waiting.file.path); !added) {
                return added;
            }
        }
        return {};
    }

    Result<void> addFile(archive_entry* entry, FileEntry& file)
    {
        file.ranges = rangesOf(entry, file.size);
        return m_sink.beginFile(file)
            .and_then([&] { return m_sink.wantsData() ? copyData(file.size) : countData(file); })
            .and_then([&] { return m_sink.endFile(); });
    }

    /** The map that a sparse file has in front of its data. */
    static QList<DataRange> rangesOf(archive_entry* entry, qint64 size)
    {
        QList<DataRange> ranges;
        // Where one range is all of the file, libarchive frees it here, and must not be asked for it any more.
        int left = archive_entry_sparse_reset(entry);
        qint64 position = 0;
        la_int64_t offset = 0;
        la_int64_t length = 0;
        for (; left > 0 && archive_entry_sparse_next(entry, &offset, &length) == ARCHIVE_OK; --left) {
            offset = std::clamp<la_int64_t>(offset, position, size);
            length = std::clamp<la_int64_t>(length, 0, size - offset);
            ranges.append({offset, length});
            position = offset + length;
        }
        return ranges;
    }

    Result<void> countData(const FileEntry& file)
    {
        if (file.ranges.isEmpty()) {
            return m_sink.reserve(file.size);
        }
        qint64 position = 0;
        for (const DataRange& range : file.ranges) {
            auto done = m_sink.skip(range.start - position).and_then([&] { return m_sink.reserve(range.size); });
            if (!done) {
                return done;
            }
            position = range.start + range.size;
        }
        return m_sink.skip(file.size - position);
    }

    Result<void> copyData(qint64 size)
    {
        qint64 position = 0;
        for (;;) {
            if (m_stop.stop_requested()) {
                return cancelled();
            }
            const void* bytes = nullptr;
            size_t length = 0;
            la_int64_t offset = 0;
            const int status = archive_read_data_block(m_archive.get(), &bytes, &length, &offset);
            if (status == ARCHIVE_EOF) {
                return size > position ? m_sink.skip(size - position) : Result<void>();
            }
            auto done = check(status);
            if (done && offset > position) {
                done = m_sink.skip(offset - position);
            }
            if (done && length > 0) {
                done = m_sink.write({static_cast<const char*>(bytes), length});
            }
            if (!done) {
                return done;
            }
            position = offset + static_cast<qint64>(length);
        }
    }

    Result<void> finish()
    {
        for (const Waiting& waiting : std::as_const(m_waiting)) {
            if (auto added = m_sink.add(waiting.file).and_then([&] { return addNames(waiting); }); !added) {
                return added;
            }
        }
        if (m_entries == 0) {
            return fail(Error::Code::InvalidInput, Archive::tr("The archive %1 is empty.").arg(m_path),
                        Archive::tr("Name the archive of a root file system."), Place::inFile(m_path));
        }
        return (isCpio() ? checkAlone() : Result<void>()).and_then([this] { return m_stream->finish(); });
    }

    /**
     * That nothing but zeros is behind the archive. A ramdisk may be several in a row, in various compressions, of which
     * libarchive reads the first (Linux, Documentation/driver-api/early-userspace/buffer-format.rst).
     */
    Result<void> checkAlone()
    {
        const qint64 end = archive_filter_bytes(m_archive.get(), 0);
        auto rest = m_piece.subspan(static_cast<size_t>(std::clamp<qint64>(end - m_pieceAt, 0, std::ssize(m_piece))));
        for (bool more = true; more;) {
            if (m_stop.stop_requested()) {
                return cancelled();
            }
            if (!std::ranges::all_of(rest, [](char byte) { return byte == 0; })) {
                return fail(Error::Code::Unsupported,
                            Archive::tr(
                                "The archive %1 goes on behind its end, as ramdisks do that consist of several.")
                                .arg(m_path),
                            Archive::tr("Unpack all of it (\"unmkinitramfs\" does), and use the directory."),
                            Place::inFile(m_path));
            }
            const auto next = m_stream->next();
            if (!next) {
                return std::unexpected(next.error());
            }
            rest = *next;
            more = !rest.empty();
        }
        return {};
    }

    FileSlice m_slice;
    QByteArray m_top; ///< Empty: that of the archive.
    QString m_path;
    EntrySink& m_sink;
    const std::stop_token& m_stop;
    std::unique_ptr<ByteStream> m_stream;
    std::span<const char> m_piece; ///< What libarchive was given last.
    qint64 m_pieceAt = 0; ///< Byte of the archive where that begins.
    std::optional<Error> m_error; ///< Of the stream.
    ArchiveHandle m_archive;
    qint64 m_entries = 0;
    QMap<QByteArray, Waiting> m_waiting; ///< Files with further names whose data are yet to come, by their first name.
};

} // namespace

Result<void> ArchiveSource::feed(EntrySink& sink, Progress& progress, const std::stop_token& stop) const
{
    return ArchiveReader(m_slice, m_top, sink, stop).run(progress);
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "librarydecoder.h"

#include "core/entries/bytestream.h"
#include "core/support/units.h"

#include <QCoreApplication>

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <string_view>

namespace Stowage
{

namespace
{

using namespace std::string_view_literals;

struct LibraryDecoder {
    Q_DECLARE_TR_FUNCTIONS(Decoders)
};

struct Codec {
    std::string_view magic;
    QLatin1StringView name;
    int (*support)(struct archive*);
    bool isArchive; ///< Of files with names.
};

// Sources: the formats' own descriptions; lzma's is its usual first byte and a dictionary of whole 64 KiB.
const auto Codecs = std::to_array<Codec>({
    {"BZh"sv, QLatin1StringView("bzip2"), archive_read_support_filter_bzip2, false},
    {"\x04\x22\x4d\x18"sv, QLatin1StringView("lz4"), archive_read_support_filter_lz4, false},
    {"\x02\x21\x4c\x18"sv, QLatin1StringView("lz4"), archive_read_support_filter_lz4, false},
    {"\x5d\0\0"sv, QLatin1StringView("lzma"), archive_read_support_filter_lzma, false},
    {"LZIP"sv, QLatin1StringView("lzip"), archive_read_support_filter_lzip, false},
    {"\x1f\x9d"sv, QLatin1StringView("compress"), archive_read_support_filter_compress, false},
    {"PK\x03\x04"sv, QLatin1StringView("zip"), archive_read_support_format_zip_seekable, true},
    {"7z\xbc\xaf\x27\x1c"sv, QLatin1StringView("7z"), archive_read_support_format_7zip, true},
});

const Codec* codecOf(QByteArrayView head)
{
    const auto* const codec = std::ranges::find_if(Codecs, [head](const Codec& one) {
        return head.startsWith(QByteArrayView(one.magic.data(), static_cast<qsizetype>(one.magic.size())));
    });
    return codec == Codecs.end() ? nullptr : codec;
}

struct FreeArchive {
    void operator()(archive* handle) const { archive_free(handle); }
};

/** Decompresses one file. */
class Decoder
{
public:
    Decoder(int fd, QString path, qint64 told, Progress& progress, const std::stop_token& stop)
        : m_fd(fd),
          m_path(std::move(path)),
          m_told(told),
          m_progress(progress),
          m_stop(stop),
          m_bytes(MiB / 4),
          m_archive(archive_read_new())
    { }

    Result<void> run(ByteStream& output)
    {
        if (auto opened = open(); !opened) {
            return opened;
        }
        archive_entry* entry = nullptr;
        do {
            const int status = archive_read_next_header(m_archive.get(), &entry);
            if (status != ARCHIVE_OK) {
                return status == ARCHIVE_EOF ? failed(LibraryDecoder::tr("There is no file in %1.").arg(m_path))
                                             : broken();
            }
        } while (m_codec->isArchive && archive_entry_filetype(entry) != AE_IFREG);
        // What is too short for its own header is handed on as it is.
        if (!m_codec->isArchive && archive_filter_code(m_archive.get(), 0) == ARCHIVE_FILTER_NONE) {
            archive_set_error(m_archive.get(), EILSEQ, "no header");
            return broken();
        }
        if (archive_entry_is_encrypted(entry) != 0) {
            return failed(LibraryDecoder::tr("The file in %1 is encrypted.").arg(m_path));
        }
        return copy(output).and_then([this] { return m_codec->isArchive ? checkAlone() : Result<void>(); });
    }

private:
    Result<void> open()
    {
        std::array<char, 8> head{};
        const ssize_t got = ::pread(m_fd, head.data(), head.size(), 0);
        m_codec = codecOf({head.data(), static_cast<qsizetype>(std::max<ssize_t>(got, 0))});
        archive* const handle = m_archive.get();
        // ARCHIVE_WARN would mean that an external program does the work.
        if (m_codec == nullptr || m_codec->support(handle) != ARCHIVE_OK
            || (!m_codec->isArchive && archive_read_support_format_raw(handle) != ARCHIVE_OK)) {
            return fail(
                Error::Code::Unsupported,
                LibraryDecoder::tr("%1 cannot be decompressed with the libarchive that is installed.").arg(m_path),
                LibraryDecoder::tr("Decompress it first, and use the result."), Place::inFile(m_path));
        }
        archive_read_set_callback_data(handle, this);
        archive_read_set_read_callback(handle, readMore);
        archive_read_set_seek_callback(handle, seek);
        return archive_read_open1(handle) == ARCHIVE_OK ? Result<void>() : broken();
    }

    static la_ssize_t readMore(archive* handle, void* data, const void** bytes)
    {
        auto* self = static_cast<Decoder*>(data);
        for (;;) {
            if (self->m_stop.stop_requested()) {
                archive_set_error(handle, ECANCELED, "cancelled");
                return -1;
            }
            const ssize_t got = ::pread(self->m_fd, self->m_bytes.data(), self->m_bytes.size(), self->m_position);
            if (got < 0 && errno == EINTR) {
                continue;
            }
            if (got < 0) {
                self->m_readError = errno;
                archive_set_error(handle, errno, "read");
                return -1;
            }
            self->m_position += got;
            if (self->m_position > self->m_told) { // archives are read in any order
                self->m_progress.advance(self->m_position - std::exchange(self->m_told, self->m_position));
            }
            *bytes = self->m_bytes.data();
            return got;
        }
    }

    static la_int64_t seek(archive*, void* data, la_int64_t offset, int whence)
    {
        auto* self = static_cast<Decoder*>(data);
        struct stat facts = {};
        if (whence == SEEK_END && ::fstat(self->m_fd, &facts) != 0) {
            return ARCHIVE_FATAL;
        }
        const qint64 base = whence == SEEK_END ? facts.st_size : whence == SEEK_CUR ? self->m_position : 0;
        if (base + offset < 0) {
            return ARCHIVE_FATAL;
        }
        return self->m_position = base + offset;
    }

    Result<void> copy(ByteStream& output)
    {
        for (std::span<char> room = output.room(); !room.empty(); room = output.room()) {
            size_t used = 0;
            while (used < room.size()) {
                const la_ssize_t got = archive_read_data(m_archive.get(), room.data() + used, room.size() - used);
                if (got < 0) {
                    return broken();
                }
                if (got == 0) {
                    break;
                }
                used += static_cast<size_t>(got);
            }
            output.filled(used);
            if (used < room.size()) {
                return {};
            }
        }
        return cancelled();
    }

    /** Which of several files was meant nobody can tell. */
    Result<void> checkAlone()
    {
        archive_entry* entry = nullptr;
        for (;;) {
            const int status = archive_read_next_header(m_archive.get(), &entry);
            if (status == ARCHIVE_EOF) {
                return {};
            }
            if (status != ARCHIVE_OK) {
                return broken();
            }
            if (archive_entry_filetype(entry) == AE_IFREG) {
                return failed(LibraryDecoder::tr("There is more than one file in %1.").arg(m_path));
            }
        }
    }

    [[nodiscard]] std::unexpected<Error> failed(const QString& cause) const
    {
        return fail(Error::Code::Unsupported, cause,
                    LibraryDecoder::tr("Unpack it, and use the directory or the disk image that was in it."),
                    Place::inFile(m_path));
    }

    [[nodiscard]] std::unexpected<Error> broken() const
    {
        if (m_stop.stop_requested()) {
            return cancelled();
        }
        if (m_readError != 0) {
            return systemError(m_readError, LibraryDecoder::tr("read"), m_path);
        }
        return fail(Error::Code::InvalidInput,
                    LibraryDecoder::tr("%1 is broken: its %2 stream %3.")
                        .arg(m_path, m_codec->name,
                             LibraryDecoder::tr("holds no valid data (%1)")
                                 .arg(QString::fromLocal8Bit(archive_error_string(m_archive.get())))),
                    LibraryDecoder::tr("Fetch or make the file again."), Place::inFile(m_path));
    }

    int m_fd;
    QString m_path;
    qint64 m_told; ///< Bytes that progress advanced by.
    Progress& m_progress;
    const std::stop_token& m_stop;
    std::vector<char> m_bytes;
    const Codec* m_codec = nullptr;
    qint64 m_position = 0; ///< In the file.
    int m_readError = 0;
    std::unique_ptr<archive, FreeArchive> m_archive; ///< Last: it may read when it is closed.
};

} // namespace

QString libraryCodec(QByteArrayView head)
{
    const Codec* codec = codecOf(head);
    return codec != nullptr ? QString(codec->name) : QString();
}

Result<void> decodeByLibrary(int fd, const QString& path, qint64 told, Progress& progress, const std::stop_token& stop,
                             ByteStream& output)
{
    return Decoder(fd, path, told, progress, stop).run(output);
}

} // namespace Stowage

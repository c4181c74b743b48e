// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "packedfile.h"

#include "core/support/units.h"

#include <QByteArray>
#include <QCoreApplication>

#include <archive.h>
#include <archive_entry.h>
#include <lzma.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <thread>
#include <vector>

namespace Stowage
{

namespace
{

struct Packed {
    Q_DECLARE_TR_FUNCTIONS(PackedFile)
};

/** Threads of a compression; memory for each is up to 150 MiB. */
unsigned int threadCount()
{
    // With one thread zstd cuts its stream otherwise than with many.
    constexpr unsigned int Least = 2;
    constexpr unsigned int Most = 8;
    return std::clamp(std::thread::hardware_concurrency(), Least, Most);
}

struct FreeArchive {
    void operator()(archive* handle) const { archive_free(handle); }
};
struct FreeEntry {
    void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

} // namespace

/** Knows the file, and what can go wrong. */
class PackedFile::Encoder
{
public:
    explicit Encoder(const PackedFile& file) : m_file(file) { }
    Q_DISABLE_COPY_MOVE(Encoder)
    virtual ~Encoder() = default;

    [[nodiscard]] virtual Result<void> write(std::span<const char> bytes) = 0;
    [[nodiscard]] virtual Result<void> close() = 0;

protected:
    [[nodiscard]] bool isCancelled() const { return m_file.m_stop.stop_requested(); }

    /** Puts what was compressed into the file. */
    [[nodiscard]] Result<void> put(std::span<const char> bytes)
    {
        while (!bytes.empty()) {
            if (isCancelled()) {
                return cancelled();
            }
            const ssize_t written = ::write(m_file.m_fd, bytes.data(), bytes.size());
            if (written < 0 && errno != EINTR) {
                return systemError(errno, Packed::tr("write"), m_file.m_shown);
            }
            bytes = bytes.subspan(static_cast<size_t>(std::max<ssize_t>(written, 0)));
        }
        return {};
    }

    [[nodiscard]] std::unexpected<Error> fault(const QString& reason) const
    {
        return fail(Error::Code::Io, Packed::tr("Cannot compress %1: %2.").arg(m_file.m_shown, reason),
                    Packed::tr("Close other programs that need much memory, or choose another suffix."),
                    Place::inFile(m_file.m_shown));
    }

private:
    const PackedFile& m_file;
};

namespace
{

/** Nothing is compressed. */
class PlainEncoder final : public PackedFile::Encoder
{
public:
    using Encoder::Encoder;
    Result<void> write(std::span<const char> bytes) override { return put(bytes); }
    Result<void> close() override { return {}; }
};

/** xz by liblzma itself, which comes back while its threads work. */
class XzEncoder final : public PackedFile::Encoder
{
public:
    explicit XzEncoder(const PackedFile& file) : Encoder(file), m_room(MiB) { }
    Q_DISABLE_COPY_MOVE(XzEncoder)
    ~XzEncoder() override { lzma_end(&m_stream); }

    Result<void> open()
    {
        lzma_mt options = {};
        options.threads = threadCount();
        options.timeout = 50; // ms
        options.preset = LZMA_PRESET_DEFAULT;
        options.check = LZMA_CHECK_CRC64;
        const lzma_ret code = lzma_stream_encoder_mt(&m_stream, &options);
        return code == LZMA_OK ? Result<void>() : failed(code);
    }

    Result<void> write(std::span<const char> bytes) override
    {
        m_stream.next_in = reinterpret_cast<const uint8_t*>(bytes.data());
        m_stream.avail_in = bytes.size();
        return run(LZMA_RUN);
    }

    Result<void> close() override { return run(LZMA_FINISH); }

private:
    Result<void> run(lzma_action action)
    {
        for (lzma_ret code = LZMA_OK; action == LZMA_RUN ? m_stream.avail_in > 0 : code != LZMA_STREAM_END;) {
            if (isCancelled()) {
                return cancelled();
            }
            m_stream.next_out = m_room.data();
            m_stream.avail_out = m_room.size();
            code = lzma_code(&m_stream, action);
            if (code != LZMA_OK && code != LZMA_STREAM_END) {
                return failed(code);
            }
            const size_t made = m_room.size() - m_stream.avail_out;
            if (auto done = put({reinterpret_cast<const char*>(m_room.data()), made}); !done) {
                return done;
            }
        }
        return {};
    }

    [[nodiscard]] std::unexpected<Error> failed(lzma_ret code) const
    {
        return fault(code == LZMA_MEM_ERROR ? Packed::tr("there is not enough memory")
                                            : Packed::tr("liblzma tells the error %1").arg(code));
    }

    lzma_stream m_stream = LZMA_STREAM_INIT;
    std::vector<uint8_t> m_room;
};

/** The other formats by libarchive. */
class ArchiveEncoder final : public PackedFile::Encoder
{
public:
    explicit ArchiveEncoder(const PackedFile& file) : Encoder(file), m_archive(archive_write_new()) { }
    Q_DISABLE_COPY_MOVE(ArchiveEncoder)
    ~ArchiveEncoder() override
    {
        if (!m_isClosed && m_compression == Compression::Zstd) {
            archive_write_fail(m_archive.get()); // it would compress its large blocks to their end first
        } else if (m_put) {
            m_put = cancelled(); // the others free their memory only when they are closed
        }
        m_archive.reset(); // calls take()
    }

    Result<void> open(Compression compression)
    {
        m_compression = compression;
        archive* writer = m_archive.get();
        archive_write_set_format_raw(writer);
        if (compression == Compression::Gzip) {
            archive_write_add_filter_gzip(writer);
            archive_write_set_filter_option(writer, "gzip", "timestamp", nullptr);
        } else if (compression == Compression::Zstd) {
            archive_write_add_filter_zstd(writer);
            archive_write_set_filter_option(writer, "zstd", "threads", QByteArray::number(threadCount()).constData());
        } else {
            archive_write_add_filter_bzip2(writer);
        }
        archive_write_set_bytes_in_last_block(writer, 1); // no zeros behind the end
        const std::unique_ptr<archive_entry, FreeEntry> entry(archive_entry_new());
        archive_entry_copy_pathname(entry.get(), "content");
        archive_entry_set_filetype(entry.get(), S_IFREG);
        if (archive_write_open2(writer, this, nullptr, &ArchiveEncoder::take, nullptr, nullptr) != ARCHIVE_OK) {
            return failed();
        }
        return archive_write_header(writer, entry.get()) == ARCHIVE_OK ? Result<void>() : failed();
    }

    Result<void> write(std::span<const char> bytes) override
    {
        return archive_write_data(m_archive.get(), bytes.data(), bytes.size()) >= 0 ? m_put : failed();
    }

    Result<void> close() override
    {
        m_isClosed = true;
        return archive_write_close(m_archive.get()) == ARCHIVE_OK ? m_put : failed();
    }

private:
    /** Called by libarchive with compressed bytes. It hears of no error, since it would leave its memory then. */
    static la_ssize_t take(archive* /*handle*/, void* data, const void* bytes, size_t length)
    {
        auto* self = static_cast<ArchiveEncoder*>(data);
        self->m_put = self->m_put.and_then([&] { return self->put({static_cast<const char*>(bytes), length}); });
        return static_cast<la_ssize_t>(length);
    }

    [[nodiscard]] Result<void> failed() const
    {
        return m_put ? fault(QString::fromUtf8(archive_error_string(m_archive.get()))) : m_put;
    }

    std::unique_ptr<archive, FreeArchive> m_archive;
    Compression m_compression = Compression::None;
    Result<void> m_put;
    bool m_isClosed = false;
};

} // namespace

PackedFile::PackedFile(int fd, QString shown, std::stop_token stop)
    : m_fd(fd),
      m_shown(std::move(shown)),
      m_stop(std::move(stop))
{ }

PackedFile::~PackedFile() = default;

Result<void> PackedFile::open(Compression compression)
{
    const auto start = [this]<typename T>(std::unique_ptr<T> encoder, auto... options) {
        auto opened = encoder->open(options...);
        m_encoder = std::move(encoder);
        return opened;
    };
    switch (compression) {
    case Compression::None:
        m_encoder = std::make_unique<PlainEncoder>(*this);
        return {};
    case Compression::Xz:
        return start(std::make_unique<XzEncoder>(*this));
    default:
        return start(std::make_unique<ArchiveEncoder>(*this), compression);
    }
}

Result<void> PackedFile::write(std::span<const char> bytes)
{
    return m_encoder->write(bytes);
}

Result<void> PackedFile::close()
{
    return m_encoder->close();
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "decoders.h"

#include "core/entries/bytestream.h"
#include "core/entries/librarydecoder.h"
#include "core/support/units.h"

#include <QByteArrayView>
#include <QCoreApplication>

#include <isa-l/igzip_lib.h>
#include <lzma.h>
#include <unistd.h>
#include <zstd.h>

#include <cerrno>
#include <memory>

namespace Stowage
{

namespace
{

struct Decoders {
    Q_DECLARE_TR_FUNCTIONS(Decoders)
};

constexpr quint64 MostMemory = 128 * MiB;

/** The compressed file, read in pieces. */
class Input
{
public:
    Input(int fd, const FileSlice& slice, Progress& progress, std::stop_token stop)
        : m_fd(fd),
          m_path(slice.path),
          m_unread(slice.size),
          m_progress(progress),
          m_stop(std::move(stop)),
          m_bytes(MiB / 2)
    { }

    /** What is left, after reading on when that is nothing; empty at the end of the file. */
    Result<std::span<char>> some()
    {
        if (m_left.empty()) {
            const auto got = read(m_bytes);
            if (!got) {
                return std::unexpected(got.error());
            }
            m_left = std::span(m_bytes).first(*got);
        }
        return m_left;
    }

    /** The same, but no fewer than @p bytes, except where the file ends. */
    Result<std::span<char>> atLeast(size_t bytes)
    {
        while (m_left.size() < bytes) {
            std::ranges::copy(m_left, m_bytes.begin());
            const size_t had = m_left.size();
            const auto got = read(std::span(m_bytes).subspan(had));
            if (!got) {
                return std::unexpected(got.error());
            }
            m_left = std::span(m_bytes).first(had + *got);
            if (*got == 0) {
                break;
            }
        }
        return m_left;
    }

    /** Leaves only the last @p left bytes of some(). */
    void keepLast(size_t left) { m_left = m_left.last(left); }

    /** Reads on past what is left. */
    Result<size_t> read(std::span<char> into)
    {
        for (;;) {
            if (m_stop.stop_requested()) {
                return cancelled();
            }
            const size_t most = std::min<quint64>(into.size(), static_cast<quint64>(m_unread));
            const ssize_t got = ::read(m_fd, into.data(), most);
            if (got < 0 && errno == EINTR) {
                continue;
            }
            if (got < 0) {
                return systemError(errno, Decoders::tr("read"), m_path);
            }
            m_progress.advance(got);
            m_unread -= got;
            return static_cast<size_t>(got);
        }
    }

    [[nodiscard]] std::unexpected<Error> broken(const QString& format, const QString& why) const
    {
        return fail(Error::Code::InvalidInput, Decoders::tr("%1 is broken: its %2 stream %3.").arg(m_path, format, why),
                    Decoders::tr("Fetch or make the file again."), Place::inFile(m_path));
    }

    [[nodiscard]] std::unexpected<Error> cut(const QString& format) const
    {
        return broken(format, Decoders::tr("ends too early"));
    }

    [[nodiscard]] std::unexpected<Error> greedy(const QString& format) const
    {
        return fail(Error::Code::Unsupported,
                    Decoders::tr("%1 needs more than %2 of memory to be decompressed (%3).")
                        .arg(m_path, formatBytes(MostMemory), format),
                    Decoders::tr("Compress it with a smaller window or dictionary."), Place::inFile(m_path));
    }

private:
    int m_fd;
    QString m_path;
    qint64 m_unread; ///< Bytes of the slice.
    Progress& m_progress;
    std::stop_token m_stop;
    std::vector<char> m_bytes;
    std::span<char> m_left;
};

bool startsWith(std::span<const char> bytes, QByteArrayView magic)
{
    return QByteArrayView(bytes.data(), static_cast<qsizetype>(bytes.size())).startsWith(magic);
}

constexpr QByteArrayView GzipMagic("\x1f\x8b", 2);
constexpr QByteArrayView ZstdMagic("\x28\xb5\x2f\xfd", 4);
constexpr QByteArrayView XzMagic("\xfd\x37zXZ\0", 6);

Result<void> copyPlain(Input& input, ByteStream& output)
{
    const auto first = input.some(); // of which the beginning was looked at
    if (!first) {
        return std::unexpected(first.error());
    }
    const std::span<char> room = output.room();
    std::ranges::copy(first->first(std::min(first->size(), room.size())), room.begin());
    output.filled(std::min(first->size(), room.size()));
    for (std::span<char> next = output.room(); !next.empty(); next = output.room()) {
        const auto got = input.read(next);
        if (!got || *got == 0) {
            return got.transform([](size_t) { });
        }
        output.filled(*got);
    }
    return cancelled();
}

/** Decompresses gzip streams behind each other. */
class GzipDecoder
{
public:
    explicit GzipDecoder(Input& input) : m_input(input), m_state(std::make_unique<inflate_state>())
    {
        isal_inflate_init(m_state.get());
        m_state->crc_flag = ISAL_GZIP;
    }

    /** Fills @p room; fewer bytes only at the end. */
    Result<size_t> fill(std::span<char> room)
    {
        m_state->next_out = reinterpret_cast<uint8_t*>(room.data());
        m_state->avail_out = static_cast<uint32_t>(room.size());
        while (m_state->avail_out > 0) {
            const auto some = m_finished ? m_input.atLeast(GzipMagic.size()) : m_input.some();
            if (!some) {
                return std::unexpected(some.error());
            }
            // Behind the last stream may stand whatever an image's maker adds.
            if (m_finished && !startsWith(*some, GzipMagic)) {
                break;
            }
            if (auto done = inflate(*some); !done) {
                return std::unexpected(done.error());
            }
        }
        return room.size() - m_state->avail_out;
    }

private:
    Result<void> inflate(std::span<char> bytes)
    {
        const QString format = QStringLiteral("gzip");
        if (bytes.empty()) {
            return m_input.cut(format);
        }
        if (std::exchange(m_finished, false)) {
            isal_inflate_reset(m_state.get());
            m_state->crc_flag = ISAL_GZIP;
        }
        m_state->next_in = reinterpret_cast<uint8_t*>(bytes.data());
        m_state->avail_in = static_cast<uint32_t>(bytes.size());
        const int status = isal_inflate(m_state.get());
        if (status != ISAL_DECOMP_OK && status != ISAL_END_INPUT) {
            return m_input.broken(format,
                                  status == ISAL_INCORRECT_CHECKSUM ? Decoders::tr("has another checksum than it says")
                                                                    : Decoders::tr("holds no valid data"));
        }
        m_input.keepLast(m_state->avail_in);
        m_finished = m_state->block_state == ISAL_BLOCK_FINISH;
        return {};
    }

    Input& m_input;
    std::unique_ptr<inflate_state> m_state;
    bool m_finished = false; ///< A stream has ended.
};

Result<void> inflateGzip(Input& input, ByteStream& output)
{
    GzipDecoder decoder(input);
    for (std::span<char> room = output.room(); !room.empty(); room = output.room()) {
        const auto filled = decoder.fill(room);
        if (!filled) {
            return std::unexpected(filled.error());
        }
        output.filled(*filled);
        if (*filled < room.size()) {
            return {};
        }
    }
    return cancelled();
}

struct FreeZstd {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

Result<void> decodeZstd(Input& input, ByteStream& output)
{
    const QString format = QStringLiteral("zstd");
    const std::unique_ptr<ZSTD_DCtx, FreeZstd> context(ZSTD_createDCtx());
    constexpr int WindowLog = 27; // 128 MiB, what zstd itself takes without being asked
    ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, WindowLog);
    size_t hint = 0; // 0: between two frames
    for (std::span<char> room = output.room(); !room.empty(); room = output.room()) {
        ZSTD_outBuffer out{room.data(), room.size(), 0};
        bool ended = false;
        while (out.pos < out.size) {
            const auto some = input.some();
            if (!some) {
                return std::unexpected(some.error());
            }
            if (some->empty() && hint == 0) {
                ended = true;
                break;
            }
            ZSTD_inBuffer in{some->data(), some->size(), 0};
            const size_t before = out.pos;
            const size_t status = ZSTD_decompressStream(context.get(), &out, &in);
            if (ZSTD_isError(status) != 0) {
                return ZSTD_getErrorCode(status) == ZSTD_error_frameParameter_windowTooLarge
                    ? input.greedy(format)
                    : input.broken(
                          format,
                          Decoders::tr("holds no valid data (%1)").arg(QString::fromLatin1(ZSTD_getErrorName(status))));
            }
            if (some->empty() && out.pos == before && status != 0) {
                return input.cut(format);
            }
            hint = status;
            input.keepLast(in.size - in.pos);
        }
        output.filled(out.pos);
        if (ended) {
            return {};
        }
    }
    return cancelled();
}

struct EndLzma {
    void operator()(lzma_stream* stream) const { lzma_end(stream); }
};

Result<void> decodeXz(Input& input, ByteStream& output)
{
    const QString format = QStringLiteral("xz");
    lzma_stream memory = LZMA_STREAM_INIT;
    const std::unique_ptr<lzma_stream, EndLzma> stream(&memory);
    lzma_mt options = {};
    options.flags = LZMA_CONCATENATED;
    options.threads = std::max(1U, std::thread::hardware_concurrency());
    // Blocks as "xz -T0" makes them take 40 MiB each: not one is gathered for a thread then, but read as it comes, which is
    // as quick, since two would not be let in either.
    options.memlimit_threading = 24 * MiB;
    options.memlimit_stop = MostMemory;
    constexpr uint32_t MostWait = 100; // milliseconds, so that a cancel is heard
    options.timeout = MostWait;
    if (lzma_stream_decoder_mt(stream.get(), &options) != LZMA_OK) {
        return systemError(ENOMEM, Decoders::tr("decompress"), QString());
    }
    bool atEnd = false;
    for (std::span<char> room = output.room(); !room.empty(); room = output.room()) {
        stream->next_out = reinterpret_cast<uint8_t*>(room.data());
        stream->avail_out = room.size();
        lzma_ret status = LZMA_OK;
        while (stream->avail_out > 0 && status == LZMA_OK) {
            const auto some = input.some();
            if (!some) {
                return std::unexpected(some.error());
            }
            atEnd = some->empty();
            stream->next_in = reinterpret_cast<const uint8_t*>(some->data());
            stream->avail_in = some->size();
            status = lzma_code(stream.get(), atEnd ? LZMA_FINISH : LZMA_RUN);
            input.keepLast(stream->avail_in);
        }
        output.filled(room.size() - stream->avail_out);
        if (status == LZMA_STREAM_END) {
            return {};
        }
        if (status == LZMA_BUF_ERROR && atEnd) {
            return input.cut(format);
        }
        if (status == LZMA_MEMLIMIT_ERROR || status == LZMA_MEM_ERROR) {
            return input.greedy(format);
        }
        if (status != LZMA_OK) {
            return input.broken(format, Decoders::tr("holds no valid data"));
        }
    }
    return cancelled();
}

} // namespace

QString streamCodec(QByteArrayView head)
{
    return head.startsWith(GzipMagic) ? QStringLiteral("gzip")
        : head.startsWith(ZstdMagic)  ? QStringLiteral("zstd")
        : head.startsWith(XzMagic)    ? QStringLiteral("xz")
                                      : libraryCodec(head);
}

Result<void> decode(int fd, const FileSlice& slice, Progress& progress, const std::stop_token& stop, ByteStream& output)
{
    if (slice.offset > 0 && ::lseek(fd, slice.offset, SEEK_SET) < 0) {
        return systemError(errno, Decoders::tr("read"), slice.path);
    }
    Input input(fd, slice, progress, stop);
    const auto head = input.some();
    if (!head) {
        return std::unexpected(head.error());
    }
    if (startsWith(*head, GzipMagic)) {
        return inflateGzip(input, output);
    }
    if (startsWith(*head, ZstdMagic)) {
        return decodeZstd(input, output);
    }
    if (startsWith(*head, XzMagic)) {
        return decodeXz(input, output);
    }
    if (slice.isWhole() && !libraryCodec({head->data(), static_cast<qsizetype>(head->size())}).isEmpty()) {
        return decodeByLibrary(fd, slice.path, static_cast<qint64>(head->size()), progress, stop, output);
    }
    return copyPlain(input, output);
}

} // namespace Stowage

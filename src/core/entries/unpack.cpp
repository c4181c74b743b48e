// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "unpack.h"

#include "core/entries/bytestream.h"
#include "core/entries/decoders.h"
#include "core/support/units.h"
#include "core/support/zeros.h"

#include <QCoreApplication>
#include <QFile>

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Unpacking {
    Q_DECLARE_TR_FUNCTIONS(Unpacking)
};

struct FreeArchive {
    void operator()(archive* handle) const { archive_free(handle); }
};

/** Writes what is in one file to a target. */
class Unpacker
{
public:
    Unpacker(QString from, SparseTarget& target, UnpackLimits limits, const std::stop_token& stop)
        : m_from(std::move(from)),
          m_target(target),
          m_limits(limits),
          m_stop(stop)
    { }

    Result<void> run(Progress& progress)
    {
        auto stream = ByteStream::open({.path = m_from}, progress, m_stop);
        if (!stream) {
            return std::unexpected(stream.error());
        }
        m_stream = std::move(*stream);
        const auto first = m_stream->next();
        if (!first) {
            return std::unexpected(first.error());
        }
        const bool isOpened = !m_limits.isArchiveWhole && isTar({first->data(), std::ssize(*first)});
        auto done = isOpened ? unpackTar(*first) : unpackStream(*first);
        return done.and_then([this] { return m_isCut ? Result<void>() : m_target.extend(m_size); });
    }

    [[nodiscard]] qint64 size() const { return m_size; }
    /** There is more than the limit allows; it was not written. */
    [[nodiscard]] bool isCut() const { return m_isCut; }

private:
    Result<void> unpackStream(std::span<const char> bytes)
    {
        while (!bytes.empty() && !m_isCut) {
            if (auto put = putAt(m_size, bytes); !put) {
                return put;
            }
            const auto next = m_stream->next();
            if (!next) {
                return std::unexpected(next.error());
            }
            bytes = *next;
        }
        return {};
    }

    Result<void> putAt(qint64 position, std::span<const char> bytes)
    {
        if (m_stop.stop_requested()) {
            return cancelled();
        }
        const qint64 left = m_limits.bytes - position;
        m_isCut = left < std::ssize(bytes);
        bytes = bytes.first(static_cast<size_t>(std::clamp<qint64>(left, 0, std::ssize(bytes))));
        m_size = std::min(position, m_limits.bytes) + std::ssize(bytes);
        return forEachDataRun(bytes, [&](qint64 at, qint64 size) -> Result<void> {
            m_limits.data -= size;
            if (m_limits.data < 0) {
                return systemError(ENOSPC, Unpacking::tr("unpack"), m_from);
            }
            return m_target.write(position + at, bytes.subspan(static_cast<size_t>(at), static_cast<size_t>(size)));
        });
    }

    Result<void> unpackTar(std::span<const char> first)
    {
        m_pending = first;
        m_archive.reset(archive_read_new());
        archive_read_support_format_tar(m_archive.get());
        if (archive_read_open(m_archive.get(), this, nullptr, readMore, nullptr) != ARCHIVE_OK) {
            return broken();
        }
        bool found = false;
        for (;;) {
            archive_entry* entry = nullptr;
            const int status = archive_read_next_header(m_archive.get(), &entry);
            if (status == ARCHIVE_EOF) {
                return found ? m_stream->finish() : unfit(Unpacking::tr("There is no file in %1.").arg(m_from));
            }
            if (status < ARCHIVE_WARN) {
                return broken();
            }
            if (archive_entry_hardlink(entry) != nullptr || archive_entry_filetype(entry) == AE_IFLNK
                || (archive_entry_filetype(entry) == AE_IFREG && found)) {
                return unfit(Unpacking::tr("There is more than one file in %1.").arg(m_from));
            }
            if (archive_entry_filetype(entry) == AE_IFREG) {
                found = true;
                if (auto put = unpackEntry(archive_entry_size(entry)); !put || m_isCut) {
                    return put;
                }
            }
        }
    }

    static la_ssize_t readMore(archive* handle, void* data, const void** bytes)
    {
        auto* self = static_cast<Unpacker*>(data);
        std::span<const char> got = std::exchange(self->m_pending, {});
        if (got.empty()) {
            const auto next = self->m_stream->next();
            if (!next) {
                self->m_error = next.error();
                archive_set_error(handle, EIO, "read");
                return -1;
            }
            got = *next;
        }
        *bytes = got.data();
        return std::ssize(got);
    }

    Result<void> unpackEntry(qint64 size)
    {
        for (;;) {
            const void* bytes = nullptr;
            size_t length = 0;
            la_int64_t offset = 0;
            const int status = archive_read_data_block(m_archive.get(), &bytes, &length, &offset);
            if (status == ARCHIVE_EOF) {
                m_isCut = m_isCut || size > m_limits.bytes;
                m_size = std::max(m_size, std::min(size, m_limits.bytes)); // a hole at its end
                return {};
            }
            if (status < ARCHIVE_WARN) {
                return broken();
            }
            if (auto put = putAt(offset, {static_cast<const char*>(bytes), length}); !put || m_isCut) {
                return put;
            }
        }
    }

    [[nodiscard]] std::unexpected<Error> unfit(const QString& cause) const
    {
        return fail(Error::Code::Unsupported, cause,
                    Unpacking::tr("Unpack it, and use the directory or the disk image that was in it."),
                    Place::inFile(m_from));
    }

    [[nodiscard]] std::unexpected<Error> broken() const
    {
        if (m_error) {
            return std::unexpected(*m_error);
        }
        return fail(Error::Code::InvalidInput,
                    Unpacking::tr("Cannot read the archive %1: %2.")
                        .arg(m_from, QString::fromUtf8(archive_error_string(m_archive.get()))),
                    Unpacking::tr("Fetch or make the archive again."), Place::inFile(m_from));
    }

    QString m_from;
    SparseTarget& m_target;
    UnpackLimits m_limits;
    const std::stop_token& m_stop;
    std::unique_ptr<ByteStream> m_stream;
    std::unique_ptr<archive, FreeArchive> m_archive;
    std::span<const char> m_pending; ///< Read of the stream, but not given to the archive.
    std::optional<Error> m_error; ///< Of the stream.
    qint64 m_size = 0; ///< Bytes of the target so far.
    bool m_isCut = false;
};

/** Keeps what it is given in memory. */
class HeadTarget final : public SparseTarget
{
public:
    explicit HeadTarget(qint64 length) : m_bytes(length, '\0') { }

    [[nodiscard]] bool isOrdered() const override { return true; }
    Result<void> write(qint64 position, std::span<const char> bytes) override
    {
        std::ranges::copy(bytes, m_bytes.begin() + position);
        return {};
    }
    Result<void> erase(qint64 /*position*/, qint64 /*size*/) override { return {}; }
    Result<void> extend(qint64 /*size*/) override { return {}; }
    Result<void> clear() override { return {}; }
    [[nodiscard]] QByteArray first(qint64 size) const { return m_bytes.first(size); }

private:
    QByteArray m_bytes;
};

} // namespace

bool isTar(QByteArrayView head)
{
    constexpr qsizetype MagicAt = 257;
    return head.size() > MagicAt && head.sliced(MagicAt).startsWith("ustar");
}

QString packing(QByteArrayView head)
{
    return isTar(head) ? u"tar"_s : streamCodec(head);
}

Result<qint64> unpackInto(const QString& from, SparseTarget& target, UnpackLimits limits, Progress& progress,
                          const std::stop_token& stop)
{
    Unpacker unpacker(from, target, limits, stop);
    return unpacker.run(progress).and_then([&]() -> Result<qint64> {
        if (unpacker.isCut()) {
            return fail(Error::Code::InvalidInput,
                        Unpacking::tr("%1 has more than %2 in it.").arg(from, formatBytes(limits.bytes)),
                        Unpacking::tr("Name the right file."), Place::inFile(from));
        }
        return unpacker.size();
    });
}

Result<void> unpackFile(const QString& from, const QString& to, UnpackLimits limits, Progress& progress,
                        const std::stop_token& stop)
{
    const QByteArray name = QFile::encodeName(to);
    UniqueFd file(::open(name.constData(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (!file.isValid()) {
        return systemError(errno, Unpacking::tr("make"), to);
    }
    SparseFile target(file.get(), to);
    auto unpacked = unpackInto(from, target, limits, progress, stop).transform([](qint64) { });
    if (unpacked && !file.close()) {
        unpacked = systemError(errno, Unpacking::tr("write"), to);
    }
    if (!unpacked) {
        ::unlink(name.constData());
    }
    return unpacked;
}

Result<QByteArray> unpackedHead(const QString& from, qint64 length, const std::stop_token& stop)
{
    Progress ignored;
    HeadTarget head(length);
    Unpacker unpacker(from, head, {.bytes = length}, stop);
    return unpacker.run(ignored).transform([&] { return head.first(unpacker.size()); });
}

} // namespace Stowage

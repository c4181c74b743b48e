// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "imagepacking.h"

#include "core/entries/bytestream.h"
#include "core/import/importhandler.h"
#include "core/output/packedfile.h"
#include "core/support/units.h"

#include <QCoreApplication>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Packing {
    Q_DECLARE_TR_FUNCTIONS(ImagePacking)
};

constexpr qint64 PieceBytes = MiB;

std::unexpected<Error> differs(const QString& shown)
{
    return fail(Error::Code::Io, Packing::tr("%1 does not read back as it was written.").arg(shown),
                Packing::tr("Check the disk, and that nothing else writes there; then build again."),
                Place::inFile(shown));
}

/** Fills @p piece from @p position on. */
Result<void> readPiece(const RawImage& image, qint64 position, std::span<char> piece)
{
    while (!piece.empty()) {
        const ssize_t got = ::pread(image.fd, piece.data(), piece.size(), position);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return systemError(got < 0 ? errno : EIO, Packing::tr("read"), image.path);
        }
        piece = piece.subspan(static_cast<size_t>(got));
        position += got;
    }
    return {};
}

/** Whether the file @p path, decompressed, is @p image. */
Result<void> compareCompressed(const RawImage& image, const QString& path, const QString& shown, JobContext& context)
{
    Progress ignored;
    const auto stream = ByteStream::open({.path = path}, ignored, context.stop);
    if (!stream) {
        return std::unexpected(stream.error());
    }
    std::span<const char> there;
    const auto next = [&]() -> Result<void> {
        const auto bytes = (*stream)->next();
        if (!bytes) {
            return bytes.error().code == Error::Code::InvalidInput ? differs(shown) : std::unexpected(bytes.error());
        }
        there = *bytes;
        return {};
    };
    auto compared = readPieces(image, context.stop, [&](std::span<const char> bytes, bool) -> Result<void> {
        context.progress.advance(static_cast<qint64>(bytes.size()));
        while (!bytes.empty()) {
            if (auto got = there.empty() ? next() : Result<void>(); !got) {
                return got;
            }
            const size_t length = std::min(bytes.size(), there.size());
            if (length == 0 || std::memcmp(bytes.data(), there.data(), length) != 0) {
                return differs(shown);
            }
            bytes = bytes.subspan(length);
            there = there.subspan(length);
        }
        return {};
    });
    if (compared && there.empty()) {
        compared = next();
    }
    return compared && !there.empty() ? differs(shown) : compared;
}

/** Has @p progress follow what qemu-img says of itself, "(12.34/100%)", for something of @p size bytes. */
OutputSink followPercent(Progress& progress, qint64 size)
{
    return [&progress, size, told = qint64{0}](const QByteArray& piece) mutable {
        const qsizetype end = piece.lastIndexOf("/100%");
        const qsizetype start = end < 0 ? -1 : piece.lastIndexOf('(', end);
        const double percent = start < 0 ? 0 : piece.sliced(start + 1, end - start - 1).trimmed().toDouble();
        const auto done = static_cast<qint64>(static_cast<double>(size) * std::clamp(percent / 100, 0.0, 1.0));
        progress.advance(std::max<qint64>(done - told, 0));
        told = std::max(told, done);
    };
}

} // namespace

Result<void> readPieces(const RawImage& image, const std::stop_token& stop, const PieceTaker& take)
{
    static const std::vector<char> zeros(PieceBytes);
    std::vector<char> buffer(PieceBytes);
    qint64 data = 0; // data begin here or later
    for (qint64 position = 0; position < image.size; position += PieceBytes) {
        if (stop.stop_requested()) {
            return cancelled();
        }
        const qint64 end = std::min(position + PieceBytes, image.size);
        if (data < position) {
            data = ::lseek(image.fd, position, SEEK_DATA);
            data = data >= 0     ? data
                : errno == ENXIO ? image.size
                                 : position; // or no holes are known on this file system
        }
        const auto length = static_cast<size_t>(end - position);
        const bool isHole = data >= end;
        if (auto got = isHole ? Result<void>() : readPiece(image, position, std::span(buffer).first(length)); !got) {
            return got;
        }
        if (auto taken = take(std::span(isHole ? zeros : buffer).first(length), isHole); !taken) {
            return taken;
        }
    }
    return {};
}

Result<void> compressImage(const RawImage& image, Compression compression, int to, const QString& path,
                           const QString& shown, JobContext& context)
{
    context.progress.setStep(Packing::tr("Compressing"));
    Result<void> done;
    {
        PackedFile packed(to, shown, context.stop);
        done = packed.open(compression)
                   .and_then([&] {
                       return readPieces(image, context.stop, [&](std::span<const char> bytes, bool) {
                           context.progress.advance(static_cast<qint64>(bytes.size()));
                           return packed.write(bytes);
                       });
                   })
                   .and_then([&] { return packed.close(); });
    }
    if (!done) {
        return done;
    }
    context.progress.setStep(Packing::tr("Verifying"));
    return compareCompressed(image, path, shown, context);
}

Result<void> convertImage(const RawImage& image, const QString& path, const QString& shown, JobContext& context,
                          CommandRunner& runner)
{
    context.progress.setStep(Packing::tr("Converting to QCOW2"));
    CommandSpec convert;
    convert.program = u"qemu-img"_s;
    convert.arguments = {u"convert"_s, u"-p"_s, u"-f"_s, u"raw"_s, u"-O"_s, u"qcow2"_s, image.path, path};
    convert.writablePaths = {path};
    CommandSpec compare;
    compare.program = u"qemu-img"_s;
    compare.arguments = {u"compare"_s, u"-p"_s, u"-f"_s, u"raw"_s, u"-F"_s, u"qcow2"_s, image.path, path};
    if (auto done = runTool(convert, context, runner, followPercent(context.progress, image.size)); !done) {
        return done;
    }
    context.progress.setStep(Packing::tr("Verifying"));
    const CommandOutcome outcome = runToolReported(compare, context, runner,
                                                   followPercent(context.progress, image.size));
    const bool isOther = outcome.state == CommandOutcome::State::ExitedWithError && outcome.exitCode == 1;
    return isOther ? differs(shown) : outcome.toResult(compare);
}

} // namespace Stowage

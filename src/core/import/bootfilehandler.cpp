// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bootfilehandler.h"

#include "core/import/newoutput.h"
#include "core/import/readablesource.h"
#include "core/project/imagepath.h"
#include "core/sources/sourcefile.h"
#include "core/sources/sourcetree.h"
#include "core/sources/unifiedkernel.h"
#include "core/support/remembered.h"
#include "core/support/units.h"
#include "core/xen/kernelfacts.h"

#include <QCoreApplication>

#include <libdeflate.h>

#include <algorithm>
#include <memory>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct BootFile {
    Q_DECLARE_TR_FUNCTIONS(BootFileHandler)
};

constexpr qint64 MostRamdiskBytes = 2 * GiB;

/** The file that a request means, held open. */
class Taken
{
public:
    static Result<Taken> open(const ImportRequest& request, BootFileHandler::What what, const std::stop_token& stop)
    {
        const auto place = ImagePath::parse(request.member);
        if (!place || place->path.isEmpty()) {
            return fail(Error::Code::InvalidInput,
                        BootFile::tr("\"%1\" names no file in %2.").arg(request.member, request.source),
                        BootFile::tr("Write it like \"image:1/boot/vmlinuz\"."), Place::inFile(request.source));
        }
        auto readable = readableSource(request.source, stop);
        if (!readable) {
            return std::unexpected(readable.error());
        }
        auto source = SourceTree::open(readable->path(), place->partition, stop);
        if (!source) {
            return std::unexpected(readable->withSourceName(source.error()));
        }
        const QByteArray path = place->path.toUtf8();
        const auto found = source->tree().find(path);
        if (!found || found->type != FileTree::Type::File) {
            return fail(Error::Code::NotFound,
                        BootFile::tr("There is no file %1 in %2.").arg(place->path, request.source),
                        BootFile::tr("\"stowage-cli probe\" lists its kernels."), Place::inFile(request.source));
        }
        Taken taken(*std::move(readable), *std::move(source), {path, 0, found->size},
                    BootFile::tr("%1 in %2").arg(place->path, request.source));
        if (const auto unified = readUnifiedKernel(taken.m_source.tree(), path)) {
            taken.m_file = what == BootFileHandler::What::Kernel ? unified->file : unified->initrd;
        }
        const qint64 most = what == BootFileHandler::What::Kernel ? MostKernelBytes : MostRamdiskBytes;
        if (taken.m_file.size == 0 || taken.m_file.size > most) {
            return fail(Error::Code::InvalidInput,
                        BootFile::tr("%1 has %2, which no kernel or ramdisk has.")
                            .arg(taken.m_name, formatBytes(taken.m_file.size)),
                        BootFile::tr("Name another file."), Place::inFile(request.source));
        }
        return taken;
    }

    [[nodiscard]] qint64 size() const { return m_file.size; }
    [[nodiscard]] const QString& name() const { return m_name; }

    /** The bytes from @p offset on, exactly @p length. */
    [[nodiscard]] Result<QByteArray> read(qint64 offset, qint64 length) const
    {
        return m_source.tree()
            .read(m_file.path, m_file.offset + offset, length)
            .and_then([&](const QByteArray& bytes) -> Result<QByteArray> {
                if (bytes.size() != length) {
                    return fail(Error::Code::InvalidInput, BootFile::tr("%1 ends too early.").arg(m_name),
                                BootFile::tr("Check the file system of the image, or copy it again."));
                }
                return bytes;
            });
    }

private:
    Taken(UnpackedSource readable, SourceTree source, TreeFile file, QString name)
        : m_readable(std::move(readable)),
          m_source(std::move(source)),
          m_file(std::move(file)),
          m_name(std::move(name))
    { }

    UnpackedSource m_readable; ///< Keeps the source's file.
    SourceTree m_source;
    TreeFile m_file;
    QString m_name;
};

/**
 * @p kernel with gzip around it, which every xl undoes (libxenguest, xc_dom_try_gunzip), so that it takes no more room than it
 * did. The same bytes each time.
 */
Result<QByteArray> gzipped(const QByteArray& kernel)
{
    constexpr int Level = 6;
    const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
        libdeflate_alloc_compressor(Level), libdeflate_free_compressor);
    if (!compressor) {
        return fail(Error::Code::Io, BootFile::tr("There is not enough memory to compress a kernel."), {});
    }
    const auto size = static_cast<size_t>(kernel.size());
    QByteArray packed(static_cast<qsizetype>(libdeflate_gzip_compress_bound(compressor.get(), size)), '\0');
    packed.truncate(static_cast<qsizetype>(libdeflate_gzip_compress(
        compressor.get(), kernel.constData(), size, packed.data(), static_cast<size_t>(packed.size()))));
    return packed;
}

/** The kernel as xl gets it. */
Result<QByteArray> kernelBytes(const ImportRequest& request, const std::stop_token& stop, QString* codec = nullptr)
{
    QString name = request.source;
    Result<QByteArray> bytes;
    if (request.member.isEmpty()) {
        bytes = readSample(request.source, stop, MostKernelBytes).transform([](FileSample sample) {
            return std::move(sample.head);
        });
    } else {
        bytes = Taken::open(request, BootFileHandler::What::Kernel, stop).and_then([&name](const Taken& taken) {
            name = taken.name();
            return taken.read(0, taken.size());
        });
    }
    if (!bytes) {
        return bytes;
    }
    const auto image = inspectKernel(*bytes);
    if (image && loadsAnywhere(*bytes, *image)) {
        return bytes;
    }
    return unwrapKernel(*bytes, name).and_then([codec](const PlainKernel& plain) {
        if (codec != nullptr) {
            *codec = plain.codec;
        }
        return plain.codec.isEmpty() ? Result<QByteArray>(plain.bytes) : gzipped(plain.bytes);
    });
}

} // namespace

QString BootFileHandler::type() const
{
    return m_what == What::Kernel ? u"kernel"_s : u"ramdisk"_s;
}

QString BootFileHandler::title() const
{
    return m_what == What::Kernel ? BootFile::tr("Kernel") : BootFile::tr("Ramdisk");
}

Result<qint64> BootFileHandler::check(const ImportRequest& request, const std::stop_token& stop) const
{
    if (m_what == What::Kernel) {
        static Remembered<qint64> known; // as packed kernels take a second
        return known.of(
            request.source,
            [&] {
                return kernelBytes(request, stop).transform([](const QByteArray& bytes) {
                    return qint64{bytes.size()};
                });
            },
            request.member);
    }
    return Taken::open(request, m_what, stop).transform([](const Taken& taken) { return taken.size(); });
}

Result<void> BootFileHandler::run(const ImportRequest& request, JobContext& context, CommandRunner& /*runner*/) const
{
    context.report.add(JobReport::Kind::Message, BootFile::tr("Take %1 out of %2").arg(request.member, request.source));
    if (m_what == What::Kernel) {
        QString codec;
        const auto bytes = kernelBytes(request, context.stop, &codec);
        if (!bytes) {
            return std::unexpected(bytes.error());
        }
        if (!codec.isEmpty()) {
            context.report.add(JobReport::Kind::Message,
                               BootFile::tr("It was packed with %1, and is packed with gzip now").arg(codec));
        }
        context.progress.setTotal(bytes->size());
        return makeImageFile(request.output, [&](SparseTarget& target) -> Result<void> {
            return target.write(0, {bytes->constData(), static_cast<size_t>(bytes->size())}).and_then([&] {
                context.progress.advance(bytes->size());
                return target.extend(bytes->size());
            });
        });
    }
    const auto taken = Taken::open(request, m_what, context.stop);
    if (!taken) {
        return std::unexpected(taken.error());
    }
    context.progress.setTotal(taken->size());
    return makeImageFile(request.output, [&](SparseTarget& target) -> Result<void> {
        constexpr qint64 Step = 4 * MiB;
        for (qint64 at = 0; at < taken->size(); at += Step) {
            if (context.stop.stop_requested()) {
                return cancelled();
            }
            const qint64 length = std::min(Step, taken->size() - at);
            const auto bytes = taken->read(at, length);
            auto written = bytes ? target.write(at, {bytes->constData(), static_cast<size_t>(length)})
                                 : std::unexpected(bytes.error());
            if (!written) {
                return written;
            }
            context.progress.advance(length);
        }
        return target.extend(taken->size());
    });
}

} // namespace Stowage

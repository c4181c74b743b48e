// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "layoutimage.h"

#include "core/entries/entryqueue.h"
#include "core/ext4/e2fsck.h"
#include "core/ext4/ext4image.h"
#include "core/ext4/ext4writer.h"
#include "core/import/importhandler.h"
#include "core/output/imagecomparison.h"
#include "core/output/layoutentries.h"
#include "core/support/units.h"
#include "core/support/zeros.h"

#include <QCoreApplication>
#include <QFile>

#include <algorithm>

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
    return opened ? compareNewFiles(content, *opened, place, context.stop) : std::unexpected(opened.error());
}

} // namespace Stowage

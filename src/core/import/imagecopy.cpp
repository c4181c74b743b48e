// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "imagecopy.h"

#include "core/entries/unpack.h"
#include "core/import/newoutput.h"
#include "core/support/filecopy.h"
#include "core/support/remembered.h"
#include "core/support/uniquefd.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

namespace Stowage
{

namespace
{

struct ImageCopy {
    Q_DECLARE_TR_FUNCTIONS(ImageCopyHandler)
};

constexpr qint64 LargestImage = 1024 * GiB; ///< That is decompressed: a bomb is not read for hours.

/** What is in a compressed image. */
struct Contents {
    qint64 size = 0; ///< Bytes.
    qint64 data = 0; ///< Bytes that are no holes.
    QByteArray tail; ///< The last of them, as FileSample has it.
};

/** Counts what is written in order, keeps the last of it, and hands all on to another target if there is one. */
class CountingTarget final : public SparseTarget
{
public:
    explicit CountingTarget(SparseTarget* next = nullptr) : m_next(next) { }

    [[nodiscard]] bool isOrdered() const override { return true; }
    Result<void> write(qint64 position, std::span<const char> bytes) override
    {
        m_data += std::ssize(bytes);
        skipTo(position);
        keep(QByteArrayView(bytes).last(std::min<qsizetype>(TailSize, std::ssize(bytes))));
        m_end = position + std::ssize(bytes);
        return m_next == nullptr ? Result<void>() : m_next->write(position, bytes);
    }
    Result<void> erase(qint64 position, qint64 size) override
    {
        return m_next == nullptr ? Result<void>() : m_next->erase(position, size);
    }
    Result<void> extend(qint64 size) override
    {
        skipTo(size);
        return m_next == nullptr ? Result<void>() : m_next->extend(size);
    }
    Result<void> clear() override { return m_next == nullptr ? Result<void>() : m_next->clear(); }
    void settle(qint64 position) override
    {
        if (m_next != nullptr) {
            m_next->settle(position);
        }
    }
    /** Bytes that are no holes. */
    [[nodiscard]] qint64 data() const { return m_data; }
    /** As FileSample has it. */
    [[nodiscard]] const QByteArray& tail() const { return m_tail; }

private:
    static constexpr qsizetype TailSize = 512;

    /** A hole up to @p position. */
    void skipTo(qint64 position)
    {
        keep(QByteArray(static_cast<qsizetype>(std::clamp<qint64>(position - m_end, 0, TailSize)), '\0'));
        m_end = std::max(m_end, position);
    }
    void keep(QByteArrayView bytes)
    {
        m_tail += bytes;
        m_tail = m_tail.last(std::min(TailSize, m_tail.size()));
    }

    SparseTarget* m_next;
    qint64 m_data = 0;
    qint64 m_end = 0; ///< Bytes so far.
    QByteArray m_tail;
};

Result<Contents> contentsOf(const QString& path, const std::stop_token& stop)
{
    static Remembered<Contents> known;
    return known.of(path, [&]() -> Result<Contents> {
        CountingTarget counter;
        Progress ignored;
        return unpackInto(path, counter, {.bytes = LargestImage}, ignored, stop).transform([&counter](qint64 size) {
            return Contents{size, counter.data(), counter.tail()};
        });
    });
}

bool isPacked(const FileSample& sample)
{
    return !packing(sample.head).isEmpty();
}

} // namespace

ImportHandler::InPlace ImageCopyHandler::inPlace(const ImportRequest& request) const
{
    return request.isPacked ? InPlace::Convert : InPlace::Copy;
}

Result<qint64> ImageCopyHandler::check(const ImportRequest& request, const std::stop_token& stop) const
{
    auto sample = readSample(request.source, stop);
    if (!sample) {
        return std::unexpected(sample.error());
    }
    if (isPacked(*sample)) {
        const auto contents = contentsOf(request.source, stop);
        auto head = contents ? unpackedHead(request.source, SampleHeadSize, stop) : std::unexpected(contents.error());
        if (!head) {
            return std::unexpected(head.error());
        }
        *sample = {
            .head = *std::move(head), .tail = contents->tail, .size = contents->size, .allocated = contents->data};
    }
    return checkImage(*sample, request.source).transform([&sample] { return sample->size; });
}

Result<qint64> ImageCopyHandler::dataBytes(const ImportRequest& request, const std::stop_token& stop) const
{
    return readSample(request.source, stop).and_then([&](const FileSample& sample) {
        return isPacked(sample)
            ? contentsOf(request.source, stop).transform([](const Contents& contents) { return contents.data; })
            : check(request, stop);
    });
}

Result<void> ImageCopyHandler::runInto(const ImportRequest& request, SparseTarget& target, JobContext& context,
                                       CommandRunner& /*runner*/) const
{
    context.progress.setStep(ImageCopy::tr("Decompressing"));
    context.progress.setTotal(QFileInfo(request.source).size());
    const auto head = unpackedHead(request.source, SampleHeadSize, context.stop);
    if (!head) {
        return std::unexpected(head.error());
    }
    // How long the image is and what ends it show at its end alone: then it is found when it was cut off.
    FileSample image{.head = *head, .tail = {}, .size = LargestImage, .allocated = 0};
    CountingTarget counted(&target);
    return checkImage(image, request.source)
        .and_then([&] {
            return unpackInto(request.source, counted, {.bytes = LargestImage}, context.progress, context.stop);
        })
        .and_then([&](qint64 size) {
            image.size = size;
            image.tail = counted.tail();
            return checkImage(image, request.source);
        });
}

Result<void> ImageCopyHandler::run(const ImportRequest& request, JobContext& context, CommandRunner& runner) const
{
    const auto sample = readSample(request.source, context.stop);
    if (!sample) {
        return std::unexpected(sample.error());
    }
    context.report.add(JobReport::Kind::Message, ImageCopy::tr("Copy %1 to %2").arg(request.source, request.output));
    if (isPacked(*sample)) {
        return makeImageFile(request.output,
                             [&](SparseTarget& target) { return runInto(request, target, context, runner); });
    }
    context.progress.setStep(ImageCopy::tr("Copying"));
    return checkImage(*sample, request.source).and_then([&] {
        context.progress.setTotal(sample->size);
        return copyFile(request.source, request.output, context.stop, context.progress);
    });
}

} // namespace Stowage

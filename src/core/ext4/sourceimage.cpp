// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "sourceimage.h"

#include "core/entries/entrylog.h"
#include "core/entries/entryqueue.h"
#include "core/entries/entryrules.h"
#include "core/ext4/ext4writer.h"
#include "core/support/units.h"

#include <QCoreApplication>

#include <algorithm>
#include <optional>

namespace Stowage
{

namespace
{

struct ImageText {
    Q_DECLARE_TR_FUNCTIONS(SourceImage)
};

constexpr qint64 LargestMiB = 16 * 1024 * 1024 - 1; // a file on an ext4 disk is smaller than 16 TiB
constexpr qint64 LeastLargeBlocks = 4096;
constexpr qint64 LeastWithoutSmallBlocks = 512
    * GiB; // of twice it, a group of small blocks cannot hold the descriptors
constexpr int ReservedPercent = 5; // as mke2fs by default

Ext4Options optionsFor(qint64 sizeMiB, qint64 blockSize)
{
    Ext4Options options;
    options.sizeBytes = sizeMiB * MiB;
    options.blockSize = blockSize;
    options.journalBlocks = usualJournalBlocks(options.sizeBytes / blockSize);
    options.reservedPercent = ReservedPercent;
    options.timeStamp = sourceDateEpoch();
    return options;
}

/** The block sizes to try for an image of a size, the best first. */
QList<qint64> blockSizesFor(qint64 sizeMiB)
{
    if (sizeMiB * MiB / (4 * KiB) < LeastLargeBlocks) {
        return {KiB};
    }
    return sizeMiB * MiB < LeastWithoutSmallBlocks ? QList<qint64>{4 * KiB, KiB} : QList<qint64>{4 * KiB};
}

/** Whether an image of another geometry may hold what did not go into one with blocks of @p blockSize. */
bool isTooSmall(const Error& error, qint64 blockSize, const Ext4Writer& writer)
{
    if (writer.hasWriteError()) {
        return false;
    }
    // What small blocks cannot hold (a long link, many attributes) may fit into the larger ones of a larger image.
    return (error.code == Error::Code::Unsupported && blockSize < 4 * KiB) || error.code == Error::Code::NoSpace;
}

/** Whether the entries fit into an image of @p sizeMiB. */
Result<bool> fits(const EntryLog& entries, qint64 sizeMiB, const std::stop_token& stop)
{
    for (const qint64 blockSize : blockSizesFor(sizeMiB)) {
        Ext4Writer writer(nullptr, QString(), optionsFor(sizeMiB, blockSize));
        const auto written = entries.replay(writer, stop).and_then([&] { return writer.finish(stop); });
        if (written) {
            return true;
        }
        if (!isTooSmall(written.error(), blockSize, writer)) {
            return std::unexpected(written.error());
        }
    }
    return false;
}

std::unexpected<Error> noImageHolds(const QString& source, const EntryLog& entries)
{
    return fail(Error::Code::InvalidInput,
                ImageText::tr("No ext4 image can hold the content of %1 (%2 in %3 files).")
                    .arg(source, formatBytes(entries.dataBytes()))
                    .arg(entries.files()),
                ImageText::tr("Take something out of it."), Place::inFile(source));
}

/** Near the least size that holds the entries: what blocks of the usual size take, without a journal. */
Result<qint64> roughMiB(const EntryLog& entries, const std::stop_token& stop)
{
    Ext4Writer writer(nullptr, QString(), {});
    return entries.replay(writer, stop).and_then([&] { return writer.finish(stop); }).transform([](qint64 bytes) {
        return std::max<qint64>(bytes / MiB, 1);
    });
}

/** The least size that holds the entries. */
Result<qint64> leastMiB(const QString& source, const EntryLog& entries, const std::stop_token& stop)
{
    const auto rough = roughMiB(entries, stop);
    if (!rough && rough.error().code != Error::Code::Unsupported) {
        return rough;
    }
    // Ever larger steps away from there, then halves of the last one.
    qint64 tooSmall = 0;
    qint64 enough = LargestMiB + 1;
    qint64 next = std::min(rough.value_or(entries.dataBytes() / MiB + 1), LargestMiB);
    for (qint64 step = 1; tooSmall == 0 || enough > LargestMiB; step *= 2) {
        const auto fit = fits(entries, next, stop);
        if (!fit) {
            return std::unexpected(fit.error());
        }
        (*fit ? enough : tooSmall) = next;
        if (*fit ? next == 1 : next == LargestMiB) {
            break;
        }
        next = *fit ? std::max(next - step, tooSmall + 1) : std::min(next + step, enough - 1);
        if (next <= tooSmall || next >= enough) {
            break;
        }
    }
    if (enough > LargestMiB) {
        return noImageHolds(source, entries);
    }
    while (enough - tooSmall > 1) {
        const qint64 middle = tooSmall + (enough - tooSmall) / 2;
        const auto fit = fits(entries, middle, stop);
        if (!fit) {
            return std::unexpected(fit.error());
        }
        (*fit ? enough : tooSmall) = middle;
    }
    return enough;
}

Result<void> checkPossible(qint64 sizeMiB)
{
    if (sizeMiB <= 0 || sizeMiB > LargestMiB) {
        return fail(Error::Code::InvalidInput, ImageText::tr("An image of %1 MiB is not possible.").arg(sizeMiB),
                    ImageText::tr("Set a size between 1 and %1 MiB.").arg(LargestMiB));
    }
    return {};
}

} // namespace

Result<ImageNeeds> measureSourceImage(const SourceImage& image, const std::stop_token& stop)
{
    EntryLog entries;
    EntryRules rules(entries, image.owners, image.isDirectory);
    Progress ignored;
    return image.source.feed(rules, ignored, stop)
        .and_then([&] { return leastMiB(image.source.path(), entries, stop); })
        .transform([&](qint64 least) { return ImageNeeds{least, entries.dataBytes(), entries.files()}; });
}

qint64 mostDataBytes(const SourceImage& image, const ImageNeeds& needs)
{
    // The tables grow with the image: a copy of the superblock with its descriptors, and bitmaps, for each 128 MiB.
    const qint64 tables = image.sizeMiB * MiB / 64;
    return std::min(image.sizeMiB * MiB, needs.leastMiB * MiB + tables);
}

Result<void> checkImageSize(const SourceImage& image, const ImageNeeds& needs)
{
    const auto possible = checkPossible(image.sizeMiB);
    if (!possible || image.sizeMiB >= needs.leastMiB) {
        return possible;
    }
    return std::unexpected(
        Error{Error::Code::NoSpace,
              ImageText::tr("The content of %1 (%2 in %3 files) does not fit into an image of %4 MiB: it needs %5 MiB.")
                  .arg(image.source.path(), formatBytes(needs.dataBytes))
                  .arg(needs.files)
                  .arg(image.sizeMiB)
                  .arg(needs.leastMiB),
              ImageText::tr("Set the image size to %1 MiB or more.").arg(needs.leastMiB),
              Place::inFile(image.source.path()), needs.leastMiB * MiB});
}

Result<void> writeSourceImage(const SourceImage& image, SparseTarget* target, const QString& path, Progress& progress,
                              const std::stop_token& stop)
{
    if (auto possible = checkPossible(image.sizeMiB); !possible) {
        return possible;
    }
    std::optional<Error> tooSmall;
    for (const qint64 blockSize : blockSizesFor(image.sizeMiB)) {
        Ext4Writer writer(target, path, optionsFor(image.sizeMiB, blockSize));
        EntryRules rules(writer, image.owners, image.isDirectory);
        progress.setDone(0);
        auto written = feedInParallel(image.source, rules, progress, stop).and_then([&] {
            return writer.finish(stop).transform([](qint64) { });
        });
        if (written || !isTooSmall(written.error(), blockSize, writer)) {
            return written;
        }
        tooSmall = written.error();
        if (auto cleared = target != nullptr ? target->clear() : Result<void>(); !cleared) {
            return cleared;
        }
    }
    // Measured, runs of zeros count as data: it is never less than what was too much above.
    return measureSourceImage(image, stop)
        .and_then([&image](const ImageNeeds& needs) { return checkImageSize(image, needs); })
        .and_then([&tooSmall] { return Result<void>(std::unexpected(*tooSmall)); });
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "rootfsimage.h"

#include "core/entries/entrycalls.h"
#include "core/ext4/e2fsck.h"
#include "core/import/newoutput.h"
#include "core/support/uniquefd.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QFile>

#include <fcntl.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct RootfsImage {
    Q_DECLARE_TR_FUNCTIONS(RootfsImage)
};

/** Counts the source's bytes on a thread of its own, for work that is long enough to be watched. */
std::jthread countLater(const EntrySource& source, Progress& progress)
{
    return std::jthread([&source, &progress](const std::stop_token& stop) {
        using namespace std::chrono_literals;
        std::mutex mutex;
        std::unique_lock lock(mutex);
        if (std::condition_variable_any().wait_for(lock, stop, 1s, [&stop] { return stop.stop_requested(); })) {
            return;
        }
        EntryCalls entries;
        Progress ignored;
        if (source.feed(entries, ignored, stop)) {
            progress.setTotal(entries.dataBytes());
        }
    });
}

} // namespace

Result<void> makeRootfsImage(const SourceImage& image, const QString& output, qint64 totalBytes, JobContext& context,
                             CommandRunner& runner)
{
    auto kept = NewOutput::create(output, 0);
    if (!kept) {
        return std::unexpected(kept.error());
    }
    context.progress.setStep(RootfsImage::tr("Making the file system"));
    context.progress.setTotal(totalBytes);
    {
        const UniqueFd file(::open(QFile::encodeName(output).constData(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
        if (!file.isValid()) {
            return systemError(errno, RootfsImage::tr("write"), output);
        }
        const std::jthread counter = totalBytes == 0 ? countLater(image.source, context.progress) : std::jthread();
        auto made = writeSourceImage(image, file.get(), output, context.progress, context.stop);
        if (!made) {
            return made;
        }
    }
    const qint64 done = context.progress.snapshot().done;
    context.progress.setTotal(std::max(done, totalBytes));
    context.progress.setDone(std::max(done, totalBytes));
    context.progress.setStep(RootfsImage::tr("Checking the file system"));
    if (auto clean = checkWithE2fsck(output, 0, context, runner); !clean) {
        return clean;
    }
    kept->keep();
    return {};
}

} // namespace Stowage

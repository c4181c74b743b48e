// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "rootfsimage.h"

#include "core/entries/entryroom.h"
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
#include <functional>
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
        EntryRoom entries(4 * KiB);
        Progress ignored;
        if (source.feed(entries, ignored, stop)) {
            progress.setTotal(entries.dataBytes());
        }
    });
}

/** A target whose metadata go to a second one, too. */
class MetadataCopy final : public SparseTarget
{
public:
    MetadataCopy(SparseTarget& target, SparseTarget& copy) : m_target(target), m_copy(copy) { }

    [[nodiscard]] bool isOrdered() const override { return m_target.isOrdered(); }
    Result<void> write(qint64 position, std::span<const char> bytes) override
    {
        return m_target.write(position, bytes).and_then([&] {
            return m_metadata ? m_copy.write(position, bytes) : Result<void>();
        });
    }
    Result<void> erase(qint64 position, qint64 size) override
    {
        return m_target.erase(position, size).and_then([&] { return m_copy.erase(position, size); });
    }
    Result<void> extend(qint64 size) override
    {
        return m_target.extend(size).and_then([&] { return m_copy.extend(size); });
    }
    Result<void> clear() override
    {
        return m_target.clear().and_then([&] { return m_copy.clear(); });
    }
    void settle(qint64 position) override { m_target.settle(position); }
    void setMetadata(bool metadata) override { m_metadata = metadata; }

private:
    SparseTarget& m_target;
    SparseTarget& m_copy;
    bool m_metadata = true;
};

/** Hands the file @p path to @p make, and then to e2fsck. Its end is the caller's business. */
Result<void> makeChecked(const QString& path, JobContext& context, CommandRunner& runner,
                         const std::function<Result<void>(SparseTarget& file)>& make)
{
    context.progress.setStep(RootfsImage::tr("Making the file system"));
    {
        UniqueFd file(::open(QFile::encodeName(path).constData(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
        if (!file.isValid()) {
            return systemError(errno, RootfsImage::tr("write"), path);
        }
        SparseFile target(file.get(), path);
        if (auto made = make(target); !made) {
            return made;
        }
        if (!file.close()) { // where NFS tells that there was no room
            return systemError(errno, RootfsImage::tr("write"), path);
        }
    }
    context.progress.setStep(RootfsImage::tr("Checking the file system"));
    return checkWithE2fsck(path, 0, context, runner);
}

/** Writes the file system, and tells its progress. */
Result<void> writeRootfs(const SourceImage& image, SparseTarget& target, const QString& name, qint64 totalBytes,
                         JobContext& context)
{
    context.progress.setTotal(totalBytes);
    const std::jthread counter = totalBytes == 0 ? countLater(image.source, context.progress) : std::jthread();
    return writeSourceImage(image, &target, name, context.progress, context.stop).transform([&] {
        const qint64 done = std::max(context.progress.snapshot().done, totalBytes);
        context.progress.setTotal(done);
        context.progress.setDone(done);
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
    return makeChecked(output, context, runner,
                       [&](SparseTarget& file) { return writeRootfs(image, file, output, totalBytes, context); })
        .transform([&kept] { kept->keep(); });
}

Result<void> makeRootfsImageIn(SparseTarget& target, const SourceImage& image, const QString& copy, qint64 totalBytes,
                               JobContext& context, CommandRunner& runner)
{
    const auto removed = NewOutput::create(copy, 0);
    if (!removed) {
        return std::unexpected(removed.error());
    }
    return makeChecked(copy, context, runner, [&](SparseTarget& file) {
        MetadataCopy both(target, file);
        return writeRootfs(image, both, image.source.path(), totalBytes, context);
    });
}

} // namespace Stowage

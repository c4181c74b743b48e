// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "rootfsarchivehandler.h"

#include "core/entries/archivesource.h"
#include "core/import/rootfsimage.h"
#include "core/sources/archivelook.h"
#include "core/support/remembered.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QFileInfo>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct RootfsArchiveText {
    Q_DECLARE_TR_FUNCTIONS(RootfsArchiveHandler)
};

/** What @p image needs, from memory where its archive was measured before. */
Result<ImageNeeds> needsOf(const SourceImage& image, const std::stop_token& stop)
{
    static Remembered<ImageNeeds> known;
    return known.of(image.source.path(), [&] { return measureSourceImage(image, stop); });
}

ArchiveSource sourceOf(const QString& path)
{
    const QString absolute = QFileInfo(path).absoluteFilePath();
    return ArchiveSource(absolute, archiveTop(absolute, {}));
}

} // namespace

QString RootfsArchiveHandler::type() const
{
    return u"rootfs_archive"_s;
}

QString RootfsArchiveHandler::title() const
{
    return RootfsArchiveText::tr("Root file system archive");
}

QStringList RootfsArchiveHandler::requirements() const
{
    return {u"e2fsck"_s};
}

Result<qint64> RootfsArchiveHandler::check(const ImportRequest& request, const std::stop_token& stop) const
{
    const ArchiveSource source = sourceOf(request.source);
    const SourceImage image{source, request.owners, false, request.sizeMiB};
    return needsOf(image, stop)
        .and_then([&image](const ImageNeeds& needs) { return checkImageSize(image, needs); })
        .transform([&request] { return request.sizeMiB * MiB; });
}

Result<qint64> RootfsArchiveHandler::dataBytes(const ImportRequest& request, const std::stop_token& stop) const
{
    const ArchiveSource source = sourceOf(request.source);
    const SourceImage image{source, request.owners, false, request.sizeMiB};
    return needsOf(image, stop).transform([&image](const ImageNeeds& needs) { return mostDataBytes(image, needs); });
}

Result<void> RootfsArchiveHandler::run(const ImportRequest& request, JobContext& context, CommandRunner& runner) const
{
    const ArchiveSource source = sourceOf(request.source);
    return makeRootfsImage({source, request.owners, false, request.sizeMiB}, request.output,
                           QFileInfo(request.source).size(), context, runner);
}

Result<void> RootfsArchiveHandler::runInto(const ImportRequest& request, SparseTarget& target, JobContext& context,
                                           CommandRunner& runner) const
{
    const ArchiveSource source = sourceOf(request.source);
    return makeRootfsImageIn(target, {source, request.owners, false, request.sizeMiB}, request.output,
                             QFileInfo(request.source).size(), context, runner);
}

} // namespace Stowage

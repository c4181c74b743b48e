// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "rootfshandler.h"

#include "core/import/firstbootsource.h"
#include "core/import/rootfsimage.h"
#include "core/support/units.h"

#include <QFileInfo>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

QString absolute(const QString& path)
{
    return QFileInfo(path).absoluteFilePath();
}

} // namespace

QStringList RootfsHandler::requirements() const
{
    return {u"e2fsck"_s};
}

SourceImage RootfsHandler::imageOf(const ImportRequest& request, const EntrySource& from) const
{
    return {from, request.owners, isDirectory(), request.sizeMiB};
}

std::unique_ptr<EntrySource> RootfsHandler::sourceOf(const ImportRequest& request) const
{
    auto from = source(absolute(request.source));
    if (request.firstBoot) {
        return std::make_unique<FirstBootSource>(std::move(from), *request.firstBoot, request.device);
    }
    return from;
}

Result<ImageNeeds> RootfsHandler::needs(const ImportRequest& /*request*/, const SourceImage& image,
                                        const std::stop_token& stop) const
{
    return measureSourceImage(image, stop);
}

Result<qint64> RootfsHandler::check(const ImportRequest& request, const std::stop_token& stop) const
{
    const auto from = sourceOf(request);
    const SourceImage image = imageOf(request, *from);
    return needs(request, image, stop)
        .and_then([&image](const ImageNeeds& needed) { return checkImageSize(image, needed); })
        .transform([&request] { return request.sizeMiB * MiB; });
}

Result<qint64> RootfsHandler::dataBytes(const ImportRequest& request, const std::stop_token& stop) const
{
    const auto from = sourceOf(request);
    const SourceImage image = imageOf(request, *from);
    return needs(request, image, stop).transform([&image](const ImageNeeds& needed) {
        return mostDataBytes(image, needed);
    });
}

Result<void> RootfsHandler::run(const ImportRequest& request, JobContext& context, CommandRunner& runner) const
{
    const auto from = sourceOf(request);
    return makeRootfsImage(imageOf(request, *from), request.output, totalBytes(from->path()), context, runner);
}

Result<void> RootfsHandler::runInto(const ImportRequest& request, SparseTarget& target, JobContext& context,
                                    CommandRunner& runner) const
{
    const auto from = sourceOf(request);
    return makeRootfsImageIn(target, imageOf(request, *from), request.output, totalBytes(from->path()), context,
                             runner);
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "rootfsdirhandler.h"

#include "core/entries/directorysource.h"
#include "core/import/rootfsimage.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QFileInfo>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct RootfsDirText {
    Q_DECLARE_TR_FUNCTIONS(RootfsDirHandler)
};

} // namespace

QString RootfsDirHandler::type() const
{
    return u"rootfs_dir"_s;
}

QString RootfsDirHandler::title() const
{
    return RootfsDirText::tr("Root file system directory");
}

QStringList RootfsDirHandler::requirements() const
{
    return {u"e2fsck"_s};
}

Result<qint64> RootfsDirHandler::check(const ImportRequest& request, const std::stop_token& stop) const
{
    const DirectorySource source(QFileInfo(request.source).absoluteFilePath());
    Progress ignored;
    return writeSourceImage({source, request.owners, true, request.sizeMiB}, nullptr, request.output, ignored, stop)
        .transform([&request] { return request.sizeMiB * MiB; });
}

Result<void> RootfsDirHandler::run(const ImportRequest& request, JobContext& context, CommandRunner& runner) const
{
    const DirectorySource source(QFileInfo(request.source).absoluteFilePath());
    return makeRootfsImage({source, request.owners, true, request.sizeMiB}, request.output, 0, context, runner);
}

Result<qint64> RootfsDirHandler::dataBytes(const ImportRequest& request, const std::stop_token& stop) const
{
    const DirectorySource source(QFileInfo(request.source).absoluteFilePath());
    const SourceImage image{source, request.owners, true, request.sizeMiB};
    return measureSourceImage(image, stop).transform([&image](const ImageNeeds& needs) {
        return mostDataBytes(image, needs);
    });
}

Result<void> RootfsDirHandler::runInto(const ImportRequest& request, SparseTarget& target, JobContext& context,
                                       CommandRunner& runner) const
{
    const DirectorySource source(QFileInfo(request.source).absoluteFilePath());
    return makeRootfsImageIn(target, {source, request.owners, true, request.sizeMiB}, request.output, 0, context,
                             runner);
}

} // namespace Stowage

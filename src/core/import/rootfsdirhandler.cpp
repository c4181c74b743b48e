// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "rootfsdirhandler.h"

#include "core/entries/directorysource.h"
#include "core/import/rootfsimage.h"
#include "core/support/units.h"

#include <QCoreApplication>

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

std::unique_ptr<EntrySource> RootfsDirHandler::source(const QString& path) const
{
    return std::make_unique<DirectorySource>(path);
}

Result<qint64> RootfsDirHandler::check(const ImportRequest& request, const std::stop_token& stop) const
{
    const auto directory = sourceOf(request);
    Progress ignored;
    return writeSourceImage(imageOf(request, *directory), nullptr, request.output, ignored, stop).transform([&request] {
        return request.sizeMiB * MiB;
    });
}

} // namespace Stowage

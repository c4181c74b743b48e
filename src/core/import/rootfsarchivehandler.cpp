// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "rootfsarchivehandler.h"

#include "core/entries/archivesource.h"
#include "core/sources/archivelook.h"
#include "core/support/remembered.h"

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

} // namespace

QString RootfsArchiveHandler::type() const
{
    return u"rootfs_archive"_s;
}

QString RootfsArchiveHandler::title() const
{
    return RootfsArchiveText::tr("Root file system archive");
}

std::unique_ptr<EntrySource> RootfsArchiveHandler::source(const QString& path) const
{
    return std::make_unique<ArchiveSource>(path, archiveTop(path, {}));
}

qint64 RootfsArchiveHandler::totalBytes(const QString& path) const
{
    return QFileInfo(path).size();
}

Result<ImageNeeds> RootfsArchiveHandler::needs(const SourceImage& image, const std::stop_token& stop) const
{
    static Remembered<ImageNeeds> known;
    return known.of(image.source.path(), [&] { return measureSourceImage(image, stop); });
}

} // namespace Stowage

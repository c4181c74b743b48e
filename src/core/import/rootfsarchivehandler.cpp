// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "rootfsarchivehandler.h"

#include "core/entries/archivesource.h"
#include "core/sources/archivelook.h"
#include "core/squashfs/archivedsquashfs.h"
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

/** All of a first boot that what an archive needs depends on. */
QString partOf(const ImportRequest& request)
{
    if (!request.firstBoot) {
        return {};
    }
    const FirstBoot& firstBoot = *request.firstBoot;
    const QStringList parts{request.device,
                            firstBoot.hostname,
                            firstBoot.user,
                            firstBoot.sshKeys.join(u'\n'),
                            firstBoot.passwordHash,
                            QString::number(static_cast<int>(firstBoot.consoleLogin)),
                            QString::number(static_cast<int>(firstBoot.fstab))};
    return parts.join(u'\t');
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

std::unique_ptr<EntrySource> RootfsArchiveHandler::source(const QString& path) const
{
    const ArchiveLook look = lookAtArchiveFile(path, {});
    if (!look.squashfs.isEmpty()) {
        return std::make_unique<ArchivedSquashfs>(path, look.squashfs);
    }
    return std::make_unique<ArchiveSource>(path, look.top);
}

qint64 RootfsArchiveHandler::totalBytes(const QString& path) const
{
    // A squashfs in it counts by what it has, as that is read here and there.
    return lookAtArchiveFile(path, {}).squashfs.isEmpty() ? QFileInfo(path).size() : 0;
}

Result<ImageNeeds> RootfsArchiveHandler::needs(const ImportRequest& request, const SourceImage& image,
                                               const std::stop_token& stop) const
{
    static Remembered<ImageNeeds> known;
    return known.of(image.source.path(), [&] { return measureSourceImage(image, stop); }, partOf(request));
}

} // namespace Stowage

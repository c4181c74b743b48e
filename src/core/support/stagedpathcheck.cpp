// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "stagedpath.h"

#include <QFile>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>

namespace Stowage
{

namespace
{

/** realpath(3) as bytes; empty with errno set when there is nothing. */
QByteArray realPath(const QByteArray& path)
{
    std::array<char, PATH_MAX> buffer = {};
    return ::realpath(path.constData(), buffer.data()) ? QByteArray(buffer.data()) : QByteArray();
}

std::unexpected<Error> parentError(int errorNumber, const QString& parent)
{
    const QString remedy = StagedPath::tr("Make the directory, or choose another place.");
    if (errorNumber == ENOENT) {
        return fail(Error::Code::NotFound, StagedPath::tr("The directory %1 does not exist.").arg(parent), remedy,
                    Place::inFile(parent));
    }
    if (errorNumber == ENOTDIR) {
        return fail(Error::Code::NotFound, StagedPath::tr("%1 is not a directory.").arg(parent), remedy,
                    Place::inFile(parent));
    }
    return systemError(errorNumber, StagedPath::tr("write in"), parent);
}

/** Refuses what must not be replaced at @p path, an absolute path without links. */
Result<void> checkExisting(const QByteArray& path, StagedPath::Kind kind)
{
    const QString shown = QFile::decodeName(path);
    const QString remedy = StagedPath::tr("Choose another name.");
    struct statx info = {};
    if (::statx(AT_FDCWD, path.constData(), AT_SYMLINK_NOFOLLOW, STATX_TYPE, &info) != 0) {
        return systemError(errno, StagedPath::tr("look at"), shown);
    }
    if (kind == StagedPath::Kind::File && S_ISDIR(info.stx_mode)) {
        return fail(Error::Code::InvalidInput,
                    StagedPath::tr("%1 is a directory, but a file is to be written.").arg(shown), remedy,
                    Place::inFile(shown));
    }
    if (kind == StagedPath::Kind::Directory && S_ISREG(info.stx_mode)) {
        return fail(Error::Code::InvalidInput,
                    StagedPath::tr("%1 is a file, but a directory is to be written.").arg(shown), remedy,
                    Place::inFile(shown));
    }
    if (!S_ISDIR(info.stx_mode) && !S_ISREG(info.stx_mode)) {
        return fail(Error::Code::InvalidInput, StagedPath::tr("%1 is a device or another special file.").arg(shown),
                    remedy, Place::inFile(shown));
    }
    if (path == "/" || (info.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0) {
        return fail(Error::Code::InvalidInput,
                    StagedPath::tr("%1 cannot be replaced, as a file system is mounted there.").arg(shown),
                    StagedPath::tr("Choose a name below it."), Place::inFile(shown));
    }
    return {};
}

} // namespace

Result<QString> StagedPath::check(const QString& finalPath, Kind kind)
{
    QByteArray path = QFile::encodeName(finalPath);
    while (path.size() > 1 && path.endsWith('/')) {
        path.chop(1);
    }
    if (path.isEmpty() || finalPath.contains(QChar::Null)) {
        return fail(Error::Code::InvalidInput, StagedPath::tr("The output has no valid name."),
                    StagedPath::tr("Name a file or directory to write."));
    }
    const bool isScratch = kind == Kind::Scratch;
    QByteArray resolved = isScratch ? QByteArray() : realPath(path);
    if (!resolved.isEmpty()) {
        if (const auto checked = checkExisting(resolved, kind); !checked) {
            return std::unexpected(checked.error());
        }
    } else {
        const int reason = errno;
        const qsizetype slash = path.lastIndexOf('/');
        const QByteArray parent = slash < 0 ? QByteArray(".") : path.first(std::max<qsizetype>(1, slash));
        struct stat info = {};
        if (!isScratch && ::lstat(path.constData(), &info) == 0) {
            return fail(Error::Code::InvalidInput, StagedPath::tr("%1 is a link that leads nowhere.").arg(finalPath),
                        StagedPath::tr("Remove the link, or choose another name."), Place::inFile(finalPath));
        }
        if (!isScratch && reason == ENAMETOOLONG) {
            return systemError(reason, StagedPath::tr("write"), finalPath);
        }
        resolved = realPath(parent);
        if (resolved.isEmpty()) {
            return parentError(errno, QFile::decodeName(parent));
        }
        if (::stat(resolved.constData(), &info) == 0 && !S_ISDIR(info.st_mode)) {
            return parentError(ENOTDIR, QFile::decodeName(parent));
        }
        resolved = (resolved == "/" ? QByteArray() : resolved) + '/' + path.sliced(slash + 1);
    }
    const QByteArray parent = resolved.first(std::max<qsizetype>(1, resolved.lastIndexOf('/')));
    if (::faccessat(AT_FDCWD, parent.constData(), W_OK | X_OK, AT_EACCESS) != 0) {
        return systemError(errno, StagedPath::tr("write in"), QFile::decodeName(parent));
    }
    return QFile::decodeName(resolved);
}

} // namespace Stowage

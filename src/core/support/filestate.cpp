// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "filestate.h"

#include <QCoreApplication>
#include <QFile>

#include <sys/stat.h>

#include <cerrno>

namespace Stowage
{

namespace
{

struct State {
    Q_DECLARE_TR_FUNCTIONS(FileState)
};

} // namespace

FileState::FileState(const struct stat& status)
    : m_facts{static_cast<qint64>(status.st_dev),
              static_cast<qint64>(status.st_ino),
              status.st_size,
              status.st_mtim.tv_sec,
              status.st_mtim.tv_nsec,
              status.st_ctim.tv_sec,
              status.st_ctim.tv_nsec}
{ }

Result<FileState> FileState::of(const QString& path)
{
    struct stat status = {};
    if (::stat(QFile::encodeName(path).constData(), &status) != 0) {
        return systemError(errno, State::tr("read"), path);
    }
    return FileState(status);
}

Result<FileState> FileState::of(int fd, const QString& name)
{
    struct stat status = {};
    if (::fstat(fd, &status) != 0) {
        return systemError(errno, State::tr("read"), name);
    }
    return FileState(status);
}

Result<void> FileState::checkStillAt(const QString& path) const
{
    const auto now = of(path);
    if (!now && now.error().code != Error::Code::NotFound) {
        return std::unexpected(now.error());
    }
    return now && *now == *this ? Result<void>() : changed(path);
}

Result<void> FileState::checkStill(int fd, const QString& name) const
{
    return of(fd, name).and_then([&](const FileState& now) { return now == *this ? Result<void>() : changed(name); });
}

std::unexpected<Error> FileState::changed(const QString& name)
{
    return fail(Error::Code::Io, State::tr("%1 changed while it was read.").arg(name),
                State::tr("Stop what writes to it, such as a running guest, and try again."), Place::inFile(name));
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "result.h"

#include <QCoreApplication>
#include <QLocale>

#include <cerrno>
#include <cstring>

namespace Stowage
{

namespace
{

QString tr(const char* text)
{
    return QCoreApplication::translate("Error", text);
}

} // namespace

std::unexpected<Error> cancelled()
{
    return fail(Error::Code::Cancelled, tr("Cancelled."));
}

std::unexpected<Error> systemError(int errorNumber, const QString& doing, const QString& path)
{
    Error error;
    error.place.file = path;
    switch (errorNumber) {
    case ENOENT:
    case ENOTDIR:
        error.code = Error::Code::NotFound;
        error.remedy = tr("Check that the file still exists and that the path is right.");
        break;
    case EACCES:
    case EPERM:
    case EROFS:
        error.code = Error::Code::PermissionDenied;
        error.remedy = tr("Check the owner and the permissions, or choose another place.");
        break;
    case ENOSPC:
    case EDQUOT:
        error.code = Error::Code::NoSpace;
        error.remedy = tr("Free some space or choose another place.");
        break;
    case ENAMETOOLONG:
        error.code = Error::Code::InvalidInput;
        error.remedy = tr("Choose a shorter name.");
        break;
    case ELOOP:
        error.code = Error::Code::InvalidInput;
        error.remedy = tr("Check its links: they lead in a circle, or directories are nested too deep.");
        break;
    case EISDIR:
        error.code = Error::Code::InvalidInput;
        error.remedy = tr("Name a file: this is a directory.");
        break;
    case EFBIG:
        error.code = Error::Code::NoSpace;
        error.remedy = tr("The file is larger than the file system or your limits allow: choose another place.");
        break;
    case EMFILE:
    case ENFILE:
        error.code = Error::Code::Io;
        error.remedy = tr("Too many files are open: end other programs, or raise the limit (ulimit -n).");
        break;
    case ENOMEM:
        error.code = Error::Code::Io;
        error.remedy = tr("The memory is used up: end other programs, and try again.");
        break;
    case EBUSY:
    case ETXTBSY:
        error.code = Error::Code::Io;
        error.remedy = tr("Something else uses it: end that, and try again.");
        break;
    case EIO:
    case ENXIO:
    case ENODEV:
        error.code = Error::Code::Io;
        error.remedy = tr("Check the disk: it may be damaged or disconnected.");
        break;
    default:
        error.code = Error::Code::Io;
        error.remedy = tr("Check the file and the disk that it is on, and try again.");
        break;
    }
    error.message = tr("Cannot %1 %2: %3.").arg(doing, path, QString::fromLocal8Bit(std::strerror(errorNumber)));
    return std::unexpected(std::move(error));
}

} // namespace Stowage

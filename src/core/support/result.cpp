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
    default:
        error.code = Error::Code::Io;
        break;
    }
    error.message = tr("Cannot %1 %2: %3.").arg(doing, path, QString::fromLocal8Bit(std::strerror(errorNumber)));
    return std::unexpected(std::move(error));
}

} // namespace Stowage

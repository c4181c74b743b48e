// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "command.h"

#include <QCoreApplication>
#include <QDir>

namespace Stowage
{

ExitStatus Command::wrongUsage(const Invocation& invocation, const QString& text) const
{
    invocation.console.usageError(text, QCoreApplication::translate("Command", "See: stowage-cli help %1").arg(name()));
    return ExitStatus::WrongUsage;
}

ExitStatus exitStatusFor(const Error& error)
{
    switch (error.code) {
    case Error::Code::Cancelled:
        return ExitStatus::Interrupted;
    case Error::Code::InvalidInput:
    case Error::Code::Unsupported:
        return ExitStatus::InvalidInput;
    case Error::Code::NoSpace: // of the size that was asked for, not of the disk
        return error.neededBytes > 0 ? ExitStatus::InvalidInput : ExitStatus::Failed;
    default:
        return ExitStatus::Failed;
    }
}

QString absolute(const QString& path)
{
    return path.isEmpty() ? path : QDir::current().absoluteFilePath(path);
}

} // namespace Stowage

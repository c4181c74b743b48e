// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "inputfile.h"

#include "core/support/units.h"

#include <QCoreApplication>
#include <QFile>

#include <sys/stat.h>

#include <cerrno>

namespace Stowage
{

Result<QByteArray> readInputFile(const QString& path)
{
    const auto tr = [](const char* text) { return QCoreApplication::translate("InputFile", text); };
    struct stat status = {};
    if (path.contains(QChar::Null) || ::stat(QFile::encodeName(path).constData(), &status) != 0) {
        return systemError(path.contains(QChar::Null) ? ENOENT : errno, tr("read"), path);
    }
    if (!S_ISREG(status.st_mode)) {
        return fail(Error::Code::InvalidInput, tr("%1 is not a file.").arg(path),
                    tr("Name a project file or a BitBake file."), {.file = path, .field = {}});
    }
    QFile file(path);
    errno = 0;
    if (!file.open(QIODevice::ReadOnly)) {
        return systemError(errno, tr("read"), path);
    }
    const QByteArray content = file.read(MaximumInputSize + 1);
    if (file.error() != QFileDevice::NoError) {
        return systemError(errno, tr("read"), path);
    }
    if (content.size() > MaximumInputSize) {
        return fail(Error::Code::InvalidInput, tr("%1 is larger than %2.").arg(path, formatBytes(MaximumInputSize)),
                    tr("Name a project file or a BitBake file."), {.file = path, .field = {}});
    }
    return content;
}

} // namespace Stowage

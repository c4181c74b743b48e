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

namespace
{

struct InputFile {
    Q_DECLARE_TR_FUNCTIONS(InputFile)
};

} // namespace

Result<QByteArray> readInputFile(const QString& path)
{
    struct stat status = {};
    if (path.contains(QChar::Null) || ::stat(QFile::encodeName(path).constData(), &status) != 0) {
        return systemError(path.contains(QChar::Null) ? ENOENT : errno, InputFile::tr("read"), path);
    }
    if (!S_ISREG(status.st_mode)) {
        return fail(Error::Code::InvalidInput, InputFile::tr("%1 is not a file.").arg(path),
                    InputFile::tr("Name a project file or a BitBake file."), Place::inFile(path));
    }
    QFile file(path);
    errno = 0;
    if (!file.open(QIODevice::ReadOnly)) {
        return systemError(errno, InputFile::tr("read"), path);
    }
    QByteArray content = file.read(MaximumInputSize + 1);
    if (file.error() != QFileDevice::NoError) {
        return systemError(errno, InputFile::tr("read"), path);
    }
    if (content.size() > MaximumInputSize) {
        return fail(Error::Code::InvalidInput,
                    InputFile::tr("%1 is larger than %2.").arg(path, formatBytes(MaximumInputSize)),
                    InputFile::tr("Name a project file or a BitBake file."), Place::inFile(path));
    }
    return content;
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "inputfile.h"

#include "core/support/filecopy.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QFile>

#include <cerrno>

namespace Stowage
{

namespace
{

struct InputFile {
    Q_DECLARE_TR_FUNCTIONS(InputFile)
};

} // namespace

Result<QByteArray> readInputFile(const QString& path, qint64 greatest)
{
    const Result<UniqueFd> opened = openRegularFile(path);
    if (!opened) {
        return std::unexpected(opened.error());
    }
    QFile file;
    errno = 0;
    if (!file.open(opened->get(), QIODevice::ReadOnly)) {
        return systemError(errno, InputFile::tr("read"), path);
    }
    QByteArray content = file.read(greatest + 1);
    if (file.error() != QFileDevice::NoError) {
        return systemError(errno, InputFile::tr("read"), path);
    }
    if (content.size() > greatest) {
        return fail(Error::Code::InvalidInput, InputFile::tr("%1 is larger than %2.").arg(path, formatBytes(greatest)),
                    InputFile::tr("Check that it is the right file."), Place::inFile(path));
    }
    return content;
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "newoutput.h"

#include "core/support/uniquefd.h"

#include <QCoreApplication>
#include <QFile>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace Stowage
{

namespace
{

struct NewOutputText {
    Q_DECLARE_TR_FUNCTIONS(NewOutput)
};

} // namespace

Result<NewOutput> NewOutput::create(const QString& path, qint64 size)
{
    const UniqueFd file(::open(QFile::encodeName(path).constData(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (!file.isValid()) {
        return systemError(errno, NewOutputText::tr("create"), path);
    }
    NewOutput output(path);
    if (::fchmod(file.get(), 0644) != 0 || ::ftruncate(file.get(), size) != 0) {
        return systemError(errno, NewOutputText::tr("write"), path);
    }
    return output;
}

NewOutput::~NewOutput()
{
    if (!m_path.isEmpty()) {
        ::unlink(QFile::encodeName(m_path).constData());
    }
}

Result<void> makeImageFile(const QString& path, const std::function<Result<void>(SparseTarget& target)>& make)
{
    auto output = NewOutput::create(path, 0);
    if (!output) {
        return std::unexpected(output.error());
    }
    UniqueFd file(::open(QFile::encodeName(path).constData(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!file.isValid()) {
        return systemError(errno, NewOutputText::tr("write"), path);
    }
    SparseFile target(file.get(), path);
    if (auto made = make(target); !made) {
        return made;
    }
    if (!file.close()) { // where NFS tells that there was no room
        return systemError(errno, NewOutputText::tr("write"), path);
    }
    output->keep();
    return {};
}

} // namespace Stowage

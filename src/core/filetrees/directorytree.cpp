// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "directorytree.h"

#include "core/sources/rootfs.h"
#include "core/sources/sourcefile.h"
#include "core/support/directoryentries.h"
#include "core/support/filecopy.h"

#include <QCoreApplication>
#include <QFile>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Tree {
    Q_DECLARE_TR_FUNCTIONS(FileTree)
};

/** "." for the top itself, which has no name of its own. */
QString named(const QByteArray& path)
{
    return path.isEmpty() ? u"."_s : QFile::decodeName(path);
}

FileTree::Type typeOf(mode_t mode)
{
    return S_ISREG(mode) ? FileTree::Type::File : S_ISDIR(mode) ? FileTree::Type::Directory : FileTree::Type::Other;
}

} // namespace

Result<std::unique_ptr<DirectoryTree>> DirectoryTree::open(const QString& path)
{
    UniqueFd top(::open(QFile::encodeName(path).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!top.isValid()) {
        return systemError(errno, Tree::tr("read"), path);
    }
    return std::unique_ptr<DirectoryTree>(new DirectoryTree(std::move(top), path));
}

std::optional<FileTree::Found> DirectoryTree::find(const QByteArray& path) const
{
    const UniqueFd found = openInRoot(m_top, named(path), O_PATH);
    struct stat status = {};
    if (!found.isValid() || ::fstat(found.get(), &status) != 0) {
        return {};
    }
    const Type type = typeOf(status.st_mode);
    return Found{type, type == Type::File ? qint64{status.st_size} : 0, static_cast<quint16>(status.st_mode)};
}

std::optional<QByteArray> DirectoryTree::linkTarget(const QByteArray& path) const
{
    const UniqueFd found = openInRoot(m_top, named(path), O_PATH | O_NOFOLLOW);
    std::array<char, 4097> target = {};
    const ssize_t size = found.isValid() ? ::readlinkat(found.get(), "", target.data(), target.size()) : -1;
    return size > 0 ? std::optional(QByteArray(target.data(), size)) : std::nullopt;
}

QByteArrayList DirectoryTree::names(const QByteArray& directory) const
{
    constexpr qsizetype Most = 100'000;
    QByteArrayList names;
    const UniqueFd found = openInRoot(m_top, named(directory), O_RDONLY | O_DIRECTORY | O_NONBLOCK);
    const auto add = [&names](QByteArrayView name) {
        names.append(name.toByteArray());
        return names.size() < Most;
    };
    if (!found.isValid() || !forEachDirectoryEntry(found.get(), add)) {
        return {};
    }
    std::ranges::sort(names);
    return names;
}

Result<QByteArray> DirectoryTree::read(const QByteArray& path, qint64 offset, qint64 length) const
{
    const UniqueFd found = openInRoot(m_top, named(path), O_PATH);
    const QString shown = m_path + u'/' + QFile::decodeName(path);
    if (!found.isValid()) {
        return systemError(errno, Tree::tr("read"), shown);
    }
    const auto file = openRegularFile(
        u"/proc/self/fd/%1"_s.arg(found.get())); // not one that another has in its place by now
    if (!file) {
        return std::unexpected(file.error());
    }
    const auto size = sizeOf(*file, shown);
    if (!size) {
        return std::unexpected(size.error());
    }
    return readAt(*file, offset, std::clamp<qint64>(length, 0, std::max<qint64>(*size - offset, 0)), shown);
}

} // namespace Stowage

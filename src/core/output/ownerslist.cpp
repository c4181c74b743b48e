// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "ownerslist.h"

#include "core/sources/sourcefile.h"
#include "core/support/filecopy.h"

#include <sys/stat.h>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

constexpr QByteArrayView Header("#mtree\n# owners of the tree beside this file, written by Stowage\n");

/** Ties a list to its tree, so that one that outlived its tree says nothing of what has the name now. */
QByteArray headerOf(ino_t top)
{
    return Header.toByteArray() + "# inode of the tree: " + QByteArray::number(quint64(top)) + '\n';
}

bool beginsWith(const QString& path, QByteArrayView start)
{
    const auto file = openRegularFile(path);
    return file && readAt(*file, 0, start.size(), path).value_or(QByteArray()) == start;
}

/** @p text with everything but plain characters as the octal escapes of mtree(5). */
QByteArray escaped(const QByteArray& text)
{
    QByteArray result;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= 0x20 || byte >= 0x7f || c == '\\' || c == '#' || c == '*' || c == '?' || c == '[') {
            result += '\\' + QByteArray::number(byte, 8).rightJustified(3, '0');
        } else {
            result += c;
        }
    }
    return result;
}

QByteArrayView typeName(mode_t fileType)
{
    switch (fileType & S_IFMT) {
    case S_IFDIR:
        return "dir";
    case S_IFLNK:
        return "link";
    case S_IFCHR:
        return "char";
    case S_IFBLK:
        return "block";
    case S_IFIFO:
        return "fifo";
    case S_IFSOCK:
        return "socket";
    default:
        return "file";
    }
}

} // namespace

void OwnersList::add(const FileEntry& entry)
{
    const InodeFacts& facts = entry.facts;
    m_text += (entry.path.isEmpty() ? QByteArray(".") : "./" + escaped(entry.path))
        + " type=" + typeName(facts.mode).toByteArray() + " uid=" + QByteArray::number(facts.uid) + " gid="
        + QByteArray::number(facts.gid) + " mode=" + QByteArray::number(facts.mode & 07777U, 8).rightJustified(4, '0');
    if (S_ISCHR(facts.mode) || S_ISBLK(facts.mode)) {
        m_text += " device=linux," + QByteArray::number(facts.major) + ',' + QByteArray::number(facts.minor);
    } else if (S_ISLNK(facts.mode)) {
        m_text += " link=" + escaped(entry.linkTarget);
    }
    m_text += '\n';
}

QString OwnersList::pathFor(const QString& treePath)
{
    return treePath + ".stowage-owners"_L1;
}

QByteArray OwnersList::text(ino_t top) const
{
    return headerOf(top) + m_text;
}

bool OwnersList::isOne(const QString& path)
{
    return beginsWith(path, Header);
}

bool OwnersList::isOf(const QString& path, ino_t top)
{
    return beginsWith(path, headerOf(top));
}

} // namespace Stowage

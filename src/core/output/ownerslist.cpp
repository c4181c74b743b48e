// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "ownerslist.h"

#include <QFile>

#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

constexpr QByteArrayView Header("#mtree\n# owners of the tree beside this file, written by Stowage\n");

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

OwnersList::OwnersList() : m_text(Header.toByteArray())
{ }

void OwnersList::add(const LayoutNode& node, const QByteArray& path, mode_t fileType, dev_t device)
{
    m_text += '.' + escaped(path) + " type=" + typeName(fileType).toByteArray() + " uid=" + QByteArray::number(node.uid)
        + " gid=" + QByteArray::number(node.gid) + " mode=" + QByteArray::number(node.mode, 8).rightJustified(4, '0');
    if (S_ISCHR(fileType) || S_ISBLK(fileType)) {
        m_text += " device=linux," + QByteArray::number(major(device)) + ',' + QByteArray::number(minor(device));
    } else if (S_ISLNK(fileType)) {
        m_text += " link=" + escaped(node.linkTarget);
    }
    m_text += '\n';
}

QString OwnersList::pathFor(const QString& treePath)
{
    return treePath + ".stowage-owners"_L1;
}

bool OwnersList::isOne(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) && file.read(Header.size()) == Header;
}

} // namespace Stowage

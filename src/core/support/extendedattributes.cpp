// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "extendedattributes.h"

#include <QCoreApplication>
#include <QFile>

#include <sys/xattr.h>

#include <algorithm>
#include <cerrno>

namespace Stowage
{

namespace
{

/** By @p list and @p get, which are as listxattr(2) and getxattr(2) without their first argument. */
template<typename List, typename Get>
QList<ExtendedAttribute> readAll(const List& list, const Get& get)
{
    QList<ExtendedAttribute> attributes;
    const ssize_t length = list(nullptr, 0);
    if (length <= 0) {
        return attributes;
    }
    QByteArray names(length, '\0');
    names.resize(std::max<ssize_t>(list(names.data(), static_cast<size_t>(names.size())), 0));
    for (const QByteArray& name : names.split('\0')) {
        const ssize_t size = name.isEmpty() ? -1 : get(name.constData(), nullptr, 0);
        if (size < 0) {
            continue;
        }
        QByteArray value(size, '\0');
        if (get(name.constData(), value.data(), static_cast<size_t>(value.size())) == size) {
            attributes.append({name, value});
        }
    }
    std::ranges::sort(attributes, {}, &ExtendedAttribute::name);
    return attributes;
}

} // namespace

QList<ExtendedAttribute> readExtendedAttributes(const QByteArray& path)
{
    return readAll([&](char* names, size_t size) { return ::llistxattr(path.constData(), names, size); },
                   [&](const char* name, char* value, size_t size) {
                       return ::lgetxattr(path.constData(), name, value, size);
                   });
}

QList<ExtendedAttribute> readExtendedAttributes(int fd)
{
    return readAll([fd](char* names, size_t size) { return ::flistxattr(fd, names, size); },
                   [fd](const char* name, char* value, size_t size) { return ::fgetxattr(fd, name, value, size); });
}

Result<void> writeExtendedAttributes(const QByteArray& path, const QList<ExtendedAttribute>& attributes,
                                     JobReport& report)
{
    for (const auto& [name, value] : attributes) {
        if (lsetxattr(path.constData(), name.constData(), value.constData(), static_cast<size_t>(value.size()), 0)
            == 0) {
            continue;
        }
        if (errno != EPERM && errno != ENOTSUP && errno != EACCES) {
            return systemError(errno, QCoreApplication::translate("TreeWriter", "set the attributes of"),
                               QFile::decodeName(path));
        }
        report.add(JobReport::Kind::Warning,
                   QCoreApplication::translate("TreeWriter", "%1: the attribute %2 could not be kept.")
                       .arg(QFile::decodeName(path), QString::fromUtf8(name)));
    }
    return {};
}

} // namespace Stowage

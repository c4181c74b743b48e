// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "extendedattributes.h"

#include <QCoreApplication>
#include <QFile>

#include <linux/limits.h>
#include <sys/xattr.h>

#include <algorithm>
#include <cerrno>

namespace Stowage
{

namespace
{

std::unexpected<Error> unread(const QString& name)
{
    return systemError(errno, QCoreApplication::translate("ExtendedAttributes", "read the attributes of"), name);
}

/**
 * By @p list and @p get, which are as listxattr(2) and getxattr(2) without their first argument. What is longer than the
 * system lets it be at most is an error, as is all else but that there is no such attribute or none at all.
 */
template<typename List, typename Get>
Result<QList<ExtendedAttribute>> readAll(const List& list, const Get& get, const QString& path)
{
    QList<ExtendedAttribute> attributes;
    const ssize_t length = list(nullptr, 0);
    if (length < 0 && errno != ENOTSUP) {
        return unread(path);
    }
    if (length <= 0) {
        return attributes;
    }
    QByteArray names(XATTR_LIST_MAX, '\0'); // it may have become longer
    const ssize_t listed = list(names.data(), static_cast<size_t>(names.size()));
    if (listed < 0) {
        return unread(path);
    }
    names.truncate(listed);
    QByteArray value(XATTR_SIZE_MAX, '\0');
    for (const QByteArray& name : names.split('\0')) {
        const ssize_t size = name.isEmpty() ? 0
                                            : get(name.constData(), value.data(), static_cast<size_t>(value.size()));
        if (size < 0 && errno != ENODATA && errno != ENOTSUP) {
            return unread(path);
        }
        if (size >= 0 && !name.isEmpty()) {
            attributes.append({name, value.first(size)});
        }
    }
    std::ranges::sort(attributes, {}, &ExtendedAttribute::name);
    return attributes;
}

} // namespace

Result<QList<ExtendedAttribute>> readExtendedAttributes(const QByteArray& path, const QString& name)
{
    return readAll([&](char* names, size_t size) { return ::llistxattr(path.constData(), names, size); },
                   [&](const char* attribute, char* value, size_t size) {
                       return ::lgetxattr(path.constData(), attribute, value, size);
                   },
                   name);
}

Result<QList<ExtendedAttribute>> readExtendedAttributes(int fd, const QString& name)
{
    return readAll([fd](char* names, size_t size) { return ::flistxattr(fd, names, size); },
                   [fd](const char* attribute, char* value, size_t size) {
                       return ::fgetxattr(fd, attribute, value, size);
                   },
                   name);
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

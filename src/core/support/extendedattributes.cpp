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

QList<ExtendedAttribute> readExtendedAttributes(const QByteArray& path)
{
    QList<ExtendedAttribute> attributes;
    const ssize_t length = llistxattr(path.constData(), nullptr, 0);
    if (length <= 0) {
        return attributes;
    }
    QByteArray names(length, '\0');
    names.resize(std::max<ssize_t>(llistxattr(path.constData(), names.data(), static_cast<size_t>(names.size())), 0));
    for (const QByteArray& name : names.split('\0')) {
        const ssize_t size = name.isEmpty() ? -1 : lgetxattr(path.constData(), name.constData(), nullptr, 0);
        if (size < 0) {
            continue;
        }
        QByteArray value(size, '\0');
        const ssize_t read = lgetxattr(path.constData(), name.constData(), value.data(),
                                       static_cast<size_t>(value.size()));
        if (read == size) {
            attributes.append({name, value});
        }
    }
    std::ranges::sort(attributes, {}, &ExtendedAttribute::name);
    return attributes;
}

Result<void> copyExtendedAttributes(const QByteArray& source, const QByteArray& target, JobReport& report)
{
    for (const auto& [name, value] : readExtendedAttributes(source)) {
        if (lsetxattr(target.constData(), name.constData(), value.constData(), static_cast<size_t>(value.size()), 0)
            == 0) {
            continue;
        }
        if (errno != EPERM && errno != ENOTSUP && errno != EACCES) {
            return systemError(errno, QCoreApplication::translate("TreeWriter", "set the attributes of"),
                               QFile::decodeName(target));
        }
        report.add(JobReport::Kind::Warning,
                   QCoreApplication::translate("TreeWriter", "%1: the attribute %2 could not be kept.")
                       .arg(QFile::decodeName(target), QString::fromUtf8(name)));
    }
    return {};
}

} // namespace Stowage

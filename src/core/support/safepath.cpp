// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "safepath.h"

#include <QCoreApplication>

#include <algorithm>
#include <climits>

namespace Stowage
{

namespace
{

struct SafePath {
    Q_DECLARE_TR_FUNCTIONS(SafePath)
};

std::unexpected<Error> refuse(const QString& why, const QByteArray& name)
{
    return fail(
        Error::Code::InvalidInput,
        SafePath::tr("The name \"%1\" is refused: %2.").arg(QString::fromUtf8(name.toPercentEncoding(" /._-+@:")), why),
        SafePath::tr("Rename it in the source."));
}

} // namespace

Result<void> checkFileName(const QByteArray& name)
{
    if (name.isEmpty()) {
        return refuse(SafePath::tr("it is empty"), name);
    }
    if (name == "." || name == "..") {
        return refuse(SafePath::tr("it leads to another directory"), name);
    }
    if (name.contains('/')) {
        return refuse(SafePath::tr("it holds a slash"), name);
    }
    if (std::ranges::any_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; })) {
        return refuse(SafePath::tr("it holds a control character"), name);
    }
    if (name.size() > NAME_MAX) {
        return refuse(SafePath::tr("it is longer than %1 bytes").arg(NAME_MAX), name);
    }
    return {};
}

Result<QByteArray> entryPath(const QByteArray& name)
{
    if (name.contains('\0')) {
        return refuse(SafePath::tr("it holds a NUL"), name);
    }
    QByteArray path;
    path.reserve(name.size());
    for (const QByteArray& part : name.split('/')) {
        if (part.isEmpty() || part == ".") {
            continue;
        }
        if (part == "..") {
            return refuse(SafePath::tr("it leads to another directory"), name);
        }
        if (part.size() > NAME_MAX) {
            return refuse(SafePath::tr("a part of it is longer than %1 bytes").arg(NAME_MAX), name);
        }
        path += path.isEmpty() ? part : '/' + part;
    }
    return path;
}

} // namespace Stowage

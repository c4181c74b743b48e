// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "squashfshandler.h"

#include "core/squashfs/squashfssource.h"

#include <QCoreApplication>

namespace Stowage
{

using namespace Qt::StringLiterals;

QString SquashfsHandler::type() const
{
    return u"squashfs"_s;
}

QString SquashfsHandler::title() const
{
    return QCoreApplication::translate("SquashfsHandler", "Squashfs root file system");
}

std::unique_ptr<EntrySource> SquashfsHandler::source(const QString& path) const
{
    return std::make_unique<SquashfsSource>(path);
}

} // namespace Stowage

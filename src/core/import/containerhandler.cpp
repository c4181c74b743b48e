// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "containerhandler.h"

#include "core/containers/layersource.h"

#include <QCoreApplication>

namespace Stowage
{

using namespace Qt::StringLiterals;

QString ContainerHandler::type() const
{
    return u"container"_s;
}

QString ContainerHandler::title() const
{
    return QCoreApplication::translate("ContainerHandler", "Container image");
}

std::unique_ptr<EntrySource> ContainerHandler::source(const QString& path) const
{
    return std::make_unique<LayerSource>(path);
}

qint64 ContainerHandler::totalBytes(const QString& path) const
{
    const auto image = readContainerImage(path);
    return image ? 2 * image->size() : 0; // its names are read first
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "rawhandler.h"

#include "core/sources/signatures.h"

#include <QCoreApplication>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct RawHandlerText {
    Q_DECLARE_TR_FUNCTIONS(RawHandler)
};

} // namespace

QString RawHandler::type() const
{
    return u"raw"_s;
}

QString RawHandler::title() const
{
    return RawHandlerText::tr("Raw disk");
}

Result<void> RawHandler::checkImage(const FileSample& image, const QString& path) const
{
    if (image.size == 0) {
        return fail(Error::Code::InvalidInput, RawHandlerText::tr("The disk %1 is empty.").arg(path),
                    RawHandlerText::tr("Copy or download it again."), Place::inFile(path));
    }
    if (const auto format = findContainer(image); format && format->isDiskContainer) {
        return fail(Error::Code::InvalidInput, RawHandlerText::tr("%1 is %2, not a raw disk.").arg(path, format->name),
                    format->advice, Place::inFile(path));
    }
    return {};
}

} // namespace Stowage

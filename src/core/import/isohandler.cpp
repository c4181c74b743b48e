// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "isohandler.h"

#include "core/filetrees/isotree.h"
#include "core/sources/cdimage.h"

#include <QCoreApplication>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct IsoText {
    Q_DECLARE_TR_FUNCTIONS(IsoHandler)
};

} // namespace

QString IsoHandler::type() const
{
    return u"iso"_s;
}

QString IsoHandler::title() const
{
    return IsoText::tr("CD image");
}

Result<void> IsoHandler::checkImage(const FileSample& image, const QString& path) const
{
    const auto volume = findIsoVolume(image.head);
    if (!volume) {
        return fail(Error::Code::InvalidInput, IsoText::tr("%1 is no CD image (ISO 9660).").arg(path),
                    IsoText::tr("Choose another type: raw takes any disk as it is."), Place::inFile(path));
    }
    return checkCdSize(*volume, image.size, path);
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "ext4handler.h"

#include "core/ext4/ext4superblock.h"

#include <QCoreApplication>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Ext4HandlerText {
    Q_DECLARE_TR_FUNCTIONS(Ext4Handler)
};

} // namespace

QString Ext4Handler::type() const
{
    return u"ext4"_s;
}

QString Ext4Handler::title() const
{
    return Ext4HandlerText::tr("ext4 image");
}

Result<void> Ext4Handler::checkImage(const FileSample& image, const QString& path) const
{
    const auto superblock = findExt4Superblock(image.head);
    if (!superblock) {
        return fail(Error::Code::InvalidInput, Ext4HandlerText::tr("%1 is no ext2, ext3 or ext4 image.").arg(path),
                    Ext4HandlerText::tr("Choose another type: raw takes any disk as it is."), Place::inFile(path));
    }
    return checkExt4Size(*superblock, image.size, path);
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "rawhandler.h"

#include "core/sources/bytes.h"
#include "core/sources/partitiontable.h"
#include "core/sources/signatures.h"
#include "core/support/units.h"

#include <QCoreApplication>

#include <limits>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct RawHandlerText {
    Q_DECLARE_TR_FUNCTIONS(RawHandler)
};

/** An error where the disk ends before its partition table says so. */
Result<void> checkTable(const FileSample& image, const QString& path)
{
    constexpr qsizetype CdMagic = 0x8001; // its boot sector may speak of a disk with other cylinders
    if (findFileSystem(image.head) || hasMagic(image.head, CdMagic, "CD001")) {
        return {};
    }
    const auto table = findPartitionTable(image.head, std::numeric_limits<qint64>::max());
    if (!table || table->end <= image.size) {
        return {};
    }
    return fail(Error::Code::InvalidInput,
                RawHandlerText::tr("The disk %1 is cut off: its partition table speaks of %2, the file has %3.")
                    .arg(path, formatBytes(table->end), formatBytes(image.size)),
                RawHandlerText::tr("Copy or download it again."), Place::inFile(path));
}

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
    return checkTable(image, path);
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "ext4superblock.h"

#include "core/sources/bytes.h"
#include "core/sources/sourcefile.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QUuid>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Ext4 {
    Q_DECLARE_TR_FUNCTIONS(Ext4)
};

constexpr quint32 CompatHasJournal = 0x4;
constexpr quint32 IncompatJournalDevice = 0x8;
constexpr quint32 IncompatExt4 = 0x40 | 0x80 | 0x200; // extents, 64bit, flex_bg
constexpr quint32 Incompat64Bit = 0x80;
constexpr quint32 ReadOnlyExt4 = 0x8 | 0x10 | 0x20 | 0x40
    | 0x400; // huge_file, gdt_csum, dir_nlink, extra_isize, metadata_csum

Ext4Superblock::Variant variantOf(quint32 compat, quint32 incompat, quint32 readOnly)
{
    if ((incompat & IncompatJournalDevice) != 0) {
        return Ext4Superblock::Variant::JournalDevice;
    }
    if ((incompat & IncompatExt4) != 0 || (readOnly & ReadOnlyExt4) != 0) {
        return Ext4Superblock::Variant::Ext4;
    }
    return (compat & CompatHasJournal) != 0 ? Ext4Superblock::Variant::Ext3 : Ext4Superblock::Variant::Ext2;
}

} // namespace

QString Ext4Superblock::variantName() const
{
    switch (variant) {
    case Variant::Ext2:
        return u"ext2"_s;
    case Variant::Ext3:
        return u"ext3"_s;
    case Variant::Ext4:
    case Variant::JournalDevice:
        break;
    }
    return u"ext4"_s;
}

std::optional<Ext4Superblock> findExt4Superblock(const QByteArray& head)
{
    constexpr qsizetype Start = 1024;
    constexpr qsizetype Length = 1024;
    if (head.size() < Start + Length || littleEndianAt<quint16>(head, Start + 56) != 0xef53) {
        return {};
    }
    const QByteArrayView block = QByteArrayView(head).sliced(Start, Length);
    const auto logBlockSize = littleEndianAt<quint32>(block, 24);
    const auto incompat = littleEndianAt<quint32>(block, 96);
    if (logBlockSize > 6) {
        return {};
    }
    const bool wide = (incompat & Incompat64Bit) != 0;
    const auto wideNumber = [&](qsizetype low, qsizetype high) {
        return littleEndianAt<quint32>(block, low) | (wide ? quint64{littleEndianAt<quint32>(block, high)} << 32 : 0);
    };
    Ext4Superblock found;
    found.variant = variantOf(littleEndianAt<quint32>(block, 92), incompat, littleEndianAt<quint32>(block, 100));
    found.blockSize = qint64{1024} << logBlockSize;
    const quint64 blocks = wideNumber(4, 336);
    const quint64 freeBlocks = wideNumber(12, 344);
    found.blocksPerGroup = littleEndianAt<quint32>(block, 32);
    found.inodes = littleEndianAt<quint32>(block, 0);
    const quint64 maxBlocks = (quint64{1} << 60) / static_cast<quint64>(found.blockSize);
    if (blocks == 0 || blocks > maxBlocks || found.blocksPerGroup == 0) {
        return {};
    }
    found.blocks = static_cast<qint64>(blocks);
    found.freeBlocks = static_cast<qint64>(qMin(freeBlocks, blocks));
    const QByteArray label = block.sliced(120, 16).toByteArray();
    found.label = QString::fromUtf8(label.first(label.contains('\0') ? label.indexOf('\0') : label.size()));
    found.label.removeIf([](QChar c) { return !c.isPrint(); });
    found.uuid = QUuid::fromRfc4122(block.sliced(104, 16)).toString(QUuid::WithoutBraces);
    return found;
}

Result<void> checkExt4Size(const Ext4Superblock& superblock, qint64 fileSize, const QString& path)
{
    if (superblock.variant == Ext4Superblock::Variant::JournalDevice) {
        return fail(Error::Code::Unsupported,
                    Ext4::tr("%1 is the external journal of a file system, not a file system.").arg(path),
                    Ext4::tr("Choose the image of the file system itself."), Place::inFile(path));
    }
    if (superblock.size() > fileSize) {
        return fail(Error::Code::InvalidInput,
                    Ext4::tr("%1 is cut off: its file system covers %2, the file has %3.")
                        .arg(path, formatBytes(superblock.size()), formatBytes(fileSize)),
                    Ext4::tr("Copy or download it again."), Place::inFile(path));
    }
    return {};
}

} // namespace Stowage

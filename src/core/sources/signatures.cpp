// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "signatures.h"

#include "core/sources/bytes.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace Stowage
{

namespace
{

using namespace Qt::StringLiterals;
using namespace std::string_view_literals;

struct Signatures {
    Q_DECLARE_TR_FUNCTIONS(Signatures)
};

/** What to do with a file of a format. */
enum class Advice { None, ConvertDisk, Unzip, Installer, PlainDisk, Program };

struct Signature {
    qsizetype offset;
    std::string_view magic;
    const char* name;
    Advice advice;
    const char* type = nullptr; ///< Of a disk that openDisk() reads.
};

// Sources: each format's own specification; reading order matters only where two could match one file.
constexpr auto Containers = std::to_array<Signature>({
    {0, "KDMV"sv, QT_TRANSLATE_NOOP("Signatures", "a VMDK disk image"), Advice::None, "vmdk"},
    {0, "COWD"sv, QT_TRANSLATE_NOOP("Signatures", "a VMDK disk image (ESX)"), Advice::ConvertDisk},
    {0, "# Disk DescriptorFile"sv, QT_TRANSLATE_NOOP("Signatures", "a VMDK descriptor, whose data lies in other files"),
     Advice::None, "vmdk"},
    {0x40, "\x7f\x10\xda\xbe"sv, QT_TRANSLATE_NOOP("Signatures", "a VDI disk image (VirtualBox)"), Advice::None, "vdi"},
    {0, "vhdxfile"sv, QT_TRANSLATE_NOOP("Signatures", "a VHDX disk image (Hyper-V)"), Advice::None, "vhdx"},
    {0, "conectix"sv, QT_TRANSLATE_NOOP("Signatures", "a VHD disk image (Virtual PC)"), Advice::None, "vhd"},
    {0, "QED\0"sv, QT_TRANSLATE_NOOP("Signatures", "a QED disk image"), Advice::None, "qed"},
    {0, "QFI\xfb\0\0\0\1"sv, QT_TRANSLATE_NOOP("Signatures", "a QCOW disk image of version 1"), Advice::ConvertDisk},
    {0, "QFI\xfb"sv, QT_TRANSLATE_NOOP("Signatures", "a QCOW2 disk image"), Advice::None, "qcow2"},
    {0, "WithoutFreeSpace"sv, QT_TRANSLATE_NOOP("Signatures", "a Parallels disk image"), Advice::ConvertDisk},
    {0, "WithouFreSpacExt"sv, QT_TRANSLATE_NOOP("Signatures", "a Parallels disk image"), Advice::ConvertDisk},
    {0, "Bochs Virtual HD Image"sv, QT_TRANSLATE_NOOP("Signatures", "a Bochs disk image"), Advice::ConvertDisk},
    {0, "\x3a\xff\x26\xed"sv, QT_TRANSLATE_NOOP("Signatures", "an Android sparse image"), Advice::None,
     "android_sparse"},
    {0x8001, "CD001"sv, QT_TRANSLATE_NOOP("Signatures", "an ISO 9660 image (a CD or DVD)"), Advice::Installer},
    {0x8001, "BEA01"sv, QT_TRANSLATE_NOOP("Signatures", "a UDF image (a DVD)"), Advice::Installer},
    {257, "ustar"sv, QT_TRANSLATE_NOOP("Signatures", "a tar archive"), Advice::Unzip},
    {0, "PK\x03\x04"sv, QT_TRANSLATE_NOOP("Signatures", "a zip archive"), Advice::Unzip},
    {0, "PK\x05\x06"sv, QT_TRANSLATE_NOOP("Signatures", "an empty zip archive"), Advice::None},
    {0, "7z\xbc\xaf\x27\x1c"sv, QT_TRANSLATE_NOOP("Signatures", "a 7-Zip archive"), Advice::Unzip},
    {0, "Rar!\x1a\x07"sv, QT_TRANSLATE_NOOP("Signatures", "a RAR archive"), Advice::Unzip},
    {0, "MSWIM\0\0\0"sv, QT_TRANSLATE_NOOP("Signatures", "a Windows image (WIM)"), Advice::None},
    {0, "!<arch>\ndebian-binary"sv, QT_TRANSLATE_NOOP("Signatures", "a Debian package"), Advice::None},
    {0, "!<arch>\n"sv, QT_TRANSLATE_NOOP("Signatures", "an ar archive"), Advice::None},
    {0, "\xed\xab\xee\xdb"sv, QT_TRANSLATE_NOOP("Signatures", "an RPM package"), Advice::None},
    {0, "%PDF-"sv, QT_TRANSLATE_NOOP("Signatures", "a PDF document"), Advice::None},
    {0, "\x89PNG\r\n\x1a\n"sv, QT_TRANSLATE_NOOP("Signatures", "a PNG picture"), Advice::None},
    {0, "\xff\xd8\xff"sv, QT_TRANSLATE_NOOP("Signatures", "a JPEG picture"), Advice::None},
    {0, "GIF8"sv, QT_TRANSLATE_NOOP("Signatures", "a GIF picture"), Advice::None},
    {0, "SQLite format 3\0"sv, QT_TRANSLATE_NOOP("Signatures", "an SQLite database"), Advice::None},
    {0, "\xd0\x0d\xfe\xed"sv, QT_TRANSLATE_NOOP("Signatures", "a device tree"), Advice::None},
    {0, "\177ELF"sv, QT_TRANSLATE_NOOP("Signatures", "an ELF program or library"), Advice::Program},
    {0, "#!"sv, QT_TRANSLATE_NOOP("Signatures", "a script"), Advice::None},
});

constexpr auto FileSystems = std::to_array<Signature>({
    {0, "hsqs"sv, QT_TRANSLATE_NOOP("Signatures", "a squashfs file system"), Advice::None},
    {0, "XFSB"sv, QT_TRANSLATE_NOOP("Signatures", "an XFS file system"), Advice::PlainDisk},
    {0x10040, "_BHRfS_M"sv, QT_TRANSLATE_NOOP("Signatures", "a Btrfs file system"), Advice::PlainDisk},
    {0x400, "\xe2\xe1\xf5\xe0"sv, QT_TRANSLATE_NOOP("Signatures", "an EROFS file system"), Advice::PlainDisk},
    {0x400, "\x10\x20\xf5\xf2"sv, QT_TRANSLATE_NOOP("Signatures", "an F2FS file system"), Advice::PlainDisk},
    {0, "LUKS\xba\xbe"sv, QT_TRANSLATE_NOOP("Signatures", "an encrypted LUKS volume"), Advice::PlainDisk},
    {0, "LABELONE"sv, QT_TRANSLATE_NOOP("Signatures", "an LVM volume"), Advice::PlainDisk},
    {512, "LABELONE"sv, QT_TRANSLATE_NOOP("Signatures", "an LVM volume"), Advice::PlainDisk},
    {1024, "LABELONE"sv, QT_TRANSLATE_NOOP("Signatures", "an LVM volume"), Advice::PlainDisk},
    {1536, "LABELONE"sv, QT_TRANSLATE_NOOP("Signatures", "an LVM volume"), Advice::PlainDisk},
    {4086, "SWAPSPACE2"sv, QT_TRANSLATE_NOOP("Signatures", "a swap area"), Advice::PlainDisk},
    {4086, "SWAP-SPACE"sv, QT_TRANSLATE_NOOP("Signatures", "a swap area"), Advice::PlainDisk},
    {3, "NTFS    "sv, QT_TRANSLATE_NOOP("Signatures", "an NTFS file system"), Advice::PlainDisk},
    {3, "EXFAT   "sv, QT_TRANSLATE_NOOP("Signatures", "an exFAT file system"), Advice::PlainDisk},
    {0x36, "FAT"sv, QT_TRANSLATE_NOOP("Signatures", "a FAT file system"), Advice::PlainDisk},
    {0x52, "FAT32"sv, QT_TRANSLATE_NOOP("Signatures", "a FAT file system"), Advice::PlainDisk},
    {0, "\x45\x3d\xcd\x28"sv, QT_TRANSLATE_NOOP("Signatures", "a cramfs file system"), Advice::PlainDisk},
    {0, "-rom1fs-"sv, QT_TRANSLATE_NOOP("Signatures", "a romfs file system"), Advice::PlainDisk},
    {0, "UBI#"sv, QT_TRANSLATE_NOOP("Signatures", "a UBI flash image"), Advice::None},
    {0, "\x31\x18\x10\x06"sv, QT_TRANSLATE_NOOP("Signatures", "a UBIFS flash image"), Advice::None},
    {0x10034, "ReIsEr"sv, QT_TRANSLATE_NOOP("Signatures", "a ReiserFS file system"), Advice::PlainDisk},
    {0x8000, "JFS1"sv, QT_TRANSLATE_NOOP("Signatures", "a JFS file system"), Advice::PlainDisk},
    {0x1000, "\xfc\x4e\x2b\xa9"sv, QT_TRANSLATE_NOOP("Signatures", "a part of a RAID array"), Advice::None},
});

QString adviceText(Advice advice)
{
    switch (advice) {
    case Advice::ConvertDisk:
        return Signatures::tr("Convert it with \"qemu-img convert -O qcow2 FILE disk.qcow2\" and use the result.");
    case Advice::Unzip:
        return Signatures::tr("Unpack it, and use the directory or the disk image that was in it.");
    case Advice::Installer:
        return Signatures::tr("Install a system from it in a virtual machine, and use the disk of that.");
    case Advice::PlainDisk:
        return Signatures::tr("To give it to a guest as a disk as it is, set the type to raw.");
    case Advice::Program:
        return Signatures::tr("It has no notes for Xen, so that it is no kernel either.");
    case Advice::None:
        break;
    }
    return {};
}

QString typeAdvice(const QString& type)
{
    return Signatures::tr("Set the type to %1.").arg(type);
}

std::optional<ForeignFormat> findIn(std::span<const Signature> signatures, const QByteArray& head)
{
    const auto match = std::ranges::find_if(signatures,
                                            [&head](const Signature& s) { return hasMagic(head, s.offset, s.magic); });
    if (match == signatures.end()) {
        return {};
    }
    const QString type = QString::fromLatin1(match->type);
    return ForeignFormat{.name = Signatures::tr(match->name),
                         .advice = type.isEmpty() ? adviceText(match->advice) : typeAdvice(type),
                         .type = type,
                         .isDiskContainer = match->advice == Advice::ConvertDisk || !type.isEmpty()};
}

/** A FAT or NTFS boot sector begins with a jump; text at that place of another file is not enough. */
bool hasBootJump(const QByteArray& head)
{
    return hasMagic(head, 510, "\x55\xaa") && (head.startsWith('\xeb') || head.startsWith('\xe9'));
}

} // namespace

std::optional<ForeignFormat> findContainer(const FileSample& sample)
{
    if (auto found = findIn(Containers, sample.head)) {
        return found;
    }
    if (sample.head.startsWith("MZ")) {
        return ForeignFormat{.name = Signatures::tr("an EFI or Windows program"), .advice = {}};
    }
    // Such an image begins like a raw disk; qemu-img takes it for one, and the footer for a part of the disk.
    if (sample.size > sample.tail.size() && sample.tail.startsWith("conectix")) {
        return ForeignFormat{.name = Signatures::tr("a VHD disk image of fixed size (Virtual PC)"),
                             .advice = typeAdvice(u"vhd"_s),
                             .type = u"vhd"_s,
                             .isDiskContainer = true};
    }
    if (sample.size > sample.tail.size() && sample.tail.startsWith("koly")) {
        return ForeignFormat{.name = Signatures::tr("an Apple disk image (DMG)"),
                             .advice = adviceText(Advice::ConvertDisk),
                             .isDiskContainer = true};
    }
    return {};
}

std::optional<ForeignFormat> findFileSystem(const QByteArray& head)
{
    for (const Signature& signature : FileSystems) {
        const bool bootSector = signature.offset == 3 || signature.offset == 0x36 || signature.offset == 0x52;
        if ((!bootSector || hasBootJump(head)) && hasMagic(head, signature.offset, signature.magic)) {
            return findIn(std::span(&signature, 1), head);
        }
    }
    return {};
}

} // namespace Stowage

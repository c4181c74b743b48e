// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "kernelimage.h"

#include "core/sources/bytes.h"
#include "kernelelf.h"

#include <KCompressionDevice>
#include <QBuffer>
#include <QCoreApplication>

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;

namespace Stowage
{

namespace
{

struct KernelText {
    Q_DECLARE_TR_FUNCTIONS(KernelImage)
};

using Format = KernelImage::Format;

/** The printable text at @p offset up to a space or NUL, at most @p limit bytes. */
QString wordAt(const QByteArray& head, qsizetype offset, qsizetype limit)
{
    QString word;
    for (qsizetype at = offset; at < std::min(head.size(), offset + limit) && head[at] > ' ' && head[at] < '\x7f';
         ++at) {
        word += QLatin1Char(head[at]);
    }
    return word;
}

/** x86: arch/x86/boot.rst, "The Real-Mode Kernel Header". */
std::optional<KernelImage> inspectBzImage(const QByteArray& head)
{
    constexpr qsizetype bootFlag = 0x1fe;
    constexpr qsizetype versionField = 0x206;
    constexpr qsizetype kernelVersionField = 0x20e;
    constexpr qsizetype loadFlags = 0x211;
    constexpr qsizetype extendedLoadFlags = 0x236;
    constexpr quint16 firstWithExtendedFlags = 0x20c;
    constexpr qsizetype longestVersion = 128;
    if (!hasMagic(head, bootFlag, "\x55\xaa") || !hasMagic(head, 0x202, "HdrS")) {
        return std::nullopt;
    }
    KernelImage image;
    const bool loadedHigh = (littleEndianAt<quint8>(head, loadFlags) & 1U) != 0;
    image.loadable = loadedHigh;
    const auto protocol = littleEndianAt<quint16>(head, versionField);
    if (protocol >= firstWithExtendedFlags) {
        const bool has64BitEntry = (littleEndianAt<quint16>(head, extendedLoadFlags) & 1U) != 0;
        image.architecture = has64BitEntry ? Architecture::X86_64 : Architecture::X86_32;
    }
    if (const auto offset = littleEndianAt<quint16>(head, kernelVersionField); offset != 0) {
        image.version = wordAt(head, offset + 0x200, longestVersion);
    }
    return image;
}

/** 64-bit Arm: arch/arm64/booting.rst, "decompressed kernel image". */
std::optional<KernelImage> inspectArm64Image(const QByteArray& head)
{
    if (!hasMagic(head, 0x38, "ARM\x64")) {
        return std::nullopt;
    }
    return KernelImage{Format::Arm64Image, Architecture::Arm64, {}, true};
}

/** 32-bit Arm: the magic number of a zImage, in either byte order. */
std::optional<KernelImage> inspectArm32Image(const QByteArray& head)
{
    constexpr quint32 magic = 0x016f2818;
    if (littleEndianAt<quint32>(head, 0x24) != magic && bigEndianAt<quint32>(head, 0x24) != magic) {
        return std::nullopt;
    }
    return KernelImage{Format::Arm32ZImage, Architecture::Arm32, {}, true};
}

/**
 * A kernel that EFI decompresses: drivers/firmware/efi/libstub/zboot-header.S; the machine is that of its PE header.
 */
std::optional<KernelImage> inspectZboot(const QByteArray& head)
{
    if (!hasMagic(head, 0, "MZ") || !hasMagic(head, 4, "zimg")) {
        return std::nullopt;
    }
    KernelImage image{Format::EfiZboot, Architecture::Unknown, {}, false};
    const auto peHeader = static_cast<qsizetype>(littleEndianAt<quint32>(head, 0x3c));
    if (hasMagic(head, peHeader, QByteArrayView("PE\0\0", 4))) {
        switch (littleEndianAt<quint16>(head, peHeader + 4)) {
        case 0xaa64:
            image.architecture = Architecture::Arm64;
            break;
        case 0x01c2:
        case 0x01c4:
            image.architecture = Architecture::Arm32;
            break;
        case 0x8664:
            image.architecture = Architecture::X86_64;
            break;
        default:
            break;
        }
    }
    return image;
}

/** U-Boot's older container: include/image.h, image_header. */
std::optional<KernelImage> inspectUImage(const QByteArray& head)
{
    constexpr quint32 magic = 0x27051956;
    constexpr quint8 kernelType = 2;
    constexpr quint8 kernelNoLoadType = 14;
    if (bigEndianAt<quint32>(head, 0) != magic) {
        return std::nullopt;
    }
    const auto type = bigEndianAt<quint8>(head, 30);
    if (type != kernelType && type != kernelNoLoadType) {
        return std::nullopt;
    }
    KernelImage image{Format::UImage, Architecture::Unknown, {}, false};
    switch (bigEndianAt<quint8>(head, 29)) {
    case 2:
        image.architecture = Architecture::Arm32;
        break;
    case 3:
        image.architecture = Architecture::X86_32;
        break;
    case 22:
        image.architecture = Architecture::Arm64;
        break;
    case 24:
        image.architecture = Architecture::X86_64;
        break;
    default:
        break;
    }
    // mkimage is mostly given a name such as "Linux-6.6.23".
    const QString name = wordAt(head, 32, 32);
    image.version = name.startsWith("Linux-"_L1) ? name.sliced(6) : QString();
    return image;
}

/**
 * U-Boot's flattened image tree: a device tree whose root has a node "images" (Flattened Image Tree specification; the
 * tokens are those of the Devicetree Specification, 5.4). A plain device tree is no kernel.
 */
std::optional<KernelImage> inspectFit(const QByteArray& head)
{
    constexpr quint32 magic = 0xd00dfeed;
    constexpr quint32 beginNode = 1;
    constexpr quint32 endNode = 2;
    constexpr quint32 property = 3;
    constexpr quint32 nothing = 4;
    constexpr qsizetype cell = 4;
    const auto aligned = [](qsizetype offset) { return (offset + cell - 1) / cell * cell; };
    if (bigEndianAt<quint32>(head, 0) != magic) {
        return std::nullopt;
    }
    qsizetype at = bigEndianAt<quint32>(head, 8);
    int depth = 0;
    while (at >= 0 && at + cell <= head.size()) {
        const auto token = bigEndianAt<quint32>(head, at);
        at += cell;
        if (token == beginNode) {
            const qsizetype nameEnd = head.indexOf('\0', at);
            if (nameEnd < 0) {
                break;
            }
            if (depth == 1 && head.sliced(at, nameEnd - at) == "images") {
                return KernelImage{Format::Fit, Architecture::Unknown, {}, false};
            }
            ++depth;
            at = aligned(nameEnd + 1);
        } else if (token == property) {
            at = aligned(at + 2 * cell + bigEndianAt<quint32>(head, at));
        } else if (token == endNode) {
            --depth;
        } else if (token != nothing) {
            break;
        }
    }
    return std::nullopt;
}

std::optional<KernelImage> inspectPlain(const QByteArray& head)
{
    for (const auto inspect : {inspectBzImage, inspectZboot, inspectArm64Image, inspectArm32Image, inspectElfKernel,
                               inspectUImage, inspectFit}) {
        if (std::optional<KernelImage> image = inspect(head)) {
            return image;
        }
    }
    return std::nullopt;
}

/** A kernel that gzip has compressed, which xl decompresses as it loads it. */
std::optional<KernelImage> inspectGzip(const QByteArray& head)
{
    constexpr qint64 enough = 64 * 1024;
    if (!hasMagic(head, 0, "\x1f\x8b\x08")) {
        return std::nullopt;
    }
    QBuffer compressed;
    compressed.setData(head);
    KCompressionDevice device(&compressed, false, KCompressionDevice::GZip);
    if (!device.open(QIODevice::ReadOnly)) {
        return std::nullopt;
    }
    QByteArray inside(enough, '\0');
    const qint64 size = device.read(inside.data(), inside.size());
    inside.truncate(std::max<qint64>(size, 0));
    std::optional<KernelImage> image = inspectPlain(inside);
    if (image) {
        image->format = Format::GzipCompressed;
    }
    return image;
}

} // namespace

QString KernelImage::formatName() const
{
    switch (format) {
    case Format::BzImage:
        return u"bzImage"_s;
    case Format::ElfX86:
        return u"ELF"_s;
    case Format::Arm64Image:
        return u"Image"_s;
    case Format::Arm32ZImage:
        return u"zImage"_s;
    case Format::EfiZboot:
        return KernelText::tr("EFI zboot image");
    case Format::UImage:
        return u"uImage"_s;
    case Format::Fit:
        return KernelText::tr("FIT image");
    case Format::GzipCompressed:
        return KernelText::tr("image, compressed with gzip");
    }
    std::unreachable();
}

QString KernelImage::description() const
{
    QString text = version.isEmpty() ? KernelText::tr("Kernel") : KernelText::tr("Linux %1").arg(version);
    text += QLatin1Char(' ') + formatName();
    if (architecture != Architecture::Unknown) {
        text += u", "_s + architectureName(architecture);
    }
    return loadable ? text : KernelText::tr("%1 (xl does not load this form)").arg(text);
}

std::optional<KernelImage> inspectKernel(const QByteArray& head)
{
    std::optional<KernelImage> image = inspectPlain(head);
    return image ? image : inspectGzip(head);
}

} // namespace Stowage

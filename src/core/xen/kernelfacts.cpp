// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "kernelfacts.h"

#include "core/sources/bytes.h"
#include "core/sources/compressed.h"

#include <QCoreApplication>
#include <QHash>

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Facts {
    Q_DECLARE_TR_FUNCTIONS(KernelFacts)
};

using Format = KernelImage::Format;

/** Where the packed kernel lies in its file, and how much follows it there that is no part of the stream. */
struct Payload {
    qint64 offset = 0;
    qint64 size = 0;
    bool hasSize = false; ///< The last four bytes are those of what is inside.
};

Payload bzImagePayload(const QByteArray& file)
{
    constexpr qsizetype SetupSectors = 0x1f1;
    constexpr qint64 DefaultSectors = 4;
    const qint64 sectors = littleEndianAt<quint8>(file, SetupSectors);
    const qint64 kernel = ((sectors == 0 ? DefaultSectors : sectors) + 1) * 512;
    return {kernel + littleEndianAt<quint32>(file, 0x248), littleEndianAt<quint32>(file, 0x24c), true};
}

Payload payloadOf(const QByteArray& file, Format format)
{
    constexpr qint64 UImageHeader = 64;
    switch (format) {
    case Format::BzImage:
        return bzImagePayload(file);
    case Format::EfiZboot:
        return {littleEndianAt<quint32>(file, 8), littleEndianAt<quint32>(file, 12), true};
    case Format::UImage:
        return {UImageHeader, bigEndianAt<quint32>(file, 12), false};
    case Format::GzipCompressed:
        return {0, file.size(), false};
    default:
        return {};
    }
}

std::unexpected<Error> damaged(const QString& name, const QString& why)
{
    return fail(Error::Code::InvalidInput, Facts::tr("The kernel %1 is damaged: %2").arg(name, why),
                Facts::tr("Copy or download it again."), Place::inFile(name));
}

/** The bytes of the stream @p packed. */
Result<QByteArray> unpackPayload(QByteArrayView packed, const Payload& payload, const QString& name, QString& codec)
{
    const auto stated = littleEndianAt<quint32>(packed, packed.size() - 4);
    const bool isGzip = hasMagic(packed, 0, "\x1f\x8b"); // whose own last bytes those are
    const QByteArrayView stream = payload.hasSize && !isGzip ? packed.chopped(std::min<qsizetype>(4, packed.size()))
                                                             : packed;
    UnpackedBytes inside = unpackBytes(stream, MostKernelBytes);
    codec = inside.codec;
    if (inside.codec.isEmpty()) {
        return packed.toByteArray(); // not compressed
    }
    if (inside.bytes.isEmpty() && !inside.isWhole) {
        return fail(Error::Code::Unsupported,
                    Facts::tr("The kernel %1 is compressed with %2 and cannot be decompressed.").arg(name, codec),
                    Facts::tr("Use a kernel that is compressed in another way."), Place::inFile(name));
    }
    if (inside.bytes.size() >= MostKernelBytes) {
        return damaged(name, Facts::tr("it has no end."));
    }
    // A payload may be made up with zeros behind the stream; what is inside has the size that is told.
    if (payload.hasSize ? inside.bytes.size() != stated : !inside.isWhole) {
        return damaged(name, Facts::tr("what is compressed in it is not complete."));
    }
    return std::move(inside.bytes);
}

/** A program or section header of an ELF file, as far as notes need it. */
struct NotePlace {
    quint64 offset = 0;
    quint64 size = 0;
};

class ElfNotes
{
public:
    explicit ElfNotes(const QByteArray& elf) : m_elf(elf), m_is64(littleEndianAt<quint8>(elf, 4) == 2) { }

    [[nodiscard]] QList<NotePlace> places() const
    {
        constexpr quint32 NoteSegment = 4;
        constexpr quint32 NoteSection = 7;
        QList<NotePlace> found = table(m_is64 ? 32 : 28, m_is64 ? 54 : 42, 0, NoteSegment, m_is64 ? 8 : 4,
                                       m_is64 ? 32 : 16);
        return found.isEmpty()
            ? table(m_is64 ? 40 : 32, m_is64 ? 58 : 46, 4, NoteSection, m_is64 ? 24 : 16, m_is64 ? 32 : 20)
            : found;
    }

    [[nodiscard]] XenNotes read(const NotePlace& place) const
    {
        constexpr quint32 Entry = 1;
        constexpr quint32 Phys32Entry = 18;
        constexpr quint64 Header = 12;
        XenNotes notes;
        const auto end = std::min(place.offset + place.size, static_cast<quint64>(m_elf.size()));
        for (quint64 at = place.offset; at < end && Header <= end - at;) {
            const quint64 nameSize = word(at);
            const quint64 contentSize = word(at + 4);
            const auto type = static_cast<quint32>(word(at + 8));
            if (nameSize == 4 && hasMagic(m_elf, static_cast<qsizetype>(at + Header), QByteArrayView("Xen\0", 4))) {
                notes.pv = notes.pv || type == Entry;
                notes.pvh = notes.pvh || type == Phys32Entry;
            }
            at += Header + padded(nameSize) + padded(contentSize);
        }
        return notes;
    }

private:
    static quint64 padded(quint64 size) { return (size + 3) / 4 * 4; }

    [[nodiscard]] quint64 word(quint64 at) const { return littleEndianAt<quint32>(m_elf, static_cast<qsizetype>(at)); }
    [[nodiscard]] quint64 address(quint64 at) const
    {
        return m_is64 ? littleEndianAt<quint64>(m_elf, static_cast<qsizetype>(at)) : word(at);
    }

    /** The notes in the table whose place stands at @p tableAt and the size of whose entries, with their count behind, at @p entryAt. */
    [[nodiscard]] QList<NotePlace> table(qsizetype tableAt, qsizetype entryAt, quint64 typeAt, quint32 type,
                                         quint64 offsetAt, quint64 sizeAt) const
    {
        constexpr quint16 Most = 256;
        const auto size = static_cast<quint64>(m_elf.size());
        const quint64 start = address(static_cast<quint64>(tableAt));
        const auto entry = littleEndianAt<quint16>(m_elf, entryAt);
        const auto count = std::min(littleEndianAt<quint16>(m_elf, entryAt + 2), Most);
        QList<NotePlace> found;
        for (quint64 i = 0; i < count && start < size; ++i) {
            const quint64 at = start + i * entry;
            if (at >= size || word(at + typeAt) != type) {
                continue;
            }
            const NotePlace place{address(at + offsetAt), address(at + sizeAt)};
            if (place.offset < size && place.size <= size - place.offset) {
                found.append(place);
            }
        }
        return found;
    }

    const QByteArray& m_elf;
    bool m_is64;
};

/** The configuration that a kernel carries: gzip between two marks (Linux kernel/configs.c). */
KernelConfig ownConfig(const QByteArray& plain)
{
    constexpr QByteArrayView Start("IKCFG_ST");
    constexpr qsizetype Most = 1024 * 1024; // bytes of the text
    const qsizetype start = plain.indexOf(QByteArrayView("IKCFG_ST\x1f\x8b", 10));
    const qsizetype end = start < 0 ? -1 : plain.indexOf("IKCFG_ED", start);
    if (end < 0) {
        return {};
    }
    const qsizetype from = start + Start.size();
    const QByteArray text = unpackBytes(QByteArrayView(plain).sliced(from, end - from), Most).bytes;
    return text.contains("CONFIG_") ? parseKernelConfig(text) : KernelConfig();
}

/** The version in "Linux version 6.12.41 (...", which begins what the kernel prints (Linux init/version.c). */
QString bannerVersion(const QByteArray& plain)
{
    constexpr QByteArrayView Mark("Linux version ");
    constexpr qsizetype Most = 128;
    const auto isPlain = [](char c) { return c > ' ' && c < '\x7f'; };
    for (qsizetype at = plain.indexOf(Mark); at >= 0; at = plain.indexOf(Mark, at + 1)) {
        const QByteArray text = plain.mid(at + Mark.size(), Most);
        const auto end = std::ranges::find_if_not(text, isPlain);
        if (end != text.begin() && end != text.end() && *text.begin() >= '0' && *text.begin() <= '9') {
            return QString::fromLatin1(QByteArrayView(text.begin(), end)); // the other is a format
        }
    }
    return {};
}

} // namespace

KernelConfig parseKernelConfig(const QByteArray& text)
{
    QHash<QByteArray, QByteArray> settings;
    for (const QByteArray& line : text.split('\n')) {
        if (const qsizetype equals = line.indexOf('='); equals > 0 && line.startsWith("CONFIG_")) {
            settings.insert(line.first(equals), line.sliced(equals + 1).trimmed());
        }
    }
    const auto setting = [&settings](const char* name) {
        const QByteArray value = settings.value(name);
        return value == "y" ? KernelConfig::Setting::BuiltIn
            : value == "m"  ? KernelConfig::Setting::Module
                            : KernelConfig::Setting::Absent;
    };
    return {.xen = setting("CONFIG_XEN"),
            .pv = setting("CONFIG_XEN_PV"),
            .pvh = setting("CONFIG_XEN_PVH"),
            .blockFrontend = setting("CONFIG_XEN_BLKDEV_FRONTEND"),
            .ext4 = setting("CONFIG_EXT4_FS"),
            .console = setting("CONFIG_HVC_XEN")};
}

XenNotes xenNotesOf(const QByteArray& elf)
{
    XenNotes notes;
    if (!hasMagic(elf, 0, QByteArrayView("\177ELF", 4))) {
        return notes;
    }
    const ElfNotes reader(elf);
    for (const NotePlace& place : reader.places()) {
        const XenNotes found = reader.read(place);
        notes.pv = notes.pv || found.pv;
        notes.pvh = notes.pvh || found.pvh;
    }
    if (!notes.pv && !notes.pvh) {
        notes.pv = elf.contains("GUEST_OS=") && elf.contains("XEN_VER=");
    }
    return notes;
}

Result<PlainKernel> unwrapKernel(const QByteArray& file, const QString& name)
{
    const auto image = inspectKernel(file);
    if (!image || image->format == Format::Fit) {
        return fail(Error::Code::Unsupported, Facts::tr("%1 holds no kernel that can be taken out.").arg(name),
                    Facts::tr("Use the bzImage (x86), Image (arm64) or zImage (arm) of the same kernel."),
                    Place::inFile(name));
    }
    const Payload payload = payloadOf(file, image->format);
    if (payload.size == 0 && !image->loadable) {
        return damaged(name, Facts::tr("there is nothing in it."));
    }
    if (payload.size == 0) {
        return PlainKernel{file, *image, {}};
    }
    if (payload.offset > file.size() || payload.size > file.size() - payload.offset) {
        return damaged(name, Facts::tr("the file ends before the kernel in it does."));
    }
    PlainKernel plain;
    auto bytes = unpackPayload(QByteArrayView(file).sliced(payload.offset, payload.size), payload, name, plain.codec);
    if (!bytes) {
        return std::unexpected(bytes.error());
    }
    plain.bytes = *std::move(bytes);
    const auto inside = inspectKernel(plain.bytes);
    if (!inside || inside->format == image->format) {
        return damaged(name, Facts::tr("what is packed in it is no kernel."));
    }
    plain.image = *inside;
    if (plain.image.version.isEmpty()) {
        plain.image.version = image->version;
    }
    return plain;
}

KernelFacts kernelFactsOf(const QByteArray& file)
{
    const auto plain = unwrapKernel(file, {});
    if (!plain) {
        return {};
    }
    KernelFacts facts;
    facts.config = ownConfig(plain->bytes);
    facts.version = bannerVersion(plain->bytes);
    if (plain->image.format == Format::ElfX86) {
        facts.notes = xenNotesOf(plain->bytes);
    }
    return facts;
}

bool loadsAnywhere(const QByteArray& file, const KernelImage& image)
{
    if (!image.loadable || image.format != Format::BzImage) {
        return image.loadable;
    }
    const Payload payload = payloadOf(file, image.format);
    return !hasMagic(file, payload.offset, "\x28\xb5\x2f\xfd");
}

} // namespace Stowage

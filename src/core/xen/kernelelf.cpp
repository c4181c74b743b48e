// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "kernelelf.h"

#include <QByteArrayView>
#include <QtEndian>

#include <algorithm>

namespace Stowage
{

namespace
{

/** One program header (ELF gABI, "Program Header"). */
struct Segment {
    quint32 type = 0;
    quint64 offset = 0;
    quint64 virtualAddress = 0;
    quint64 physicalAddress = 0;
    quint64 fileSize = 0;
};

/** Reads numbers of one ELF file; outside of the bytes at hand everything is 0. */
class ElfHead
{
public:
    explicit ElfHead(const QByteArray& head) : m_head(head), m_is64(head.size() > ClassByte && head[ClassByte] == 2) { }

    [[nodiscard]] bool is64() const { return m_is64; }
    [[nodiscard]] bool isExecutable() const { return number<quint16>(16) == 2; }
    [[nodiscard]] quint16 machine() const { return number<quint16>(18); }
    [[nodiscard]] int segmentCount() const { return std::min<int>(number<quint16>(m_is64 ? 56 : 44), MaximumSegments); }
    [[nodiscard]] Segment segment(int index) const;
    /** The bytes of @p segment, as far as they are at hand. */
    [[nodiscard]] QByteArrayView content(const Segment& segment) const;

    template<typename T>
    [[nodiscard]] T number(quint64 offset) const
    {
        const auto size = static_cast<quint64>(m_head.size());
        return size >= sizeof(T) && offset <= size - sizeof(T) ? qFromLittleEndian<T>(m_head.constData() + offset)
                                                               : T{};
    }

private:
    static constexpr qsizetype ClassByte = 4;
    static constexpr int MaximumSegments = 64;

    const QByteArray& m_head;
    bool m_is64;
};

Segment ElfHead::segment(int index) const
{
    const quint64 table = m_is64 ? number<quint64>(32) : number<quint32>(28);
    const quint64 at = table + static_cast<quint64>(index) * number<quint16>(m_is64 ? 54 : 42);
    Segment result;
    result.type = number<quint32>(at);
    if (m_is64) {
        result.offset = number<quint64>(at + 8);
        result.virtualAddress = number<quint64>(at + 16);
        result.physicalAddress = number<quint64>(at + 24);
        result.fileSize = number<quint64>(at + 32);
    } else {
        result.offset = number<quint32>(at + 4);
        result.virtualAddress = number<quint32>(at + 8);
        result.physicalAddress = number<quint32>(at + 12);
        result.fileSize = number<quint32>(at + 16);
    }
    return result;
}

QByteArrayView ElfHead::content(const Segment& segment) const
{
    const auto size = static_cast<quint64>(m_head.size());
    if (segment.offset >= size) {
        return {};
    }
    const quint64 length = std::min(segment.fileSize, size - segment.offset);
    return QByteArrayView(m_head).sliced(static_cast<qsizetype>(segment.offset), static_cast<qsizetype>(length));
}

QString linuxVersion(const QByteArray& head)
{
    constexpr QByteArrayView mark("Linux version ");
    const qsizetype at = head.indexOf(mark);
    if (at < 0) {
        return {};
    }
    const auto begin = head.cbegin() + at + mark.size();
    const auto end = std::find_if_not(begin, head.cend(), [](char c) { return c > ' ' && c < '\x7f'; });
    return QString::fromLatin1(QByteArrayView(begin, end));
}

} // namespace

std::optional<KernelImage> inspectElfKernel(const QByteArray& head)
{
    constexpr quint16 machineI386 = 3;
    constexpr quint16 machineX86_64 = 62;
    constexpr quint32 loadSegment = 1;
    constexpr quint32 interpreterSegment = 3;
    constexpr quint32 noteSegment = 4;
    constexpr QByteArrayView xenNoteName("Xen\0", 4);
    const ElfHead elf(head);
    const quint16 machine = elf.machine();
    if (!head.startsWith("\x7f"
                         "ELF")
        || !elf.isExecutable() || (machine != machineI386 && machine != machineX86_64)) {
        return std::nullopt;
    }
    bool xenNotes = false;
    bool movedSegments = false;
    for (int i = 0; i < elf.segmentCount(); ++i) {
        const Segment segment = elf.segment(i);
        if (segment.type == interpreterSegment) {
            return std::nullopt;
        }
        xenNotes = xenNotes || (segment.type == noteSegment && elf.content(segment).contains(xenNoteName));
        movedSegments = movedSegments
            || (segment.type == loadSegment && segment.physicalAddress != segment.virtualAddress);
    }
    if (!xenNotes && !movedSegments) {
        return std::nullopt;
    }
    KernelImage image;
    image.format = KernelImage::Format::ElfX86;
    image.architecture = machine == machineX86_64 ? Architecture::X86_64 : Architecture::X86_32;
    image.version = linuxVersion(head);
    return image;
}

} // namespace Stowage

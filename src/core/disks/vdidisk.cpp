// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/disks/diskformats.h"
#include "core/disks/mappeddisk.h"

#include <QCoreApplication>

#include <algorithm>
#include <bit>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct VdiText {
    Q_DECLARE_TR_FUNCTIONS(VdiDisk)
};

// Little-endian. Source: the header structures of VirtualBox (VDICore.h), which has no other specification.
constexpr qsizetype HeadBytes = 0x1c8;
constexpr qsizetype VersionAt = 0x44;
constexpr qsizetype TypeAt = 0x4c;
constexpr qsizetype MapAt = 0x154;
constexpr qsizetype DataAt = 0x158;
constexpr qsizetype SectorSizeAt = 0x168;
constexpr qsizetype DiskSizeAt = 0x170;
constexpr qsizetype BlockSizeAt = 0x178;
constexpr qsizetype BlockExtraAt = 0x17c;
constexpr qsizetype BlocksAt = 0x180;
constexpr qsizetype ParentAt = 0x1a8; // two UUIDs: of the disk that this one was made from, and of its last change
constexpr quint32 FirstNoBlock = 0xfffffffe; // the last two numbers: a block of zeros, a block that never was

/** Where things lie in a VDI file, in bytes. */
struct Geometry {
    qint64 map = 0;
    qint64 data = 0;
    qint64 blockBytes = 0;
};

class VdiDisk final : public MappedDisk
{
public:
    VdiDisk(DiskFile file, const Geometry& geometry, qint64 size)
        : MappedDisk(size),
          m_file(std::move(file)),
          m_geometry(geometry)
    { }

protected:
    Result<DiskRun> runAt(qint64 position) override
    {
        const auto entry = m_map.little<quint32>(m_file, m_geometry.map + position / m_geometry.blockBytes * 4);
        return entry.transform([&](quint32 block) {
            const qint64 inside = position % m_geometry.blockBytes;
            DiskRun run{.size = m_geometry.blockBytes - inside};
            if (block < FirstNoBlock) {
                run.kind = DiskRun::Kind::Stored;
                run.file = &m_file;
                run.offset = m_geometry.data + block * m_geometry.blockBytes + inside;
            }
            return run;
        });
    }

private:
    DiskFile m_file;
    Geometry m_geometry;
    TableWindow m_map;
};

/** Checks @p head, the header of @p file. */
Result<Geometry> readGeometry(const QByteArray& head, const DiskFile& file)
{
    constexpr quint32 MostBlockBytes = 1 << 30;
    const auto blockBytes = littleEndianAt<quint32>(head, BlockSizeAt);
    if (!std::has_single_bit(blockBytes) || blockBytes < DiskSector || blockBytes > MostBlockBytes
        || littleEndianAt<quint32>(head, BlockExtraAt) != 0) {
        return file.broken(VdiText::tr("blocks of %1 bytes are not possible").arg(blockBytes));
    }
    if (const auto sector = littleEndianAt<quint32>(head, SectorSizeAt); sector != DiskSector) {
        return file.broken(VdiText::tr("sectors of %1 bytes are not possible").arg(sector));
    }
    const auto blocks = littleEndianAt<quint32>(head, BlocksAt);
    const auto size = littleEndianAt<quint64>(head, DiskSizeAt);
    if (size / blockBytes + (size % blockBytes != 0 ? 1 : 0) > blocks) {
        return file.broken(
            VdiText::tr("its table of %1 blocks does not cover a disk of %2 bytes").arg(blocks).arg(size));
    }
    const auto map = littleEndianAt<quint32>(head, MapAt);
    const auto data = littleEndianAt<quint32>(head, DataAt);
    if (map < HeadBytes || !file.holds(map, quint64{blocks} * 4)) {
        return file.broken(VdiText::tr("its table of blocks is not in the file"));
    }
    if (data < map + quint64{blocks} * 4) {
        return file.broken(VdiText::tr("its data overlap its table of blocks"));
    }
    return Geometry{.map = map, .data = data, .blockBytes = blockBytes};
}

} // namespace

Result<OpenedDisk> openVdiDisk(DiskFile file, const std::stop_token& /*stop*/)
{
    enum Type : quint32 { Dynamic = 1, Static = 2 };
    const auto head = file.bytes(0, HeadBytes);
    if (!head) {
        return std::unexpected(head.error());
    }
    if (const auto version = littleEndianAt<quint32>(*head, VersionAt); version >> 16 != 1) {
        return file.refused(
            VdiText::tr("of version %1.%2, which is not known").arg(version >> 16).arg(version & 0xffff));
    }
    const auto type = littleEndianAt<quint32>(*head, TypeAt);
    const QByteArrayView parents = QByteArrayView(*head).sliced(ParentAt, 32);
    if ((type != Dynamic && type != Static) || std::ranges::any_of(parents, [](char c) { return c != 0; })) {
        return file.refused(VdiText::tr("that only holds the differences to another disk"),
                            VdiText::tr("Merge both with \"VBoxManage clonemedium\" and use the result."));
    }
    const auto size = file.diskSize(littleEndianAt<quint64>(*head, DiskSizeAt));
    const auto geometry = size ? readGeometry(*head, file) : std::unexpected(size.error());
    return geometry.transform([&](const Geometry& found) {
        return OpenedDisk{.reader = std::make_unique<VdiDisk>(std::move(file), found, *size),
                          .variant = type == Static ? u"fixed"_s : u"dynamic"_s};
    });
}

} // namespace Stowage

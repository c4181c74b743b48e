// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "vhdxheader.h"

#include "core/sources/guid.h"
#include "core/support/units.h"

#include <QCoreApplication>

#include <ext2fs/ext2fs.h>

#include <algorithm>
#include <bit>
#include <optional>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct VhdxText {
    Q_DECLARE_TR_FUNCTIONS(VhdxDisk)
};

// Little-endian; sections of [MS-VHDX] in brackets.
constexpr qint64 HeaderBytes = 4 * KiB; // [2.2.2]
constexpr qint64 TableBytes = 64 * KiB; // of regions [2.2.3] and of metadata [2.6]
constexpr qsizetype EntriesAt = 16; // of regions
constexpr qsizetype ItemsAt = 32; // of metadata
constexpr qsizetype EntryBytes = 32;
constexpr quint32 MostEntries = 2047;

constexpr QUuid BlockTable(0x2dc27766, 0xf623, 0x4200, 0x9d, 0x64, 0x11, 0x5e, 0x9b, 0xfd, 0x4a, 0x08);
constexpr QUuid Metadata(0x8b7ca206, 0x4790, 0x4b9a, 0xb8, 0xfe, 0x57, 0x5f, 0x05, 0x0f, 0x88, 0x6e);
constexpr QUuid FileParameters(0xcaa16737, 0xfa36, 0x4d43, 0xb3, 0xb6, 0x33, 0xf0, 0xaa, 0x44, 0xe7, 0x6b);
constexpr QUuid DiskSize(0x2fa54224, 0xcd1b, 0x4876, 0xb2, 0x11, 0x5d, 0xbe, 0xd8, 0x3b, 0xf4, 0xb8);
constexpr QUuid LogicalSector(0x8141bf1d, 0xa96f, 0x4709, 0xba, 0x47, 0xf2, 0x33, 0xa8, 0xfa, 0xab, 0x5f);
constexpr QUuid PhysicalSector(0xcda348c7, 0x445d, 0x4471, 0x9c, 0xc9, 0xe9, 0x88, 0x52, 0x51, 0xc5, 0x56);
constexpr QUuid DiskIdentifier(0xbeca12ab, 0xb2e6, 0x4523, 0x93, 0xef, 0xc3, 0x09, 0xe0, 0x00, 0xc7, 0x46);
constexpr QUuid ParentLocator(0xa8d35f2d, 0xb30b, 0x454d, 0xab, 0xf7, 0xd3, 0xd8, 0x48, 0x34, 0xab, 0x0c);

/** Whether the CRC-32C at byte 4 of @p bytes, made with zeros in its place, is right. */
bool hasGoodSum(QByteArray bytes)
{
    const auto sum = littleEndianAt<quint32>(bytes, 4);
    std::fill_n(bytes.begin() + 4, 4, '\0');
    return ~ext2fs_crc32c_le(~0U, reinterpret_cast<const unsigned char*>(bytes.constData()), // NOLINT
                             static_cast<size_t>(bytes.size()))
        == sum;
}

/** A part of the file. */
struct Region {
    quint64 offset = 0;
    quint64 length = 0;
};

/** Checks one file. */
class Reader
{
public:
    explicit Reader(const DiskFile& file) : m_file(file) { }

    Result<VhdxHeader> read()
    {
        for (const auto step : {&Reader::readHeaders, &Reader::readRegions, &Reader::readItems, &Reader::checkTable}) {
            if (auto done = (this->*step)(); !done) {
                return std::unexpected(done.error());
            }
        }
        return m_header;
    }

private:
    /** The structure of @p length bytes at @p offset if it has the signature @p magic and a good checksum. */
    [[nodiscard]] Result<std::optional<QByteArray>> structure(qint64 offset, qint64 length, QByteArrayView magic) const
    {
        return m_file.bytes(offset, length).transform([magic](const QByteArray& bytes) {
            return bytes.startsWith(magic) && hasGoodSum(bytes) ? std::optional(bytes) : std::nullopt;
        });
    }

    /** Two headers take turns: the good one with the larger number counts. */
    Result<void> readHeaders()
    {
        std::optional<QByteArray> current;
        for (const qint64 offset : {64 * KiB, 128 * KiB}) {
            const auto header = structure(offset, HeaderBytes, "head");
            if (!header) {
                return std::unexpected(header.error());
            }
            if (*header && (!current || littleEndianAt<quint64>(**header, 8) > littleEndianAt<quint64>(*current, 8))) {
                current = *header;
            }
        }
        if (!current) {
            return m_file.broken(VhdxText::tr("both its headers are damaged"));
        }
        if (const auto version = littleEndianAt<quint16>(*current, 66); version != 1) {
            return m_file.refused(VhdxText::tr("of version %1, which is not known").arg(version));
        }
        if (!guidAt(*current, 48).isNull()) {
            return m_file.refused(VhdxText::tr("that was not closed: its log holds changes that have yet to be made"),
                                  VhdxText::tr("Attach and detach a copy of it in Windows, or repair that with "
                                               "\"qemu-img check -r all\"."));
        }
        return {};
    }

    Result<void> readRegions()
    {
        std::optional<QByteArray> table;
        for (const qint64 offset : {192 * KiB, 256 * KiB}) {
            const auto copy = structure(offset, TableBytes, "regi");
            if (!copy) {
                return std::unexpected(copy.error());
            }
            table = table ? table : *copy;
        }
        if (!table) {
            return m_file.broken(VhdxText::tr("both its tables of regions are damaged"));
        }
        const auto count = littleEndianAt<quint32>(*table, 8);
        if (count > MostEntries) {
            return m_file.broken(VhdxText::tr("its table of regions is damaged"));
        }
        for (qsizetype at = EntriesAt; at < EntriesAt + count * EntryBytes; at += EntryBytes) {
            const Region region{littleEndianAt<quint64>(*table, at + 16), littleEndianAt<quint32>(*table, at + 24)};
            const QUuid uuid = guidAt(*table, at);
            if (uuid == BlockTable) {
                m_table = region;
            } else if (uuid == Metadata) {
                m_metadata = region;
            } else if ((littleEndianAt<quint32>(*table, at + 28) & 1) != 0) {
                return m_file.refused(VhdxText::tr("with a region that is not known, %1").arg(uuid.toString()));
            }
        }
        if (m_table.length == 0 || !m_file.holds(m_table.offset, m_table.length)) {
            return m_file.broken(VhdxText::tr("its table of blocks is not in the file"));
        }
        if (m_metadata.length < TableBytes || !m_file.holds(m_metadata.offset, m_metadata.length)) {
            return m_file.broken(VhdxText::tr("its metadata are not in the file"));
        }
        return {};
    }

    Result<void> readItems()
    {
        const auto table = m_file.bytes(static_cast<qint64>(m_metadata.offset), TableBytes);
        if (!table) {
            return std::unexpected(table.error());
        }
        const quint32 count = littleEndianAt<quint16>(*table, 10);
        if (!table->startsWith("metadata") || count > MostEntries) {
            return m_file.broken(VhdxText::tr("its metadata are damaged"));
        }
        for (qsizetype at = ItemsAt; at < ItemsAt + count * EntryBytes; at += EntryBytes) {
            if (auto taken = takeItem(*table, at); !taken) {
                return taken;
            }
        }
        return {};
    }

    Result<void> takeItem(const QByteArray& table, qsizetype at)
    {
        constexpr quint32 RequiredFlag = 4;
        const QUuid uuid = guidAt(table, at);
        const auto offset = littleEndianAt<quint32>(table, at + 16);
        const auto length = littleEndianAt<quint32>(table, at + 20);
        const bool isNumber = uuid == FileParameters || uuid == DiskSize || uuid == LogicalSector;
        if (!isNumber) {
            const bool isRequired = (littleEndianAt<quint32>(table, at + 24) & RequiredFlag) != 0;
            const bool isKnown = uuid == PhysicalSector || uuid == DiskIdentifier || uuid == ParentLocator;
            return isRequired && !isKnown
                ? m_file.refused(VhdxText::tr("with metadata that are not known, %1").arg(uuid.toString()))
                : Result<void>();
        }
        const quint32 needed = uuid == LogicalSector ? 4 : 8;
        if (length < needed || offset > m_metadata.length - needed) {
            return m_file.broken(VhdxText::tr("its metadata are damaged"));
        }
        const auto bytes = m_file.bytes(static_cast<qint64>(m_metadata.offset + offset), needed);
        if (!bytes) {
            return std::unexpected(bytes.error());
        }
        if (uuid == FileParameters) {
            m_header.blockBytes = littleEndianAt<quint32>(*bytes, 0);
            m_flags = littleEndianAt<quint32>(*bytes, 4);
        } else if (uuid == DiskSize) {
            m_diskBytes = littleEndianAt<quint64>(*bytes, 0);
        } else {
            m_sectorBytes = littleEndianAt<quint32>(*bytes, 0);
        }
        return {};
    }

    Result<void> checkTable()
    {
        constexpr quint32 FixedFlag = 1;
        constexpr quint32 ParentFlag = 2;
        if ((m_flags & ParentFlag) != 0) {
            return m_file.refused(VhdxText::tr("that only holds the differences to another disk"),
                                  VhdxText::tr("Merge both where they were made, and use the result."));
        }
        m_header.isFixed = (m_flags & FixedFlag) != 0;
        if (m_sectorBytes != 512 && m_sectorBytes != 4096) {
            return m_file.broken(VhdxText::tr("sectors of %1 bytes are not possible").arg(m_sectorBytes));
        }
        const auto blockBytes = static_cast<quint64>(m_header.blockBytes);
        if (!std::has_single_bit(blockBytes) || blockBytes < MiB || blockBytes > 256 * MiB) {
            return m_file.broken(VhdxText::tr("blocks of %1 bytes are not possible").arg(blockBytes));
        }
        const auto size = m_file.diskSize(m_diskBytes);
        if (!size) {
            return std::unexpected(size.error());
        }
        m_header.size = *size;
        m_header.blocksPerBitmap = static_cast<qint64>(quint64{m_sectorBytes} * 8 * MiB / blockBytes);
        const quint64 blocks = (m_diskBytes + blockBytes - 1) / blockBytes;
        const quint64 entries = blocks + (blocks - 1) / static_cast<quint64>(m_header.blocksPerBitmap);
        if (entries > m_table.length / 8) {
            return m_file.broken(VhdxText::tr("its table of %1 entries does not cover a disk of %2 bytes")
                                     .arg(m_table.length / 8)
                                     .arg(m_diskBytes));
        }
        m_header.table = static_cast<qint64>(m_table.offset);
        return {};
    }

    const DiskFile& m_file;
    VhdxHeader m_header;
    Region m_table;
    Region m_metadata;
    quint64 m_diskBytes = 0;
    quint32 m_sectorBytes = 0;
    quint32 m_flags = 0;
};

} // namespace

Result<VhdxHeader> readVhdxHeader(const DiskFile& file)
{
    return Reader(file).read();
}

} // namespace Stowage

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

struct VhdText {
    Q_DECLARE_TR_FUNCTIONS(VhdDisk)
};

// Big-endian. Source: Microsoft, Virtual Hard Disk Image Format Specification 1.0.
constexpr qint64 FooterBytes = 512;
constexpr qint64 HeaderBytes = 1024; // of a dynamic disk
constexpr quint32 NoBlock = 0xffffffff;
enum Type : quint32 { Fixed = 2, Dynamic = 3, Differencing = 4 };

/** Whether the sum at @p at, the complement of that of all other bytes of @p bytes, is right. */
bool hasGoodSum(const QByteArray& bytes, qsizetype at)
{
    quint32 sum = 0;
    for (qsizetype i = 0; i < bytes.size(); ++i) {
        sum += i < at || i >= at + 4 ? static_cast<quint8>(bytes[i]) : 0;
    }
    return ~sum == bigEndianAt<quint32>(bytes, at);
}

/** What a footer, which a dynamic disk begins with, too, says. */
struct Footer {
    quint32 type = 0;
    qint64 size = 0; ///< Bytes of the disk.
    quint64 header = 0; ///< Dynamic: where the header lies.
};

Result<Footer> readFooter(const DiskFile& file, qint64 at)
{
    const auto bytes = file.bytes(at, FooterBytes);
    if (!bytes) {
        return std::unexpected(bytes.error());
    }
    if (!bytes->startsWith("conectix") || !hasGoodSum(*bytes, 64)) {
        return file.broken(VhdText::tr("the checksum of its footer is wrong"));
    }
    if (const auto version = bigEndianAt<quint32>(*bytes, 12); version >> 16 != 1) {
        return file.refused(
            VhdText::tr("of version %1.%2, which is not known").arg(version >> 16).arg(version & 0xffff));
    }
    return file.diskSize(bigEndianAt<quint64>(*bytes, 48)).transform([&bytes](qint64 size) {
        return Footer{.type = bigEndianAt<quint32>(*bytes, 60),
                      .size = size,
                      .header = bigEndianAt<quint64>(*bytes, 16)};
    });
}

/** A disk whose blocks a table tells. Each block has a bitmap of the sectors that were written before it, all others are zeros. */
class VhdDisk final : public MappedDisk
{
public:
    VhdDisk(DiskFile file, qint64 table, qint64 blockBytes, qint64 size)
        : MappedDisk(size),
          m_file(std::move(file)),
          m_table(table),
          m_blockBytes(blockBytes),
          m_bitmapBytes((blockBytes / DiskSector / 8 + DiskSector - 1) / DiskSector * DiskSector)
    { }

protected:
    Result<DiskRun> runAt(qint64 position) override
    {
        const auto entry = m_window.big<quint32>(m_file, m_table + position / m_blockBytes * 4);
        return entry.transform([&](quint32 sector) {
            const qint64 inside = position % m_blockBytes;
            DiskRun run{.size = m_blockBytes - inside};
            if (sector != NoBlock) {
                run.kind = DiskRun::Kind::Stored;
                run.file = &m_file;
                run.offset = sector * DiskSector + m_bitmapBytes + inside;
            }
            return run;
        });
    }

private:
    DiskFile m_file;
    qint64 m_table; ///< Byte in the file.
    qint64 m_blockBytes;
    qint64 m_bitmapBytes;
    TableWindow m_window;
};

/** The disk that the one with the header @p header holds the differences to, as that names it. */
QString parentName(const QByteArray& header)
{
    QString name;
    for (qsizetype at = 64; at < 64 + 512; at += 2) {
        const QChar letter(bigEndianAt<quint16>(header, at));
        name += letter.isPrint() || letter.isSurrogate() ? QString(letter) : QString();
    }
    return name;
}

Result<OpenedDisk> openDynamic(DiskFile file, const Footer& footer)
{
    if (!file.holds(footer.header, HeaderBytes)) {
        return file.broken(VhdText::tr("its header is not in the file"));
    }
    const auto header = file.bytes(static_cast<qint64>(footer.header), HeaderBytes);
    if (!header) {
        return std::unexpected(header.error());
    }
    if (!header->startsWith("cxsparse") || !hasGoodSum(*header, 36)) {
        return file.broken(VhdText::tr("the checksum of its header is wrong"));
    }
    if (footer.type == Differencing) {
        return file.refused(
            VhdText::tr("that only holds the differences to another disk, \"%1\"").arg(parentName(*header)),
            VhdText::tr("Merge both where they were made, and use the result."));
    }
    constexpr quint32 MostBlockBytes = 1 << 30;
    const auto blockBytes = bigEndianAt<quint32>(*header, 32);
    if (!std::has_single_bit(blockBytes) || blockBytes < DiskSector || blockBytes > MostBlockBytes) {
        return file.broken(VhdText::tr("blocks of %1 bytes are not possible").arg(blockBytes));
    }
    const auto blocks = bigEndianAt<quint32>(*header, 28);
    const qint64 needed = (footer.size + blockBytes - 1) / blockBytes;
    if (blocks < needed) {
        return file.broken(
            VhdText::tr("its table of %1 blocks does not cover a disk of %2 bytes").arg(blocks).arg(footer.size));
    }
    const auto table = bigEndianAt<quint64>(*header, 16);
    if (!file.holds(table, static_cast<quint64>(needed) * 4)) {
        return file.broken(VhdText::tr("its table of blocks is not in the file"));
    }
    return OpenedDisk{.reader = std::make_unique<VhdDisk>(std::move(file), static_cast<qint64>(table), blockBytes,
                                                          footer.size),
                      .variant = u"dynamic"_s};
}

} // namespace

Result<OpenedDisk> openVhdDisk(DiskFile file, const std::stop_token& /*stop*/)
{
    const auto head = file.bytes(0, std::min<qint64>(file.size(), 8));
    if (!head) {
        return std::unexpected(head.error());
    }
    if (*head == "conectix") {
        return readFooter(file, 0).and_then([&file](const Footer& footer) -> Result<OpenedDisk> {
            if (footer.type != Dynamic && footer.type != Differencing) {
                return file.broken(VhdText::tr("it begins like a dynamic disk, but is of type %1").arg(footer.type));
            }
            return openDynamic(std::move(file), footer);
        });
    }
    // A disk of fixed size is known by its end alone, and begins with its first sector.
    const qint64 data = file.size() - FooterBytes;
    return readFooter(file, data).and_then([&](const Footer& footer) -> Result<OpenedDisk> {
        if (footer.type != Fixed) {
            return file.broken(VhdText::tr("it ends like a disk of type %1, but does not begin so").arg(footer.type));
        }
        if (footer.size > data) {
            return file.cutOff();
        }
        return OpenedDisk{.reader = std::make_unique<FlatDisk>(std::move(file), footer.size), .variant = u"fixed"_s};
    });
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "fatimage.h"

#include "core/support/units.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QtEndian>

#include <algorithm>
#include <array>

namespace Stowage
{

namespace
{

constexpr qint64 SectorBytes = 512; // a cluster, too
constexpr qint64 EntryBytes = 32;
constexpr qint64 RootEntries = 64;
constexpr qint64 RootSectors = RootEntries * EntryBytes / SectorBytes;
constexpr qint64 FatCount = 2;
constexpr qint64 FatSectors = 12; // for the clusters of FAT12 at most: 4084, each with 12 bits
constexpr qint64 FirstData = 1 + FatCount * FatSectors + RootSectors;
constexpr quint8 FixedDisk = 0xF8;
constexpr quint32 EndOfFile = 0xFFF;
constexpr quint16 FirstDay = 0x21; // 1 January 1980

void put16(QByteArray& bytes, qint64 at, quint16 value)
{
    qToLittleEndian(value, bytes.data() + at);
}

void put32(QByteArray& bytes, qint64 at, quint32 value)
{
    qToLittleEndian(value, bytes.data() + at);
}

void putText(QByteArray& bytes, qint64 at, const QByteArray& text)
{
    std::ranges::copy(text, bytes.begin() + at);
}

/** Sets the entry of @p cluster in the table of allocation that begins at @p table: 12 bits, two in three bytes. */
void setCluster(QByteArray& bytes, qint64 table, qint64 cluster, quint32 value)
{
    const qint64 at = table + cluster + cluster / 2;
    const auto before = qFromLittleEndian<quint16>(bytes.constData() + at);
    const bool odd = cluster % 2 != 0;
    put16(bytes, at, static_cast<quint16>(odd ? (before & 0x000FU) | (value << 4U) : (before & 0xF000U) | value));
}

QByteArray bootSector(const QByteArray& label, qint64 sectors, quint32 serial)
{
    QByteArray sector(SectorBytes, '\0');
    putText(sector, 0, QByteArray("\xEB\x3C\x90", 3) + "STOWAGE ");
    put16(sector, 11, SectorBytes);
    sector[13] = 1; // sectors of a cluster
    put16(sector, 14, 1); // reserved sectors: this one
    sector[16] = static_cast<char>(FatCount);
    put16(sector, 17, RootEntries);
    put16(sector, 19, static_cast<quint16>(sectors));
    sector[21] = static_cast<char>(FixedDisk);
    put16(sector, 22, FatSectors);
    put16(sector, 24, 32); // sectors of a track
    put16(sector, 26, 2); // heads
    sector[36] = static_cast<char>(0x80);
    sector[38] = 0x29; // serial number, label and type follow
    put32(sector, 39, serial);
    putText(sector, 43, label.leftJustified(11, ' '));
    putText(sector, 54, "FAT12   ");
    putText(sector, 510, QByteArray("\x55\xAA", 2));
    return sector;
}

/** By which a part of a long name tells whose it is. */
quint8 checksum(const QByteArray& shortName)
{
    quint8 sum = 0;
    for (const char c : shortName) {
        sum = static_cast<quint8>(((sum & 1U) << 7U) + (sum >> 1U) + static_cast<quint8>(c));
    }
    return sum;
}

/** The directory entries of the long name of @p file, the last part first. */
QByteArray longName(const FatFile& file)
{
    constexpr std::array<qint64, 13> Places{1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};
    constexpr auto PartSize = static_cast<qsizetype>(Places.size());
    const qsizetype parts = (file.name.size() + PartSize - 1) / PartSize;
    QByteArray entries;
    for (qsizetype part = parts; part > 0; --part) {
        QByteArray entry(EntryBytes, '\0');
        entry[0] = static_cast<char>(part == parts ? part | 0x40 : part);
        entry[11] = 0x0F;
        entry[13] = static_cast<char>(checksum(file.shortName));
        for (qsizetype i = 0; i < PartSize; ++i) {
            const qsizetype at = (part - 1) * PartSize + i;
            const quint16 filler = at == file.name.size() ? 0 : 0xFFFF;
            put16(entry, Places.at(static_cast<size_t>(i)),
                  at < file.name.size() ? static_cast<quint8>(file.name.at(at)) : filler);
        }
        entries += entry;
    }
    return entries;
}

QByteArray shortEntry(const QByteArray& name, quint8 attributes, quint32 cluster, quint32 size)
{
    QByteArray entry(EntryBytes, '\0');
    putText(entry, 0, name.leftJustified(11, ' ', true));
    entry[11] = static_cast<char>(attributes);
    put16(entry, 16, FirstDay);
    put16(entry, 18, FirstDay);
    put16(entry, 24, FirstDay);
    put16(entry, 26, static_cast<quint16>(cluster));
    put32(entry, 28, size);
    return entry;
}

qint64 clustersOf(const FatFile& file)
{
    return (file.content.size() + SectorBytes - 1) / SectorBytes;
}

} // namespace

Result<QByteArray> makeFatImage(const QByteArray& label, const QList<FatFile>& files)
{
    constexpr qint64 Step = 256 * KiB / SectorBytes;
    constexpr qint64 MostClusters = 3072;
    constexpr qsizetype MostFiles = 16;
    constexpr quint8 ReadOnlyFile = 0x21;
    constexpr quint8 VolumeLabel = 0x08;
    qint64 clusters = 0;
    for (const FatFile& file : files) {
        clusters += clustersOf(file);
    }
    if (clusters > MostClusters || files.size() > MostFiles) {
        return fail(Error::Code::InvalidInput,
                    QCoreApplication::translate("FatImage", "%1 KiB are too much for a seed.").arg(clusters / 2),
                    QCoreApplication::translate("FatImage", "Give fewer keys."));
    }
    const qint64 sectors = (FirstData + clusters + Step - 1) / Step * Step;
    QByteArray image(sectors * SectorBytes, '\0');
    QByteArray root = shortEntry(label, VolumeLabel, 0, 0);
    QCryptographicHash sum(QCryptographicHash::Sha256);
    qint64 next = 2; // the first cluster
    const auto table = [](qint64 index) { return (1 + index * FatSectors) * SectorBytes; };
    for (qint64 i = 0; i < FatCount; ++i) {
        setCluster(image, table(i), 0, 0xF00U | FixedDisk);
        setCluster(image, table(i), 1, EndOfFile);
    }
    for (const FatFile& file : files) {
        const qint64 count = clustersOf(file);
        root += longName(file)
            + shortEntry(file.shortName, ReadOnlyFile, static_cast<quint32>(count == 0 ? 0 : next),
                         static_cast<quint32>(file.content.size()));
        putText(image, (FirstData + next - 2) * SectorBytes, file.content);
        for (qint64 end = next + count; next < end; ++next) {
            for (qint64 i = 0; i < FatCount; ++i) {
                setCluster(image, table(i), next, next + 1 == end ? EndOfFile : static_cast<quint32>(next + 1));
            }
        }
        sum.addData(file.content);
    }
    putText(image, 0, bootSector(label, sectors, qFromLittleEndian<quint32>(sum.result().constData())));
    putText(image, table(FatCount), root);
    return image;
}

} // namespace Stowage

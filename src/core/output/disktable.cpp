// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "disktable.h"

#include "core/sources/bytes.h"
#include "core/support/sparsetarget.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QtEndian>

#include <libdeflate.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace Stowage
{

namespace
{

struct Table {
    Q_DECLARE_TR_FUNCTIONS(DiskTable)
};

constexpr qint64 SectorSize = 512;
constexpr qint64 HeaderSize = 92;
constexpr qint64 EntrySize = 128;
constexpr qint64 Entries = 128;
constexpr qint64 SignatureAt = 440; // in an MBR; the code of a boot loader ends there
constexpr qint64 MostMbrSectors = 0xffffffff;

quint32 checksum(const QByteArray& bytes)
{
    return libdeflate_crc32(0, bytes.constData(), static_cast<size_t>(bytes.size()));
}

/** Makes a GUID of @p seed and @p index; version 8 of RFC 9562. */
Guid guidFrom(const QByteArray& seed, int index)
{
    const QByteArray hash = QCryptographicHash::hash(seed + QByteArray::number(index), QCryptographicHash::Sha256);
    Guid guid = {};
    std::memcpy(guid.data(), hash.constData(), guid.size());
    guid[7] = static_cast<quint8>((guid[7] & 0x0f) | 0x80); // the field with the version is little-endian on the disk
    guid[8] = static_cast<quint8>((guid[8] & 0x3f) | 0x80);
    return guid;
}

Guid partitionGuid(const DiskPartition& partition, const DiskSeeds& seeds)
{
    const bool isRoot = partition.purpose == DiskPartition::Purpose::Root;
    return guidFrom(isRoot ? seeds.root : seeds.whole, partition.number);
}

/** The signature in an MBR; 0 would be none. */
quint32 diskSignature(const QByteArray& seed)
{
    const QByteArray hash = QCryptographicHash::hash(seed, QCryptographicHash::Sha256);
    return std::max(littleEndianAt<quint32>(hash, 0), 1U);
}

template<typename T>
void put(QByteArray& bytes, qsizetype at, T value)
{
    qToLittleEndian(value, bytes.data() + at);
}

/** The first sector of a disk with a GPT: one entry over all of it, so that older tools see it as taken. */
QByteArray protectiveMbr(qint64 sectors)
{
    QByteArray mbr(SectorSize, '\0');
    put<quint8>(mbr, 446 + 2, 2); // CHS 0/0/2, as the specification has it
    put<quint8>(mbr, 446 + 4, 0xee);
    put<quint8>(mbr, 446 + 5, 0xff);
    put<quint8>(mbr, 446 + 6, 0xff);
    put<quint8>(mbr, 446 + 7, 0xff);
    put<quint32>(mbr, 446 + 8, 1);
    put<quint32>(mbr, 446 + 12, static_cast<quint32>(std::min<qint64>(sectors - 1, 0xffffffff)));
    put<quint16>(mbr, 510, 0xaa55);
    return mbr;
}

/** A header in place: its own checksum over what it says of itself. */
void seal(QByteArray& header)
{
    put<quint32>(header, 16, 0);
    const auto size = littleEndianAt<quint32>(header, 12);
    put<quint32>(header, 16, checksum(header.first(size)));
}

/** Puts the bytes of @p sector from the disk's signature on into the first sector; before it is a boot loader's code. */
Result<void> writeFirstSector(int fd, const QString& path, const QByteArray& sector)
{
    return SparseFile(fd, path).write(SignatureAt, sector.sliced(SignatureAt));
}

Result<void> writeMbr(int fd, const QString& path, const DiskPlan& plan, const QByteArray& seed)
{
    QByteArray mbr(SectorSize, '\0');
    put<quint32>(mbr, SignatureAt, diskSignature(seed));
    put<quint16>(mbr, 510, 0xaa55);
    for (const DiskPartition& partition : plan.partitions) {
        const qsizetype at = 446 + qsizetype{partition.number - 1} * 16;
        put<quint8>(mbr, at, partition.isBootable ? 0x80 : 0);
        put<quint8>(mbr, at + 4, partition.mbrType);
        for (const qsizetype chs : {at + 1, at + 5}) { // 1023/254/63: look at the LBA
            put<quint8>(mbr, chs, 0xfe);
            put<quint8>(mbr, chs + 1, 0xff);
            put<quint8>(mbr, chs + 2, 0xff);
        }
        put<quint32>(mbr, at + 8, static_cast<quint32>(partition.start / SectorSize));
        put<quint32>(mbr, at + 12, static_cast<quint32>(partition.size / SectorSize));
    }
    return writeFirstSector(fd, path, mbr);
}

/** The entries of a GUID partition table for @p plan. */
QByteArray gptEntries(const DiskPlan& plan, const DiskSeeds& seeds)
{
    QByteArray entries(Entries * EntrySize, '\0');
    for (const DiskPartition& partition : plan.partitions) {
        const qsizetype at = qsizetype{partition.number - 1} * EntrySize;
        const Guid own = partitionGuid(partition, seeds);
        std::memcpy(entries.data() + at, partition.type.data(), partition.type.size());
        std::memcpy(entries.data() + at + 16, own.data(), own.size());
        put<quint64>(entries, at + 32, static_cast<quint64>(partition.start / SectorSize));
        put<quint64>(entries, at + 40, static_cast<quint64>((partition.start + partition.size) / SectorSize - 1));
        constexpr quint64 LegacyBootable = 4; // attribute bit 2
        put<quint64>(entries, at + 48, partition.isBootable ? LegacyBootable : 0);
        for (qsizetype unit = 0; unit < std::min<qsizetype>(partition.name.size(), 36); ++unit) {
            put<quint16>(entries, at + 56 + unit * 2, partition.name.at(unit).unicode());
        }
    }
    return entries;
}

Result<void> writeGpt(int fd, const QString& path, const DiskPlan& plan, const DiskSeeds& seeds)
{
    const QByteArray entries = gptEntries(plan, seeds);
    const qint64 last = plan.size / SectorSize - 1;
    const qint64 entrySectors = entries.size() / SectorSize;
    QByteArray header(SectorSize, '\0');
    std::memcpy(header.data(), "EFI PART", 8);
    put<quint32>(header, 8, 0x00010000);
    put<quint32>(header, 12, HeaderSize);
    put<quint64>(header, 24, 1);
    put<quint64>(header, 32, static_cast<quint64>(last));
    put<quint64>(header, 40, static_cast<quint64>(2 + entrySectors));
    put<quint64>(header, 48, static_cast<quint64>(last - entrySectors - 1));
    const Guid diskGuid = guidFrom(seeds.whole, 0);
    std::memcpy(header.data() + 56, diskGuid.data(), diskGuid.size());
    put<quint64>(header, 72, 2);
    put<quint32>(header, 80, static_cast<quint32>(Entries));
    put<quint32>(header, 84, static_cast<quint32>(EntrySize));
    put<quint32>(header, 88, checksum(entries));
    seal(header);
    QByteArray copy = header;
    put<quint64>(copy, 24, static_cast<quint64>(last));
    put<quint64>(copy, 32, 1);
    put<quint64>(copy, 72, static_cast<quint64>(last - entrySectors));
    seal(copy);
    return writeFirstSector(fd, path, protectiveMbr(plan.size / SectorSize))
        .and_then([&] { return SparseFile(fd, path).write(SectorSize, header); })
        .and_then([&] { return SparseFile(fd, path).write(2 * SectorSize, entries); })
        .and_then([&] { return SparseFile(fd, path).write((last - entrySectors) * SectorSize, entries); })
        .and_then([&] { return SparseFile(fd, path).write(last * SectorSize, copy); });
}

std::unexpected<Error> brokenTable(const QString& path)
{
    return fail(Error::Code::InvalidInput, Table::tr("The partition table of %1 is broken.").arg(path),
                Table::tr("Have it repaired with \"sfdisk\" or \"sgdisk\", or make the disk anew."),
                Place::inFile(path));
}

Result<QByteArray> readFrom(int fd, const QString& path, qint64 offset, qint64 size)
{
    QByteArray bytes(size, '\0');
    const ssize_t got = ::pread(fd, bytes.data(), static_cast<size_t>(size), offset);
    if (got < 0) {
        return systemError(errno, Table::tr("read"), path);
    }
    return got == size ? Result<QByteArray>(bytes) : brokenTable(path);
}

Result<void> growGpt(int fd, const QString& path, const PartitionTable& table, const Partition& partition, qint64 size)
{
    const qint64 sector = table.sectorSize;
    auto header = readFrom(fd, path, sector, sector);
    if (!header) {
        return std::unexpected(header.error());
    }
    const auto headerSize = littleEndianAt<quint32>(*header, 12);
    const auto entriesAt = littleEndianAt<quint64>(*header, 72);
    const auto count = littleEndianAt<quint32>(*header, 80);
    const auto entrySize = littleEndianAt<quint32>(*header, 84);
    constexpr quint32 MostEntries = 1024;
    const auto number = static_cast<quint32>(partition.number);
    if (headerSize < HeaderSize || headerSize > sector || count > MostEntries || entrySize < EntrySize
        || entrySize > 4096 || number > count || static_cast<qint64>(entriesAt) > partition.start / sector) {
        return brokenTable(path);
    }
    auto entries = readFrom(fd, path, static_cast<qint64>(entriesAt) * sector, qint64{count} * entrySize);
    if (!entries) {
        return std::unexpected(entries.error());
    }
    if (checksum(*entries) != littleEndianAt<quint32>(*header, 88)) {
        return brokenTable(path);
    }
    const qint64 entrySectors = (entries->size() + sector - 1) / sector;
    const qint64 least = partition.start + size + (entrySectors + 1) * sector;
    const qint64 disk = std::max(grownDiskBytes(table, partition, size), least);
    const qint64 last = disk / sector - 1;
    put<quint64>(*entries, qsizetype{number - 1} * entrySize + 40,
                 static_cast<quint64>((partition.start + size) / sector - 1));
    put<quint64>(*header, 32, static_cast<quint64>(last)); // of the other header
    put<quint64>(*header, 48, static_cast<quint64>(last - entrySectors - 1)); // last that partitions may use
    put<quint32>(*header, 88, checksum(*entries));
    seal(*header);
    QByteArray copy = *header;
    put<quint64>(copy, 24, static_cast<quint64>(last));
    put<quint64>(copy, 32, 1);
    put<quint64>(copy, 72, static_cast<quint64>(last - entrySectors));
    seal(copy);
    auto mbr = readFrom(fd, path, 0, SectorSize);
    if (!mbr) {
        return std::unexpected(mbr.error());
    }
    if (littleEndianAt<quint8>(*mbr, 446 + 4) == 0xee) {
        put<quint32>(*mbr, 446 + 12, static_cast<quint32>(std::min<qint64>(last, 0xffffffff)));
    }
    if (::ftruncate(fd, disk) != 0) {
        return systemError(errno, Table::tr("write"), path);
    }
    return SparseFile(fd, path)
        .write(static_cast<qint64>(entriesAt) * sector, *entries)
        .and_then([&] { return SparseFile(fd, path).write(sector, *header); })
        .and_then([&] { return SparseFile(fd, path).write((last - entrySectors) * sector, *entries); })
        .and_then([&] { return SparseFile(fd, path).write(last * sector, copy); })
        .and_then([&] { return SparseFile(fd, path).write(0, *mbr); });
}

Result<void> growMbr(int fd, const QString& path, const PartitionTable& table, const Partition& partition, qint64 size)
{
    if ((partition.start + size) / SectorSize > MostMbrSectors) {
        return fail(Error::Code::Unsupported,
                    Table::tr("A partition of %1 would end beyond the 2 TiB that its MBR can tell.").arg(path),
                    Table::tr("Use a disk with a GUID partition table."), Place::inFile(path));
    }
    QByteArray sectors(4, '\0');
    put<quint32>(sectors, 0, static_cast<quint32>(size / SectorSize));
    if (::ftruncate(fd, grownDiskBytes(table, partition, size)) != 0) {
        return systemError(errno, Table::tr("write"), path);
    }
    return SparseFile(fd, path).write(446 + qint64{partition.number - 1} * 16 + 12, sectors);
}

} // namespace

QByteArray rootPartitionId(const DiskPlan& plan, const QByteArray& rootSeed)
{
    const DiskPartition* root = plan.find(DiskPartition::Purpose::Root);
    if (plan.scheme == PartitionTable::Scheme::Mbr) {
        return QByteArray::number(diskSignature(rootSeed), 16).rightJustified(8, '0') + '-'
            + QByteArray::number(root->number, 16).rightJustified(2, '0');
    }
    return guidText(guidFrom(rootSeed, root->number)).toLatin1();
}

Result<void> checkDiskSize(const DiskPlan& plan, const QString& path)
{
    const auto endsBeyond = [](const DiskPartition& partition) {
        return (partition.start + partition.size) / SectorSize > MostMbrSectors;
    };
    if (plan.scheme == PartitionTable::Scheme::Mbr && std::ranges::any_of(plan.partitions, endsBeyond)) {
        return fail(Error::Code::Unsupported,
                    Table::tr("The disk %1 would be larger than the 2 TiB that an MBR can tell.").arg(path),
                    Table::tr("Use a GUID partition table, or a smaller root file system."), Place::inFile(path));
    }
    return {};
}

Result<void> checkDiskSize(const Layout& layout, const OutputSpec& output)
{
    const qint64 hosts = layout.hostRoom ? layout.hostRoom->size : 0;
    const qint64 least = output.sizeMiB > 0 ? output.sizeMiB * MiB : hosts;
    return checkDiskSize(planDisk(layout, output.sizeMiB, least), output.path);
}

Result<void> writeDiskTable(int fd, const QString& path, const DiskPlan& plan, const DiskSeeds& seeds)
{
    if (auto checked = checkDiskSize(plan, path); !checked) {
        return checked;
    }
    if (::ftruncate(fd, plan.size) != 0) {
        return systemError(errno, Table::tr("write"), path);
    }
    return plan.scheme == PartitionTable::Scheme::Mbr ? writeMbr(fd, path, plan, seeds.root)
                                                      : writeGpt(fd, path, plan, seeds);
}

Result<void> growPartition(int fd, const QString& path, const PartitionTable& table, const Partition& partition,
                           qint64 size)
{
    return table.scheme == PartitionTable::Scheme::Gpt ? growGpt(fd, path, table, partition, size)
                                                       : growMbr(fd, path, table, partition, size);
}

} // namespace Stowage

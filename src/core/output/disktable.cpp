// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "disktable.h"

#include "core/sources/bytes.h"
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

template<typename T>
void put(QByteArray& bytes, qsizetype at, T value)
{
    qToLittleEndian(value, bytes.data() + at);
}

Result<void> writeAt(int fd, const QString& path, qint64 offset, const QByteArray& bytes)
{
    if (::pwrite(fd, bytes.constData(), static_cast<size_t>(bytes.size()), offset) != bytes.size()) {
        return systemError(errno == 0 ? ENOSPC : errno, Table::tr("write"), path);
    }
    return {};
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
    const qint64 margin = std::max(DiskMargin, (entrySectors + 1) * sector);
    const qint64 disk = (partition.start + size + margin + sector - 1) / sector * sector;
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
    return writeAt(fd, path, static_cast<qint64>(entriesAt) * sector, *entries)
        .and_then([&] { return writeAt(fd, path, sector, *header); })
        .and_then([&] { return writeAt(fd, path, (last - entrySectors) * sector, *entries); })
        .and_then([&] { return writeAt(fd, path, last * sector, copy); })
        .and_then([&] { return writeAt(fd, path, 0, *mbr); });
}

Result<void> growMbr(int fd, const QString& path, const Partition& partition, qint64 size)
{
    constexpr qint64 MostSectors = 0xffffffff;
    if ((partition.start + size) / SectorSize > MostSectors) {
        return fail(Error::Code::Unsupported,
                    Table::tr("A partition of %1 would end beyond the 2 TiB that its MBR can tell.").arg(path),
                    Table::tr("Use a disk with a GUID partition table."), Place::inFile(path));
    }
    QByteArray sectors(4, '\0');
    put<quint32>(sectors, 0, static_cast<quint32>(size / SectorSize));
    if (::ftruncate(fd, partition.start + size) != 0) {
        return systemError(errno, Table::tr("write"), path);
    }
    return writeAt(fd, path, 446 + qint64{partition.number - 1} * 16 + 12, sectors);
}

} // namespace

Guid rootPartitionType(Architecture architecture)
{
    switch (architecture) {
    case Architecture::X86_64: // 4f68bce3-e8cd-4db1-96e7-fbcaf984b709
        return {0xe3, 0xbc, 0x68, 0x4f, 0xcd, 0xe8, 0xb1, 0x4d, 0x96, 0xe7, 0xfb, 0xca, 0xf9, 0x84, 0xb7, 0x09};
    case Architecture::Arm64: // b921b045-1df0-41c3-af44-4c6f280d3fae
        return {0x45, 0xb0, 0x21, 0xb9, 0xf0, 0x1d, 0xc3, 0x41, 0xaf, 0x44, 0x4c, 0x6f, 0x28, 0x0d, 0x3f, 0xae};
    default: // 0fc63daf-8483-4772-8e79-3d69d8477de4: Linux
        return {0xaf, 0x3d, 0xc6, 0x0f, 0x83, 0x84, 0x72, 0x47, 0x8e, 0x79, 0x3d, 0x69, 0xd8, 0x47, 0x7d, 0xe4};
    }
}

Result<qint64> writeDiskTable(int fd, const QString& path, const QList<NewPartition>& partitions,
                              const QByteArray& seed)
{
    qint64 end = DiskMargin;
    QByteArray entries(Entries * EntrySize, '\0');
    for (qsizetype i = 0; i < partitions.size(); ++i) {
        const NewPartition& partition = partitions.at(i);
        const qsizetype at = i * EntrySize;
        const Guid own = guidFrom(seed, static_cast<int>(i) + 1);
        std::memcpy(entries.data() + at, partition.type.data(), partition.type.size());
        std::memcpy(entries.data() + at + 16, own.data(), own.size());
        put<quint64>(entries, at + 32, static_cast<quint64>(partition.start / SectorSize));
        put<quint64>(entries, at + 40, static_cast<quint64>((partition.start + partition.size) / SectorSize - 1));
        for (qsizetype unit = 0; unit < std::min<qsizetype>(partition.name.size(), 36); ++unit) {
            put<quint16>(entries, at + 56 + unit * 2, partition.name.at(unit).unicode());
        }
        end = std::max(end, partition.start + partition.size);
    }
    const qint64 disk = (end + DiskMargin + MiB - 1) / MiB * MiB;
    const qint64 last = disk / SectorSize - 1;
    const qint64 entrySectors = entries.size() / SectorSize;
    QByteArray header(SectorSize, '\0');
    std::memcpy(header.data(), "EFI PART", 8);
    put<quint32>(header, 8, 0x00010000);
    put<quint32>(header, 12, HeaderSize);
    put<quint64>(header, 24, 1);
    put<quint64>(header, 32, static_cast<quint64>(last));
    put<quint64>(header, 40, static_cast<quint64>(2 + entrySectors));
    put<quint64>(header, 48, static_cast<quint64>(last - entrySectors - 1));
    const Guid diskGuid = guidFrom(seed, 0);
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
    if (::ftruncate(fd, disk) != 0) {
        return systemError(errno, Table::tr("write"), path);
    }
    return writeAt(fd, path, 0, protectiveMbr(disk / SectorSize))
        .and_then([&] { return writeAt(fd, path, SectorSize, header); })
        .and_then([&] { return writeAt(fd, path, 2 * SectorSize, entries); })
        .and_then([&] { return writeAt(fd, path, (last - entrySectors) * SectorSize, entries); })
        .and_then([&] { return writeAt(fd, path, last * SectorSize, copy); })
        .transform([disk] { return disk; });
}

Result<void> growPartition(int fd, const QString& path, const PartitionTable& table, const Partition& partition,
                           qint64 size)
{
    const auto behind = std::ranges::find_if(table.partitions,
                                             [&](const Partition& other) { return other.start > partition.start; });
    if (behind != table.partitions.end()) {
        return fail(Error::Code::Unsupported,
                    Table::tr("Partition %1 of %2 is too small for the guests, and cannot grow, as partition %3 lies "
                              "behind it.")
                        .arg(partition.number)
                        .arg(path)
                        .arg(behind->number),
                    Table::tr("Make the host's root partition larger, or put it last on the disk."),
                    Place::inFile(path));
    }
    return table.scheme == PartitionTable::Scheme::Gpt ? growGpt(fd, path, table, partition, size)
                                                       : growMbr(fd, path, partition, size);
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "disklook.h"

#include "core/ext4/ext4superblock.h"
#include "core/filetrees/directorytree.h"
#include "core/filetrees/openfiletree.h"
#include "core/sources/bytes.h"
#include "core/sources/guid.h"
#include "core/sources/signatures.h"
#include "core/support/units.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Look {
    Q_DECLARE_TR_FUNCTIONS(DiskLook)
};

constexpr qsizetype MostVolumes = 128;
constexpr qint64 HeadSize = 72 * KiB; ///< Bytes of a volume that tell what it is; Btrfs has its label behind 64 KiB.

QByteArray headOf(DiskReader& disk)
{
    QByteArray head(std::min(disk.size(), HeadSize), '\0');
    return disk.read(0, {head.data(), static_cast<size_t>(head.size())}) ? head : QByteArray();
}

/** Whether the room for a program before the partition table of an MBR is used. */
bool hasBootCode(const QByteArray& head)
{
    constexpr qsizetype CodeSize = 440;
    return std::ranges::any_of(head.first(std::min(CodeSize, head.size())), [](char c) { return c != 0; });
}

/** The text in the @p length bytes from @p offset on, up to a NUL, in UTF-8. */
QString labelAt(const QByteArray& head, qsizetype offset, qsizetype length)
{
    const QByteArray bytes = head.mid(offset, length);
    const qsizetype end = bytes.indexOf('\0');
    return QString::fromUtf8(end < 0 ? bytes : bytes.first(end)).trimmed();
}

/** Where a format that is not looked into keeps what it is called by. */
struct NamedFormat {
    qsizetype offset;
    QByteArrayView magic;
    QLatin1StringView type;
    qsizetype uuid; ///< Byte of its 16 bytes; 0: none.
    qsizetype label; ///< Byte of its text; 0: none.
    qsizetype labelSize;
};

constexpr auto NamedFormats = std::to_array<NamedFormat>({
    {0, "XFSB", "xfs"_L1, 32, 108, 12},
    {0x10040, "_BHRfS_M", "btrfs"_L1, 0x10020, 0x1012b, 256},
    {0x400, "\xe2\xe1\xf5\xe0", "erofs"_L1, 0x430, 0x440, 16},
    {0x400, "\x10\x20\xf5\xf2", "f2fs"_L1, 0x46c, 0, 0},
    {0, "LUKS\xba\xbe", "crypto_LUKS"_L1, 0, 0, 0},
    {0, "LABELONE", "LVM2_member"_L1, 0, 0, 0},
    {512, "LABELONE", "LVM2_member"_L1, 0, 0, 0},
    {1024, "LABELONE", "LVM2_member"_L1, 0, 0, 0},
    {1536, "LABELONE", "LVM2_member"_L1, 0, 0, 0},
    {4086, "SWAPSPACE2", "swap"_L1, 1036, 1052, 16},
    {3, "NTFS    ", "ntfs"_L1, 0, 0, 0},
    {3, "EXFAT   ", "exfat"_L1, 0, 0, 0},
});

/** Tells @p volume, which begins with @p head and cannot be looked into because of @p error, by its name at least. */
void nameVolume(VolumeLook& volume, const QByteArray& head, const Error& error)
{
    const auto* const format = std::ranges::find_if(NamedFormats, [&head](const NamedFormat& one) {
        return hasMagic(head, one.offset, one.magic);
    });
    if (format != NamedFormats.end()) {
        volume.type = format->type;
        volume.label = format->label > 0 ? labelAt(head, format->label, format->labelSize) : QString();
        if (const QByteArray uuid = head.mid(format->uuid, 16); format->uuid > 0 && uuid.size() == 16) {
            volume.uuid = QUuid::fromRfc4122(uuid).toString(QUuid::WithoutBraces);
        }
        if (format->type == "crypto_LUKS"_L1) {
            volume.uuid = labelAt(head, 168, 40); // a text there
        }
    }
    if (const auto known = findFileSystem(head)) {
        volume.refusal = Look::tr("This is %1, whose files cannot be looked at.").arg(known->name);
    } else if (error.code == Error::Code::Unsupported) {
        volume.refusal = Look::tr("Nothing that is known is in it.");
    } else {
        volume.refusal = error.remedy.isEmpty() ? error.message : error.message + u' ' + error.remedy;
    }
}

void lookInto(VolumeLook& volume, DiskReader& part, const QString& name)
{
    auto opened = openFileTree(part, name);
    if (!opened) {
        nameVolume(volume, headOf(part), opened.error());
        return;
    }
    volume.type = opened->type;
    volume.label = opened->label;
    volume.uuid = opened->uuid;
    volume.system = lookAtSystem(*opened->tree);
}

QString gptTypeName(const QByteArray& type)
{
    struct Known {
        QLatin1StringView uuid;
        const char* name;
    };
    static constexpr auto Names = std::to_array<Known>({
        {"c12a7328-f81f-11d2-ba4b-00a0c93ec93b"_L1, QT_TRANSLATE_NOOP("DiskLook", "EFI system partition")},
        {"21686148-6449-6e6f-744e-656564454649"_L1, QT_TRANSLATE_NOOP("DiskLook", "BIOS boot partition")},
        {"0fc63daf-8483-4772-8e79-3d69d8477de4"_L1, QT_TRANSLATE_NOOP("DiskLook", "Linux data")},
        {"4f68bce3-e8cd-4db1-96e7-fbcaf984b709"_L1, QT_TRANSLATE_NOOP("DiskLook", "Linux root (x86_64)")},
        {"b921b045-1df0-41c3-af44-4c6f280d3fae"_L1, QT_TRANSLATE_NOOP("DiskLook", "Linux root (arm64)")},
        {"69dad710-2ce4-4e3c-b16c-21a1d49abed3"_L1, QT_TRANSLATE_NOOP("DiskLook", "Linux root (arm)")},
        {"bc13c2ff-59e6-4262-a352-b275fd6f7172"_L1, QT_TRANSLATE_NOOP("DiskLook", "Linux boot partition")},
        {"0657fd6d-a4ab-43c4-84e5-0933c84b4f4f"_L1, QT_TRANSLATE_NOOP("DiskLook", "Linux swap")},
        {"e6d6d379-f507-44c2-a23c-238f2a3df928"_L1, QT_TRANSLATE_NOOP("DiskLook", "Linux LVM")},
        {"ebd0a0a2-b9e5-4433-87c0-68b6b72699c7"_L1, QT_TRANSLATE_NOOP("DiskLook", "Windows data")},
        {"e3c9e316-0b5c-4db8-817d-f92df00215ae"_L1, QT_TRANSLATE_NOOP("DiskLook", "Windows reserved")},
    });
    const QString uuid = guidAt(type, 0).toString(QUuid::WithoutBraces);
    const auto* const found = std::ranges::find(Names, uuid, &Known::uuid);
    return found == Names.end() ? uuid : Look::tr(found->name);
}

QString mbrTypeName(quint8 type)
{
    switch (type) {
    case 0x01:
    case 0x04:
    case 0x06:
    case 0x0b:
    case 0x0c:
    case 0x0e:
        return Look::tr("FAT");
    case 0x07:
        return Look::tr("Windows data");
    case 0x82:
        return Look::tr("Linux swap");
    case 0x83:
        return Look::tr("Linux data");
    case 0x8e:
        return Look::tr("Linux LVM");
    case 0xee:
        return Look::tr("protective entry of a GPT");
    case 0xef:
        return Look::tr("EFI system partition");
    default:
        return Look::tr("type 0x%1").arg(type, 2, 16, '0'_L1);
    }
}

bool isExtended(const Partition& partition)
{
    const auto type = static_cast<quint8>(partition.type.front());
    return type == 0x05 || type == 0x0f || type == 0x85;
}

/**
 * The logical partitions in @p extended, which are a chain of tables with two entries: one partition, and the next table.
 * A chain that leads back, or out of the disk, ends there.
 */
QList<Partition> logicalPartitions(DiskReader& disk, const Partition& extended, const std::stop_token& stop)
{
    constexpr int FirstNumber = 5;
    constexpr int Most = 60;
    constexpr int MostTables = 2 * Most; // such as hold no partition are passed over
    constexpr qsizetype Entries = 446;
    QList<Partition> found;
    QList<qint64> seen;
    qint64 at = extended.start;
    while (!stop.stop_requested() && found.size() < Most && seen.size() < MostTables && !seen.contains(at)
           && at <= disk.size() - 512) {
        seen.append(at);
        QByteArray table(512, '\0');
        if (!disk.read(at, {table.data(), static_cast<size_t>(table.size())}) || !hasMagic(table, 510, "\x55\xaa")) {
            break;
        }
        const qint64 start = at + qint64{littleEndianAt<quint32>(table, Entries + 8)} * 512;
        const qint64 size = qint64{littleEndianAt<quint32>(table, Entries + 12)} * 512;
        if (size > 0 && start > at && start < disk.size()) {
            found.append({FirstNumber + static_cast<int>(found.size()), start, size, table.mid(Entries + 4, 1)});
        }
        const qint64 next = qint64{littleEndianAt<quint32>(table, Entries + 16 + 8)} * 512;
        if (next == 0) {
            break;
        }
        at = extended.start + next;
    }
    return found;
}

VolumeLook::Purpose purposeOf(const Partition& partition, bool isGpt)
{
    const QByteArray& type = partition.type;
    if (isGpt ? type == QByteArray::fromHex("28732ac11ff8d211ba4b00a0c93ec93b") : type.startsWith('\xef')) {
        return VolumeLook::Purpose::EfiSystem;
    }
    return isGpt && type == QByteArray("Hah!IdontNeedEFI") ? VolumeLook::Purpose::BiosBoot : VolumeLook::Purpose::Other;
}

/** What the table says of @p partition. */
VolumeLook volumeOf(const Partition& partition, PartitionTable::Scheme scheme)
{
    const bool isGpt = scheme == PartitionTable::Scheme::Gpt;
    VolumeLook volume;
    volume.partition = partition.number;
    volume.start = partition.start;
    volume.size = partition.size;
    volume.partitionName = partition.name;
    volume.partitionUuid = partition.uuid;
    volume.purpose = purposeOf(partition, isGpt);
    volume.partitionType = isGpt ? gptTypeName(partition.type)
                                 : mbrTypeName(static_cast<quint8>(partition.type.front()));
    return volume;
}

} // namespace

std::optional<PartitionTable> partitionsOn(DiskReader& disk, const std::stop_token& stop)
{
    const QByteArray head = headOf(disk);
    // Boot sectors of file systems look like partition tables, but for those of ext4, which begin with whatever is there.
    if (findFileSystem(head) || hasMagic(head, 0x8001, "CD001")) {
        return {};
    }
    auto table = findPartitionTable(head, disk.size());
    if (!table) {
        return {};
    }
    QList<Partition> primary;
    QList<Partition> logical;
    for (const Partition& partition : std::as_const(table->partitions)) {
        if (table->scheme == PartitionTable::Scheme::Mbr && isExtended(partition)) {
            logical += logicalPartitions(disk, partition, stop);
        } else {
            primary.append(partition);
        }
    }
    for (Partition& partition : logical) {
        partition.uuid = mbrPartitionUuid(head, partition.number);
    }
    table->partitions = (primary + logical).first(std::min(MostVolumes, primary.size() + logical.size()));
    return table;
}

const VolumeLook* DiskLook::root() const
{
    const auto rank = [](const VolumeLook& volume) {
        const bool isRootfs = volume.system && volume.system->isRootfs;
        return !isRootfs ? 0 : volume.system->name.isEmpty() && volume.system->init == InitSystem::None ? 1 : 2;
    };
    const auto best = std::ranges::max_element(volumes, {}, rank);
    return best == volumes.end() || rank(*best) == 0 ? nullptr : &*best;
}

const VolumeLook* DiskLook::volume(int partition) const
{
    const auto found = std::ranges::find(volumes, partition, &VolumeLook::partition);
    return found == volumes.end() ? nullptr : &*found;
}

bool DiskLook::startsByItself() const
{
    return hasBootCode || std::ranges::any_of(volumes, [](const VolumeLook& volume) {
               return volume.purpose != VolumeLook::Purpose::Other;
           });
}

DiskLook lookAtDisk(DiskReader& disk, const QString& name, const std::stop_token& stop)
{
    DiskLook look;
    const auto table = partitionsOn(disk, stop);
    if (!table) {
        VolumeLook whole;
        whole.size = disk.size();
        lookInto(whole, disk, name);
        look.volumes.append(whole);
        return look;
    }
    look.scheme = table->scheme;
    look.hasBootCode = hasBootCode(headOf(disk));
    for (const Partition& partition : table->partitions) {
        if (stop.stop_requested()) {
            break;
        }
        VolumeLook volume = volumeOf(partition, table->scheme);
        DiskPart part(disk, partition.start, partition.size);
        lookInto(volume, part, Look::tr("partition %1 of %2").arg(partition.number).arg(name));
        look.volumes.append(volume);
    }
    return look;
}

DiskLook lookAtHead(const QByteArray& head, qint64 size, const QString& refusal)
{
    const auto table = findPartitionTable(head, size);
    DiskLook look;
    for (const Partition& partition : table ? table->partitions : QList<Partition>()) {
        look.volumes.append(volumeOf(partition, table->scheme));
    }
    if (table) {
        look.scheme = table->scheme;
        look.hasBootCode = hasBootCode(head);
    } else if (const auto super = findExt4Superblock(head)) {
        VolumeLook whole;
        whole.size = super->size();
        whole.type = super->variantName();
        whole.label = super->label;
        whole.uuid = super->uuid;
        look.volumes.append(whole);
    }
    for (VolumeLook& volume : look.volumes) {
        volume.refusal = refusal;
    }
    return look;
}

DiskLook lookAtDirectory(const QString& path)
{
    VolumeLook volume;
    volume.type = u"directory"_s;
    if (const auto tree = DirectoryTree::open(path)) {
        volume.system = lookAtSystem(**tree);
    } else {
        volume.refusal = tree.error().message;
    }
    return {.scheme = {}, .volumes = {volume}};
}

} // namespace Stowage

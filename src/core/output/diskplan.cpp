// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "diskplan.h"

#include "core/support/units.h"

#include <algorithm>
#include <numeric>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

using Origin = BootPartitionFile::Origin;
using Purpose = DiskPartition::Purpose;

constexpr quint8 LinuxType = 0x83;
constexpr quint8 FatType = 0x0c; // FAT32 with LBA: what boards look for
constexpr quint8 EspType = 0xef;

constexpr Guid LoaderGuid = // 21686148-6449-6e6f-744e-656564454649
    {0x48, 0x61, 0x68, 0x21, 0x49, 0x64, 0x6f, 0x6e, 0x74, 0x4e, 0x65, 0x65, 0x64, 0x45, 0x46, 0x49};
constexpr Guid EspGuid = // c12a7328-f81f-11d2-ba4b-00a0c93ec93b
    {0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11, 0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b};

/** The type of the partition with a root file system for @p architecture (UAPI Group, Discoverable Partitions). */
Guid rootGuid(Architecture architecture)
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

qint64 wholeMiB(qint64 bytes)
{
    return (bytes + MiB - 1) / MiB * MiB;
}

/** Collects the files of a Firmware partition. */
class BootFiles
{
public:
    explicit BootFiles(const Layout& layout) : m_layout(layout), m_setup(*layout.disk) { }

    [[nodiscard]] QList<BootPartitionFile> collect()
    {
        const bool isArm = m_setup.architecture == Architecture::Arm64;
        if (m_setup.hasGrubForUefi()) {
            add("EFI/BOOT/BOOTX64.EFI", Origin::Grub, {}, 2 * MiB);
        } else if (m_setup.startsByUefi) {
            const QByteArray program = isArm ? "EFI/BOOT/BOOTAA64" : "EFI/BOOT/BOOTX64"; // Xen reads what has its name
            addFromRoot(program + ".EFI", m_setup.efiHypervisor);
            add(program + ".CFG", Origin::XenConfig, {}, MiB);
            addKernel();
        }
        if (m_setup.startsByUBoot) {
            const bool isPacked = m_setup.hypervisor.endsWith(".gz");
            addFromRoot("xen", m_setup.hypervisor.isEmpty() ? m_setup.efiHypervisor : m_setup.hypervisor,
                        isPacked ? Origin::Unpacked : Origin::Root);
            add("boot.scr", Origin::Script, {}, MiB);
            addKernel();
        }
        for (const ResolvedBootFile& file : m_setup.files) {
            add(file.target, Origin::Named, file.path.toUtf8(), file.size);
        }
        return m_files;
    }

private:
    static QByteArray fileName(const QByteArray& path) { return path.sliced(path.lastIndexOf('/') + 1); }

    void addKernel()
    {
        addFromRoot(fileName(m_setup.kernel), m_setup.kernel);
        if (!m_setup.ramdisk.isEmpty()) {
            addFromRoot(fileName(m_setup.ramdisk), m_setup.ramdisk);
        }
    }

    void addFromRoot(const QByteArray& target, const QByteArray& path, Origin origin = Origin::Root)
    {
        const LayoutNode* node = m_layout.follow(path);
        constexpr qint64 UnpackedTimes = 4;
        const qint64 size = node == nullptr ? 0 : node->size;
        add(target, origin, path, origin == Origin::Unpacked ? size * UnpackedTimes : size);
    }

    /** FAT sees no case: what comes later takes the place of what has the name. */
    void add(const QByteArray& target, Origin origin, const QByteArray& source, qint64 size)
    {
        m_files.removeIf([&](const BootPartitionFile& file) { return file.target.toUpper() == target.toUpper(); });
        const auto place = std::ranges::lower_bound(m_files, target, {}, &BootPartitionFile::target);
        m_files.insert(place, {target, origin, source, size});
    }

    const Layout& m_layout;
    const DiskSetup& m_setup;
    QList<BootPartitionFile> m_files;
};

/** Bytes of a FAT partition with @p files: room for as much again, so that new kernels fit beside the old. */
qint64 firmwareBytes(const QList<BootPartitionFile>& files)
{
    constexpr qint64 Least = 64 * MiB;
    const qint64 content = std::accumulate(files.begin(), files.end(), qint64{0},
                                           [](qint64 sum, const BootPartitionFile& file) { return sum + file.size; });
    return std::max(Least, wholeMiB(2 * content + 4 * MiB));
}

qint64 bytesBelow(const LayoutNode& node)
{
    qint64 bytes = node.kind == LayoutNode::Kind::File ? node.size : 0;
    for (const LayoutNode& child : node.children) {
        bytes += bytesBelow(child);
    }
    return bytes;
}

/** The host's disk when its root file system takes @p rootBytes: its partition has that much, or becomes larger. */
DiskPlan hostsDisk(const Layout& layout, qint64 rootBytes, bool isEstimate)
{
    DiskPlan plan;
    plan.scheme = layout.hostTable->scheme;
    plan.isHosts = true;
    plan.isEstimate = isEstimate;
    plan.size = layout.hostTable->size;
    for (const Partition& one : layout.hostTable->partitions) {
        DiskPartition partition;
        partition.purpose = one.number == layout.rootNumber ? Purpose::Root : Purpose::Host;
        partition.number = one.number;
        partition.fileSystem = partition.purpose == Purpose::Root ? u"ext4"_s : QString();
        if (plan.scheme == PartitionTable::Scheme::Gpt && one.type.size() == static_cast<qsizetype>(Guid().size())) {
            std::ranges::copy(one.type, partition.type.begin());
        } else if (!one.type.isEmpty()) {
            partition.mbrType = static_cast<quint8>(one.type.front());
        }
        partition.start = one.start;
        partition.size = one.size;
        if (partition.purpose == Purpose::Root) {
            partition.isEstimate = isEstimate;
            plan.inTheWay = rootBytes > one.size ? partitionInTheWay(*layout.hostTable, one) : 0;
            if (rootBytes > one.size && plan.inTheWay == 0) {
                partition.size = rootBytes;
                plan.size = grownDiskBytes(*layout.hostTable, one, rootBytes);
            }
        }
        plan.partitions.append(partition);
    }
    return plan;
}

} // namespace

const DiskPartition* DiskPlan::find(DiskPartition::Purpose purpose) const
{
    const auto found = std::ranges::find(partitions, purpose, &DiskPartition::purpose);
    return found == partitions.end() ? nullptr : &*found;
}

QString guidText(const Guid& guid)
{
    QString text;
    for (const std::size_t place : {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15}) {
        text += QString::number(guid.at(place), 16).rightJustified(2, u'0');
        text += place == 0 || place == 4 || place == 6 || place == 9 ? u"-"_s : QString();
    }
    return text;
}

QLatin1StringView purposeName(DiskPartition::Purpose purpose)
{
    switch (purpose) {
    case Purpose::Loader:
        return "loader"_L1;
    case Purpose::Firmware:
        return "firmware"_L1;
    case Purpose::Root:
        return "root"_L1;
    case Purpose::Host:
        break;
    }
    return "host"_L1;
}

qint64 plannedRootBytes(const Layout& layout, qint64 sizeMiB)
{
    if (sizeMiB > 0) {
        return sizeMiB * MiB;
    }
    if (layout.hostRoom) {
        return layout.hostRoom->grownBy(layout.newBytes() - layout.hostRoom->free);
    }
    const qint64 content = bytesBelow(layout.root);
    return content + content / 4 + 64 * MiB;
}

int partitionInTheWay(const PartitionTable& table, const Partition& partition)
{
    const auto behind = std::ranges::find_if(table.partitions,
                                             [&](const Partition& other) { return other.start > partition.start; });
    return behind == table.partitions.end() ? 0 : behind->number;
}

qint64 grownDiskBytes(const PartitionTable& table, const Partition& partition, qint64 size)
{
    const qint64 margin = table.scheme == PartitionTable::Scheme::Gpt ? DiskMargin : 0; // for the copy of the table
    return std::max(table.size, partition.start + size + margin);
}

DiskPlan planDisk(const Layout& layout, qint64 sizeMiB, std::optional<qint64> rootBytes)
{
    const bool isEstimate = !rootBytes && sizeMiB == 0;
    const qint64 root = rootBytes.value_or(plannedRootBytes(layout, sizeMiB));
    if (layout.hostTable) {
        return hostsDisk(layout, root, isEstimate);
    }
    const DiskSetup setup = layout.disk.value_or(DiskSetup());
    const bool isGpt = setup.settings.table == DiskSettings::Table::Gpt;
    DiskPlan plan;
    plan.scheme = isGpt ? PartitionTable::Scheme::Gpt : PartitionTable::Scheme::Mbr;
    plan.startsByBios = setup.startsByBios;
    plan.startsByUefi = setup.startsByUefi;
    plan.startsByUBoot = setup.startsByUBoot;
    qint64 end = DiskMargin;
    const auto append = [&](DiskPartition partition) {
        partition.number = static_cast<int>(plan.partitions.size()) + 1;
        partition.start = end;
        end += partition.size;
        plan.partitions.append(partition);
    };
    if (isGpt && setup.startsByBios) {
        append({.purpose = Purpose::Loader, .name = u"bios"_s, .type = LoaderGuid, .size = DiskMargin});
    }
    const auto files = layout.disk ? BootFiles(layout).collect() : QList<BootPartitionFile>();
    if (!files.isEmpty()) {
        append({.purpose = Purpose::Firmware,
                .name = u"boot"_s,
                .fileSystem = u"vfat"_s,
                .type = EspGuid,
                .mbrType = setup.architecture == Architecture::X86_64 ? EspType : FatType,
                .isBootable = setup.startsByUBoot,
                .size = firmwareBytes(files),
                .files = files});
    }
    const Architecture architecture = layout.disk ? setup.architecture : layout.architecture;
    append({.purpose = Purpose::Root,
            .name = u"root"_s,
            .fileSystem = u"ext4"_s,
            .type = rootGuid(architecture),
            .mbrType = LinuxType,
            .isBootable = setup.startsByBios && !isGpt,
            .size = wholeMiB(root),
            .isEstimate = isEstimate});
    plan.size = end + (isGpt ? DiskMargin : 0);
    plan.isEstimate = isEstimate;
    return plan;
}

} // namespace Stowage

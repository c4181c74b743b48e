// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "machineprobe.h"

#include "core/disks/opendisk.h"
#include "core/filetrees/isotree.h"
#include "core/sources/machinepackage.h"
#include "core/sources/probeanswers.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QFileInfo>

namespace Stowage
{

using namespace ProbeAnswers;
using namespace Qt::StringLiterals;

namespace
{

struct Probe {
    Q_DECLARE_TR_FUNCTIONS(Probe)
};

QString quoted(const QString& name)
{
    return name.isEmpty() ? QString() : u" \"%1\""_s.arg(name);
}

/** "1 disk", "2 disks"; nothing for none. */
QString counted(qint64 count, const QString& one, const QString& several)
{
    return count == 0 ? QString() : count == 1 ? one : several.arg(count);
}

QString machineText(const MachineDescription& machine)
{
    return join({Probe::tr("Virtual machine%1").arg(quoted(machine.name)), u"OVF"_s,
                 counted(machine.vcpus, Probe::tr("1 vCPU"), Probe::tr("%1 vCPUs")),
                 machine.memoryMiB > 0 ? Probe::tr("%1 memory").arg(formatBytes(machine.memoryMiB * MiB)) : QString(),
                 counted(machine.disks.size(), Probe::tr("1 disk"), Probe::tr("%1 disks")),
                 counted(machine.cards.size(), Probe::tr("1 network card"), Probe::tr("%1 network cards")),
                 machine.isUefi ? u"UEFI"_s : QString(), machine.system});
}

QString refusalOf(const Error& error)
{
    return join({error.message, error.remedy}, u" "_s);
}

QString startText(const CdImage& cd)
{
    if (cd.startsByBios && cd.startsByUefi) {
        return Probe::tr("starts by BIOS and UEFI");
    }
    if (cd.startsByBios) {
        return Probe::tr("starts by BIOS");
    }
    return cd.startsByUefi ? Probe::tr("starts by UEFI") : Probe::tr("does not start by itself");
}

} // namespace

SourceInfo machineInfo(const QString& path, const std::stop_token& stop)
{
    SourceInfo info = found(path, SourceKind::VirtualMachine, Probe::tr("Virtual machine, OVF"));
    const auto package = MachinePackage::open(path, stop);
    if (!package) {
        info.refusal = refusalOf(package.error());
        return info;
    }
    info.machine = package->machine();
    info.description = machineText(*info.machine);
    const auto first = package->disk({});
    if (!first) {
        info.refusal = refusalOf(first.error());
        return info;
    }
    for (const MachineDisk& disk : info.machine->disks) {
        if (disk.file.isEmpty()) {
            continue;
        }
        auto opened = package->open(disk, stop);
        if (!opened) {
            info.refusal = refusalOf(opened.error());
            return info;
        }
        if (disk == *first) {
            info.virtualSize = opened->reader->size();
            const auto slice = package->find(disk); // the file that the disk is in
            info.disk = slice ? contentOf(slice->path, *opened, stop) : DiskLook();
        }
    }
    if (const SystemLook* system = info.system()) {
        info.architecture = system->architecture;
        info.description = join({info.description, system->name});
    }
    info.handler = u"ova"_s;
    return info;
}

std::optional<SourceInfo> cdInfo(const QString& path, const FileSample& sample, const std::stop_token& stop)
{
    const auto volume = findIsoVolume(sample.head);
    if (!volume) {
        return {};
    }
    SourceInfo info = found(path, SourceKind::Iso, Probe::tr("CD image%1, ISO 9660").arg(quoted(volume->label)));
    info.cd = readCdImage(path, sample);
    info.description = join({info.description, formatBytes(sample.size), startText(*info.cd)});
    if (auto whole = checkCdSize(*volume, sample.size, path); !whole) {
        info.refusal = refusalOf(whole.error());
        return info;
    }
    info.handler = u"iso"_s;
    info.virtualSize = sample.size;
    info.chain = QStringList{u"iso9660"_s};
    if (auto disk = openDisk(path, stop)) {
        info.disk = contentOf(path, *disk, stop);
    }
    return info;
}

} // namespace Stowage

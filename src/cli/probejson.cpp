// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "json.h"

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

QLatin1StringView settingName(KernelConfig::Setting setting)
{
    switch (setting) {
    case KernelConfig::Setting::Unknown:
        return {};
    case KernelConfig::Setting::Absent:
        return "absent"_L1;
    case KernelConfig::Setting::Module:
        return "module"_L1;
    case KernelConfig::Setting::BuiltIn:
        break;
    }
    return "built-in"_L1;
}

QLatin1StringView initName(InitSystem init)
{
    switch (init) {
    case InitSystem::None:
        return {};
    case InitSystem::Systemd:
        return "systemd"_L1;
    case InitSystem::OpenRc:
        return "openrc"_L1;
    case InitSystem::BusyBox:
        return "busybox"_L1;
    case InitSystem::SysVInit:
        return "sysvinit"_L1;
    case InitSystem::Other:
        break;
    }
    return "other"_L1;
}

QJsonValue pathOrNull(const QByteArray& path)
{
    return path.isEmpty() ? QJsonValue() : QJsonValue(u'/' + QString::fromUtf8(path));
}

QJsonObject toJson(const SystemKernel& kernel)
{
    return {
        {"path"_L1, pathOrNull(kernel.file.path)},
        {"version"_L1, orNull(kernel.version)},
        {"format"_L1, kernel.image.formatName()},
        {"loadable"_L1, kernel.image.loadable},
        {"architecture"_L1, orNull(architectureName(kernel.image.architecture))},
        {"ramdisk"_L1, pathOrNull(kernel.initrd.path)},
        {"modules"_L1, pathOrNull(kernel.modules)},
        {"options"_L1, orNull(kernel.options)},
        {"config"_L1,
         QJsonObject{{"xen"_L1, orNull(settingName(kernel.config.xen))},
                     {"pvh"_L1, orNull(settingName(kernel.config.pvh))},
                     {"blockFrontend"_L1, orNull(settingName(kernel.config.blockFrontend))},
                     {"console"_L1, orNull(settingName(kernel.config.console))},
                     {"ext4"_L1, orNull(settingName(kernel.config.ext4))}}},
    };
}

QJsonObject toJson(const SystemBootEntry& entry)
{
    QJsonArray initrds;
    for (const QByteArray& initrd : entry.initrds) {
        initrds.append(pathOrNull(initrd));
    }
    return {
        {"file"_L1, pathOrNull(entry.file)},     {"title"_L1, orNull(entry.title)},
        {"kernel"_L1, pathOrNull(entry.kernel)}, {"ramdisks"_L1, initrds},
        {"options"_L1, orNull(entry.options)},
    };
}

QJsonValue toJson(const std::optional<SystemLook>& system)
{
    if (!system) {
        return {};
    }
    QJsonArray kernels;
    for (const SystemKernel& kernel : system->kernels) {
        kernels.append(toJson(kernel));
    }
    QJsonArray entries;
    for (const SystemBootEntry& entry : system->bootEntries) {
        entries.append(toJson(entry));
    }
    QJsonArray fstab;
    for (const FstabEntry& entry : system->fstab) {
        fstab.append(QJsonObject{{"device"_L1, entry.device},
                                 {"mountPoint"_L1, entry.mountPoint},
                                 {"type"_L1, entry.type},
                                 {"options"_L1, entry.options}});
    }
    return QJsonObject{
        {"rootfs"_L1, system->isRootfs},
        {"name"_L1, orNull(system->name)},
        {"id"_L1, orNull(system->id)},
        {"version"_L1, orNull(system->version)},
        {"architecture"_L1, orNull(architectureName(system->architecture))},
        {"init"_L1, orNull(initName(system->init))},
        {"consoleLogin"_L1, system->hasConsoleLogin},
        {"cloudInit"_L1, system->hasCloudInit},
        {"kernels"_L1, kernels},
        {"bootEntries"_L1, entries},
        {"fstab"_L1, fstab},
    };
}

QJsonObject toJson(const VolumeLook& volume)
{
    return {
        {"partition"_L1, volume.partition > 0 ? QJsonValue(volume.partition) : QJsonValue()},
        {"start"_L1, volume.start},
        {"size"_L1, volume.size},
        {"partitionType"_L1, orNull(volume.partitionType)},
        {"partitionName"_L1, orNull(volume.partitionName)},
        {"partitionUuid"_L1, orNull(volume.partitionUuid)},
        {"fileSystem"_L1, orNull(volume.type)},
        {"label"_L1, orNull(volume.label)},
        {"uuid"_L1, orNull(volume.uuid)},
        {"refusal"_L1, orNull(volume.refusal)},
        {"system"_L1, toJson(volume.system)},
    };
}

QJsonValue machineToJson(const std::optional<MachineDescription>& machine)
{
    if (!machine) {
        return {};
    }
    QJsonArray disks;
    for (const MachineDisk& disk : machine->disks) {
        disks.append(QJsonObject{{"file"_L1, orNull(disk.file)},
                                 {"capacity"_L1, disk.capacity},
                                 {"format"_L1, orNull(disk.format)},
                                 {"compression"_L1, orNull(disk.compression)},
                                 {"chunked"_L1, disk.isChunked}});
    }
    QJsonArray cards;
    for (const MachineCard& card : machine->cards) {
        cards.append(QJsonObject{{"mac"_L1, orNull(card.mac)}});
    }
    return QJsonObject{{"name"_L1, orNull(machine->name)},
                       {"system"_L1, orNull(machine->system)},
                       {"memory"_L1, machine->memoryMiB},
                       {"vcpus"_L1, machine->vcpus},
                       {"disks"_L1, disks},
                       {"networkCards"_L1, cards},
                       {"firmware"_L1, machine->isUefi ? "uefi"_L1 : "bios"_L1},
                       {"notes"_L1, QJsonArray::fromStringList(machine->notes)}};
}

QJsonValue cdToJson(const std::optional<CdImage>& cd)
{
    return cd ? QJsonValue(QJsonObject{{"label"_L1, orNull(cd->label)},
                                       {"startsByBios"_L1, cd->startsByBios},
                                       {"startsByUefi"_L1, cd->startsByUefi}})
              : QJsonValue();
}

QJsonObject toJson(const BundledGuest& guest)
{
    QJsonArray disks;
    for (const BundledDisk& disk : guest.disks) {
        disks.append(QJsonObject{{"path"_L1, disk.file},
                                 {"device"_L1, disk.device},
                                 {"readOnly"_L1, disk.readOnly},
                                 {"cdrom"_L1, disk.cdrom}});
    }
    return {{"name"_L1, guest.name},
            {"config"_L1, guest.config},
            {"rootfs"_L1, orNull(guest.rootfs)},
            {"kernel"_L1, orNull(guest.kernel)},
            {"ramdisk"_L1, orNull(guest.ramdisk)},
            {"disks"_L1, disks},
            {"autostart"_L1, guest.autostart}};
}

QJsonValue bundleToJson(const std::optional<GuestBundle>& bundle)
{
    if (!bundle) {
        return {};
    }
    QJsonArray guests;
    for (const BundledGuest& guest : bundle->guests) {
        guests.append(toJson(guest));
    }
    QJsonArray problems;
    for (const Error& problem : bundle->problems) {
        problems.append(QJsonObject{
            {"where"_L1, problem.place.toString()}, {"text"_L1, problem.message}, {"remedy"_L1, problem.remedy}});
    }
    return QJsonObject{{"packages"_L1, QJsonArray::fromStringList(bundle->packages)},
                       {"guests"_L1, guests},
                       {"problems"_L1, problems}};
}

QJsonObject toJson(const BootOption& option)
{
    return {{"value"_L1, option.value}, {"text"_L1, option.text}, {"reason"_L1, option.reason}};
}

} // namespace

QJsonObject toJson(const BootPlan& plan)
{
    QJsonArray choices;
    for (const BootChoice& choice : plan.choices) {
        QJsonObject object = toJson(choice.proposal);
        object.insert("field"_L1, choice.field);
        object.insert("title"_L1, choice.title);
        QJsonArray alternatives;
        for (const BootOption& option : choice.alternatives) {
            alternatives.append(toJson(option));
        }
        object.insert("alternatives"_L1, alternatives);
        choices.append(object);
    }
    return {{"choices"_L1, choices}, {"notes"_L1, QJsonArray::fromStringList(plan.notes)}};
}

QJsonObject toJson(const SourceInfo& info)
{
    QJsonArray volumes;
    for (const VolumeLook& volume : info.disk.volumes) {
        volumes.append(toJson(volume));
    }
    return {
        {"path"_L1, info.path},
        {"kind"_L1, sourceKindName(info.kind)},
        {"description"_L1, orNull(info.description)},
        {"chain"_L1, QJsonArray::fromStringList(info.chain)},
        {"compression"_L1, orNull(info.codec)},
        {"handler"_L1, orNull(info.handler)},
        {"refusal"_L1, orNull(info.refusal)},
        {"remarks"_L1, QJsonArray::fromStringList(info.remarks)},
        {"size"_L1, info.size},
        {"allocatedSize"_L1, info.allocatedSize},
        {"virtualSize"_L1, info.virtualSize},
        {"architecture"_L1, orNull(architectureName(info.architecture))},
        {"partitionTable"_L1, info.disk.scheme ? QJsonValue(tableName(*info.disk.scheme)) : QJsonValue()},
        {"volumes"_L1, volumes},
        {"machine"_L1, machineToJson(info.machine)},
        {"cd"_L1, cdToJson(info.cd)},
        {"bundle"_L1, bundleToJson(info.bundle)},
    };
}

} // namespace Stowage

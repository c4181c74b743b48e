// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "machineguest.h"

#include "core/project/entryname.h"
#include "core/support/units.h"

#include <QCoreApplication>

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct MachineText {
    Q_DECLARE_TR_FUNCTIONS(MachineGuest)
};

constexpr qint64 InstallerDiskMiB = 8 * 1024;
constexpr qint64 InstallerMemoryMiB = 1024; ///< Installers keep all they need in the memory.

void makeHvm(Guest& guest)
{
    guest.type = GuestType::Hvm;
    guest.kernel = u"none"_s;
    guest.extra.reset();
}

void setUefi(Guest& guest)
{
    guest.options.append({u"firmware"_s, u"\"ovmf\""_s});
}

/** The device of the disk at @p index, the root disk being the first: "xvda" to "xvdz", then "xvdaa" and so on. */
QString deviceAt(qsizetype index)
{
    constexpr qsizetype Letters = 26;
    QString letters;
    for (qsizetype rest = index; rest >= 0; rest = rest / Letters - 1) {
        letters.prepend(QChar(static_cast<char16_t>(u'a' + rest % Letters)));
    }
    return "xvd"_L1 + letters;
}

qint64 sizeInMiB(qint64 bytes)
{
    return std::max<qint64>((bytes + MiB - 1) / MiB, 1);
}

/** A vif like the default one, with the address of @p card where it has one. */
QString vifOf(const MachineCard& card, const GuestDefaults& defaults)
{
    if (card.mac.isEmpty()) {
        return defaults.vif;
    }
    const QString mac = "mac="_L1 + card.mac;
    return defaults.vif.isEmpty() ? mac : mac + u',' + defaults.vif;
}

void applyDisks(const MachineDescription& machine, Guest& guest)
{
    if (machine.disks.isEmpty()) {
        return;
    }
    const QString source = guest.sourceFile;
    // Two drives may hold one file, and an empty disk may be the first.
    const bool startsEmpty = machine.disks.first().file.isEmpty();
    if (startsEmpty) {
        guest.sourceType = EmptyDiskType;
        guest.sourceFile.clear();
        guest.imageSizeMiB = sizeInMiB(machine.disks.first().capacity);
    }
    for (qsizetype i = 1; i < machine.disks.size(); ++i) {
        const MachineDisk& from = machine.disks.at(i);
        GuestDisk disk;
        disk.device = deviceAt(i);
        if (from.file.isEmpty()) {
            disk.type = EmptyDiskType;
            disk.imageSizeMiB = sizeInMiB(from.capacity);
        } else {
            disk.file = source;
            disk.type = u"ova"_s;
            disk.member = from.file;
        }
        guest.extraDisks.append(disk);
    }
}

} // namespace

void applyMachine(const MachineDescription& machine, const GuestDefaults& defaults, Guest& guest)
{
    if (!machine.name.isEmpty()) {
        guest.entry = cleanedEntry(machine.name);
    }
    if (machine.memoryMiB > 0) {
        guest.memoryMiB = machine.memoryMiB;
    }
    if (machine.vcpus > 0) {
        guest.vcpus = machine.vcpus;
    }
    applyDisks(machine, guest);
    guest.vif = machine.cards.isEmpty() ? QString(u""_s) : vifOf(machine.cards.first(), defaults);
    if (guest.vif == defaults.vif) {
        guest.vif.reset();
    }
    for (qsizetype i = 1; i < machine.cards.size(); ++i) {
        guest.extraVifs.append(vifOf(machine.cards.at(i), defaults));
    }
    makeHvm(guest);
    if (machine.isUefi) {
        setUefi(guest);
    }
}

void applyInstaller(const SourceInfo& info, const GuestDefaults& defaults, Guest& guest)
{
    GuestDisk drive;
    drive.file = info.path;
    drive.type = info.handler;
    drive.device = u"hdc"_s;
    drive.readOnly = true;
    drive.cdrom = true;
    guest.extraDisks.append(drive);
    guest.sourceType = EmptyDiskType;
    guest.sourceFile.clear();
    guest.imageSizeMiB = InstallerDiskMiB;
    if (defaults.memoryMiB < InstallerMemoryMiB) {
        guest.memoryMiB = InstallerMemoryMiB;
    }
    makeHvm(guest);
    if (info.cd && !info.cd->startsByBios && info.cd->startsByUefi) {
        setUefi(guest);
    }
    guest.options.append({u"boot"_s, u"\"dc\""_s});
    guest.options.append({u"vnc"_s, u"1"_s});
}

void applySource(const SourceInfo& info, const GuestDefaults& defaults, Guest& guest)
{
    if (info.kind == SourceKind::VirtualMachine && info.machine) {
        applyMachine(*info.machine, defaults, guest);
    } else if (info.kind == SourceKind::Iso) {
        applyInstaller(info, defaults, guest);
    }
}

QString guestRefusal(const SourceInfo& info, Architecture architecture)
{
    if (info.kind != SourceKind::Iso) {
        return {};
    }
    if (isArm(architecture)) {
        return MachineText::tr(
            "A CD is started by an HVM guest, which Xen does not have on Arm. Use a disk image of the system.");
    }
    if (info.cd && !info.cd->starts()) {
        return MachineText::tr(
            "This CD image does not start by itself. Add it to a guest as a further disk, as a CD drive.");
    }
    return {};
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "sourcetext.h"

#include "core/sources/bundleprobe.h"
#include "core/sources/probeanswers.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QFileInfo>

namespace Stowage
{

using namespace Qt::StringLiterals;
using ProbeAnswers::join;

namespace
{

struct Fact {
    Q_DECLARE_TR_FUNCTIONS(SourceFacts)
};

QString initName(InitSystem init)
{
    switch (init) {
    case InitSystem::None:
        return Fact::tr("no init");
    case InitSystem::Systemd:
        return u"systemd"_s;
    case InitSystem::OpenRc:
        return u"OpenRC"_s;
    case InitSystem::BusyBox:
        return u"BusyBox init"_s;
    case InitSystem::SysVInit:
        return u"SysV init"_s;
    case InitSystem::Other:
        break;
    }
    return Fact::tr("an init of its own");
}

QString sizes(const SourceInfo& info)
{
    QStringList parts;
    if (info.virtualSize > 0) {
        parts.append(Fact::tr("%1 as a disk").arg(formatBytes(info.virtualSize)));
    }
    if (info.size > 0) {
        parts.append(Fact::tr("%1 as a file").arg(formatBytes(info.size)));
    }
    if (info.allocatedSize > 0) {
        parts.append(Fact::tr("%1 on this disk").arg(formatBytes(info.allocatedSize)));
    }
    return parts.join(", "_L1);
}

QString volumeText(const VolumeLook& volume)
{
    const QString label = volume.label.isEmpty() ? QString() : u"\"%1\""_s.arg(volume.label);
    const QString uuid = volume.uuid.isEmpty() ? QString() : u"UUID %1"_s.arg(volume.uuid);
    return join(
        {volume.partitionType, formatBytes(volume.size), join({volume.type, label}, u" "_s), uuid, volume.refusal});
}

QString systemText(const SystemLook& system)
{
    if (!system.isRootfs) {
        return {};
    }
    const QString name = system.name.isEmpty() ? Fact::tr("a root file system without a name") : system.name;
    return join({name, architectureName(system.architecture), initName(system.init),
                 system.hasConsoleLogin ? Fact::tr("a login on hvc0") : Fact::tr("no login on hvc0")});
}

/** "autostart, disk web.ext4, kernel Image": what comes with a guest of a bundle. */
QString guestText(const BundledGuest& guest)
{
    const auto name = [](const QString& text, const QString& path) {
        return path.isEmpty() ? QString() : text.arg(QFileInfo(path).fileName());
    };
    QStringList parts{guest.name, guest.autostart ? Fact::tr("autostart") : QString(),
                      guest.rootfs.isEmpty() ? Fact::tr("no disk") : name(Fact::tr("disk %1"), guest.rootfs),
                      name(Fact::tr("kernel %1"), guest.kernel), name(Fact::tr("ramdisk %1"), guest.ramdisk)};
    for (const BundledDisk& disk : guest.disks) {
        parts.append(name(Fact::tr("disk %1"), disk.file));
    }
    return join(parts);
}

void addBundle(const GuestBundle& bundle, QList<SourceFact>& facts)
{
    for (const BundledGuest& guest : bundle.guests) {
        facts.append({Fact::tr("Guest"), guestText(guest)});
    }
    for (const Error& problem : bundle.problems) {
        facts.append({Fact::tr("Problem"), bundleProblemText(problem)});
    }
}

QString kernelText(const SystemKernel& kernel)
{
    const QString initrd = kernel.initrd.path.isEmpty()
        ? Fact::tr("no ramdisk")
        : Fact::tr("ramdisk /%1").arg(QString::fromUtf8(kernel.initrd.path));
    return u"/%1: %2, %3"_s.arg(QString::fromUtf8(kernel.file.path), kernel.image.description(), initrd);
}

} // namespace

QList<SourceFact> sourceFacts(const SourceInfo& info)
{
    QList<SourceFact> facts{{Fact::tr("What it is"), info.description}};
    if (!info.chain.isEmpty()) {
        facts.append({Fact::tr("Made of"), info.chain.join(u" › "_s)});
    }
    if (const QString text = sizes(info); !text.isEmpty()) {
        facts.append({Fact::tr("Size"), text});
    }
    if (!info.handler.isEmpty()) {
        facts.append({Fact::tr("Imported as"), info.handler});
    }
    for (const QString& note : info.machine ? info.machine->notes : QStringList()) {
        facts.append({Fact::tr("Note"), note});
    }
    if (info.bundle) {
        addBundle(*info.bundle, facts);
    }
    for (const VolumeLook& volume : info.disk.volumes) {
        const QString title = volume.partition == 0 ? Fact::tr("File system")
                                                    : Fact::tr("Partition %1").arg(volume.partition);
        if (volume.type != "directory"_L1) {
            facts.append({title, volumeText(volume)});
        }
        if (!volume.system) {
            continue;
        }
        if (const QString text = systemText(*volume.system); !text.isEmpty()) {
            facts.append({Fact::tr("System"), text});
        }
        for (const SystemKernel& kernel : volume.system->kernels) {
            facts.append({Fact::tr("Kernel"), kernelText(kernel)});
        }
    }
    for (const QString& remark : info.remarks) {
        facts.append({Fact::tr("Not"), remark});
    }
    if (!info.refusal.isEmpty()) {
        facts.append({Fact::tr("Not used"), info.refusal});
    }
    return facts;
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "projectchecks.h"

#include "core/layout/hostnetwork.h"
#include "core/support/safepath.h"
#include "core/xen/diskspec.h"
#include "core/xen/guestconfig.h"
#include "core/xen/vifspec.h"
#include "core/xen/xlconfig.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QHash>
#include <QRegularExpression>
#include <QSet>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Checks {
    Q_DECLARE_TR_FUNCTIONS(Checks)
};

void checkNames(const Guest& guest, int index, ProblemList& problems)
{
    const QString field = u"entry"_s;
    const QString remedy = Checks::tr("Use letters, digits, '.', '_', '+' and '-'.");
    if (auto checked = checkFileName((guest.entry + ".cfg"_L1).toUtf8()); !checked || guest.entry.isEmpty()) {
        problems.error(ProblemCode::NameInvalid, index, field,
                       guest.entry.isEmpty() ? Checks::tr("Guest %1 has no name.").arg(index + 1)
                                             : checked.error().message,
                       remedy);
        return;
    }
    static const QRegularExpression Usual(u"\\A[A-Za-z0-9._+-]{1,64}\\z"_s);
    static const QRegularExpression Digits(u"\\A[0-9]+\\z"_s);
    const QString domain = guest.domainName();
    const QString nameField = guest.name.isEmpty() ? field : u"name"_s;
    if (Digits.match(domain).hasMatch()) {
        problems.warning(ProblemCode::NameInvalid, index, nameField,
                         Checks::tr("xl takes the domain name \"%1\" for a domain number.").arg(domain),
                         Checks::tr("Add a letter to the name."));
    } else if (domain.contains(QLatin1Char('/')) || domain.contains(QChar(0)) || domain.contains(QLatin1Char('\n'))) {
        problems.error(ProblemCode::NameInvalid, index, nameField,
                       Checks::tr("The domain name of guest \"%1\" holds a slash or a line break.").arg(guest.entry),
                       remedy);
    } else if (!Usual.match(domain).hasMatch()) {
        problems.warning(ProblemCode::NameInvalid, index, nameField,
                         Checks::tr("The domain name \"%1\" has unusual characters or is longer than 64.").arg(domain),
                         remedy);
    }
}

void checkDevices(const Guest& guest, int index, const GuestDefaults& defaults, ProblemList& problems)
{
    QSet<QString> devices;
    const auto check = [&](const QString& device, const QString& field) {
        if (!isVirtualDevice(device.toUtf8())) {
            problems.warning(
                ProblemCode::DiskSyntax, index, field,
                Checks::tr("xl does not know the virtual device \"%1\" of guest \"%2\".").arg(device, guest.entry),
                Checks::tr("Use a name such as xvda, xvdb or hdc."));
        } else if (devices.contains(device)) {
            problems.error(ProblemCode::DiskDuplicateDevice, index, field,
                           Checks::tr("Two disks of guest \"%1\" are both \"%2\".").arg(guest.entry, device),
                           Checks::tr("Give each disk a device of its own."));
        }
        devices.insert(device);
    };
    if (guest.configFile.isEmpty()) {
        if (guest.hasRootDisk()) {
            check(guest.effectiveDiskDevice(defaults), u"diskDevice"_s);
        }
        for (const GuestDisk& disk : guest.extraDisks) {
            check(disk.effectiveDevice(), u"disks"_s);
            if (!disk.isImported() && disk.target.isEmpty()) {
                problems.error(
                    ProblemCode::DiskSyntax, index, u"disks"_s,
                    Checks::tr("Disk \"%1\" of guest \"%2\" has no source.").arg(disk.effectiveDevice(), guest.entry),
                    Checks::tr("Name a file, or a device of the host."));
            }
        }
    }
}

void checkGuestValues(const Guest& guest, int index, const GuestDefaults& defaults, ProblemList& problems)
{
    for (const QString& tag : guest.otherTags) {
        problems.warning(
            ProblemCode::TagUnknown, index, u"tags"_s,
            Checks::tr("The tag \"%1\" of guest \"%2\" is not known and has no effect.").arg(tag, guest.entry),
            Checks::tr("Known tags are \"autostart\" and \"external\"."));
    }
    if (guest.effectiveMemoryMiB(defaults) <= 0) {
        problems.error(ProblemCode::ValueInvalid, index, u"memory"_s,
                       Checks::tr("Guest \"%1\" has no memory.").arg(guest.entry),
                       Checks::tr("Give it at least 1 MiB."));
    }
    if (guest.effectiveVcpus(defaults) <= 0) {
        problems.error(ProblemCode::ValueInvalid, index, u"vcpus"_s,
                       Checks::tr("Guest \"%1\" has no vCPU.").arg(guest.entry), Checks::tr("Give it at least one."));
    }
    checkDevices(guest, index, defaults, problems);
    for (const XlOption& option : guest.options) {
        if (auto checked = checkXlOption(option); !checked) {
            problems.fromError(Problem::Severity::Error, ProblemCode::OptionSyntax, index, u"options"_s,
                               checked.error());
        }
    }
}

void checkGuestKind(const Guest& guest, int index, Architecture machine, ProblemList& problems)
{
    if (guest.kernelMode() == KernelMode::None && guest.configFile.isEmpty()) {
        problems.add(
            Problem::Severity::Warning, ProblemCode::HvmWithoutConfig, index, u"kernel"_s,
            Checks::tr("Guest \"%1\" has no kernel and no config of its own: its config is generated for an HVM guest.")
                .arg(guest.entry),
            Checks::tr("Check that its disk boots by itself and that the host has qemu, or write a config for it."));
    }
    if (guest.external) {
        problems.add(Problem::Severity::Note, ProblemCode::LicenceExternal, index, u"external"_s,
                     Checks::tr("Guest \"%1\" was built elsewhere.").arg(guest.entry),
                     Checks::tr("Make sure that its licence lets you pass it on."));
    }
    const bool hvm = guest.type == GuestType::Hvm || guest.kernelMode() == KernelMode::None;
    if (hvm && isArm(machine)) {
        problems.warning(ProblemCode::HvmOnArm, index, u"type"_s,
                         Checks::tr("Guest \"%1\" is HVM, which Xen does not have on Arm.").arg(guest.entry),
                         Checks::tr("Give it a kernel."));
    }
}

/** The vif texts that stand in the config of @p guest, with the field they come from. */
QStringList vifTexts(const ResolvedGuest& guest)
{
    QStringList texts;
    if (const auto config = XlConfig::parse(guest.config)) {
        for (const QByteArray& text : config->list("vif")) {
            texts.append(QString::fromUtf8(text));
        }
    }
    return texts;
}

void checkVifs(const Project& project, const ResolvedProject& resolved, ProblemList& problems,
               const std::stop_token& stop)
{
    const bool readable = QFileInfo(resolved.hostPath).isDir(); // images are not searched for bridges
    const bool hostKnown = readable || !project.host.bridges.isEmpty();
    QStringList bridges = project.host.bridges;
    if (readable) {
        bridges += hostBridges(resolved.hostPath, stop);
    }
    for (const ResolvedGuest& guest : resolved.guests) {
        const bool custom = !project.guests.at(guest.index).configFile.isEmpty();
        const QString field = custom ? u"configFile"_s : u"vif"_s;
        for (const QString& text : vifTexts(guest)) {
            const auto vif = parseVifSpec(text.toUtf8());
            if (!vif) {
                problems.fromError(Problem::Severity::Warning, ProblemCode::VifSyntax, guest.index, field, vif.error());
                continue;
            }
            const QString bridge = QString::fromUtf8(vif->bridge());
            if (hostKnown && !bridge.isEmpty() && !bridges.contains(bridge)) {
                problems.warning(ProblemCode::VifBridgeMissing, guest.index, field,
                                 Checks::tr("Guest \"%1\" wants the bridge \"%2\", which the host does not have.")
                                     .arg(guest.entry, bridge),
                                 bridges.isEmpty()
                                     ? Checks::tr("Configure the bridge on the host.")
                                     : Checks::tr("Use one of the host's bridges: %1.").arg(bridges.join(", "_L1)));
            }
        }
    }
}

void checkDuplicates(const Project& project, const ResolvedProject& resolved, ProblemList& problems)
{
    QHash<QString, int> entries;
    QHash<QString, int> domains;
    for (const ResolvedGuest& resolvedGuest : resolved.guests) {
        const int index = resolvedGuest.index;
        const Guest& guest = project.guests.at(index);
        QString domain = guest.domainName();
        if (!guest.configFile.isEmpty()) {
            if (const auto config = XlConfig::parse(resolvedGuest.config)) {
                domain = QString::fromUtf8(config->string("name").value_or(domain.toUtf8()));
            }
        }
        if (entries.contains(guest.entry)) {
            problems.error(ProblemCode::NameDuplicate, index, u"entry"_s,
                           Checks::tr("Two guests are named \"%1\": both would be /etc/xen/%1.cfg.").arg(guest.entry),
                           Checks::tr("Rename one of them."));
        } else if (domains.contains(domain)) {
            problems.warning(ProblemCode::NameDuplicate, index, u"name"_s,
                             Checks::tr(
                                 "Guests \"%1\" and \"%2\" have the same domain name \"%3\": xl runs only one of them.")
                                 .arg(project.guests.at(domains.value(domain)).entry, guest.entry, domain),
                             Checks::tr("Give one of them another name."));
        }
        entries.insert(guest.entry, index);
        domains.insert(domain, index);
    }
}

struct Claim {
    QString identity; ///< What wants the name: a real path, or an import.
    int guest = -1;
    bool disk = false;
};

void claimName(QHash<QString, Claim>& claims, const QString& name, const Claim& claim, const QString& field,
               const Project& project, ProblemList& problems)
{
    if (name.isEmpty()) {
        return;
    }
    if (auto checked = checkFileName(name.toUtf8()); !checked) {
        problems.error(ProblemCode::NameInvalid, claim.guest, field, checked.error().message,
                       Checks::tr("Rename the file."));
    }
    const auto previous = claims.constFind(name);
    if (previous == claims.constEnd()) {
        claims.insert(name, claim);
        return;
    }
    const QString other = project.guests.at(previous->guest).entry;
    const QString entry = project.guests.at(claim.guest).entry;
    if (previous->identity != claim.identity) {
        problems.error(ProblemCode::TargetConflict, claim.guest, field,
                       Checks::tr("%1 and %2 both want the name \"%3\" in the images directory.")
                           .arg(previous->identity, claim.identity, name),
                       Checks::tr("Rename one of the files."));
    } else if (claim.disk && previous->disk) {
        problems.warning(ProblemCode::DiskShared, claim.guest, field,
                         Checks::tr("Guests \"%1\" and \"%2\" share the writable disk %3: running both destroys it.")
                             .arg(other, entry, name),
                         Checks::tr("Give each guest an image of its own."));
    }
}

/** What a file on the target comes from. */
QString identityOf(const ResolvedFile& file)
{
    return file.member.isEmpty() ? file.realPath : Checks::tr("%1 in %2").arg(file.member, file.realPath);
}

void checkTargets(const Project& project, const ResolvedProject& resolved, ProblemList& problems)
{
    QHash<QString, Claim> claims;
    for (const ResolvedGuest& guest : resolved.guests) {
        for (qsizetype i = 0; i < guest.disks.size(); ++i) {
            const ResolvedDisk& disk = guest.disks.at(i);
            const bool import = !disk.handler.isEmpty();
            const QString identity = import ? Checks::tr("disk %1 of guest \"%2\"").arg(i + 1).arg(guest.entry)
                                            : disk.file.realPath;
            const QString rootField = import ? u"sourceFile"_s : u"rootfs"_s;
            const QString field = i > 0 ? u"disks"_s : rootField;
            claimName(claims, disk.file.targetName, {identity, guest.index, true}, field, project, problems);
        }
        if (guest.seed) {
            claimName(claims, guest.seed->targetName,
                      {Checks::tr("the seed disk of guest \"%1\"").arg(guest.entry), guest.index, false},
                      u"firstBoot"_s, project, problems);
        }
        if (guest.kernel) {
            claimName(claims, guest.kernel->targetName, {identityOf(*guest.kernel), guest.index, false}, u"kernel"_s,
                      project, problems);
        }
        if (guest.ramdisk) {
            claimName(claims, guest.ramdisk->targetName, {identityOf(*guest.ramdisk), guest.index, false}, u"ramdisk"_s,
                      project, problems);
        }
    }
}

void checkMachine(const Project& project, const ResolvedProject& resolved, ProblemList& problems)
{
    const Architecture machine = project.machine.effectiveArchitecture();
    for (const ResolvedGuest& guest : resolved.guests) {
        const QString rootField = project.guests.at(guest.index).sourceType.isEmpty() ? u"rootfs"_s : u"sourceFile"_s;
        for (const ResolvedDisk& disk : guest.disks) {
            if (!runsOn(disk.source.architecture, machine)) {
                problems.warning(
                    ProblemCode::GuestArchitecture, guest.index, &disk == &guest.disks.first() ? rootField : u"disks"_s,
                    Checks::tr("The programs in %1 are for %2, but the machine is %3.")
                        .arg(disk.file.path, architectureName(disk.source.architecture), architectureName(machine)),
                    Checks::tr("Choose an image for the machine, or correct the machine."));
            }
        }
    }
    if (project.machine.memoryMiB <= 0) {
        return;
    }
    const qint64 available = project.machine.memoryMiB - project.machine.dom0MemoryMiB;
    qint64 needed = 0;
    for (const ResolvedGuest& guest : resolved.guests) {
        needed += guest.autostart ? guest.memoryMiB : 0;
        if (guest.autostart && needed > available) {
            problems.warning(
                ProblemCode::MemoryExceeded, guest.index, u"memory"_s,
                Checks::tr(
                    "Guest \"%1\" starts by itself, but no memory is left for it: the guests up to it need %2 MiB "
                    "of the %3 MiB that the machine has for them.")
                    .arg(guest.entry)
                    .arg(needed)
                    .arg(available),
                Checks::tr("Give the guests less memory, or start fewer of them."));
        }
    }
}

} // namespace

void checkValues(const Project& project, ProblemList& problems)
{
    if (project.guests.isEmpty()) {
        problems.warning(
            ProblemCode::NoGuests, -1, {}, Checks::tr("There is no guest."),
            Checks::tr("Add one: drop an image on the window, or list it in BUNDLED_XEN_GUESTS or XEN_GUEST_BUNDLES."));
    }
    for (int index = 0; index < project.guests.size(); ++index) {
        const Guest& guest = project.guests.at(index);
        checkNames(guest, index, problems);
        checkGuestValues(guest, index, project.defaults, problems);
        checkGuestKind(guest, index, project.machine.effectiveArchitecture(), problems);
    }
}

void checkTogether(const Project& project, const ResolvedProject& resolved, ProblemList& problems,
                   const std::stop_token& stop)
{
    if (stop.stop_requested()) {
        return;
    }
    checkDuplicates(project, resolved, problems);
    checkTargets(project, resolved, problems);
    checkMachine(project, resolved, problems);
    checkVifs(project, resolved, problems, stop);
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bootchecks.h"

#include "core/bootplan/imagekernels.h"
#include "core/import/firstbootfiles.h"
#include "core/project/projectfile.h"
#include "core/xen/diskspec.h"
#include "core/xen/kernelfacts.h"
#include "core/xen/xlconfig.h"

#include <QCoreApplication>
#include <QRegularExpression>

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Checks {
    Q_DECLARE_TR_FUNCTIONS(BootChecks)
};

/** The value of the last @p key= among @p words; none where it is not there. */
std::optional<QString> valueOf(const QStringList& words, const QString& key)
{
    const QString start = key + u'=';
    std::optional<QString> value;
    for (const QString& word : words) {
        if (word.startsWith(start)) {
            value = word.sliced(start.size());
        }
    }
    return value;
}

/** The checks of one guest. */
class BootChecks
{
public:
    BootChecks(const Project& project, const ResolvedGuest& guest, ProblemList& problems)
        : m_guest(project.guests.at(guest.index)),
          m_resolved(guest),
          m_defaults(project.defaults),
          m_problems(problems),
          m_source(guest.disks.isEmpty() ? SourceInfo() : guest.disks.first().source),
          m_root(m_source.disk.root())
    {
        if (const auto config = XlConfig::parse(guest.config)) {
            readConfig(*config);
        }
    }

    void run()
    {
        if (m_hasKernel) {
            checkInit();
            checkConsole();
            checkRoot();
            checkKernel();
        }
        checkFstab();
        if (m_source.kind == SourceKind::ContainerImage) {
            m_problems.add(Problem::Severity::Note, ProblemCode::GuestContainer, m_resolved.index, sourceField(),
                           Checks::tr("Guest \"%1\" comes from a container image, which has no init: its entrypoint is "
                                      "started by an init that is written for it.")
                               .arg(m_guest.entry),
                           Checks::tr("Its network has to come from the kernel's ip= option; there is no login."));
        }
    }

private:
    void readConfig(const XlConfig& config);
    void checkInit();
    void checkConsole();
    void checkRoot();
    void checkKernel();
    void checkModules(const QString& version);
    void checkFstab();
    [[nodiscard]] bool exists(const QString& device) const;
    [[nodiscard]] bool isOnDisks(const QString& device) const;
    [[nodiscard]] std::optional<Fix> extraFix(const QString& title, const QString& extra) const;

    /** What is written into the image, which a guest gets that has nothing else to be mended by. */
    [[nodiscard]] const FirstBoot* written() const
    {
        const bool isOne = !m_resolved.disks.isEmpty() && m_resolved.disks.first().firstBoot;
        return isOne ? &*m_resolved.disks.first().firstBoot : nullptr;
    }
    /** A first boot that also does what @p flag says; none where the image is not made from files. */
    [[nodiscard]] std::optional<Fix> firstBootFix(const QString& title, bool FirstBoot::* flag) const;
    [[nodiscard]] bool isCustom() const { return !m_guest.configFile.isEmpty(); }
    [[nodiscard]] QString sourceField() const { return m_guest.sourceType.isEmpty() ? u"rootfs"_s : u"sourceFile"_s; }
    [[nodiscard]] QString extraField() const { return isCustom() ? u"configFile"_s : u"extra"_s; }

    const Guest& m_guest;
    const ResolvedGuest& m_resolved;
    const GuestDefaults& m_defaults;
    ProblemList& m_problems;
    SourceInfo m_source;
    const VolumeLook* m_root; ///< Of m_source; null where none was found.
    bool m_hasKernel = false;
    QByteArray m_type; ///< "pv", "pvh", "hvm"; empty: not stated.
    QString m_extra;
    QStringList m_words; ///< Of the command line.
    QStringList m_devices; ///< Of all disks.
};

void BootChecks::readConfig(const XlConfig& config)
{
    m_hasKernel = config.string("kernel").has_value();
    m_type = config.string("type").value_or(QByteArray());
    const auto text = [&config](const char* key) {
        return QString::fromUtf8(config.string(key).value_or(QByteArray()));
    };
    m_extra = text("cmdline");
    if (m_extra.isEmpty()) {
        const QString root = text("root");
        m_extra = root.isEmpty() ? text("extra") : u"root=%1 %2"_s.arg(root, text("extra"));
    }
    m_words = m_extra.split(u' ', Qt::SkipEmptyParts);
    for (const QByteArray& disk : config.list("disk")) {
        if (const auto spec = parseDiskSpec(disk)) {
            m_devices.append(QString::fromUtf8(spec->vdev));
        }
    }
}

std::optional<Fix> BootChecks::extraFix(const QString& title, const QString& extra) const
{
    return isCustom() ? std::nullopt : std::optional(Fix{title, u"extra"_s, extra.simplified()});
}

std::optional<Fix> BootChecks::firstBootFix(const QString& title, bool FirstBoot::* flag) const
{
    const ImportHandler* handler = m_resolved.disks.isEmpty() ? nullptr : findHandler(m_resolved.disks.first().handler);
    const bool isSeed = m_guest.firstBoot && m_guest.firstBoot->isSeed();
    if (handler == nullptr || !handler->usesFirstBoot() || isSeed) {
        return {};
    }
    FirstBoot firstBoot = m_guest.firstBoot.value_or(FirstBoot());
    firstBoot.method = FirstBoot::Method::Files;
    firstBoot.*flag = true;
    Guest mended;
    mended.firstBoot = firstBoot;
    return Fix{title, u"firstBoot"_s, guestToJson(mended).value("firstBoot"_L1)};
}

void BootChecks::checkInit()
{
    if (m_root == nullptr || m_root->system->init != InitSystem::None || valueOf(m_words, u"init"_s)) {
        return;
    }
    const bool hasBusyBox = m_root->system->hasBusyBox;
    if (hasBusyBox && written() != nullptr && written()->consoleLogin) {
        return;
    }
    Problem& problem = m_problems.warning(
        ProblemCode::GuestInit, m_resolved.index, sourceField(),
        Checks::tr("There is no init in the root file system of guest \"%1\": its kernel stops when it looks for one.")
            .arg(m_guest.entry),
        Checks::tr("Install an init in it, or start a shell with init=/bin/sh."));
    problem.fix = extraFix(Checks::tr("Start a shell"), m_extra + " init=/bin/sh"_L1);
    if (const auto fix = firstBootFix(Checks::tr("Use BusyBox as init"), &FirstBoot::consoleLogin); hasBusyBox && fix) {
        problem.remedy = Checks::tr("Have the first boot make BusyBox its init, with a login on the console.");
        problem.fix = fix;
    }
}

void BootChecks::checkConsole()
{
    if (m_type == "hvm") {
        return;
    }
    const bool named = std::ranges::any_of(m_words, [](const QString& word) { return word.startsWith("console="_L1); });
    // As PV, and on Arm, Linux takes the console of Xen by itself.
    if (!named && m_type == "pvh" && !m_words.isEmpty()) {
        Problem& problem = m_problems.add(
            Problem::Severity::Note, ProblemCode::ConsoleMissing, m_resolved.index, extraField(),
            Checks::tr("The command line of guest \"%1\" names no console: as PVH its kernel does not take that of Xen "
                       "by itself, and \"xl console\" stays empty.")
                .arg(m_guest.entry),
            Checks::tr("Add console=hvc0."));
        problem.fix = extraFix(Checks::tr("Add console=hvc0"), m_extra + " console=hvc0"_L1);
    }
    const bool hasInit = m_root != nullptr && m_root->system->init != InitSystem::None;
    const bool isMended = written() != nullptr && written()->consoleLogin;
    if (hasInit && !isMended && !m_root->system->hasConsoleLogin && !valueOf(m_words, u"init"_s)) {
        Problem& problem = m_problems.warning(
            ProblemCode::GuestConsole, m_resolved.index, sourceField(),
            Checks::tr("Nothing in guest \"%1\" offers a login on hvc0, the console of Xen.").arg(m_guest.entry),
            Checks::tr("Start a getty on hvc0 in it: a line of inittab, or serial-getty@hvc0.service."));
        if (const auto fix = firstBootFix(Checks::tr("Add a login on hvc0"), &FirstBoot::consoleLogin)) {
            problem.remedy = Checks::tr("Have the first boot start a getty on hvc0.");
            problem.fix = fix;
        }
    }
}

bool BootChecks::isOnDisks(const QString& device) const
{
    static const QRegularExpression Pattern(u"^(.*?[a-z])([0-9]*)$"_s);
    if (m_devices.contains(device)) {
        return m_source.disk.scheme.has_value() ? m_devices.first() != device : true;
    }
    const auto match = Pattern.match(device);
    const QString whole = match.captured(1);
    if (match.captured(2).isEmpty() || !m_devices.contains(whole)) {
        return false;
    }
    // Partitions of further disks are not known.
    return m_devices.first() != whole || m_source.disk.volumes.isEmpty()
        || m_source.disk.volume(match.captured(2).toInt()) != nullptr;
}

bool BootChecks::exists(const QString& device) const
{
    const auto anyVolume = [this](auto member, const QString& value) {
        return std::ranges::any_of(m_source.disk.volumes, [&](const VolumeLook& volume) {
            return (volume.*member).compare(value, Qt::CaseInsensitive) == 0;
        });
    };
    const auto value = [&device](QLatin1StringView key) {
        return device.startsWith(key) ? std::optional(device.sliced(key.size()).remove(u'"')) : std::nullopt;
    };
    if (const auto uuid = value("UUID="_L1)) {
        return anyVolume(&VolumeLook::uuid, *uuid);
    }
    if (const auto label = value("LABEL="_L1)) {
        return anyVolume(&VolumeLook::label, *label);
    }
    if (const auto uuid = value("PARTUUID="_L1)) {
        return anyVolume(&VolumeLook::partitionUuid, *uuid);
    }
    if (const auto label = value("PARTLABEL="_L1)) {
        return anyVolume(&VolumeLook::partitionName, *label);
    }
    const auto name = value("/dev/"_L1);
    static const QRegularExpression Disk(u"^(xvd|sd|hd|vd|nvme|mmcblk)"_s);
    return !name || !Disk.match(*name).hasMatch() || isOnDisks(*name); // LVM and others are made by the guest
}

void BootChecks::checkRoot()
{
    const auto root = valueOf(m_words, u"root"_s);
    const bool isPlaceKnown = !m_source.disk.volumes.isEmpty();
    if (!root || !isPlaceKnown || m_resolved.disks.size() > 1) {
        return;
    }
    const bool isMade = m_source.isMade(); // with a UUID that is not known yet
    if ((isMade && root->contains(u'=')) || exists(*root)) {
        return;
    }
    Problem& problem = m_problems.warning(
        ProblemCode::RootMissing, m_resolved.index, extraField(),
        Checks::tr("The command line of guest \"%1\" says root=%2, which its disk does not have.")
            .arg(m_guest.entry, *root),
        Checks::tr("Name the partition or the UUID of its root file system."));
    if (m_root != nullptr && !m_devices.isEmpty()) {
        const QString right = rootParameter(*m_root, m_devices.first(), !isMade && m_resolved.ramdisk.has_value());
        QStringList words = m_words;
        words.replaceInStrings(QRegularExpression(u"^root=.*$"_s), u"root="_s + right);
        problem.fix = extraFix(Checks::tr("Set root=%1").arg(right), words.join(u' '));
        problem.remedy = Checks::tr("It is root=%1.").arg(right);
    }
}

void BootChecks::checkKernel()
{
    if (!m_resolved.kernel) {
        return;
    }
    std::optional<KernelAbility> ability;
    Architecture architecture = m_source.architecture;
    if (m_resolved.kernel->member.isEmpty()) {
        const SourceInfo kernel = probeSource(m_resolved.kernel->path);
        if (kernel.kernel) {
            ability = abilityOf(kernel.kernel->config, kernel.kernel->notes);
        }
        architecture = kernel.architecture;
        checkModules(kernel.kernelVersion);
    } else {
        for (const ImageKernel& kernel : kernelsOn(m_source.disk, Architecture::Unknown)) {
            if (kernel.path().toString() == m_resolved.kernel->member) {
                ability = abilityOf(kernel.kernel.config, kernel.kernel.notes);
            }
        }
    }
    if (!ability || ability->source == KernelAbility::Source::Unknown || !isX86(architecture)) {
        return;
    }
    const bool pvh = m_type == "pvh";
    if (m_type == "hvm" || (pvh ? ability->pvh : ability->pv)) {
        return;
    }
    const bool other = pvh ? ability->pv : ability->pvh;
    Problem& problem = m_problems.warning(
        ProblemCode::KernelNotForXen, m_resolved.index, isCustom() ? u"configFile"_s : u"type"_s,
        Checks::tr("The kernel of guest \"%1\" does not start as %2: it has no entry for that.")
            .arg(m_guest.entry, pvh ? u"PVH"_s : u"PV"_s),
        other ? Checks::tr("Set the type to %1, which it has an entry for.").arg(pvh ? u"pv"_s : u"pvh"_s)
              : Checks::tr("Use a kernel with CONFIG_XEN_PV or CONFIG_XEN_PVH."));
    if (other && !isCustom()) {
        const QString type = pvh ? u"pv"_s : u"pvh"_s;
        problem.fix = Fix{Checks::tr("Set the type to %1").arg(type), u"type"_s, type};
    }
}

void BootChecks::checkModules(const QString& version)
{
    if (m_root == nullptr || version.isEmpty() || m_root->system->modules.isEmpty()
        || m_root->system->modules.contains(version)) {
        return;
    }
    m_problems.warning(ProblemCode::KernelModules, m_resolved.index, u"kernel"_s,
                       Checks::tr("Guest \"%1\" has modules for %2, but its kernel is %3: it loads none of them.")
                           .arg(m_guest.entry, m_root->system->modules.join(", "_L1), version),
                       Checks::tr(
                           "Use the kernel that belongs to the modules, or put those of this kernel into the guest."));
}

void BootChecks::checkFstab()
{
    if (m_root == nullptr || m_resolved.disks.size() > 1 || m_devices.isEmpty()) {
        return;
    }
    const bool isMade = m_source.isMade();
    const bool isMended = written() != nullptr && written()->fstab;
    QStringList missing;
    for (const FstabEntry& entry : m_root->system->fstab) {
        const QStringList options = entry.options.split(u',');
        const bool needed = !options.contains("nofail"_L1) && !options.contains("noauto"_L1);
        // The root is mounted already, and only remounted, whatever its line says.
        const bool goes = isMended && isForeignDisk(entry.device.toUtf8());
        if (needed && !goes && entry.mountPoint != "/"_L1 && !exists(entry.device)) {
            missing.append(entry.device);
        }
    }
    if (!missing.isEmpty()) {
        Problem& problem = m_problems.warning(
            ProblemCode::GuestFstab, m_resolved.index, sourceField(),
            Checks::tr("The fstab of guest \"%1\" names disks that it will not have: %2. Its start waits for them%3.")
                .arg(m_guest.entry, missing.join(", "_L1),
                     isMade ? Checks::tr(", as file systems that are made anew have other UUIDs") : QString()),
            Checks::tr("Take the lines out of its /etc/fstab, or add the option nofail."));
        if (const auto fix = firstBootFix(Checks::tr("Correct its fstab"), &FirstBoot::fstab); fix && !isMended) {
            problem.remedy = Checks::tr("Have the first boot take these lines out of its /etc/fstab.");
            problem.fix = fix;
        }
    }
}

} // namespace

void checkBoot(const Project& project, const ResolvedProject& resolved, ProblemList& problems)
{
    for (const ResolvedGuest& guest : resolved.guests) {
        BootChecks(project, guest, problems).run();
    }
}

} // namespace Stowage

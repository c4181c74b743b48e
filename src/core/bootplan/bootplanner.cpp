// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bootplanner.h"

#include "core/support/units.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonObject>
#include <QRegularExpression>

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Plan {
    Q_DECLARE_TR_FUNCTIONS(BootPlan)
};

/** The root= of @p options with the first disk as the guest on @p device sees it; empty where they have none. */
QString statedRoot(const QString& options, const QString& device)
{
    static const QRegularExpression Root(u"(?:^| )root=(\\S+)"_s);
    static const QRegularExpression FirstDisk(u"^/dev/(?:[svh]da|xvda|nvme0n1p|mmcblk0p)([0-9]*)$"_s);
    const QString root = Root.match(options).captured(1);
    const auto disk = FirstDisk.match(root);
    return disk.hasMatch() ? u"/dev/"_s + device + disk.captured(1) : root;
}

} // namespace

BootPlanner::BootPlanner(const SourceInfo& source, const BootTarget& machine)
    : m_source(source),
      m_defaults(machine.defaults),
      m_machine(machine.architecture != Architecture::Unknown ? machine.architecture : source.architecture),
      m_root(source.disk.root()),
      m_kernels(kernelsOn(source.disk, m_machine))
{
    if (!m_kernels.isEmpty() && isUsable(m_kernels.first().kernel, m_machine)) {
        m_kernel = &m_kernels.first();
        m_ability = abilityOf(m_kernel->kernel.config, m_kernel->kernel.notes);
        if (isX86(m_machine) && m_ability.source != KernelAbility::Source::Unknown && !m_ability.pv && !m_ability.pvh) {
            m_unfit = m_kernel;
            m_kernel = nullptr;
        }
    }
}

BootPlan BootPlanner::plan()
{
    if (m_source.kind == SourceKind::Kernel) {
        planKernelAlone();
        return m_plan;
    }
    if (m_source.machine) {
        planMachine(*m_source.machine);
        return m_plan;
    }
    if (m_source.kind == SourceKind::Iso) {
        planInstaller();
        return m_plan;
    }
    addDisk();
    addType();
    addKernel();
    if (!isHvm()) {
        addRamdisk();
        addCommandLine();
    } else {
        if (mayHideKernel()) {
            addRamdisk();
        }
        addFirmware();
    }
    addMemory();
    addNotes();
    return m_plan;
}

void BootPlanner::add(QLatin1StringView field, const QString& title, const BootOption& proposal,
                      const QList<BootOption>& alternatives)
{
    m_plan.choices.append({field, title, proposal, alternatives});
}

bool BootPlanner::isHvm() const
{
    const bool starts = m_root == nullptr || m_source.disk.startsByItself();
    return m_kernel == nullptr && isX86(m_machine) && (isUnknown() || (hasPartitions() && starts));
}

void BootPlanner::addDisk()
{
    const QString& device = m_defaults.diskDevice;
    BootOption whole{QJsonValue(), device,
                     Plan::tr("The image has one file system and no partitions: it is the whole disk.")};
    if (hasPartitions()) {
        whole.reason = Plan::tr("The image has partitions, which the guest sees as %1%2 and so on.")
                           .arg(device)
                           .arg(m_source.disk.volumes.isEmpty() ? 1 : m_source.disk.volumes.first().partition);
    } else if (isUnknown()) {
        whole.reason = Plan::tr("What is on the disk shows once it is unpacked.");
    } else if (m_source.isMade()) {
        whole.reason = Plan::tr("An ext4 file system is made of the files; it is the whole disk.");
    }
    QList<BootOption> alternatives;
    if (!hasPartitions()) {
        alternatives.append({device + u'1', device + u'1',
                             Plan::tr("As if it were a partition, for guests whose configuration names one.")});
    }
    add("diskDevice"_L1, Plan::tr("Disk"), whole, alternatives);
}

BootOption BootPlanner::typeOption(QLatin1StringView type) const
{
    const QString how = m_ability.source == KernelAbility::Source::Notes ? Plan::tr("as the notes in it say")
                                                                         : Plan::tr("as its configuration says");
    if (type == "pvh"_L1) {
        return {type, u"PVH"_s,
                Plan::tr("The kernel starts as PVH, %1; it runs with the processor's own protection.").arg(how)};
    }
    if (type == "pv"_L1) {
        return {type, u"PV"_s,
                Plan::tr("The kernel starts as PV, %1; that needs no virtualization in the processor.").arg(how)};
    }
    return {type, u"HVM"_s, Plan::tr("It starts like a PC, by firmware; Dom0 has to have QEMU.")};
}

void BootPlanner::addType()
{
    const QString title = Plan::tr("Type");
    if (isArm(m_machine)) {
        add("type"_L1, title, {QJsonValue(), u"PVH"_s, Plan::tr("On Arm there is but one type of guest.")});
        return;
    }
    if (isHvm()) {
        add("type"_L1, title,
            {u"hvm"_s, u"HVM"_s,
             m_unfit != nullptr
                 ? Plan::tr("Its kernel is not made for Xen (no PV, no PVH), and so it starts like a PC.")
                 : isPacked()
                 ? Plan::tr("The disk is packed, so that no kernel is found in it before it is unpacked: it starts "
                            "like a PC.")
                 : Plan::tr("No kernel was found that could be started from outside, and so it starts like a PC.")});
        return;
    }
    QList<BootOption> options;
    if (m_kernel != nullptr && m_ability.pvh) {
        options.append(typeOption("pvh"_L1));
    }
    if (m_kernel != nullptr && m_ability.pv) {
        options.append(typeOption("pv"_L1));
    }
    if (options.isEmpty()) {
        options.append({QJsonValue(), u"PV"_s,
                        m_kernel == nullptr
                            ? Plan::tr("The kernel comes from elsewhere; xl starts it as PV where nothing is said.")
                            : Plan::tr("Nothing tells how its kernel starts; xl takes PV where nothing is said.")});
        options.append({u"pvh"_s, u"PVH"_s, Plan::tr("Where the kernel is made for it.")});
    }
    if (hasPartitions()) {
        options.append(typeOption("hvm"_L1));
    }
    add("type"_L1, title, options.first(), options.sliced(1));
}

BootOption BootPlanner::kernelOption(const ImageKernel& kernel, bool isFirst) const
{
    const QString where = kernel.partition > 0
        ? Plan::tr("/%1 on partition %2").arg(kernel.path().path).arg(kernel.partition)
        : u'/' + kernel.path().path;
    const QString how = kernel.kernel.image.loadable ? Plan::tr("xl loads it")
                                                     : Plan::tr("xl does not load this form: it is taken out of it");
    const QString why = isFirst ? Plan::tr("It is what the image itself would start; %1.").arg(how)
                                : Plan::tr("It is in the image, too; %1.").arg(how);
    // The first is not named, so that the guest follows an image that is built anew.
    const QJsonValue value = isFirst ? ImagePath().toString() : kernel.path().toString();
    return {value, Plan::tr("%1, %2").arg(where, kernel.kernel.image.description()), why};
}

BootOption BootPlanner::hiddenOption()
{
    return {ImagePath().toString(), Plan::tr("the one in the image"),
            Plan::tr(
                "Whether there is one shows once the image is unpacked, which takes as long as to read all of it.")};
}

void BootPlanner::addKernel()
{
    QList<BootOption> options;
    if (m_kernel != nullptr) {
        for (const ImageKernel& kernel : std::as_const(m_kernels)) {
            if (isUsable(kernel.kernel, m_machine)) {
                options.append(kernelOption(kernel, &kernel == m_kernel));
            }
        }
    }
    const BootOption shared{QJsonValue(), Plan::tr("the machine's kernel"),
                            m_kernels.isEmpty() && !mayHideKernel() ? Plan::tr("There is no kernel in the image.")
                                                                    : Plan::tr("It is shared with the host.")};
    const BootOption none{u"none"_s, Plan::tr("none"), Plan::tr("The disk starts by its own boot loader.")};
    if (mayHideKernel()) {
        options.append(hiddenOption());
    }
    if (isHvm()) {
        options = QList<BootOption>{none, shared} + options;
    } else {
        options.insert(m_kernel == nullptr ? 0 : options.size(), shared);
        if (isX86(m_machine) && hasPartitions()) {
            options.append(none);
        }
    }
    add("kernel"_L1, Plan::tr("Kernel"), options.first(), options.sliced(1));
}

void BootPlanner::addRamdisk()
{
    const BootOption none{QJsonValue(), Plan::tr("none"),
                          Plan::tr("The kernel itself has what it needs to find its root.")};
    if (m_kernel == nullptr) {
        if (mayHideKernel()) {
            add("ramdisk"_L1, Plan::tr("Ramdisk"),
                {QJsonValue(), Plan::tr("none"), Plan::tr("The kernel comes from elsewhere.")}, {hiddenOption()});
        }
        return;
    }
    if (m_kernel->ramdisk.isEmpty()) {
        add("ramdisk"_L1, Plan::tr("Ramdisk"),
            {QJsonValue(), Plan::tr("none"), Plan::tr("There is none for this kernel in the image.")});
        return;
    }
    const bool builtIn = m_kernel->kernel.config.blockFrontend == KernelConfig::Setting::BuiltIn
        && m_kernel->kernel.config.ext4 == KernelConfig::Setting::BuiltIn;
    add("ramdisk"_L1, Plan::tr("Ramdisk"),
        {ImagePath().toString(), u'/' + QString::fromUtf8(m_kernel->ramdisk),
         builtIn ? Plan::tr("It belongs to the kernel.")
                 : Plan::tr("It belongs to the kernel, whose drivers for disks or file systems may be modules in it.")},
        {none});
}

void BootPlanner::addDefaultCommandLine()
{
    // The default, but for the place of the root file system.
    const int partition = m_root != nullptr ? m_root->partition : hasPartitions() ? 1 : 0;
    const QString root = u"/dev/%1%2"_s.arg(m_defaults.diskDevice,
                                            partition > 0 ? QString::number(partition) : QString());
    QStringList words = m_defaults.extra.split(u' ');
    words.replaceInStrings(QRegularExpression(u"^root=.*$"_s), u"root="_s + root);
    const QString extra = words.join(u' ');
    if (extra != m_defaults.extra) {
        add("extra"_L1, Plan::tr("Command line"),
            {extra, extra,
             m_root != nullptr ? Plan::tr("The root file system is on partition %1.").arg(partition)
                               : Plan::tr("The root file system is probably on the first partition.")},
            {{QJsonValue(), m_defaults.extra, Plan::tr("It is the project's default.")}});
    }
}

BootOption BootPlanner::commandLine(bool byUuid) const
{
    const QString& device = m_defaults.diskDevice;
    VolumeLook nowhere;
    nowhere.partition = hasPartitions() ? 1 : 0;
    const VolumeLook& root = m_root != nullptr ? *m_root : nowhere;
    const QString stated = m_root == nullptr ? statedRoot(m_kernel->options, device) : QString();
    const QString text = guestOptions(m_kernel->options,
                                      stated.isEmpty() ? rootParameter(root, device, byUuid) : stated);
    QString why = root.partition > 0 ? Plan::tr("The root file system is on partition %1.").arg(root.partition)
                                     : Plan::tr("The root file system is the whole disk.");
    if (byUuid) {
        why = Plan::tr("The root file system is found by its UUID.");
    } else if (!stated.isEmpty()) {
        why = Plan::tr("No root file system was found that could be looked into: it is the one that the image names.");
    }
    if (!m_kernel->optionsFrom.isEmpty()) {
        why += u' '
            + Plan::tr("The rest is what /%1 says, without what a guest has no use for.").arg(m_kernel->optionsFrom);
    }
    return {text, text, why};
}

void BootPlanner::addCommandLine()
{
    if (m_kernel == nullptr) {
        // Where nothing is known, the default fits.
        if (m_root != nullptr || hasPartitions()) {
            addDefaultCommandLine();
        }
        return;
    }
    const bool byUuid = !m_kernel->ramdisk.isEmpty() && m_root != nullptr && !m_root->uuid.isEmpty();
    add("extra"_L1, Plan::tr("Command line"), commandLine(byUuid),
        byUuid ? QList<BootOption>{commandLine(false)} : QList<BootOption>());
}

void BootPlanner::addFirmware()
{
    const auto has = [this](VolumeLook::Purpose purpose) {
        return std::ranges::contains(m_source.disk.volumes, purpose, &VolumeLook::purpose);
    };
    const bool isMbr = m_source.disk.scheme == PartitionTable::Scheme::Mbr;
    const bool hasEsp = has(VolumeLook::Purpose::EfiSystem);
    const bool hasBios = isMbr || has(VolumeLook::Purpose::BiosBoot);
    const BootOption bios{QJsonValue(), Plan::tr("BIOS"),
                          Plan::tr("SeaBIOS, xl's default, starts the disk's boot sector.")};
    const BootOption uefi{QJsonArray{QJsonObject{{"key"_L1, "firmware"_L1}, {"value"_L1, "\"ovmf\""_L1}}},
                          Plan::tr("UEFI"), Plan::tr("The disk has an EFI system partition.")};
    if (!hasEsp) {
        add("options"_L1, Plan::tr("Firmware"), bios);
    } else if (hasBios) {
        add("options"_L1, Plan::tr("Firmware"), bios, {uefi});
    } else {
        add("options"_L1, Plan::tr("Firmware"),
            {uefi.value, uefi.text, Plan::tr("The disk has an EFI system partition and nothing for BIOS.")}, {bios});
    }
}

void BootPlanner::addMemory()
{
    constexpr qint64 Step = 64;
    constexpr qint64 Factor = 12; // a ramdisk is unpacked to about four times its size, and needs room three times over
    constexpr qint64 LeastHvm = 1024;
    const qint64 usual = m_defaults.memoryMiB;
    qint64 wanted = usual;
    QString reason = Plan::tr("It is the project's default.");
    if (isHvm()) {
        wanted = std::max(usual, LeastHvm);
        reason = Plan::tr("A whole system with its boot loader needs this much to start.");
    } else if (m_kernel != nullptr && !m_kernel->ramdisk.isEmpty()) {
        const qint64 ramdisk = m_kernel->kernel.initrd.size / MiB * Factor;
        if (ramdisk > usual) {
            wanted = (ramdisk + Step - 1) / Step * Step;
            reason = Plan::tr("The ramdisk of %1 is unpacked into the memory.")
                         .arg(formatBytes(m_kernel->kernel.initrd.size));
        }
    }
    const QJsonValue value = wanted == usual ? QJsonValue() : QJsonValue(wanted);
    add("memory"_L1, Plan::tr("Memory"), {value, Plan::tr("%1 MiB").arg(wanted), reason},
        wanted == usual ? QList<BootOption>()
                        : QList<BootOption>{
                              {QJsonValue(), Plan::tr("%1 MiB").arg(usual), Plan::tr("It is the project's default.")}});
}

void BootPlanner::addNotes()
{
    if (m_source.architecture != Architecture::Unknown && !runsOn(m_source.architecture, m_machine)) {
        m_plan.notes.append(Plan::tr("It is for %1, and does not run on %2.")
                                .arg(architectureName(m_source.architecture), architectureName(m_machine)));
    }
    if (isArm(m_machine) && hasPartitions() && m_kernel == nullptr) {
        m_plan.notes.append(
            Plan::tr("No kernel was found in it, and on Arm no disk starts by itself: a kernel has to be given."));
    }
    if (m_root != nullptr && m_root->system->init == InitSystem::None) {
        m_plan.notes.append(Plan::tr("There is no init in it, so that it does not start as a system."));
    }
}

} // namespace Stowage

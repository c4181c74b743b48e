// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bootplanner.h"

#include <QCoreApplication>

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Plan {
    Q_DECLARE_TR_FUNCTIONS(BootPlan)
};

} // namespace

void BootPlanner::planKernelAlone()
{
    add("sourceType"_L1, Plan::tr("Disk"),
        {u"none"_s, Plan::tr("none"), Plan::tr("A kernel alone: what it needs is in it, or in a ramdisk.")});
    add("kernel"_L1, Plan::tr("Kernel"), {m_source.path, m_source.path, Plan::tr("It is the kernel itself.")});
    m_ability = m_source.kernel ? abilityOf(m_source.kernel->config, m_source.kernel->notes) : KernelAbility();
    if (isX86(m_machine) && (m_ability.pv || m_ability.pvh)) {
        QList<BootOption> options;
        if (m_ability.pvh) {
            options.append(typeOption("pvh"_L1));
        }
        if (m_ability.pv) {
            options.append(typeOption("pv"_L1));
        }
        add("type"_L1, Plan::tr("Type"), options.first(), options.sliced(1));
    }
    const QString console = u"console=hvc0"_s;
    add("extra"_L1, Plan::tr("Command line"), {console, console, Plan::tr("It has no root file system on a disk.")});
    add("memory"_L1, Plan::tr("Memory"),
        {QJsonValue(), Plan::tr("%1 MiB").arg(m_defaults.memoryMiB), Plan::tr("It is the project's default.")});
}

void BootPlanner::addLikePc(const QString& why, const QString& kernelWhy)
{
    QList<BootOption> types;
    QList<BootOption> kernels;
    if (m_kernel != nullptr) {
        types = m_ability.pvh ? QList<BootOption>{typeOption("pvh"_L1)} : types;
        types += m_ability.pv ? QList<BootOption>{typeOption("pv"_L1)} : QList<BootOption>();
        kernels.append(kernelOption(*m_kernel, true));
    }
    add("type"_L1, Plan::tr("Type"), {u"hvm"_s, u"HVM"_s, why}, types);
    add("kernel"_L1, Plan::tr("Kernel"), {u"none"_s, Plan::tr("none"), kernelWhy}, kernels);
    if (m_kernel != nullptr && !m_kernel->ramdisk.isEmpty()) {
        add("ramdisk"_L1, Plan::tr("Ramdisk"), {QJsonValue(), Plan::tr("none"), Plan::tr("HVM guests have none.")},
            {{ImagePath().toString(), u'/' + QString::fromUtf8(m_kernel->ramdisk),
              Plan::tr("It belongs to the kernel.")}});
    }
}

void BootPlanner::planMachine(const MachineDescription& machine)
{
    addLikePc(Plan::tr("The description is of a whole PC."), Plan::tr("Its first disk starts by its own boot loader."));
    if (m_kernel != nullptr) {
        const bool byUuid = !m_kernel->ramdisk.isEmpty() && m_root != nullptr && !m_root->uuid.isEmpty();
        add("extra"_L1, Plan::tr("Command line"), {QJsonValue(), Plan::tr("none"), Plan::tr("HVM guests have none.")},
            {commandLine(byUuid)});
    }
    if (machine.memoryMiB > 0) {
        add("memory"_L1, Plan::tr("Memory"),
            {machine.memoryMiB, Plan::tr("%1 MiB").arg(machine.memoryMiB), Plan::tr("The description says so.")},
            {{QJsonValue(), Plan::tr("%1 MiB").arg(m_defaults.memoryMiB), Plan::tr("It is the project's default.")}});
    }
    if (machine.vcpus > 0) {
        add("vcpus"_L1, Plan::tr("Processors"),
            {machine.vcpus, QString::number(machine.vcpus), Plan::tr("The description says so.")});
    }
}

void BootPlanner::planInstaller()
{
    constexpr qint64 Least = 1024; // installers keep all they need in the memory
    const qint64 memory = std::max(m_defaults.memoryMiB, Least);
    addLikePc(Plan::tr("The CD starts like on a PC, and installs to an empty disk."),
              Plan::tr("The CD starts by its own boot loader."));
    add("memory"_L1, Plan::tr("Memory"),
        {memory == m_defaults.memoryMiB ? QJsonValue() : QJsonValue(memory), Plan::tr("%1 MiB").arg(memory),
         Plan::tr("Installers keep all they need in the memory.")});
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bootmachine.h"

#include "core/support/units.h"

#include <QDir>

#include <unistd.h>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

constexpr auto KvmDevice = "/dev/kvm";
constexpr qint64 OwnMemory = 4 * GiB; // of QEMU itself, beside the machine's

QString kernelArguments(const BootMachine& machine)
{
    return u"root=%1 rw console=hvc0"_s.arg(machine.rootDevice);
}

QString xenArguments(const BootMachine& machine, const QString& console)
{
    // Without "noreboot" a panic would start all over, where nobody reads it.
    return u"dom0_mem=%1M,max:%1M %2 loglvl=warning guest_loglvl=error noreboot"_s.arg(machine.dom0MemoryMiB)
        .arg(console);
}

/** A comma separates what QEMU's options say; doubled it is one. */
QString withCommas(QString text)
{
    return text.replace(u',', ",,"_L1);
}

/** A multiboot image has modules: the kernel with its arguments, then the RAM disk. */
QStringList x86Loading(const BootMachine& machine)
{
    QString modules = BootMachine::KernelFile + u' ' + withCommas(kernelArguments(machine));
    if (machine.hasRamdisk) {
        modules += u',' + BootMachine::RamdiskFile;
    }
    return {u"-kernel"_s, BootMachine::HypervisorFile,
            u"-append"_s, xenArguments(machine, u"com1=115200,8n1 console=com1"_s),
            u"-initrd"_s, modules};
}

/** Xen for Arm finds its modules in the device tree, where QEMU's guest loader puts them. Memory begins at 1 GiB. */
QStringList arm64Loading(const BootMachine& machine)
{
    QStringList arguments{u"-kernel"_s,
                          BootMachine::HypervisorFile,
                          u"-append"_s,
                          xenArguments(machine, u"console=dtuart dtuart=/pl011@9000000"_s),
                          u"-device"_s,
                          u"guest-loader,addr=0x4a000000,kernel=%1,bootargs=%2"_s.arg(
                              BootMachine::KernelFile, withCommas(kernelArguments(machine)))};
    if (machine.hasRamdisk) {
        arguments << u"-device"_s << u"guest-loader,addr=0x50000000,initrd=%1"_s.arg(BootMachine::RamdiskFile);
    }
    return arguments;
}

/** Firmware that finds a boot loader on the disk. UEFI is two flash memories: the code, and what it keeps. */
QStringList firmwareLoading(const BootMachine& machine)
{
    switch (machine.firmware) {
    case BootFirmware::Uefi:
        return {u"-drive"_s, u"if=pflash,unit=0,format=raw,readonly=on,file="_s + withCommas(machine.firmwareCode),
                u"-drive"_s,
                u"if=pflash,unit=1,format=raw,snapshot=on,file="_s + withCommas(machine.firmwareVariables)};
    case BootFirmware::UBoot:
        return {u"-bios"_s, machine.firmwareCode};
    default:
        return {};
    }
}

QStringList x86Hardware(const BootMachine& machine, BootMachine::Accelerator accelerator)
{
    // A PV Dom0 does not survive emulated SMAP, which later models have. PVH and HVM guests need SVM.
    QStringList arguments{u"-cpu"_s, accelerator == BootMachine::Accelerator::Kvm ? u"host"_s : u"qemu64,+svm,+npt"_s,
                          u"-drive"_s, u"file=%1,format=raw,if=virtio,snapshot=on"_s.arg(BootMachine::DiskFile)};
    if (machine.firmware == BootFirmware::Bios) {
        arguments << u"-machine"_s << u"pc,graphics=off"_s; // what a boot loader shows goes to the serial console
    }
    return arguments;
}

QStringList arm64Hardware(const BootMachine& machine, BootMachine::Accelerator accelerator)
{
    // Xen for Arm reads the device tree, which UEFI gives only where there are no ACPI tables.
    const QString tables = machine.firmware == BootFirmware::Uefi ? u",acpi=off"_s : QString();
    return {u"-machine"_s, u"virt,gic-version=3,virtualization=on"_s + tables,
            u"-cpu"_s,     accelerator == BootMachine::Accelerator::Kvm ? u"host"_s : u"cortex-a57"_s,
            u"-drive"_s,   u"file=%1,format=raw,if=none,id=root,snapshot=on"_s.arg(BootMachine::DiskFile),
            u"-device"_s,  u"virtio-blk-device,drive=root"_s};
}

} // namespace

QString machineProgram(Architecture architecture)
{
    switch (architecture) {
    case Architecture::X86_64:
        return u"qemu-system-x86_64"_s;
    case Architecture::Arm64:
        return u"qemu-system-aarch64"_s;
    default:
        return {};
    }
}

bool mayHaveKvm(Architecture architecture)
{
    return architectureFromName(QSysInfo::currentCpuArchitecture()) == architecture
        && ::access(KvmDevice, R_OK | W_OK) == 0;
}

CommandSpec machineCommand(const BootMachine& machine, BootMachine::Accelerator accelerator)
{
    const bool hasKvm = accelerator == BootMachine::Accelerator::Kvm;
    CommandSpec spec;
    spec.program = machineProgram(machine.architecture);
    spec.workingDirectory = machine.directory;
    spec.writablePaths = {machine.directory};
    if (hasKvm) {
        spec.writablePaths.append(QString::fromLatin1(KvmDevice));
    }
    spec.extraEnvironment.insert(u"TMPDIR"_s, machine.directory); // for what the machine writes to its disk
    spec.addressSpaceLimit = machine.memoryMiB * MiB + OwnMemory;
    spec.cpuLimit = std::chrono::hours(24); // the caller has a clock of its own
    spec.arguments = {u"-accel"_s,
                      hasKvm ? u"kvm"_s : u"tcg"_s,
                      u"-smp"_s,
                      u"2"_s,
                      u"-m"_s,
                      QString::number(machine.memoryMiB),
                      u"-nodefaults"_s,
                      u"-no-user-config"_s,
                      u"-display"_s,
                      u"none"_s,
                      u"-no-reboot"_s,
                      u"-nic"_s,
                      u"none"_s,
                      u"-chardev"_s,
                      u"pipe,id=console,path=%1"_s.arg(BootMachine::ConsolePipes),
                      u"-serial"_s,
                      u"chardev:console"_s};
    const bool isArm = machine.architecture == Architecture::Arm64;
    spec.arguments += isArm ? arm64Hardware(machine, accelerator) : x86Hardware(machine, accelerator);
    if (machine.firmware != BootFirmware::None) {
        spec.arguments += firmwareLoading(machine);
    } else {
        spec.arguments += isArm ? arm64Loading(machine) : x86Loading(machine);
    }
    return spec;
}

} // namespace Stowage

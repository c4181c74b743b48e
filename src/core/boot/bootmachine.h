// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/boot/bootfirmware.h"
#include "core/process/commandrunner.h"
#include "core/support/architecture.h"

namespace Stowage
{

/** A machine that starts a host under Xen in QEMU. The files lie in `directory`, by the names given here. */
struct BootMachine {
    static constexpr QLatin1StringView HypervisorFile{"xen"}; ///< Not compressed.
    static constexpr QLatin1StringView KernelFile{"vmlinuz"};
    static constexpr QLatin1StringView RamdiskFile{"initrd"};
    static constexpr QLatin1StringView DiskFile{"disk"}; ///< A link to the image, which is not changed.
    static constexpr QLatin1StringView ConsolePipes{
        "console"}; ///< FIFOs: with ".in" what is typed, ".out" what is said.

    enum class Accelerator { Kvm, Emulation };

    QString directory; ///< Absolute; the machine writes there.
    Architecture architecture = Architecture::Unknown; ///< X86_64 or Arm64.
    BootFirmware firmware = BootFirmware::None; ///< Else there is no hypervisor, kernel or RAM disk.
    QString firmwareCode; ///< Absolute path; empty: QEMU brings it.
    QString firmwareVariables; ///< Absolute path of what UEFI keeps, as it is at first; not changed.
    QString rootDevice; ///< For the kernel's command line: "/dev/vda".
    bool hasRamdisk = false;
    qint64 memoryMiB = 0; ///< In all.
    qint64 dom0MemoryMiB = 0; ///< Of that.
};

/** The program that runs machines of @p architecture; empty: none does. */
[[nodiscard]] QString machineProgram(Architecture architecture);

/** Whether KVM may be tried for @p architecture: this system is of its kind, and lets this user. Touches the disk. */
[[nodiscard]] bool mayHaveKvm(Architecture architecture);

/** The command that runs @p machine until it is stopped, as qemu(1) and Xen's docs/misc/xen-command-line.pandoc say. */
[[nodiscard]] CommandSpec machineCommand(const BootMachine& machine, BootMachine::Accelerator accelerator);

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bootoptions.h"

namespace Stowage
{

using namespace Qt::StringLiterals;

QString usualXenOptions(Architecture architecture, qint64 dom0MemoryMiB)
{
    const bool isArm = architecture == Architecture::Arm64;
    constexpr qint64 UsualArmMemory = 1024; // without any Xen takes 512 MiB there, and waits to say so
    const qint64 memory = dom0MemoryMiB == 0 && isArm ? UsualArmMemory : dom0MemoryMiB;
    QString options = isArm ? u"console=dtuart"_s : u"console=com1,vga com1=115200,8n1"_s;
    if (memory > 0) {
        options += (isArm ? u" dom0_mem=%1M"_s : u" dom0_mem=%1M,max:%1M"_s).arg(memory);
    }
    return options;
}

QString usualKernelOptions(Architecture architecture)
{
    return architecture == Architecture::Arm64 ? u"rw console=hvc0"_s : u"rw console=tty0 console=hvc0"_s;
}

} // namespace Stowage

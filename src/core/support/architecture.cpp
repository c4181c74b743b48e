// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "architecture.h"

namespace Stowage
{

using namespace Qt::StringLiterals;

QString architectureName(Architecture architecture)
{
    switch (architecture) {
    case Architecture::X86_32:
        return u"x86_32"_s;
    case Architecture::X86_64:
        return u"x86_64"_s;
    case Architecture::Arm32:
        return u"arm"_s;
    case Architecture::Arm64:
        return u"arm64"_s;
    case Architecture::Unknown:
        break;
    }
    return {};
}

Architecture architectureFromName(QStringView name)
{
    const QString lower = name.toString().toLower();
    if (lower == "x86_64"_L1 || lower == "amd64"_L1 || lower == "x86-64"_L1) {
        return Architecture::X86_64;
    }
    if (lower == "x86_32"_L1 || lower == "x86"_L1 || lower == "i386"_L1 || lower == "i586"_L1 || lower == "i686"_L1) {
        return Architecture::X86_32;
    }
    if (lower == "arm64"_L1 || lower == "aarch64"_L1) {
        return Architecture::Arm64;
    }
    if (lower == "arm"_L1 || lower == "armhf"_L1 || lower == "armv7l"_L1 || lower == "armv7a"_L1) {
        return Architecture::Arm32;
    }
    return Architecture::Unknown;
}

Architecture architectureOfMachine(QStringView machine)
{
    const QString lower = machine.toString().toLower();
    if (lower.contains("x86-64"_L1) || lower.contains("x86_64"_L1) || lower.contains("amd64"_L1)
        || lower.contains("corei7"_L1)) {
        return Architecture::X86_64;
    }
    if (lower.contains("arm64"_L1) || lower.contains("aarch64"_L1) || lower.contains("zynqmp"_L1)
        || lower.contains("armv8"_L1) || lower.endsWith("-64"_L1)) {
        return Architecture::Arm64;
    }
    if (lower.contains("x86"_L1) || lower.contains("i586"_L1) || lower.contains("i686"_L1)) {
        return Architecture::X86_32;
    }
    if (lower == "qemuarm"_L1 || lower.contains("armv7"_L1) || lower.contains("armhf"_L1)) {
        return Architecture::Arm32;
    }
    return Architecture::Unknown;
}

QString defaultKernelImageType(Architecture architecture)
{
    switch (architecture) {
    case Architecture::X86_32:
    case Architecture::X86_64:
        return u"bzImage"_s;
    case Architecture::Arm32:
        return u"zImage"_s;
    case Architecture::Arm64:
        return u"Image"_s;
    case Architecture::Unknown:
        break;
    }
    return {};
}

bool runsOn(Architecture guest, Architecture machine)
{
    if (guest == Architecture::Unknown || machine == Architecture::Unknown || guest == machine) {
        return true;
    }
    return (guest == Architecture::X86_32 && machine == Architecture::X86_64)
        || (guest == Architecture::Arm32 && machine == Architecture::Arm64);
}

} // namespace Stowage

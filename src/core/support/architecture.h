// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QString>

namespace Stowage
{

/** Processor architectures that Xen runs on, and their predecessors that guests may still use. */
enum class Architecture { Unknown, X86_32, X86_64, Arm32, Arm64 };

/** The name used in project files, JSON and messages: "x86_32", "x86_64", "arm", "arm64"; empty for Unknown. */
[[nodiscard]] QString architectureName(Architecture architecture);

/** The architecture of a name as project files, Debian, Yocto, GNU or `uname -m` write it; Unknown when not known. */
[[nodiscard]] Architecture architectureFromName(QStringView name);

/** The architecture that a Yocto MACHINE name suggests, such as "qemuarm64" or "genericx86-64"; Unknown when unclear. */
[[nodiscard]] Architecture architectureOfMachine(QStringView machine);

/** Name of the kernel file that Yocto deploys for it: "Image", "bzImage" or "zImage"; empty for Unknown. */
[[nodiscard]] QString defaultKernelImageType(Architecture architecture);

/** Whether it is one of x86, of either width. */
[[nodiscard]] constexpr bool isX86(Architecture architecture)
{
    return architecture == Architecture::X86_64 || architecture == Architecture::X86_32;
}

/** Whether it is one of Arm, of either width. */
[[nodiscard]] constexpr bool isArm(Architecture architecture)
{
    return architecture == Architecture::Arm64 || architecture == Architecture::Arm32;
}

/** Whether a guest of @p guest can run on a machine of @p machine; unknown ones are given the benefit of the doubt. */
[[nodiscard]] bool runsOn(Architecture guest, Architecture machine);

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/sources/bootentries.h"
#include "core/sources/systemkernels.h"

namespace Stowage
{

/** A line of fstab(5). */
struct FstabEntry {
    QString device; ///< "UUID=...", "/dev/sda1", "LABEL=root".
    QString mountPoint; ///< "none" for swap.
    QString type;
    QString options;

    bool operator==(const FstabEntry&) const = default;
};

/** What the first program of a system is. */
enum class InitSystem { None, Systemd, OpenRc, BusyBox, SysVInit, Other };

/** What is in a file system, as far as it matters to who wants to start it. A plain value. */
struct SystemLook {
    bool isRootfs = false; ///< It has the directories of a root file system.
    QString name; ///< PRETTY_NAME of its os-release(5); empty where there is none, like the next two.
    QString id; ///< "debian"
    QString version; ///< VERSION_ID: "13"
    Architecture architecture = Architecture::Unknown; ///< Of its programs, else of its kernels.
    QList<SystemKernel> kernels; ///< The newest first; at most 64.
    QList<SystemBootEntry> bootEntries; ///< The one that is started by default first; at most 64.
    QStringList modules; ///< Versions of the kernels that it has modules for; at most 64.
    InitSystem init = InitSystem::None;
    QByteArray initPath; ///< "sbin/init"
    bool hasConsoleLogin = false; ///< Something offers a login, or a shell, on hvc0 when that is the console.
    bool hasCloudInit = false; ///< It reads a seed disk when it is first started.
    bool hasBusyBox = false; ///< BusyBox is there, by which it can be given an init.
    QList<FstabEntry> fstab;

    bool operator==(const SystemLook&) const = default;
};

/**
 * Looks at @p tree, which is a root file system or one that holds only what boots it: /boot, an EFI system partition, a CD.
 * Never fails: what is damaged is left out. Reads no more than a few MiB, and of each file no more than 1 MiB,
 * but the newest kernel as a whole where no configuration lies beside it. Sources:
 * os-release(5), fstab(5), the Boot Loader Specification (uapi-group.org), GRUB's manual, doc/extlinux.txt of Syslinux,
 * inittab(5), and systemd-getty-generator(8).
 */
[[nodiscard]] SystemLook lookAtSystem(const FileTree& tree);

/** The architecture of the programs in @p tree, by their ELF headers. */
[[nodiscard]] Architecture architectureOf(const FileTree& tree);
/** The os-release(5) of @p tree; empty where it has none. */
[[nodiscard]] QByteArray osReleaseOf(const FileTree& tree);

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/layout/problemlist.h"
#include "core/project/project.h"

#include <QByteArrayList>

namespace Stowage
{

struct LayoutNode;

/** A BootFile that was found. */
struct ResolvedBootFile {
    QString path; ///< Absolute, links followed.
    QByteArray target; ///< Path in the partition, without a slash at the front; of a form that FAT can hold.
    qint64 size = 0; ///< Bytes.

    bool operator==(const ResolvedBootFile&) const = default;
};

/**
 * What a new disk has beside its root file system, and what of the host starts it. Names are paths in the root file
 * system without a slash at the front ("boot/xen-4.20-amd64.gz"); empty: the host has none.
 */
struct DiskSetup {
    DiskSettings settings;
    Architecture architecture = Architecture::Unknown; ///< Of the host.
    QList<ResolvedBootFile> files;
    qint64 dom0MemoryMiB = 0; ///< 0: unknown.
    QString xenOptions;
    QString kernelOptions; ///< Without "root=".

    bool startsByBios = false;
    bool startsByUefi = false;
    bool startsByUBoot = false;
    QByteArray hypervisor;
    QByteArray efiHypervisor; ///< The hypervisor as an EFI program.
    QByteArray kernel;
    QByteArray ramdisk; ///< The one that belongs to the kernel.

    bool operator==(const DiskSetup&) const = default;

    /** Whether GRUB starts it by UEFI, and whether GRUB does so at all: then the root file system has a menu for it. */
    [[nodiscard]] bool hasGrubForUefi() const
    {
        return startsByUefi && architecture == Architecture::X86_64 && settings.loader == DiskSettings::Loader::Grub;
    }
    [[nodiscard]] bool hasGrub() const { return startsByBios || hasGrubForUefi(); }
};

/** Where GRUB's menu is in the root file system. */
inline constexpr QLatin1StringView MenuDirectory("/boot/grub");
inline constexpr QLatin1StringView MenuName("grub.cfg");

/**
 * Whether a FAT file system cannot hold files at both @p path and @p other: they are one name, or one lies below the other,
 * as FAT sees names: without their case. Pure.
 */
[[nodiscard]] bool clashOnFat(const QByteArray& path, const QByteArray& other);

/**
 * The settings of @p project with their files looked up and their texts checked; what starts the disk is for
 * findLoaders() to find. Blocks on the disk.
 */
[[nodiscard]] DiskSetup resolveDisk(const Project& project, ProblemList& problems);

/**
 * Finds the newest hypervisor and kernel in /boot of the host's tree @p root, and with them in what ways the disk of
 * @p setup starts. An error when its settings ask for a way that the host has not what is needed for; then nothing starts
 * it. Pure.
 */
[[nodiscard]] Result<void> findLoaders(DiskSetup& setup, const LayoutNode& root);

/**
 * GRUB's menu for the disk of @p setup (GRUB manual, "Writing full configuration files directly"). It names no UUID: GRUB
 * tells the kernel that of the file system that the menu lies in, so that the text is the same on every disk. Pure.
 */
[[nodiscard]] QByteArray grubMenu(const DiskSetup& setup);

} // namespace Stowage

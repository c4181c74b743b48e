// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/boot/bootverdict.h"
#include "core/layout/hostsource.h"
#include "core/support/architecture.h"

#include <QStringList>

namespace Stowage
{

/** MiB that a machine to boot on may have. */
inline constexpr qint64 MostMachineMemory = 1024 * 1024;

/** A guest that the host starts by itself, as its configuration in the image says. */
struct AutostartGuest {
    QString name;
    qint64 memoryMiB = 0; ///< To MostMachineMemory; 0: not said.

    bool operator==(const AutostartGuest&) const = default;
};

/** What an image of a host has for its start. Names are paths in the image, without a slash at the front. */
struct BootImage {
    QString path; ///< Of the image.
    QString rootDevice; ///< What the image's root file system is to a kernel with the image as first virtio disk.
    bool isDisk = false; ///< It has a partition table.
    qint64 offset = 0; ///< Byte where the root file system begins.
    Architecture architecture = Architecture::Unknown;
    QByteArray hypervisor; ///< Empty: none in its /boot; likewise the next two.
    QByteArray kernel;
    QByteArray ramdisk; ///< The one that belongs to the kernel.
    QList<AutostartGuest> guests;
};

/**
 * Looks into the ext4 image or raw disk @p path: the newest hypervisor and kernel in /boot, the guests in /etc/xen/auto.
 * A guest's configuration that cannot be read is an error. Blocks on the disk.
 */
[[nodiscard]] Result<BootImage> lookForBoot(const QString& path, const std::stop_token& stop);

/**
 * The names among @p names of files in /boot that are hypervisors, kernels; the newest first, by the numbers in them;
 * names without any last.
 * Debian and Yocto differ: xen-4.20-amd64.gz and xen-4.19.1; vmlinuz-6.12-amd64 and bzImage-6.6.54-yocto-standard.
 */
[[nodiscard]] QByteArrayList hypervisorsAmong(const QByteArrayList& names);
[[nodiscard]] QByteArrayList kernelsAmong(const QByteArrayList& names);
/** The name among @p names of the RAM disk that belongs to @p kernel; empty: none. */
[[nodiscard]] QByteArray ramdiskAmong(const QByteArrayList& names, const QByteArray& kernel);

} // namespace Stowage

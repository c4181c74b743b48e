// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/sources/cdimage.h"
#include "core/sources/disklook.h"
#include "core/sources/guestbundle.h"
#include "core/sources/machine.h"
#include "core/support/architecture.h"
#include "core/support/result.h"

#include <QString>
#include <QStringList>

#include <optional>
#include <stop_token>

namespace Stowage
{

/** What a file or directory is, by its content. */
enum class SourceKind {
    Missing,
    RootfsDirectory, ///< A directory that holds a root file system.
    RootfsArchive, ///< A tar archive of one, compressed or not.
    Qcow2,
    Squashfs, ///< A squashfs file system.
    ContainerImage, ///< As docker save makes it, or an image layout of the OCI.
    VirtualDisk, ///< A disk in another format of its own: VMDK, VDI, VHD, VHDX, QED, Android sparse; the handler tells.
    VirtualMachine, ///< Described in OVF, beside its disks or in an archive with them (OVA).
    Iso, ///< A CD image.
    Ext4, ///< An ext2, ext3 or ext4 image.
    RawDisk, ///< A disk with an MBR or GPT partition table.
    Kernel, ///< Something that xl loads as `kernel =`, or a known kernel that it does not.
    Ramdisk, ///< A cpio archive, compressed or not.
    XlConfig,
    Bundle, ///< A directory with finished guests and their configs.
    BitBake,
    Project,
    Other, ///< Known or unknown, but nothing that this version takes; see refusal.
};

/** What probeSource() found. A plain value. */
struct SourceInfo {
    QString path;
    SourceKind kind = SourceKind::Missing;
    QString description; ///< One line for the user: "QCOW2 disk, 2 GiB, 312 MiB used".
    QStringList chain; ///< What lies in what, the outermost first: "xz", "tar", "raw", "gpt".
    QString codec; ///< How the file is compressed ("gzip", "zip"); empty: not at all.
    QString handler; ///< Type of the import handler that takes it; empty: none.
    bool isArchive = false; ///< A tar archive, whose first names need not tell what is in it.
    bool isUnreadable = false; ///< It could not be looked at; the refusal says why.
    QString refusal; ///< Why it cannot be used, with what it looks like; empty when it can.
    qint64 size = 0; ///< Bytes of the file; 0 for directories.
    qint64 virtualSize = 0; ///< Bytes of the disk inside; 0 when it is none.
    qint64 allocatedSize = 0; ///< Bytes that the file, with others that it consists of, takes on this disk.
    Architecture architecture = Architecture::Unknown;
    std::optional<KernelFacts> kernel; ///< Of a kernel.
    QString kernelVersion; ///< Of a kernel, where it states one: "6.12.41".
    DiskLook disk; ///< What is on it, for disks, file systems and directories.
    QStringList remarks; ///< What it only seems to be, and why it is not, a sentence each.
    std::optional<MachineDescription> machine; ///< Of a virtual machine that could be read.
    std::optional<CdImage> cd; ///< Of a CD image.
    std::optional<GuestBundle> bundle; ///< Of a bundle.

    bool operator==(const SourceInfo&) const = default;

    /** Whether the disk of a guest is made of the files in it, and is not there yet. */
    [[nodiscard]] bool isMade() const;
    /** The root file system that was found; else whatever tells of kernels; null where there is neither. */
    [[nodiscard]] const SystemLook* system() const;
};

/** "rootfs_directory", "qcow2", ...: stable name of @p kind for JSON. */
[[nodiscard]] QString sourceKindName(SourceKind kind);

/**
 * Tells what @p path is. Content decides, never the name; only headers are read. Never fails: what cannot be read has
 * the kind Missing or Other with a refusal. Blocks on the disk: not for the GUI thread.
 */
[[nodiscard]] SourceInfo probeSource(const QString& path, const std::stop_token& stop = {});

} // namespace Stowage

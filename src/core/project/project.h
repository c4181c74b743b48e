// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/project/guest.h"
#include "core/support/architecture.h"

namespace Stowage
{

/** What the set of guests is called when it is packaged or shown. */
struct Bundle {
    QString name;
    QString version;
    QString description;
    QString licence; ///< SPDX expression.
    QJsonObject unknown;

    bool operator==(const Bundle&) const = default;
};

/** The machine that the host image is for. */
struct Machine {
    QString name; ///< Yocto MACHINE, part of deployed file names.
    Architecture architecture = Architecture::Unknown;
    QString deployDirectory; ///< Finished images and kernels.
    QString unpackDirectory; ///< Fetched and unpacked sources.
    QString
        kernelImageType; ///< Name of the shared kernel in the deploy directory; empty: the architecture's usual one.
    qint64 memoryMiB = 0; ///< RAM; 0: unknown.
    qint64 dom0MemoryMiB = 0; ///< What Dom0 keeps of it; 0: unknown.
    QJsonObject unknown;

    bool operator==(const Machine&) const = default;

    /** The stated architecture, or the one that the machine's name suggests. */
    [[nodiscard]] Architecture effectiveArchitecture() const;
    /** The stated kernel image type, or the usual one of the architecture; empty when neither is known. */
    [[nodiscard]] QString effectiveKernelImageType() const;
};

/** The host root file system that receives the guests. */
struct Host {
    QString path; ///< What to start from, see openHost(); empty: the output holds the target layout alone.
    QStringList bridges; ///< Bridges that it has, beside those found in its network configuration.
    QJsonObject unknown;

    bool operator==(const Host&) const = default;
};

/** One thing to write: a kind of output and where to. */
struct OutputSpec {
    QString kind = {}; ///< "tree", "tar", "ext4" or "disk".
    QString path = {};
    qint64 sizeMiB = 0; ///< Of the root file system where the kind has one of a size; 0: by its content.
    bool bmap = false; ///< For bmaptool(1), a map of the blocks in use is written beside an image.
    QJsonObject unknown = {};

    bool operator==(const OutputSpec&) const = default;
};

/** A file of the user's for the partition of a disk that firmware reads. */
struct BootFile {
    QString source = {}; ///< Looked up like a guest's kernel.
    QString target = {}; ///< Its path there, such as "EFI/BOOT/BOOTX64.EFI".
    QJsonObject unknown = {};

    bool operator==(const BootFile&) const = default;
};

/** How a disk image that is made anew is laid out, and how it starts by itself. */
struct DiskSettings {
    enum class Table { Gpt, Mbr };
    enum class Boot {
        Automatic, ///< Every way that the host has what is needed for.
        None,
        Bios, ///< PC firmware; x86-64 alone.
        Uefi,
        Both,
    };
    /** What UEFI firmware of an x86-64 machine starts. Arm's always starts Xen itself. */
    enum class Loader { Grub, XenEfi };

    Table table = Table::Gpt;
    Boot boot = Boot::Automatic;
    Loader loader = Loader::Grub;
    std::optional<QString>
        xenOptions; ///< Xen's command line; none: both consoles, and Dom0's memory where it is known.
    std::optional<QString> kernelOptions; ///< Behind "root="; none: writable, and both consoles.
    QList<BootFile> files;
    QJsonObject unknown;

    bool operator==(const DiskSettings&) const = default;
};

/**
 * Everything that the user decides; the content of a `.stowage` file. A plain value, usable on any thread.
 *
 * Relative paths in it count from @c directory, which is where the project file lies and is not saved in it.
 */
struct Project {
    Bundle bundle;
    Machine machine;
    Host host;
    GuestDefaults defaults;
    DiskSettings disk; ///< For outputs that are disks.
    QList<Guest> guests; ///< In the order of the bundle.
    QList<OutputSpec> outputs;
    QJsonObject unknown;
    QString directory; ///< Absolute.

    bool operator==(const Project&) const = default;

    /** @p path made absolute from the project's directory and cleaned; an empty path stays empty. */
    [[nodiscard]] QString absolutePath(const QString& path) const;
    /** Whether any output is a whole disk. */
    [[nodiscard]] bool hasDiskOutput() const;
};

} // namespace Stowage

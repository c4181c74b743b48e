// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/project/firstboot.h"

#include <QJsonObject>
#include <QList>
#include <QString>
#include <QStringList>

#include <optional>

namespace Stowage
{

/** What runs the guest (xl.cfg(5), `type`). Automatic leaves it to xl, except that a guest without a kernel is HVM. */
enum class GuestType { Automatic, Pv, Pvh, Hvm };

/** Where the guest's kernel comes from. */
enum class KernelMode {
    Shared, ///< The machine's own kernel, under its image type in the deploy directory.
    Custom, ///< A file of its own.
    Image, ///< A file in the guest's image, which is taken out of it.
    None, ///< No kernel on the target: an HVM guest boots from its disk.
};

/** Who owns the files of an image that is made from a directory. */
enum class OwnerRule {
    Automatic, ///< Root where the top directory belongs to an ordinary user who built it, else as they are.
    Keep, ///< As they are in the directory.
    Root, ///< Everything root:root.
};

/**
 * Which name a deployed file gets on the target. Deploy directories hold links to time-stamped files:
 * guests listed in a configuration take the name of the file behind the link, guests of a bundle recipe the link's.
 */
enum class NamingRule { LinkTarget, LinkName };

/** The import handler that makes an empty disk, without any source. */
inline constexpr QLatin1StringView EmptyDiskType("empty");

/** One disk beside the root disk. */
struct GuestDisk {
    QString file; ///< A file to put on the target, looked up like Guest::sourceFile; empty when @c target is used.
    QString type; ///< Import handler; empty: recognised by content.
    QString target; ///< A device or file that the host has already ("/dev/vg/data"); used when @c file is empty.
    QString device; ///< Virtual device, such as "xvdb" (xl-disk-configuration(5), vdev).
    bool readOnly = false;
    std::optional<qint64> imageSizeMiB; ///< Size of an image made from files, or of an empty one, in MiB.
    QString member = {}; ///< Which disk of @c file, where that holds several; empty: the first.
    bool cdrom = false; ///< A CD drive, which is read-only.
    QJsonObject unknown = {}; ///< Keys of the project file that this version does not know.

    bool operator==(const GuestDisk&) const = default;

    /** Whether an image is made for it; else it is a target. */
    [[nodiscard]] bool isImported() const { return !file.isEmpty() || type == EmptyDiskType; }
    /** The virtual device, with the default of a CD drive applied. */
    [[nodiscard]] QString effectiveDevice() const { return device.isEmpty() && cdrom ? QStringLiteral("hdc") : device; }
};

/** A further line of the guest's configuration: @c value is xl.cfg(5) text, quotes and brackets included. */
struct XlOption {
    QString key;
    QString value;
    QJsonObject unknown = {};

    bool operator==(const XlOption&) const = default;
};

/** Values that guests take when they do not set their own. */
struct GuestDefaults {
    qint64 memoryMiB = 512;
    int vcpus = 1;
    QString vif = QStringLiteral("bridge=xenbr0");
    QString extra = QStringLiteral("root=/dev/xvda ro ip=dhcp");
    QString diskDevice = QStringLiteral("xvda");
    qint64 imageSizeMiB = 256;
    QString imageFsType = QStringLiteral("ext4");
    QJsonObject unknown;

    bool operator==(const GuestDefaults&) const = default;
};

/**
 * One guest of a project, as the user wrote it. An empty optional or string means "not set": the default applies.
 * A plain value, usable on any thread.
 */
struct Guest {
    QString entry; ///< Names the files on the target: `<entry>.cfg`, `<entry>.img`; must be unique.
    bool autostart = false; ///< Link in /etc/xen/auto, which xendomains starts.
    bool external = false; ///< Built elsewhere: its licence is the user's business.
    QStringList otherTags; ///< Tags that are neither, kept so that they can be shown as a problem.
    NamingRule naming = NamingRule::LinkTarget;

    QString name; ///< Domain name in the config; empty: the entry.
    std::optional<qint64> memoryMiB;
    std::optional<int> vcpus;
    GuestType type = GuestType::Automatic;

    QString
        sourceType; ///< Import handler ("rootfs_dir", "qcow2", "ext4", "raw", ...); empty: nothing is imported; "none": no disk.
    QString sourceFile; ///< What is imported: looked up in the unpack directory, then as a path.
    QString sourceMember; ///< Which disk of it, where it holds several; empty: the first.
    std::optional<qint64> imageSizeMiB;
    OwnerRule owners = OwnerRule::Automatic;
    QString rootfs; ///< Finished root file system in the deploy directory; empty: found by the entry's name.

    std::optional<QString> diskDevice;
    QList<GuestDisk> extraDisks;
    std::optional<QString> vif; ///< First vif, xl-network-configuration(5) text.
    QStringList extraVifs;

    QString
        kernel; ///< Empty: shared; "none": HVM; "image:...": see ImagePath; else a path, looked up in the unpack and deploy directories.
    QString ramdisk; ///< Taken out of the image, or looked up, like the kernel.
    std::optional<QString> extra; ///< Kernel command line.
    QString configFile; ///< Custom config that replaces the generated one.
    QList<XlOption> options; ///< Further config lines, in order.
    std::optional<FirstBoot> firstBoot; ///< None: the guest starts as it is.
    QJsonObject unknown;

    bool operator==(const Guest&) const = default;

    [[nodiscard]] KernelMode kernelMode() const;
    /** Whether it has a root disk: a unikernel, or a guest that lives in its ramdisk, has none. */
    [[nodiscard]] bool hasRootDisk() const;
    /** Domain name: name, or the entry where none is set. */
    [[nodiscard]] QString domainName() const;
    /** The virtual device of the root disk, with the default applied; the others likewise. */
    [[nodiscard]] QString effectiveDiskDevice(const GuestDefaults& defaults) const;
    [[nodiscard]] QString effectiveVif(const GuestDefaults& defaults) const;
    [[nodiscard]] QString effectiveExtra(const GuestDefaults& defaults) const;
    [[nodiscard]] qint64 effectiveMemoryMiB(const GuestDefaults& defaults) const;
    [[nodiscard]] int effectiveVcpus(const GuestDefaults& defaults) const;
    [[nodiscard]] qint64 effectiveImageSizeMiB(const GuestDefaults& defaults) const;
};

} // namespace Stowage

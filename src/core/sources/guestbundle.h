// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/result.h"

#include <QList>
#include <QString>
#include <QStringList>

#include <optional>
#include <stop_token>

namespace Stowage
{

/** A further disk of a bundled guest. */
struct BundledDisk {
    QString file = {}; ///< Absolute path.
    QString device = {}; ///< "xvdb"
    bool readOnly = false;
    bool cdrom = false;

    bool operator==(const BundledDisk&) const = default;
};

/** A guest of a bundle with its files, all of them absolute paths of regular files in the bundle. */
struct BundledGuest {
    QString name = {}; ///< Of its config, without ".cfg".
    QString config = {};
    QString rootfs = {}; ///< Its finished root disk; empty: it has none that is in the bundle.
    QString kernel = {}; ///< Empty: it has none that is in the bundle; likewise the ramdisk.
    QString ramdisk = {};
    QList<BundledDisk> disks = {};
    bool autostart = false;

    bool operator==(const BundledGuest&) const = default;
};

/** Finished guests in a directory, and what of it is not used. */
struct GuestBundle {
    QStringList packages; ///< That the guests come from; none for those of a staging tree.
    QList<BundledGuest> guests; ///< At most 1000.
    QList<Error> problems; ///< With their places in the bundle.

    bool operator==(const GuestBundle&) const = default;
};

/**
 * The guests in the directory @p path; none where it is no bundle. Bundles are
 * - what a package of a bundle recipe installs: `usr/share/xen-guest-bundles/PACKAGE/` with `manifest`, `configs/` and `images/`;
 *   the package's directory alone counts, too. A line of the manifest is `guest:rootfs_file:kernel_file:autostart`, the last
 *   field being empty or "autostart";
 * - a tree as it is on the target: `etc/xen/GUEST.cfg`, `etc/xen/auto/`, `var/lib/xen/images/`.
 *
 * All names in it are hostile: what is not a regular file in that directory, which no link leads to, is a problem, and so are
 * missing files and names that come twice. Reads manifests and configs of at most 1 MiB each. Blocks on the disk.
 */
[[nodiscard]] std::optional<GuestBundle> readGuestBundle(const QString& path, const std::stop_token& stop);

} // namespace Stowage

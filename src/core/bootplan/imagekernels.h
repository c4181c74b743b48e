// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/project/imagepath.h"
#include "core/sources/disklook.h"

namespace Stowage
{

/** A kernel in an image, and what starts with it. A plain value. */
struct ImageKernel {
    int partition = 0; ///< Where it lies; 0: there are no partitions.
    SystemKernel kernel;
    QByteArray ramdisk; ///< Path of its ramdisk on the same partition; empty: none.
    QString options; ///< What the image's own boot loader gives it as the command line; empty: not known.
    QString optionsFrom; ///< The file that says so; empty where none does.

    [[nodiscard]] ImagePath path() const;
    [[nodiscard]] ImagePath ramdiskPath() const; ///< Without a path where there is none.
};

/** Whether Stowage can give @p kernel to xl on a machine of @p machine: as it is, or taken out of what it is packed in. */
[[nodiscard]] bool isUsable(const SystemKernel& kernel, Architecture machine);

/**
 * The kernels on @p disk, the one that it would be started with first: usable ones (isUsable()) before others, what the boot
 * loader starts by default before the rest, newer before older, and those for rescue last.
 */
[[nodiscard]] QList<ImageKernel> kernelsOn(const DiskLook& disk, Architecture machine);

/** How xl can start an x86 kernel, and how that is known. */
struct KernelAbility {
    enum class Source { Unknown, Notes, Configuration };
    Source source = Source::Unknown;
    bool pv = false;
    bool pvh = false;
};
[[nodiscard]] KernelAbility abilityOf(const KernelConfig& config, const std::optional<XenNotes>& notes);

/**
 * The value of root= by which the guest finds @p root, which is on the virtual disk @p device ("xvda"): its UUID where a ramdisk
 * looks it up, else the device itself, as kernels know no UUIDs of file systems.
 */
[[nodiscard]] QString rootParameter(const VolumeLook& root, const QString& device, bool hasRamdisk);

/**
 * The command line @p options of a boot loader made fit for a guest whose root= is @p root: other values of root= and consoles
 * that a guest does not have are left out, and console=hvc0 is added.
 */
[[nodiscard]] QString guestOptions(const QString& options, const QString& root);

} // namespace Stowage

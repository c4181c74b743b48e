// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/result.h"
#include "core/xen/kernelimage.h"

#include <QByteArray>

#include <optional>

namespace Stowage
{

/** What a kernel was configured with (CONFIG_*), as far as a guest needs it. */
struct KernelConfig {
    enum class Setting {
        Unknown, ///< There is no configuration to ask.
        Absent,
        Module,
        BuiltIn,
    };
    Setting xen = Setting::Unknown; ///< XEN
    Setting pv = Setting::Unknown; ///< XEN_PV, of x86 alone
    Setting pvh = Setting::Unknown; ///< XEN_PVH, of x86 alone
    Setting blockFrontend = Setting::Unknown; ///< XEN_BLKDEV_FRONTEND
    Setting ext4 = Setting::Unknown; ///< EXT4_FS
    Setting console = Setting::Unknown; ///< HVC_XEN

    bool operator==(const KernelConfig&) const = default;
};

/** Reads the text of a kernel's configuration, as in /boot/config-VERSION; what it does not name is Absent. */
[[nodiscard]] KernelConfig parseKernelConfig(const QByteArray& text);

/** How an x86 kernel says that Xen can start it (xen/include/public/elfnote.h). */
struct XenNotes {
    bool pv = false; ///< XEN_ELFNOTE_ENTRY, or the older section __xen_guest.
    bool pvh = false; ///< XEN_ELFNOTE_PHYS32_ENTRY

    bool operator==(const XenNotes&) const = default;
};

/** The notes for Xen in the x86 kernel @p elf, an ELF file; neither where it has none or is none. */
[[nodiscard]] XenNotes xenNotesOf(const QByteArray& elf);

/** A kernel without what it was packed in. */
struct PlainKernel {
    QByteArray bytes;
    KernelImage image; ///< What it is now: an ELF file on x86, an Image or zImage on Arm.
    QString codec; ///< How it was compressed; empty: not at all.
};

inline constexpr qint64 MostKernelBytes = 256 * 1024 * 1024; ///< Larger files are taken for no kernels.

/**
 * Takes the kernel @p file, the bytes of a whole file, out of what it is packed in: the compressed payload of a bzImage, an EFI
 * zboot image, a uImage, or plain gzip. A kernel that is not packed comes back as it is. @p name is what errors call it. Errors:
 * it is no kernel, is cut off or damaged, or compressed in a way that is not read (lzo). Sources: Linux Documentation/arch/x86/boot.rst
 * (payload_offset), drivers/firmware/efi/libstub/zboot-header.S and U-Boot's include/image.h.
 */
[[nodiscard]] Result<PlainKernel> unwrapKernel(const QByteArray& file, const QString& name);

/** What a kernel says of itself when it is looked at as a whole. */
struct KernelFacts {
    std::optional<XenNotes> notes; ///< None: it could not be read, or is for Arm, where there are none.
    KernelConfig config; ///< From the configuration in it (IKCONFIG), where it has one.
    QString version; ///< As Linux states it in the line that it greets with; empty for others.

    bool operator==(const KernelFacts&) const = default;
};

/** The facts of the kernel @p file, the bytes of a whole file. Takes a fraction of a second, as it decompresses. */
[[nodiscard]] KernelFacts kernelFactsOf(const QByteArray& file);

/** Whether xl, however old or sparingly built, loads @p file, the kernel @p image, as it is: zstd is new to it. */
[[nodiscard]] bool loadsAnywhere(const QByteArray& file, const KernelImage& image);

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/output/diskplan.h"

namespace Stowage
{

/** What the kernel's command line says of its root: "UUID=" where a RAM disk looks for it, else "PARTUUID=". */
[[nodiscard]] QByteArray rootArgument(const DiskSetup& setup, const QByteArray& fileSystemId,
                                      const QByteArray& partitionId);

/**
 * The configuration that Xen as an EFI program reads (Xen, docs/misc/efi). The kernel and its RAM disk are at the top of
 * the partition. @p root: from rootArgument().
 */
[[nodiscard]] QByteArray xenConfig(const DiskSetup& setup, const QByteArray& root);

/** A file that U-Boot loads. */
struct UBootFile {
    QByteArray name; ///< At the top of the partition; empty: there is none.
    qint64 size = 0; ///< Bytes.
};

/** What U-Boot loads beside Xen. */
struct UBootFiles {
    UBootFile kernel;
    UBootFile ramdisk;
    UBootFile deviceTree; ///< None: the one that U-Boot itself has.
};

/**
 * The commands with which U-Boot starts Xen: it loads all files behind each other from kernel_addr_r on and tells Xen of
 * them below /chosen (Xen, docs/misc/arm/device-tree/booting). @p root: from rootArgument().
 */
[[nodiscard]] QByteArray uBootScript(const DiskSetup& setup, const QByteArray& root, const UBootFiles& files);

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/architecture.h"

#include <QByteArray>
#include <QString>

#include <optional>

namespace Stowage
{

/** What a kernel file is. */
struct KernelImage {
    enum class Format { BzImage, ElfX86, Arm64Image, Arm32ZImage, EfiZboot, UImage, Fit, GzipCompressed };

    Format format = Format::BzImage;
    Architecture architecture = Architecture::Unknown;
    QString version; ///< As the kernel states itself; empty when it does not.
    bool loadable = true; ///< Whether xl loads it as it is.

    bool operator==(const KernelImage&) const = default;

    /** "bzImage", "Image", ...: what the form is called, for the user. */
    [[nodiscard]] QString formatName() const;
    /** One line for the user: "Linux 6.12.41 bzImage, x86_64". */
    [[nodiscard]] QString description() const;
};

/**
 * Recognises a kernel by the first bytes of its file: at least the first 64 KiB, or all where it is shorter. Sources:
 * Linux Documentation/arch/x86/boot.rst, arch/arm64/booting.rst, arch/arm/booting.rst; ELF gABI; U-Boot image.h.
 * Never reads outside @p head. No value when it is no kernel.
 */
[[nodiscard]] std::optional<KernelImage> inspectKernel(const QByteArray& head);

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QString>

#include <optional>

namespace Stowage
{

/**
 * Names a file in the image of a guest, where a kernel or ramdisk is taken out of it: "image:1/boot/vmlinuz-6.12" on its
 * partition 1, "image:/boot/vmlinuz" on a disk without partitions or in a directory, and "image:" the one that it would be
 * started with. A plain value.
 */
struct ImagePath {
    int partition = 0; ///< 0: there are no partitions.
    QString path; ///< "boot/vmlinuz-6.12", relative to the top; empty: whichever the image would start.

    bool operator==(const ImagePath&) const = default;

    /** Reads @p text; none where it does not begin with "image:", or what follows names nothing. */
    [[nodiscard]] static std::optional<ImagePath> parse(QStringView text);
    /** Whether @p text begins like one. */
    [[nodiscard]] static bool isMeant(QStringView text);
    [[nodiscard]] QString toString() const;
};

} // namespace Stowage

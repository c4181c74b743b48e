// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/import/imagecopy.h"

namespace Stowage
{

/** Copies a disk as it is. What QEMU would take for a disk format of its own is refused: it would be no raw disk. */
class RawHandler final : public ImageCopyHandler
{
public:
    [[nodiscard]] QString type() const override;
    [[nodiscard]] QString title() const override;

protected:
    [[nodiscard]] Result<void> checkImage(const FileSample& image, const QString& path) const override;
};

} // namespace Stowage

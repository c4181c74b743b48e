// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/import/imagecopy.h"

namespace Stowage
{

/** Copies the image of an ext2, ext3 or ext4 file system after a look at its superblock. */
class Ext4Handler final : public ImageCopyHandler
{
public:
    [[nodiscard]] QString type() const override;
    [[nodiscard]] QString title() const override;

protected:
    [[nodiscard]] Result<void> checkImage(const FileSample& image, const QString& path) const override;
};

} // namespace Stowage

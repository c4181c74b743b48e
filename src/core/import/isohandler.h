// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/import/imagecopy.h"

namespace Stowage
{

/** Copies a CD image (ISO 9660), such as one that an HVM guest installs its system from. */
class IsoHandler final : public ImageCopyHandler
{
public:
    [[nodiscard]] QString type() const override;
    [[nodiscard]] QString title() const override;

protected:
    [[nodiscard]] Result<void> checkImage(const FileSample& image, const QString& path) const override;
};

} // namespace Stowage

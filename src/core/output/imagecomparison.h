// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/ext4/ext4image.h"
#include "core/output/hostimage.h"

namespace Stowage
{

/**
 * Reads every new file of @p content back from @p image, the file system at @p place, and compares it with what it was made
 * from. The error names the first that differs. Blocks on the disk.
 */
[[nodiscard]] Result<void> compareNewFiles(const LayoutContent& content, const Ext4Image& image,
                                           const ImagePlace& place, const std::stop_token& stop);

} // namespace Stowage

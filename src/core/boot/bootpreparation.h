// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/boot/bootcheck.h"
#include "core/boot/bootimage.h"
#include "core/boot/bootmachine.h"

namespace Stowage
{

/**
 * Puts all that a machine needs to start @p image into @p directory: hypervisor (decompressed, as QEMU takes no other),
 * kernel, RAM disk, or names the firmware; a link to the image. Its memory is what the host and its guests need. Blocks
 * on the disk.
 */
[[nodiscard]] Result<BootMachine> prepareMachine(const BootRequest& request, const BootImage& image,
                                                 const QString& directory, const std::stop_token& stop);

} // namespace Stowage

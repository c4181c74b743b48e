// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/jobs/job.h"
#include "core/layout/layout.h"
#include "core/process/commandrunner.h"

namespace Stowage
{

/**
 * An image that a machine can start from, made of @p source: that itself when it is an ext4 image or a disk and @p host is
 * empty; for a QCOW2 or compressed image the raw one in it, if that is not packed again and there is room; else a new
 * ext4 image in @p workDirectory: of a directory or an archive alone, or of the directory @p source laid over the host at
 * @p host (see openHost()). Blocks on the disk.
 */
[[nodiscard]] Result<QString> bootableImage(const QString& source, const QString& host, const QString& workDirectory,
                                            JobContext& context, CommandRunner& runner);

/** @p host with all of @p tree put over it: what both have is replaced, but for directories. Pure. */
[[nodiscard]] LayoutNode laidOver(LayoutNode host, const LayoutNode& tree);

} // namespace Stowage

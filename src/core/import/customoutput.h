// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/jobs/job.h"
#include "core/process/commandrunner.h"

namespace Stowage
{

/**
 * Verifies that what a handler of the user's left at @p path is a disk that Xen can use as it is: a regular file of its own,
 * raw, with a partition table or a file system on it; one that is ext2, ext3 or ext4 is sound by e2fsck(8). @p type
 * is the import type, for errors. Blocks on the disk; worker threads only.
 */
[[nodiscard]] Result<void> checkCustomOutput(const QString& path, const QString& type, JobContext& context,
                                             CommandRunner& runner);

} // namespace Stowage

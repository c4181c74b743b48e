// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/jobs/job.h"
#include "core/process/commandrunner.h"

namespace Stowage
{

/**
 * Has e2fsck(8) check the file system at the byte @p offset of the image @p path, which it does not change. The error
 * holds the first thing that is wrong. Blocks until it is done; worker threads only.
 */
[[nodiscard]] Result<void> checkWithE2fsck(const QString& path, qint64 offset, JobContext& context,
                                           CommandRunner& runner);

/**
 * The same for a copy alone in its file, where what needs no decision is repaired: the journal, counts of free blocks.
 * @p original: what errors name.
 */
[[nodiscard]] Result<void> repairWithE2fsck(const QString& path, const QString& original, JobContext& context,
                                            CommandRunner& runner);

} // namespace Stowage

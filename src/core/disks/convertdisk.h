// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/disks/diskreader.h"
#include "core/jobs/progress.h"
#include "core/support/sparsetarget.h"

#include <stop_token>

namespace Stowage
{

/**
 * Looks at all tables of @p disk, so that no place outside of its files comes up later, and at none of its content. Blocks on
 * the disk.
 * @return the bytes of the disk that its files hold data for.
 */
[[nodiscard]] Result<qint64> measureDisk(DiskReader& disk, const std::stop_token& stop);

/**
 * Writes @p disk as a raw disk to @p target, which is empty; zeros stay holes. Advances @p progress by the bytes of the disk.
 * Memory: few MiB. Blocks on the disk.
 */
[[nodiscard]] Result<void> convertDisk(DiskReader& disk, SparseTarget& target, Progress& progress,
                                       const std::stop_token& stop);

} // namespace Stowage

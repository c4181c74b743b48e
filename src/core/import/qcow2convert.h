// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/jobs/progress.h"
#include "core/sources/qcow2header.h"
#include "core/support/sparsetarget.h"

#include <stop_token>

namespace Stowage
{

/** Bytes of the raw disk that a QCOW2 disk becomes: whole sectors of 512 bytes, of which QEMU's disks consist. */
[[nodiscard]] qint64 rawDiskSize(const Qcow2Header& header);

/**
 * Writes the disk inside the QCOW2 image @p source, whose @p header and tables were checked, to @p target, which is to have
 * rawDiskSize() bytes and is empty. Clusters are decompressed on all cores, what reads
 * as zeros stays a hole. Advances @p progress by the bytes of the disk. Memory: about 12 MiB a core. Blocks on the disk.
 * Source of the format: QEMU docs/interop/qcow2.txt.
 */
[[nodiscard]] Result<void> convertQcow2(const QString& source, const Qcow2Header& header, SparseTarget& target,
                                        Progress& progress, const std::stop_token& stop);

} // namespace Stowage

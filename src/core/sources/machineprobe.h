// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/sources/sourcefile.h"
#include "core/sources/sourceprobe.h"

namespace Stowage
{

/** A virtual machine: the archive or description @p path, or a directory with one. Blocks on the disk. */
[[nodiscard]] SourceInfo machineInfo(const QString& path, const std::stop_token& stop);

/** A CD image that begins with @p sample; none where it is none. Blocks on the disk. */
[[nodiscard]] std::optional<SourceInfo> cdInfo(const QString& path, const FileSample& sample,
                                               const std::stop_token& stop);

} // namespace Stowage

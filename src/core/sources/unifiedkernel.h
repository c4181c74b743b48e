// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/sources/systemkernels.h"

namespace Stowage
{

/**
 * The kernel in the unified kernel image @p path of @p tree: an EFI program with the kernel, its initrd and its command line
 * in sections (uapi-group.org, "Unified Kernel Image"; Microsoft's PE format). None where it is none.
 */
[[nodiscard]] std::optional<SystemKernel> readUnifiedKernel(const FileTree& tree, const QByteArray& path);

} // namespace Stowage

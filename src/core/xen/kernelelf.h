// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "kernelimage.h"

namespace Stowage
{

/**
 * Recognises an x86 kernel in ELF form by the first bytes of its file: an executable that states Xen notes, or whose
 * segments are loaded at other addresses than they run at, as a vmlinux's are. A program of user space is no kernel.
 */
[[nodiscard]] std::optional<KernelImage> inspectElfKernel(const QByteArray& head);

} // namespace Stowage

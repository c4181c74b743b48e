// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/architecture.h"

#include <QString>

namespace Stowage
{

/** Xen's command line where none is stated: both consoles, and @p dom0MemoryMiB for Dom0 (0: unknown). */
[[nodiscard]] QString usualXenOptions(Architecture architecture, qint64 dom0MemoryMiB);

/** What stands behind "root=" on Dom0's command line where nothing is stated: writable, and both consoles. */
[[nodiscard]] QString usualKernelOptions(Architecture architecture);

} // namespace Stowage

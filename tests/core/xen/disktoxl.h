// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/xen/diskspec.h"
#include "xlutil.h"

namespace Stowage::Test
{

/** What xl would make of @p spec. */
[[nodiscard]] XlDisk asXl(const DiskSpec& spec);

} // namespace Stowage::Test

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/project/project.h"

namespace Stowage::Test
{

/** A guest with every field set. */
[[nodiscard]] Guest fullGuest();

/** A project with every field set. */
[[nodiscard]] Project fullProject();

} // namespace Stowage::Test

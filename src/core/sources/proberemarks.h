// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/sources/sourcefile.h"
#include "core/sources/sourceprobe.h"

namespace Stowage
{

/**
 * What the file that @p info describes only seems to be, by its name or by a mark of some format in @p sample, and why it is
 * not: a sentence each, for the user.
 */
[[nodiscard]] QStringList remarksOn(const FileSample& sample, const SourceInfo& info);

} // namespace Stowage

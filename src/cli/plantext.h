// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/output/diskplan.h"

#include <QString>

namespace Stowage
{

/**
 * @p layout for people: a table of the tree, a node a line with its size, mode, owner, state and origin, and a line of
 * totals. Directories of the host in which nothing changes are one line.
 */
[[nodiscard]] QString planText(const Layout& layout);

/** The partitions of @p disk as a table, with the files of the one that firmware reads. */
[[nodiscard]] QString diskText(const DiskPlan& disk);

} // namespace Stowage

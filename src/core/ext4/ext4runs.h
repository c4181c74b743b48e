// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/entries/filedata.h"

#include <optional>
#include <stop_token>
#include <vector>

struct struct_ext2_filsys;

namespace Stowage
{

/**
 * Where the data of the inode @p number of the open file system @p image lie, in bytes of the file whose byte @p offset the
 * file system begins at; holes and space that was set aside are left out. None where the file system is damaged, the data
 * stand in the inode itself, or @p stop asks for it.
 */
[[nodiscard]] std::optional<std::vector<DataRun>> dataRuns(struct_ext2_filsys* image, quint32 number, qint64 offset,
                                                           const std::stop_token& stop = {});

} // namespace Stowage

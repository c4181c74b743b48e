// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/result.h"

#include <memory>
#include <optional>

struct struct_ext2_filsys;

namespace Stowage
{

class DiskReader;

/** What stands between libext2fs and a disk: every block that the library reads comes from there, and none is written. */
struct Ext4DiskChannel {
    DiskReader& disk; ///< Borrowed.
    std::optional<Error> error = {}; ///< The first one of the disk.
};

/**
 * Opens the file system of @p channel, which has to outlive @p handle, with EXT2_FLAG_* @p flags.
 * @return the code of libext2fs, 0 for success; @p handle is to be freed either way.
 */
[[nodiscard]] long openExt4Disk(Ext4DiskChannel& channel, int flags, struct_ext2_filsys** handle);

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/result.h"

#include <sqfs/compressor.h>
#include <sqfs/io.h>
#include <sqfs/super.h>

#include <memory>
#include <optional>

namespace Stowage
{

class DiskReader;

/** Ends what libsquashfs has made. */
struct SquashfsDeleter {
    void operator()(void* object) const { sqfs_destroy(object); }
};
template<typename T>
using SquashfsObject = std::unique_ptr<T, SquashfsDeleter>;

/** A disk as libsquashfs reads files; nothing is written. */
struct SquashfsDisk : sqfs_file_t {
    /** @p disk is borrowed. */
    explicit SquashfsDisk(DiskReader& disk);

    DiskReader& reader;
    std::optional<Error> error; ///< The first one of the disk.
};

/**
 * What decompresses the blocks of the file system with the superblock @p super; null where nothing here does. LZO is our
 * own: the library leaves it to its tools.
 */
[[nodiscard]] SquashfsObject<sqfs_compressor_t> squashfsDecompressor(const sqfs_super_t& super);

} // namespace Stowage

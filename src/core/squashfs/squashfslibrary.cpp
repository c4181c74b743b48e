// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "squashfslibrary.h"

#include "core/disks/diskreader.h"
#include "core/squashfs/lzo.h"

#include <sqfs/error.h>

namespace Stowage
{

namespace
{

int readAt(sqfs_file_t* file, sqfs_u64 offset, void* buffer, size_t size)
{
    auto* disk = static_cast<SquashfsDisk*>(file);
    const auto all = static_cast<quint64>(disk->reader.size());
    if (offset > all || size > all - offset) {
        return SQFS_ERROR_OUT_OF_BOUNDS;
    }
    auto done = disk->reader.read(static_cast<qint64>(offset), {static_cast<char*>(buffer), size});
    if (!done && !disk->error) {
        disk->error = std::move(done.error());
    }
    return done ? 0 : SQFS_ERROR_IO;
}

int refuseWrite(sqfs_file_t*, sqfs_u64, const void*, size_t)
{
    return SQFS_ERROR_UNSUPPORTED;
}

int refuseTruncate(sqfs_file_t*, sqfs_u64)
{
    return SQFS_ERROR_UNSUPPORTED;
}

sqfs_u64 sizeOf(const sqfs_file_t* file)
{
    return static_cast<sqfs_u64>(static_cast<const SquashfsDisk*>(file)->reader.size());
}

void destroyLzo(sqfs_object_t* object)
{
    delete reinterpret_cast<sqfs_compressor_t*>(object); // which it begins
}

sqfs_s32 decompressBlock(sqfs_compressor_t*, const sqfs_u8* in, sqfs_u32 size, sqfs_u8* out, sqfs_u32 outSize)
{
    const auto done = decompressLzo({in, size}, {out, outSize});
    return done ? static_cast<sqfs_s32>(*done) : SQFS_ERROR_COMPRESSOR;
}

sqfs_compressor_t* makeLzo()
{
    auto* made = new sqfs_compressor_t{};
    made->base.destroy = destroyLzo;
    made->do_block = decompressBlock;
    return made;
}

} // namespace

SquashfsDisk::SquashfsDisk(DiskReader& disk) : sqfs_file_t{}, reader(disk)
{
    read_at = readAt;
    write_at = refuseWrite;
    get_size = sizeOf;
    truncate = refuseTruncate;
}

SquashfsObject<sqfs_compressor_t> squashfsDecompressor(const sqfs_super_t& super)
{
    if (super.compression_id == SQFS_COMP_LZO) {
        return SquashfsObject<sqfs_compressor_t>(makeLzo());
    }
    sqfs_compressor_config_t config = {};
    sqfs_compressor_t* made = nullptr;
    const bool known = sqfs_compressor_config_init(&config, static_cast<SQFS_COMPRESSOR>(super.compression_id),
                                                   super.block_size, SQFS_COMP_FLAG_UNCOMPRESS)
            == 0
        && sqfs_compressor_create(&config, &made) == 0;
    return SquashfsObject<sqfs_compressor_t>(known ? made : nullptr);
}

} // namespace Stowage

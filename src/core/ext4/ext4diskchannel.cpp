// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "ext4diskchannel.h"

#include "core/disks/diskreader.h"

#include <ext2fs/ext2fs.h>

#include <cstring>

namespace Stowage
{

namespace
{

thread_local Ext4DiskChannel* opening = nullptr; // The library's open() gets no more than a name.

void freeChannel(io_channel channel)
{
    ext2fs_free_mem(static_cast<void*>(&channel->name));
    ext2fs_free_mem(static_cast<void*>(&channel));
}

io_manager manager();

errcode_t openChannel(const char* name, int, io_channel* opened)
{
    constexpr int SuperblockSize = 1024;
    io_channel channel = nullptr;
    if (const errcode_t code = ext2fs_get_memzero(sizeof(struct_io_channel), static_cast<void*>(&channel)); code != 0) {
        return code;
    }
    channel->magic = EXT2_ET_MAGIC_IO_CHANNEL;
    channel->manager = manager();
    const size_t nameSize = std::strlen(name) + 1;
    if (const errcode_t code = ext2fs_get_mem(nameSize, static_cast<void*>(&channel->name)); code != 0) {
        freeChannel(channel);
        return code;
    }
    std::memcpy(channel->name, name, nameSize);
    channel->block_size = SuperblockSize;
    channel->refcount = 1;
    channel->private_data = opening;
    *opened = channel;
    return 0;
}

errcode_t closeChannel(io_channel channel)
{
    if (--channel->refcount == 0) {
        freeChannel(channel);
    }
    return 0;
}

errcode_t setBlockSize(io_channel channel, int blockSize)
{
    channel->block_size = blockSize;
    return 0;
}

errcode_t readFrom(Ext4DiskChannel& from, quint64 block, quint64 blockSize, std::span<char> into)
{
    const auto size = static_cast<quint64>(from.disk.size());
    if (block > size / blockSize || into.size() > size - block * blockSize) {
        return EXT2_ET_SHORT_READ;
    }
    auto done = from.disk.read(static_cast<qint64>(block * blockSize), into);
    if (!done && !from.error) {
        from.error = std::move(done.error());
    }
    return done ? 0 : EXT2_ET_SHORT_READ;
}

/** @p count: blocks, or below 0 bytes. */
errcode_t readBlocks(io_channel channel, unsigned long long block, int count, void* data)
{
    auto& from = *static_cast<Ext4DiskChannel*>(channel->private_data);
    const auto blockSize = static_cast<size_t>(channel->block_size);
    const size_t bytes = count < 0 ? static_cast<size_t>(-static_cast<qint64>(count))
                                   : static_cast<size_t>(count) * blockSize;
    const errcode_t code = readFrom(from, block, blockSize, {static_cast<char*>(data), bytes});
    if (code == 0 || channel->read_error == nullptr) {
        return code;
    }
    return channel->read_error(channel, static_cast<unsigned long>(block), count, data, bytes, 0, code);
}

errcode_t readFewBlocks(io_channel channel, unsigned long block, int count, void* data)
{
    return readBlocks(channel, block, count, data);
}

errcode_t refuseBlocks(io_channel, unsigned long long, int, const void*)
{
    return EXT2_ET_RO_FILSYS;
}

errcode_t refuseFewBlocks(io_channel, unsigned long, int, const void*)
{
    return EXT2_ET_RO_FILSYS;
}

errcode_t flushNothing(io_channel)
{
    return 0;
}

io_manager manager()
{
    static struct_io_manager callbacks = [] {
        struct_io_manager made = {};
        made.magic = EXT2_ET_MAGIC_IO_MANAGER;
        made.name = "Disk";
        made.open = openChannel;
        made.close = closeChannel;
        made.set_blksize = setBlockSize;
        made.read_blk = readFewBlocks;
        made.read_blk64 = readBlocks;
        made.write_blk = refuseFewBlocks;
        made.write_blk64 = refuseBlocks;
        made.flush = flushNothing;
        return made;
    }();
    return &callbacks;
}

} // namespace

long openExt4Disk(Ext4DiskChannel& channel, int flags, struct_ext2_filsys** handle)
{
    opening = &channel;
    const errcode_t code = ext2fs_open2("disk", nullptr, flags, 0, 0, manager(), handle);
    opening = nullptr;
    return code;
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "ext4checksum.h"

#include <ext2fs/ext2fs.h>

namespace Stowage
{

namespace
{

constexpr size_t UuidBytes = 16;

quint32 crc(quint32 start, const void* data, size_t size)
{
    return ext2fs_crc32c_le(start, static_cast<const unsigned char*>(data), size);
}

} // namespace

Ext4Checksum::Ext4Checksum(const quint8* uuid) : m_value(plain(uuid, UuidBytes))
{ }

Ext4Checksum Ext4Checksum::over(const void* data, size_t size) const
{
    Ext4Checksum next;
    next.m_value = crc(m_value, data, size);
    return next;
}

Ext4Checksum Ext4Checksum::ofInode(quint32 number) const
{
    return over(number).over(quint32{0});
}

quint32 Ext4Checksum::plain(const void* data, size_t size)
{
    return crc(~quint32{0}, data, size);
}

} // namespace Stowage

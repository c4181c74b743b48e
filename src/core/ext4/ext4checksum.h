// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QtTypes>

#include <cstddef>

namespace Stowage
{

/**
 * The checksums of ext4's metadata: CRC32c, started with that of the file system's UUID. Source: Linux
 * Documentation/filesystems/ext4/checksums.rst. A value; thread-safe.
 */
class Ext4Checksum
{
public:
    /** @p uuid: the 16 bytes from the superblock. */
    explicit Ext4Checksum(const quint8* uuid);

    /** Starts for what belongs to the inode @p number with the generation 0: directories and extents. */
    [[nodiscard]] Ext4Checksum ofInode(quint32 number) const;

    /** This one, continued over @p size bytes at @p data. */
    [[nodiscard]] Ext4Checksum over(const void* data, size_t size) const;
    template<typename T>
    [[nodiscard]] Ext4Checksum over(const T& value) const
    {
        return over(&value, sizeof(value));
    }

    [[nodiscard]] quint32 value() const { return m_value; }
    [[nodiscard]] quint16 low() const { return static_cast<quint16>(m_value & 0xffff); }
    [[nodiscard]] quint16 high() const { return static_cast<quint16>(m_value >> 16); }

    /** That of @p size bytes at @p data by themselves: for the superblock. */
    [[nodiscard]] static quint32 plain(const void* data, size_t size);

private:
    Ext4Checksum() = default;

    quint32 m_value = 0;
};

} // namespace Stowage

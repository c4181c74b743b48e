// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "squashfsattributes.h"

#include <sqfs/block.h>
#include <sqfs/xattr.h>

#include <algorithm>

namespace Stowage
{

namespace
{

constexpr quint64 PlaceSize = 16; ///< Bytes of a set's place.
constexpr quint64 PlacesInBlock = SQFS_META_BLOCK_SIZE / PlaceSize;
constexpr quint32 MostSets = 16 * 1024 * 1024;

} // namespace

SquashfsAttributes::SquashfsAttributes(SquashfsDisk& disk, sqfs_compressor_t& decompressor, const sqfs_super_t& super)
    : m_places(disk, decompressor, 0, super.bytes_used),
      m_pairs(disk, decompressor, 0, super.bytes_used)
{
    constexpr quint64 NoTable = ~quint64{0};
    sqfs_xattr_id_table_t table = {};
    if ((super.flags & SQFS_FLAG_NO_XATTRS) != 0 || super.xattr_id_table_start == NoTable
        || disk.read_at(&disk, super.xattr_id_table_start, &table, sizeof(table)) != 0) {
        return;
    }
    const quint32 count = qFromLittleEndian(table.xattr_ids);
    if (count > MostSets) {
        return;
    }
    m_blocks.resize((count + PlacesInBlock - 1) / PlacesInBlock);
    const size_t bytes = m_blocks.size() * sizeof(quint64);
    if (disk.read_at(&disk, super.xattr_id_table_start + sizeof(table), m_blocks.data(), bytes) == 0) {
        m_start = qFromLittleEndian(table.xattr_table_start);
        m_count = count;
    }
}

std::optional<QList<ExtendedAttribute>> SquashfsAttributes::read(quint32 index)
{
    constexpr quint32 MostAttributes = 10'000;
    if (index >= m_count
        || !m_places.seek(qFromLittleEndian(m_blocks[index / PlacesInBlock]), index % PlacesInBlock * PlaceSize)) {
        return {};
    }
    const auto place = m_places.next<quint64>();
    const auto count = m_places.next<quint32>();
    if (!m_places.isGood() || count > MostAttributes || m_start > ~quint64{0} >> 1U
        || !m_pairs.seek(m_start + (place >> 16U), place & 0xffffU)) {
        return {};
    }
    QList<ExtendedAttribute> attributes;
    for (quint32 i = 0; i < count; ++i) {
        if (!readOne(attributes)) {
            return {};
        }
    }
    std::ranges::sort(attributes, {}, &ExtendedAttribute::name);
    return attributes;
}

bool SquashfsAttributes::readOne(QList<ExtendedAttribute>& attributes)
{
    constexpr quint16 LongestName = 255; // Linux XATTR_NAME_MAX
    const auto type = m_pairs.next<quint16>();
    const auto size = m_pairs.next<quint16>();
    const char* prefix = sqfs_get_xattr_prefix(static_cast<SQFS_XATTR_TYPE>(type & SQFS_XATTR_PREFIX_MASK));
    if (!m_pairs.isGood() || prefix == nullptr || size == 0 || size > LongestName) {
        return false;
    }
    const QByteArray name = QByteArray(prefix) + m_pairs.bytes(size);
    const auto content = value((type & SQFS_XATTR_FLAG_OOL) != 0);
    attributes.append({name, content.value_or(QByteArray())});
    return content && !name.contains('\0');
}

/** The value that is next, or, where only its place is, at that. */
std::optional<QByteArray> SquashfsAttributes::value(bool elsewhere)
{
    constexpr quint32 LongestValue = 65536; // Linux XATTR_SIZE_MAX
    auto size = m_pairs.next<quint32>();
    sqfs_u64 block = 0;
    size_t offset = 0;
    if (elsewhere) {
        const auto place = m_pairs.next<quint64>();
        sqfs_meta_reader_get_position(m_pairs.reader(), &block, &offset);
        if (m_pairs.isGood() && m_pairs.seek(m_start + (place >> 16U), place & 0xffffU)) {
            size = m_pairs.next<quint32>();
        }
    }
    if (!m_pairs.isGood() || size > LongestValue) {
        return {};
    }
    QByteArray content = m_pairs.bytes(size);
    const bool good = m_pairs.isGood();
    if (elsewhere) {
        m_pairs.seek(block, offset); // where nothing need be any more
    }
    return good ? std::optional(std::move(content)) : std::nullopt;
}

} // namespace Stowage

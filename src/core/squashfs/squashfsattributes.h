// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/squashfs/squashfsmetadata.h"
#include "core/support/extendedattributes.h"

#include <optional>
#include <vector>

namespace Stowage
{

/** The extended attributes of a squashfs file system. */
class SquashfsAttributes
{
public:
    /** All is borrowed. Their tables are read now; where they are damaged, nothing has attributes that can be read. */
    SquashfsAttributes(SquashfsDisk& disk, sqfs_compressor_t& decompressor, const sqfs_super_t& super);

    /** Those with the number @p index, sorted by name; none where they are damaged. */
    [[nodiscard]] std::optional<QList<ExtendedAttribute>> read(quint32 index);

private:
    bool readOne(QList<ExtendedAttribute>& attributes);
    [[nodiscard]] std::optional<QByteArray> value(bool elsewhere);

    quint64 m_start = 0; ///< Of names and values, in bytes of the image.
    quint32 m_count = 0; ///< Sets.
    std::vector<quint64> m_blocks; ///< Where blocks with the places of the sets begin.
    SquashfsMetadata m_places;
    SquashfsMetadata m_pairs;
};

} // namespace Stowage

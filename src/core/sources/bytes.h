// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QByteArrayView>
#include <QtEndian>

#include <concepts>

namespace Stowage
{

/** The little-endian number at @p offset of @p bytes; 0 where that is not inside. */
template<std::unsigned_integral T>
[[nodiscard]] T littleEndianAt(QByteArrayView bytes, qsizetype offset)
{
    constexpr auto Size = static_cast<qsizetype>(sizeof(T));
    return offset >= 0 && offset <= bytes.size() - Size ? qFromLittleEndian<T>(bytes.data() + offset) : T{0};
}

/** The big-endian number at @p offset of @p bytes; 0 where that is not inside. */
template<std::unsigned_integral T>
[[nodiscard]] T bigEndianAt(QByteArrayView bytes, qsizetype offset)
{
    constexpr auto Size = static_cast<qsizetype>(sizeof(T));
    return offset >= 0 && offset <= bytes.size() - Size ? qFromBigEndian<T>(bytes.data() + offset) : T{0};
}

/** Whether @p magic stands at @p offset of @p bytes. */
[[nodiscard]] inline bool hasMagic(QByteArrayView bytes, qsizetype offset, QByteArrayView magic)
{
    return offset >= 0 && offset <= bytes.size() - magic.size() && bytes.sliced(offset, magic.size()) == magic;
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/sources/bytes.h"

#include <QUuid>

namespace Stowage
{

/** The GUID at @p at of @p bytes as Microsoft and the UEFI specification (appendix A) lay it out: its first three fields are little-endian. */
[[nodiscard]] inline QUuid guidAt(QByteArrayView bytes, qsizetype at)
{
    const auto byte = [&](qsizetype offset) { return littleEndianAt<quint8>(bytes, at + offset); };
    return {littleEndianAt<quint32>(bytes, at),
            littleEndianAt<quint16>(bytes, at + 4),
            littleEndianAt<quint16>(bytes, at + 6),
            byte(8),
            byte(9),
            byte(10),
            byte(11),
            byte(12),
            byte(13),
            byte(14),
            byte(15)};
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QByteArray>

namespace Stowage::Test
{

/** A boot sector with one partition. */
inline QByteArray mbr(quint8 status = 0x80, quint8 type = 0x83, quint8 start = 1, quint8 sectors = 100)
{
    QByteArray content(128 * 1024, '\0');
    content[446] = static_cast<char>(status);
    content[450] = static_cast<char>(type);
    content[454] = static_cast<char>(start);
    content[458] = static_cast<char>(sectors);
    content.replace(510, 2, "\x55\xaa");
    return content;
}

inline QByteArray elf(quint8 bits, quint16 machine)
{
    QByteArray header("\177ELF", 4);
    header.append(static_cast<char>(bits)).append("\1\1", 2).append(QByteArray(9, '\0')).append("\3\0", 2);
    return header.append(static_cast<char>(machine & 0xff))
        .append(static_cast<char>(machine >> 8))
        .append(QByteArray(44, '\0'));
}

} // namespace Stowage::Test

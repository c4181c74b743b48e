// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "elf.h"

#include "core/sources/bytes.h"

namespace Stowage
{

bool isElf(QByteArrayView head)
{
    return hasMagic(head, 0, "\177ELF");
}

Architecture elfArchitecture(QByteArrayView head)
{
    if (!isElf(head) || head.size() < ElfHeaderSize) {
        return Architecture::Unknown;
    }
    constexpr qsizetype DataEncoding = 5;
    constexpr qsizetype Machine = 18;
    const bool littleEndian = head[DataEncoding] == 1;
    switch (littleEndian ? littleEndianAt<quint16>(head, Machine) : 0) {
    case 3: // EM_386
        return Architecture::X86_32;
    case 62: // EM_X86_64
        return Architecture::X86_64;
    case 40: // EM_ARM
        return Architecture::Arm32;
    case 183: // EM_AARCH64
        return Architecture::Arm64;
    default:
        return Architecture::Unknown;
    }
}

} // namespace Stowage

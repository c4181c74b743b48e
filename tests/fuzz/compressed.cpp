// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/sources/compressed.h"

#include "core/entries/unpack.h"
#include "fuzzinput.h"

using namespace Stowage;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    constexpr qsizetype Most = 1024 * 1024;
    const QByteArray bytes = Fuzz::borrowed(data, size);
    Fuzz::require(unpackBytes(bytes, Most).bytes.size() <= Most, "no more is unpacked than was asked for");
    const Fuzz::MemoryFile file(bytes);
    if (const auto peek = peekCompressed(bytes, file.path(), {})) {
        Fuzz::require(peek->head.size() <= PeekSize, "no more is peeked at than is promised");
    }
    if (const auto head = unpackedHead(file.path(), Most, {})) {
        Fuzz::require(head->size() <= Most, "no more is unpacked than was asked for");
    }
    return 0;
}

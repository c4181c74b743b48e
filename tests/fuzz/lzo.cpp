// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/squashfs/lzo.h"

#include "fuzzinput.h"

#include <vector>

using namespace Stowage;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    std::vector<quint8> out(256 * 1024);
    const auto got = decompressLzo({data, size}, out);
    Fuzz::require(!got || *got <= out.size(), "no more comes out than there is room for");
    out.resize(got ? *got / 2 : 100); // a buffer that is too small
    static_cast<void>(decompressLzo({data, size}, out));
    return 0;
}

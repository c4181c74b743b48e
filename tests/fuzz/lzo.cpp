// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/squashfs/lzo.h"

#include "fuzzinput.h"

#include <span>
#include <vector>

using namespace Stowage;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    static std::vector<quint8> whole(256 * 1024);
    const std::span<quint8> out(whole);
    const auto got = decompressLzo({data, size}, out);
    Fuzz::require(!got || *got <= out.size(), "no more comes out than there is room for");
    std::vector<quint8> small(got ? *got / 2 : 100);
    Fuzz::use(decompressLzo({data, size}, small));
    return 0;
}

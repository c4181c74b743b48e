// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/xen/vifspec.h"

#include "fuzzinput.h"

using namespace Stowage;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    if (const auto spec = parseVifSpec(Fuzz::borrowed(data, size))) {
        Fuzz::use(spec->bridge());
    }
    return 0;
}

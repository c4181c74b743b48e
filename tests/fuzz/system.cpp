// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/sources/systemlook.h"
#include "fuzzinput.h"

using namespace Stowage;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const Fuzz::MemoryTree tree(Fuzz::namedFiles(Fuzz::borrowed(data, size)));
    const SystemLook look = lookAtSystem(tree);
    Fuzz::require(look == lookAtSystem(tree), "the same tree looks the same");
    return 0;
}

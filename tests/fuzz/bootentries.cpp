// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/sources/bootentries.h"

#include "fuzzinput.h"

using namespace Stowage;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const Fuzz::MemoryTree tree(Fuzz::namedFiles(Fuzz::borrowed(data, size)));
    Fuzz::require(findBootEntries(tree).size() <= 64, "no more entries than are promised");
    return 0;
}

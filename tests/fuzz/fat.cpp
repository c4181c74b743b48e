// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/filetrees/fattree.h"
#include "fuzzinput.h"

using namespace Stowage;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    Fuzz::MemoryDisk disk(Fuzz::borrowed(data, size));
    if (const auto tree = FatTree::open(disk, QStringLiteral("fat"))) {
        Fuzz::use((*tree)->label());
        Fuzz::walkTree(**tree);
    }
    return 0;
}

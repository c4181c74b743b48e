// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/disks/opendisk.h"
#include "fuzzinput.h"

using namespace Stowage;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const Fuzz::MemoryFile file(Fuzz::borrowed(data, size));
    if (const auto disk = openDisk(file.path())) {
        Fuzz::walkDisk(*disk->reader);
    }
    return 0;
}

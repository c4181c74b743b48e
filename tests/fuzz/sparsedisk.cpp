// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/disks/opendisk.h"
#include "core/sources/disklook.h"
#include "fuzzinput.h"

using namespace Stowage;

// Formats whose tables lie far apart: the input is sectors, each behind its number.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const Fuzz::MemoryFile file = Fuzz::MemoryFile::ofSectors(Fuzz::borrowed(data, size));
    if (const auto disk = openDisk(file.path())) {
        Fuzz::walkDisk(*disk->reader);
        Fuzz::use(lookAtDisk(*disk->reader, QStringLiteral("disk"), {}));
    }
    return 0;
}

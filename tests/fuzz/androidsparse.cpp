// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/disks/diskformats.h"
#include "fuzzinput.h"

using namespace Stowage;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const Fuzz::MemoryFile file(Fuzz::borrowed(data, size));
    auto opened = DiskFile::open(file.path(), QStringLiteral("Android sparse image"));
    Fuzz::require(opened.has_value(), "a file in memory can be opened");
    if (const auto disk = openAndroidSparseDisk(*std::move(opened), {})) {
        Fuzz::walkDisk(*disk->reader);
    }
    return 0;
}

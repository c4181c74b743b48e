// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/disks/diskformats.h"
#include "core/sources/qcow2header.h"
#include "fuzzinput.h"

using namespace Stowage;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const Fuzz::MemoryFile file(Fuzz::borrowed(data, size));
    const auto header = readQcow2Header(file.path());
    if (!header) {
        return 0;
    }
    Fuzz::use(checkQcow2Tables(file.path(), *header, {}));
    auto opened = DiskFile::open(file.path(), QStringLiteral("QCOW2 disk"));
    Fuzz::require(opened.has_value(), "a file in memory can be opened");
    if (const auto disk = openQcow2Disk(*std::move(opened), {})) {
        Fuzz::walkDisk(*disk->reader);
    }
    return 0;
}

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/filetrees/isotree.h"
#include "core/sources/cdimage.h"
#include "fuzzinput.h"

using namespace Stowage;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const QByteArray bytes = Fuzz::borrowed(data, size);
    Fuzz::MemoryDisk disk(bytes);
    if (const auto tree = IsoTree::open(disk, QStringLiteral("iso"))) {
        Fuzz::walkTree(**tree);
        const Fuzz::MemoryFile file(bytes);
        if (const auto sample = readSample(file.path(), {})) {
            Fuzz::use(readCdImage(file.path(), *sample));
        }
    }
    return 0;
}

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/filetrees/squashfstree.h"
#include "core/squashfs/squashfssource.h"
#include "fuzzinput.h"

using namespace Stowage;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const QByteArray bytes = Fuzz::borrowed(data, size);
    Fuzz::MemoryDisk disk(bytes);
    if (auto image = SquashfsImage::open(disk, QStringLiteral("squashfs"))) {
        Fuzz::walkTree(SquashfsTree(*std::move(image), QStringLiteral("squashfs")));
        const Fuzz::MemoryFile file(bytes);
        Fuzz::drain(SquashfsSource(file.path()));
    }
    return 0;
}

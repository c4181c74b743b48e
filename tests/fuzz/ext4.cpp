// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/ext4/ext4source.h"
#include "core/filetrees/ext4tree.h"
#include "fuzzinput.h"

using namespace Stowage;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const QByteArray bytes = Fuzz::borrowed(data, size);
    Fuzz::MemoryDisk disk(bytes);
    if (auto image = Ext4Image::open(disk, QStringLiteral("ext4"))) {
        Fuzz::use(lookIntoExt4(*image));
        Fuzz::walkTree(Ext4Tree(*std::move(image), QStringLiteral("ext4")));
        const Fuzz::MemoryFile file(bytes);
        Fuzz::drain(Ext4Source(file.path()));
    }
    return 0;
}

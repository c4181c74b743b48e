// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/sources/unifiedkernel.h"

#include "fuzzinput.h"

using namespace Stowage;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const auto length = static_cast<qint64>(size);
    const Fuzz::MemoryTree tree({{"linux.efi", Fuzz::borrowed(data, size)}});
    if (const auto kernel = readUnifiedKernel(tree, "linux.efi")) {
        for (const TreeFile& part : {kernel->file, kernel->initrd}) {
            Fuzz::require(part.offset >= 0 && part.size >= 0 && part.offset <= length
                              && part.size <= length - part.offset,
                          "the parts lie in the file");
        }
    }
    return 0;
}

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/entries/archivesource.h"
#include "core/sources/archivelook.h"
#include "fuzzinput.h"

using namespace Stowage;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const Fuzz::MemoryFile file(Fuzz::borrowed(data, size));
    Fuzz::drain(ArchiveSource(file.path(), lookAtArchiveFile(file.path(), {}).top));
    return 0;
}

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/disks/vmdkdescriptor.h"

#include "fuzzinput.h"

#include <numeric>

using namespace Stowage;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const QByteArray text = Fuzz::borrowed(data, size);
    const Fuzz::MemoryFile file(text);
    const auto opened = DiskFile::open(file.path(), QStringLiteral("VMDK disk"));
    Fuzz::require(opened.has_value(), "a file in memory can be opened");
    if (const auto descriptor = parseVmdkDescriptor(text, *opened)) {
        const auto sum = std::accumulate(descriptor->parts.begin(), descriptor->parts.end(), qint64{0},
                                         [](qint64 bytes, const VmdkPart& part) { return bytes + part.size; });
        Fuzz::require(sum == descriptor->size, "a disk is as large as its parts");
    }
    return 0;
}

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/sources/disklook.h"
#include "fuzzinput.h"

#include <limits>

using namespace Stowage;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const QByteArray bytes = Fuzz::borrowed(data, size);
    Fuzz::MemoryDisk disk(bytes);
    if (const auto table = partitionsOn(disk, {})) {
        for (const Partition& partition : table->partitions) {
            Fuzz::require(partition.start >= 0 && partition.size >= 0
                              && partition.size <= std::numeric_limits<qint64>::max() - partition.start,
                          "a partition has an end");
        }
    }
    Fuzz::use(lookAtDisk(disk, QStringLiteral("disk"), {}));
    Fuzz::use(lookAtHead(bytes, qint64{1} << 40, QStringLiteral("packed")));
    return 0;
}

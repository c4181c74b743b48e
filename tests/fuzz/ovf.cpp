// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/sources/ovf.h"

#include "fuzzinput.h"

#include <algorithm>

using namespace Stowage;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const QByteArray text = Fuzz::borrowed(data, size);
    if (const auto machine = readOvf(text, QStringLiteral("web.ovf"))) {
        Fuzz::require(machine->disks.size() <= 64 && machine->cards.size() <= 64, "a machine has a limited hardware");
        Fuzz::require(machine->memoryMiB >= 0 && machine->vcpus >= 0, "memory and processors are counted");
        for (const MachineDisk& disk : machine->disks) {
            Fuzz::require(disk.capacity >= 0 && !disk.file.contains(u'/') && disk.file != QStringLiteral(".."),
                          "a disk lies beside its description");
        }
    }
    constexpr qsizetype LongestUnit = 100;
    Fuzz::require(bytesOfUnit(QString::fromUtf8(text.first(std::min(text.size(), LongestUnit)))) >= 0,
                  "a unit is a number of bytes");
    return 0;
}

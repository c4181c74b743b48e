// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/sources/machinepackage.h"
#include "fuzzinput.h"

using namespace Stowage;

/** The files of a machine in one archive, and their manifest once more by itself. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const Fuzz::NamedFiles files = Fuzz::namedFiles(Fuzz::borrowed(data, size));
    for (const auto& [name, content] : files) {
        const MachineManifest manifest(content);
        const QString file = QString::fromUtf8(name);
        Fuzz::require(manifest.covers(file) || manifest.check(file, content, QStringLiteral("web.ova")).has_value(),
                      "what no hash is of is as it is");
        Fuzz::use(manifest.unknownAlgorithms());
    }
    const Fuzz::MemoryFile file(Fuzz::tarOf(files));
    if (const auto package = MachinePackage::open(file.path())) {
        Fuzz::use(package->disk({}));
        for (const MachineDisk& disk : package->machine().disks) {
            const auto slice = package->find(disk);
            Fuzz::require(!slice || (slice->path == file.path() && slice->offset > 0), "a disk lies in the archive");
            Fuzz::use(slice.and_then(
                [&](const FileSlice& place) { return package->manifest().check(disk.file, place, file.path(), {}); }));
            if (const auto opened = package->open(disk, {})) {
                Fuzz::walkDisk(*opened->reader);
            }
        }
    }
    return 0;
}

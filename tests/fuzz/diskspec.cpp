// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/xen/diskspec.h"

#include "fuzzinput.h"

using namespace Stowage;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const QByteArray text = Fuzz::borrowed(data, size);
    const auto spec = parseDiskSpec(text);
    if (!spec) {
        return 0;
    }
    const auto again = parseDiskSpec(formatDiskSpec(*spec));
    // A newline, which ends what xl reads, and devices that are none cannot be written in every form.
    Fuzz::require(text.contains('\n') || !isVirtualDevice(spec->vdev) || (again && again->sameMeaning(*spec)),
                  "what is written means what was read");
    if (const auto edits = diskTargetEdits(text, "/var/lib/xen/images/a.img")) {
        const auto edited = parseDiskSpec(applyEdits(text, *edits));
        Fuzz::require(edited && edited->target == "/var/lib/xen/images/a.img" && edited->vdev == spec->vdev,
                      "an edited disk has the new target");
    }
    return 0;
}

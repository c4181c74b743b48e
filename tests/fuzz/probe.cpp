// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/bootplan/bootplan.h"
#include "core/sources/sourceprobe.h"
#include "core/sources/sourcetext.h"
#include "fuzzinput.h"

using namespace Stowage;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const Fuzz::MemoryFile file(Fuzz::borrowed(data, size));
    const SourceInfo info = probeSource(file.path());
    Fuzz::use(sourceFacts(info));
    Guest guest;
    applyBootPlan(planBoot(info, {}), guest);
    return 0;
}

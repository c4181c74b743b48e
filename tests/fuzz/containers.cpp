// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/containers/containerimage.h"
#include "core/containers/layersource.h"
#include "fuzzinput.h"

using namespace Stowage;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const Fuzz::MemoryFile file(Fuzz::tarOf(Fuzz::namedFiles(Fuzz::borrowed(data, size))));
    if (const auto image = readContainerImage(file.path())) {
        Fuzz::use(image->size());
        Fuzz::use(containerInit(*image));
        Fuzz::drain(LayerSource(file.path()));
    }
    return 0;
}

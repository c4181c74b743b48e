// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/xen/kernelfacts.h"
#include "fuzzinput.h"

using namespace Stowage;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const QByteArray bytes = Fuzz::borrowed(data, size);
    if (const auto kernel = inspectKernel(bytes)) {
        Fuzz::use(kernel->description());
        Fuzz::use(loadsAnywhere(bytes, *kernel));
    }
    if (const auto plain = unwrapKernel(bytes, QStringLiteral("kernel"))) {
        Fuzz::use(xenNotesOf(plain->bytes));
    }
    Fuzz::use(kernelFactsOf(bytes));
    Fuzz::use(xenNotesOf(bytes));
    Fuzz::use(parseKernelConfig(bytes));
    return 0;
}

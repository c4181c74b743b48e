// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/xen/kernelfacts.h"
#include "fuzzinput.h"

using namespace Stowage;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const QByteArray bytes = Fuzz::borrowed(data, size);
    if (const auto kernel = inspectKernel(bytes)) {
        static_cast<void>(kernel->description());
        static_cast<void>(loadsAnywhere(bytes, *kernel));
    }
    if (const auto plain = unwrapKernel(bytes, QStringLiteral("kernel"))) {
        static_cast<void>(xenNotesOf(plain->bytes));
    }
    static_cast<void>(kernelFactsOf(bytes));
    static_cast<void>(xenNotesOf(bytes));
    static_cast<void>(parseKernelConfig(bytes));
    return 0;
}

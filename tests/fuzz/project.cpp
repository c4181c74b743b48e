// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/project/projectfile.h"
#include "fuzzinput.h"

using namespace Stowage;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const QByteArray text = Fuzz::borrowed(data, size);
    if (const auto project = projectFromJson(text, QStringLiteral("/a.stowage"))) {
        const QByteArray written = projectToJson(*project);
        const auto again = projectFromJson(written, QStringLiteral("/a.stowage"));
        Fuzz::require(again.has_value(), "what is written can be read");
        Fuzz::require(*again == *project, "a project that is written and read is the same");
        Fuzz::require(projectToJson(*again) == written, "a text that is read and written is the same");
    }
    return 0;
}

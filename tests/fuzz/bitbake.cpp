// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/bitbake/bitbakeparser.h"
#include "fuzzinput.h"

using namespace Stowage;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const QByteArray text = Fuzz::borrowed(data, size);
    for (const char* name : {"/a.conf", "/a.bb"}) {
        const BitBakeText parsed = parseBitBake(text, QString::fromLatin1(name));
        for (const BitBakeOrigin& statement : parsed.statements) {
            Fuzz::require(statement->place().line >= 1, "a statement has a place");
        }
    }
    return 0;
}

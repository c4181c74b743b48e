// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/import/handlerscript.h"

#include "fuzzinput.h"

using namespace Stowage;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    constexpr qsizetype MostTypes = 200;
    const QByteArray text = Fuzz::borrowed(data, size);
    const HandlerScript shell = shellScript(text);
    Fuzz::require(shell.text == text, "a shell script is run as it was shown");
    const HandlerScript bitBake = bitBakeScript(text, QStringLiteral("handlers.bbclass"), {});
    for (const HandlerScript* const script : {&shell, &bitBake}) {
        Fuzz::require(script->types.size() <= MostTypes, "no more types than are promised");
        for (const HandlerScript::Type& type : script->types) {
            Fuzz::require(!type.name.isEmpty() && !type.name.contains(u'/') && !type.name.contains(u'\n'),
                          "a type has a name");
        }
    }
    return 0;
}

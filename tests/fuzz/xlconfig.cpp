// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/xen/xlconfig.h"

#include "core/xen/guestconfig.h"
#include "fuzzinput.h"

using namespace Stowage;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const QByteArray text(reinterpret_cast<const char*>(data), static_cast<qsizetype>(size));
    auto config = XlConfig::parse(text);
    if (!config) {
        return 0;
    }
    Fuzz::require(config->text() == text, "what is not edited stays");
    const auto again = XlConfig::parse(config->text());
    Fuzz::require(again && again->statements() == config->statements(), "a text means the same each time");
    Fuzz::use(rewriteGuestConfig(text, {}, QStringLiteral("/a.img"), QStringLiteral("/k"), QStringLiteral("/r")));
    for (const char* key : {"name", "disk", "kernel"}) {
        Fuzz::use(config->list(key));
        Fuzz::use(config->string(key));
        if (config->set(key, XlConfig::quoted(text.first(text.size() / 2)))) {
            const auto edited = XlConfig::parse(config->text());
            Fuzz::require(edited && edited->statements() == config->statements(), "an edited text parses as was told");
        }
        config->remove(key);
        Fuzz::require(config->find(key) == nullptr, "what was removed is gone");
        Fuzz::require(XlConfig::parse(config->text()).has_value(), "a text without a statement is one still");
    }
    return 0;
}

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/boot/bootdialog.h"

namespace Stowage::Test
{

using namespace Qt::StringLiterals;

/** The first line of what `xl list` prints. */
inline constexpr auto Header = "Name                                        ID   Mem VCPUs\tState\tTime(s)\n";

/** The line of a domain in there. */
inline QByteArray line(const char* name, int domain, const char* state)
{
    return QByteArray(name).leftJustified(40) + QByteArray::number(domain).rightJustified(6) + "   128     1     "
        + state + "       3.2\n";
}

/** Waits for one guest, "web server". */
inline BootQuestions questions(const QStringList& commands = {})
{
    return {.user = u"root"_s,
            .password = {},
            .guests = {{u"web server"_s, QRegularExpression(u"login: "_s)}},
            .commands = commands};
}

} // namespace Stowage::Test

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QByteArray>

namespace Stowage
{

/** One part of a disk specification. */
struct DiskPart {
    enum class Kind {
        Space,
        Flag, ///< Such as "discard".
        Setting, ///< key=value
        IgnoredPrefix, ///< Such as "file:", which xl passes over.
        FormatPrefix,
        ScriptPrefix,
        UnknownPrefix,
        Positional,
        Stray, ///< Nothing that xl knows.
    };

    Kind kind = Kind::Stray;
    qsizetype weight = 0; ///< Bytes that decide which reading wins: the longest, and of equals the first tried.
    qsizetype length = 0; ///< Bytes that it takes, a comma after it included.
    qsizetype keyLength = 0; ///< Of a setting: up to and without the "=".
};

/**
 * What stands at @p at of @p text, by the rules of xl 4.20: of all readings the longest, as in every scanner that flex
 * makes; a prefix counts as if it reached to the end of its line.
 */
[[nodiscard]] DiskPart nextDiskPart(const QByteArray& text, qsizetype at);

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QByteArray>
#include <QStringList>

#include <functional>

namespace Stowage
{

/** The way from the top of a JSON document to a value: member names, and decimal indices of array elements. */
using JsonPath = QStringList;

/** A position in a text; both count from 1, columns in characters. */
struct TextPosition {
    int line = 1;
    int column = 1;

    bool operator==(const TextPosition&) const = default;
};

/** Tells the lines and columns of bytes of a UTF-8 text; asked in rising order, it passes over the text once. */
class TextCursor
{
public:
    explicit TextCursor(QByteArrayView text) : m_text(text) { }

    /** The position of the byte @p offset; offsets behind the end mean the end. */
    [[nodiscard]] TextPosition position(qsizetype offset);

private:
    QByteArrayView m_text;
    qsizetype m_offset = 0;
    TextPosition m_position;
};

/**
 * Calls @p visit with the path and the byte offset of the values of @p text, which must be well-formed JSON; what is
 * inside a value is only looked at when @p visit returned true for it. Broken text ends the walk, never more.
 */
void walkJson(QByteArrayView text, const std::function<bool(const JsonPath&, qsizetype)>& visit);

/**
 * The byte offset of the value at @p path, or of the deepest of its parents that is there. Of members with one name the
 * last counts, as for Qt's JSON reader.
 */
[[nodiscard]] qsizetype locateJson(QByteArrayView text, const JsonPath& path);

} // namespace Stowage

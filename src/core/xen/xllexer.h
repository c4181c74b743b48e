// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/result.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QList>

namespace Stowage
{

/** One token of an xl.cfg(5) file. */
struct XlToken {
    enum class Kind { Identifier, Number, String, Comma, Open, Close, Assign, Append, Semicolon, Newline, End };

    Kind kind = Kind::End;
    qsizetype begin = 0; ///< Span in the text.
    qsizetype end = 0;
    QByteArray text; ///< Of an identifier or number as written, of a string unescaped.
};

/**
 * Splits an xl.cfg(5) file into tokens, as xl 4.20 does, its oddities included: a comment needs its newline, a carriage
 * return is refused, and one stray byte at the very end of the file is ignored.
 */
class XlLexer
{
public:
    /** @p text must outlive the lexer; @p fileName is used in the place of an error. */
    XlLexer(const QByteArray& text, QString fileName);

    [[nodiscard]] Result<XlToken> next();

    /** An error at byte @p offset of the text. */
    [[nodiscard]] std::unexpected<Error> error(qsizetype offset, const QString& message, const QString& remedy) const;
    /** Line and column of byte @p offset. */
    [[nodiscard]] Place place(qsizetype offset) const;

private:
    [[nodiscard]] Result<XlToken> stringToken();
    [[nodiscard]] XlToken take(XlToken::Kind kind, qsizetype length);
    [[nodiscard]] Result<XlToken> strayByte();
    [[nodiscard]] qsizetype stringLength() const;

    const QByteArray& m_text;
    QString m_fileName;
    qsizetype m_at = 0;
};

/** The text of an xl string without its quotes, and where in the literal each of its bytes (and its end) stands. */
struct XlString {
    QByteArray text;
    QList<qsizetype> origins; ///< One more than text has bytes; offsets into the literal.
};

/**
 * Undoes the escapes of @p literal, quotes included. On error the value is the offset of the escape that xl refuses. xl
 * reads \" \' \\ \a \b \f \n \r \t \v; it refuses hexadecimal escapes, and takes octal ones for nothing.
 */
[[nodiscard]] std::expected<XlString, qsizetype> unquoteXlString(QByteArrayView literal);

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "xllexer.h"

#include <QCoreApplication>

#include <algorithm>
#include <optional>

using namespace Qt::StringLiterals;

namespace Stowage
{

namespace
{

struct XlSyntax {
    Q_DECLARE_TR_FUNCTIONS(XlSyntax)
};

constexpr bool isLower(char c)
{
    return c >= 'a' && c <= 'z';
}

constexpr bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

constexpr bool isIdentifierByte(char c)
{
    return isLower(c) || isDigit(c) || c == '_' || c == '.';
}

constexpr bool isNumberByte(char c)
{
    return isDigit(c) || (c >= 'a' && c <= 'f') || c == 'x';
}

/** Length of the run of bytes at @p from that @p accepts takes. */
template<typename Predicate>
qsizetype runLength(const QByteArray& text, qsizetype from, Predicate accepts)
{
    return std::ranges::find_if_not(text.cbegin() + from, text.cend(), accepts) - (text.cbegin() + from);
}

/**
 * How many bytes xl takes after a backslash and a digit 0 to 7: of at most three bytes it reads a decimal number with
 * optional white space and sign, and wants at least two bytes of it. Nothing when it refuses the escape.
 */
std::optional<qsizetype> numericEscapeLength(QByteArrayView following)
{
    const QByteArrayView window = following.first(std::min<qsizetype>(following.size(), 3));
    qsizetype at = 0;
    while (at < window.size() && (window[at] == ' ' || (window[at] >= '\t' && window[at] <= '\r'))) {
        ++at;
    }
    if (at < window.size() && (window[at] == '+' || window[at] == '-')) {
        ++at;
    }
    const qsizetype firstDigit = at;
    while (at < window.size() && isDigit(window[at])) {
        ++at;
    }
    return at > firstDigit && at >= 2 ? std::optional(at) : std::nullopt;
}

/** The byte that an escape letter stands for; nothing when xl does not know it. */
std::optional<char> escapedByte(char letter)
{
    switch (letter) {
    case '"':
    case '\'':
    case '\\':
        return letter;
    case 'a':
        return '\a';
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'v':
        return '\v';
    default:
        return std::nullopt;
    }
}

} // namespace

std::expected<XlString, qsizetype> unquoteXlString(QByteArrayView literal)
{
    XlString result;
    const qsizetype end = literal.size() - 1;
    qsizetype at = 1;
    while (at < end) {
        const qsizetype begin = at;
        char byte = literal[at++];
        if (byte == '\0') {
            return std::unexpected(begin);
        }
        if (byte == '\\') {
            const char letter = literal[at++];
            if (letter >= '0' && letter <= '7') {
                const std::optional<qsizetype> length = numericEscapeLength(literal.sliced(at, end - at));
                if (!length) {
                    return std::unexpected(begin);
                }
                at += *length;
                continue;
            }
            const std::optional<char> meaning = escapedByte(letter);
            if (!meaning) {
                return std::unexpected(begin);
            }
            byte = *meaning;
        }
        result.text.append(byte);
        result.origins.append(begin);
    }
    result.origins.append(end);
    return result;
}

XlLexer::XlLexer(const QByteArray& text, QString fileName) : m_text(text), m_fileName(std::move(fileName))
{ }

Place XlLexer::place(qsizetype offset) const
{
    const QByteArrayView before = QByteArrayView(m_text).first(offset);
    const qsizetype lineBegin = before.lastIndexOf('\n') + 1;
    Place result;
    result.file = m_fileName;
    result.line = static_cast<int>(before.count('\n')) + 1;
    result.column = static_cast<int>(QString::fromUtf8(before.sliced(lineBegin)).size()) + 1;
    return result;
}

std::unexpected<Error> XlLexer::error(qsizetype offset, const QString& message, const QString& remedy) const
{
    return fail(Error::Code::InvalidInput, message, remedy, place(offset));
}

XlToken XlLexer::take(XlToken::Kind kind, qsizetype length)
{
    XlToken token{kind, m_at, m_at + length, {}};
    m_at += length;
    return token;
}

Result<XlToken> XlLexer::next()
{
    m_at += runLength(m_text, m_at, [](char c) { return c == ' ' || c == '\t'; });
    if (m_at >= m_text.size()) {
        return take(XlToken::Kind::End, 0);
    }
    const char c = m_text[m_at];
    if (isLower(c) || isDigit(c)) {
        const bool identifier = isLower(c);
        XlToken token = take(identifier ? XlToken::Kind::Identifier : XlToken::Kind::Number,
                             runLength(m_text, m_at, identifier ? isIdentifierByte : isNumberByte));
        token.text = m_text.sliced(token.begin, token.end - token.begin);
        return token;
    }
    switch (c) {
    case ',':
        return take(XlToken::Kind::Comma, 1);
    case '[':
        return take(XlToken::Kind::Open, 1);
    case ']':
        return take(XlToken::Kind::Close, 1);
    case '=':
        return take(XlToken::Kind::Assign, 1);
    case ';':
        return take(XlToken::Kind::Semicolon, 1);
    case '\n':
        return take(XlToken::Kind::Newline, 1);
    case '+':
        return m_text.sliced(m_at).startsWith("+=") ? take(XlToken::Kind::Append, 2) : strayByte();
    case '"':
    case '\'':
        return stringToken();
    case '#':
        if (const qsizetype newline = m_text.indexOf('\n', m_at); newline >= 0) {
            return take(XlToken::Kind::Newline, newline + 1 - m_at);
        }
        return strayByte();
    default:
        return strayByte();
    }
}

qsizetype XlLexer::stringLength() const
{
    const char quote = m_text[m_at];
    for (qsizetype at = m_at + 1; at < m_text.size() && m_text[at] != '\n'; ++at) {
        if (m_text[at] == quote) {
            return at + 1 - m_at;
        }
        if (m_text[at] == '\\') {
            ++at;
            if (at < m_text.size() && m_text[at] == '\n') {
                break;
            }
        }
    }
    return 0;
}

Result<XlToken> XlLexer::stringToken()
{
    const qsizetype length = stringLength();
    if (length == 0) {
        return strayByte();
    }
    XlToken token = take(XlToken::Kind::String, length);
    std::expected<XlString, qsizetype> string = unquoteXlString(QByteArrayView(m_text).sliced(token.begin, length));
    if (!string) {
        const qsizetype at = token.begin + string.error();
        if (m_text[at] == '\0') {
            return error(at, XlSyntax::tr("A string holds a NUL byte."),
                         XlSyntax::tr("Remove it: this may not be a text file."));
        }
        return error(at, XlSyntax::tr("xl does not know this escape in a string."),
                     XlSyntax::tr("Write a backslash as \\\\; xl knows \\\" \\' "
                                  "\\\\ \\a \\b \\f \\n \\r \\t and \\v."));
    }
    token.text = std::move(string->text);
    return token;
}

Result<XlToken> XlLexer::strayByte()
{
    const char c = m_text[m_at];
    if (m_at == m_text.size() - 1) {
        return take(XlToken::Kind::End, 1);
    }
    switch (c) {
    case '"':
    case '\'':
        return error(m_at, XlSyntax::tr("This string is not closed on its line."),
                     XlSyntax::tr("Close it with %1.").arg(QLatin1Char(c)));
    case '#':
        return error(m_at,
                     XlSyntax::tr("The comment in the last line has no newline "
                                  "after it, which xl refuses."),
                     XlSyntax::tr("End the file with a newline."));
    case '\r':
        return error(m_at,
                     XlSyntax::tr("The file has carriage returns, as Windows "
                                  "writes them, which xl refuses."),
                     XlSyntax::tr("Save it with Unix line ends."));
    case '+':
    case '-':
    case '.':
    case '(':
    case ')':
    case ':':
        return error(m_at, XlSyntax::tr("\"%1\" has no place here; this looks like Python code.").arg(QLatin1Char(c)),
                     XlSyntax::tr("Write the resulting values: xl runs no Python, unlike "
                                  "xm; negative numbers stand in quotes."));
    default:
        break;
    }
    if (m_at == 0 && m_text.startsWith("\xef\xbb\xbf")) {
        return error(m_at, XlSyntax::tr("The file begins with a byte order mark, which xl refuses."),
                     XlSyntax::tr("Save it as plain UTF-8."));
    }
    if (c >= 'A' && c <= 'Z') {
        return error(m_at,
                     XlSyntax::tr("\"%1\" has no place here: keys are written in small letters.").arg(QLatin1Char(c)),
                     XlSyntax::tr("Use small letters, or put a text value in quotes."));
    }
    const QString shown = c > 0x20 && c < 0x7f ? QString(QLatin1Char(c))
                                               : u"0x%1"_s.arg(static_cast<uchar>(c), 2, 16, QLatin1Char('0'));
    return error(m_at, XlSyntax::tr("\"%1\" has no place here.").arg(shown),
                 XlSyntax::tr("Put text in quotes, or begin a comment with #."));
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "xlparser.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>

namespace Stowage
{

namespace
{

struct XlSyntax {
    Q_DECLARE_TR_FUNCTIONS(XlSyntax)
};

using Kind = XlToken::Kind;
using Value = XlConfig::Value;

bool isPythonWord(const QByteArray& word)
{
    constexpr std::array words{"class", "def",    "del",    "elif", "else",  "except", "for",    "from", "global",
                               "if",    "import", "lambda", "not",  "print", "raise",  "return", "try",  "while"};
    return std::ranges::any_of(words, [&word](const char* known) { return word == known; });
}

QString describe(const XlToken& token)
{
    switch (token.kind) {
    case Kind::Identifier:
    case Kind::Number:
        return QLatin1Char('"') + QString::fromLatin1(token.text.first(std::min<qsizetype>(token.text.size(), 40)))
            + QLatin1Char('"');
    case Kind::String:
        return XlSyntax::tr("a string");
    case Kind::Comma:
        return XlSyntax::tr("a comma");
    case Kind::Open:
        return XlSyntax::tr("\"[\"");
    case Kind::Close:
        return XlSyntax::tr("\"]\"");
    case Kind::Assign:
        return XlSyntax::tr("\"=\"");
    case Kind::Append:
        return XlSyntax::tr("\"+=\"");
    case Kind::Semicolon:
        return XlSyntax::tr("\";\"");
    case Kind::Newline:
        return XlSyntax::tr("the end of the line");
    case Kind::End:
        break;
    }
    return XlSyntax::tr("the end of the file");
}

} // namespace

std::unexpected<Error> XlParser::unexpected(const QString& wanted, const QString& remedy) const
{
    return m_lexer.error(m_token.begin, XlSyntax::tr("Here must be %1, not %2.").arg(wanted, describe(m_token)),
                         remedy);
}

Result<void> XlParser::advance()
{
    if (m_token.kind == Kind::Newline) {
        ++m_line;
    }
    Result<XlToken> token = m_lexer.next();
    if (!token) {
        return std::unexpected(token.error());
    }
    m_token = std::move(*token);
    return {};
}

Result<void> XlParser::advanceOverNewlines()
{
    do {
        if (const Result<void> moved = advance(); !moved) {
            return moved;
        }
    } while (m_token.kind == Kind::Newline);
    return {};
}

Result<QList<XlConfig::Statement>> XlParser::parse()
{
    QList<XlConfig::Statement> statements;
    for (;;) {
        if (const Result<void> moved = advance(); !moved) {
            return std::unexpected(moved.error());
        }
        if (m_token.kind == Kind::End) {
            return statements;
        }
        if (m_token.kind == Kind::Newline || m_token.kind == Kind::Semicolon) {
            continue;
        }
        Result<XlConfig::Statement> next = statement();
        if (!next) {
            return std::unexpected(next.error());
        }
        statements.append(std::move(*next));
        if (m_token.kind == Kind::End) {
            return statements;
        }
        if (m_token.kind != Kind::Newline && m_token.kind != Kind::Semicolon) {
            return unexpected(XlSyntax::tr("the end of the line or \";\""),
                              XlSyntax::tr("Put several values in a list: [ \"a\", \"b\" ]."));
        }
    }
}

Result<XlConfig::Statement> XlParser::statement()
{
    const QString python = XlSyntax::tr("Write the resulting values: xl runs no Python, unlike xm.");
    if (m_token.kind != Kind::Identifier) {
        return unexpected(XlSyntax::tr("a key"), XlSyntax::tr("Write a statement as key = value."));
    }
    XlConfig::Statement statement;
    statement.key = m_token.text;
    statement.begin = m_token.begin;
    statement.line = m_line;
    if (const Result<void> moved = advance(); !moved) {
        return std::unexpected(moved.error());
    }
    if (m_token.kind != Kind::Assign && m_token.kind != Kind::Append) {
        return unexpected(XlSyntax::tr("\"=\" or \"+=\""),
                          isPythonWord(statement.key) ? python : XlSyntax::tr("Write a statement as key = value."));
    }
    statement.append = m_token.kind == Kind::Append;
    if (const Result<void> moved = advance(); !moved) {
        return std::unexpected(moved.error());
    }
    Result<Value> parsed = value();
    if (!parsed) {
        return std::unexpected(parsed.error());
    }
    statement.value = std::move(*parsed);
    if (const Result<void> checked = checkAddition(statement); !checked) {
        return std::unexpected(checked.error());
    }
    if (const Result<void> moved = advance(); !moved) {
        return std::unexpected(moved.error());
    }
    return statement;
}

Result<void> XlParser::checkAddition(const XlConfig::Statement& statement)
{
    const bool list = statement.value.kind == Value::Kind::List;
    const auto known = m_isList.constFind(statement.key);
    if (statement.append && known != m_isList.cend() && *known != list) {
        return m_lexer.error(statement.value.begin,
                             XlSyntax::tr("\"%1\" cannot be extended: one of the values is a list "
                                          "and the other is not.")
                                 .arg(QString::fromLatin1(statement.key)),
                             XlSyntax::tr("Put brackets around both values, or around neither."));
    }
    m_isList.insert(statement.key, list);
    return {};
}

Result<void> XlParser::openList(QList<Value>& open)
{
    if (open.size() >= XlConfig::MaximumDepth) {
        return m_lexer.error(m_token.begin,
                             XlSyntax::tr("Lists are nested more than %1 deep.").arg(XlConfig::MaximumDepth),
                             XlSyntax::tr("This is hardly a configuration of a guest: check the file."));
    }
    Value list;
    list.kind = Value::Kind::List;
    list.begin = m_token.begin;
    open.append(std::move(list));
    return advanceOverNewlines();
}

/** Puts @p done into the list it stands in and closes the lists that end there. True: @p result is the whole value. */
Result<bool> XlParser::closeLists(QList<Value>& open, Value done, Value& result)
{
    while (!open.isEmpty()) {
        open.last().items.append(std::move(done));
        if (const Result<void> moved = advanceOverNewlines(); !moved) {
            return std::unexpected(moved.error());
        }
        if (m_token.kind == Kind::Comma) {
            if (const Result<void> moved = advanceOverNewlines(); !moved) {
                return std::unexpected(moved.error());
            }
            return false;
        }
        if (m_token.kind != Kind::Close) {
            return unexpected(XlSyntax::tr("\",\" or \"]\""),
                              XlSyntax::tr("Put commas between the values of a list, "
                                           "and \"]\" after the last."));
        }
        done = open.takeLast();
        done.end = m_token.end;
    }
    result = std::move(done);
    return true;
}

/** Reads the value that the current token begins; its last token is then the current one. */
Result<Value> XlParser::value()
{
    QList<Value> open;
    Value result;
    for (;;) {
        Value done;
        if (m_token.kind == Kind::Open) {
            if (const Result<void> opened = openList(open); !opened) {
                return std::unexpected(opened.error());
            }
            if (m_token.kind != Kind::Close) {
                continue;
            }
            done = open.takeLast();
        } else if (m_token.kind == Kind::Close && !open.isEmpty() && !open.last().items.isEmpty()) {
            done = open.takeLast();
        } else if (m_token.kind == Kind::String || m_token.kind == Kind::Number) {
            done.kind = m_token.kind == Kind::String ? Value::Kind::String : Value::Kind::Number;
            done.text = m_token.text;
            done.begin = m_token.begin;
        } else {
            return unexpected(XlSyntax::tr("a value"),
                              XlSyntax::tr("Write a number, a text in quotes, or a list in brackets."));
        }
        done.end = m_token.end;
        const Result<bool> complete = closeLists(open, std::move(done), result);
        if (!complete) {
            return std::unexpected(complete.error());
        }
        if (*complete) {
            return result;
        }
    }
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "xlconfig.h"

#include "xllexer.h"
#include "xlparser.h"

#include <QCoreApplication>

namespace Stowage
{

namespace
{

struct XlSyntax {
    Q_DECLARE_TR_FUNCTIONS(XlSyntax)
};

bool isBlank(char c)
{
    return c == ' ' || c == '\t';
}

/** The literal's value must be one value and nothing else. */
Result<void> checkLiteral(const QByteArray& literal)
{
    const QByteArray prefix("x=");
    const Result<XlConfig> parsed = XlConfig::parse(prefix + literal + '\n');
    if (!parsed) {
        return std::unexpected(parsed.error());
    }
    if (parsed->statements().size() != 1 || parsed->statements().first().value.begin != prefix.size()
        || parsed->statements().first().value.end != prefix.size() + literal.size()) {
        return fail(Error::Code::InvalidInput, XlSyntax::tr("\"%1\" is not one value.").arg(QString::fromUtf8(literal)),
                    XlSyntax::tr("Write a number, a text in quotes, or a list in brackets."));
    }
    return {};
}

} // namespace

bool XlConfig::Value::operator==(const Value& other) const
{
    return kind == other.kind && text == other.text && items == other.items && begin == other.begin && end == other.end;
}

Result<XlConfig> XlConfig::parse(const QByteArray& text, const QString& fileName)
{
    Result<QList<Statement>> statements = XlParser(text, fileName).parse();
    if (!statements) {
        return std::unexpected(statements.error());
    }
    XlConfig config;
    config.m_text = text;
    config.m_statements = std::move(*statements);
    return config;
}

const XlConfig::Statement* XlConfig::find(const QByteArray& key) const
{
    for (auto statement = m_statements.crbegin(); statement != m_statements.crend(); ++statement) {
        if (statement->key == key) {
            return &*statement;
        }
    }
    return nullptr;
}

QList<const XlConfig::Statement*> XlConfig::effective(const QByteArray& key) const
{
    QList<const Statement*> result;
    for (const Statement& statement : m_statements) {
        if (statement.key == key) {
            if (!statement.append) {
                result.clear();
            }
            result.append(&statement);
        }
    }
    return result;
}

std::optional<QByteArray> XlConfig::string(const QByteArray& key) const
{
    const QList<const Statement*> statements = effective(key);
    if (statements.isEmpty() || statements.first()->value.kind == Value::Kind::List) {
        return std::nullopt;
    }
    QByteArray result;
    for (const Statement* statement : statements) {
        result += statement->value.text;
    }
    return result;
}

QList<const XlConfig::Value*> XlConfig::items(const QByteArray& key) const
{
    QList<const Value*> result;
    for (const Statement* statement : effective(key)) {
        for (const Value& item : statement->value.items) {
            result.append(&item);
        }
    }
    return result;
}

QByteArrayList XlConfig::list(const QByteArray& key) const
{
    if (const std::optional<QByteArray> single = string(key)) {
        return {*single};
    }
    QByteArrayList result;
    for (const Value* item : items(key)) {
        if (item->kind != Value::Kind::List) {
            result.append(item->text);
        }
    }
    return result;
}

Place XlConfig::place(qsizetype offset, const QString& fileName) const
{
    return XlLexer(m_text, fileName).place(offset);
}

Result<void> XlConfig::splice(qsizetype begin, qsizetype end, const QByteArray& replacement)
{
    Result<XlConfig> changed = parse(m_text.first(begin) + replacement + m_text.sliced(end));
    if (!changed) {
        return std::unexpected(changed.error());
    }
    *this = std::move(*changed);
    return {};
}

Result<void> XlConfig::replace(const Value& value, const QByteArray& literal)
{
    if (value.begin < 0 || value.end < value.begin || value.end > m_text.size()) {
        return fail(Error::Code::InvalidInput, XlSyntax::tr("The value to replace is not in this configuration."));
    }
    if (const Result<void> checked = checkLiteral(literal); !checked) {
        return checked;
    }
    return splice(value.begin, value.end, literal);
}

Result<void> XlConfig::set(const QByteArray& key, const QByteArray& literal)
{
    if (const Result<void> checked = checkLiteral(literal); !checked) {
        return checked;
    }
    XlConfig changed = *this;
    const QList<const Statement*> statements = effective(key);
    if (statements.isEmpty()) {
        const QByteArray separator(m_text.isEmpty() || m_text.endsWith('\n') ? "" : "\n");
        const QByteArray line = separator + key + " = " + literal + '\n';
        if (const Result<void> added = changed.splice(m_text.size(), m_text.size(), line); !added) {
            return added;
        }
        if (changed.m_statements.isEmpty() || changed.m_statements.last().key != key) {
            return fail(Error::Code::InvalidInput, XlSyntax::tr("\"%1\" is not a key.").arg(QString::fromUtf8(key)));
        }
        *this = std::move(changed);
        return {};
    }
    for (qsizetype i = statements.size() - 1; i > 0; --i) {
        changed.removeStatement(*statements[i]);
    }
    const Value value = statements.first()->value;
    if (const Result<void> replaced = changed.splice(value.begin, value.end, literal); !replaced) {
        return replaced;
    }
    *this = std::move(changed);
    return {};
}

void XlConfig::removeStatement(const Statement& statement)
{
    const qsizetype lineBegin = statement.begin == 0 ? 0 : m_text.lastIndexOf('\n', statement.begin - 1) + 1;
    qsizetype begin = statement.begin;
    while (begin > lineBegin && isBlank(m_text[begin - 1])) {
        --begin;
    }
    qsizetype end = statement.value.end;
    const auto skipBlanks = [this, &end] {
        while (end < m_text.size() && isBlank(m_text[end])) {
            ++end;
        }
    };
    skipBlanks();
    const bool semicolon = end < m_text.size() && m_text[end] == ';';
    if (semicolon) {
        ++end;
        skipBlanks();
    }
    if (begin == lineBegin && (end == m_text.size() || m_text[end] == '\n')) {
        end = std::min(end + 1, m_text.size());
    } else {
        end = semicolon || begin == lineBegin ? end : statement.value.end;
        begin = statement.begin;
    }
    m_text.remove(begin, end - begin);
}

void XlConfig::remove(const QByteArray& key)
{
    XlConfig changed = *this;
    for (auto statement = m_statements.crbegin(); statement != m_statements.crend(); ++statement) {
        if (statement->key == key) {
            changed.removeStatement(*statement);
        }
    }
    if (Result<XlConfig> parsed = parse(changed.m_text)) {
        *this = std::move(*parsed);
    }
}

QByteArray XlConfig::quoted(const QByteArray& text, char quote)
{
    QByteArray result(1, quote);
    for (const char c : text) {
        if (c == '\n') {
            result += "\\n";
        } else if (c == quote || c == '\\') {
            result += '\\';
            result += c;
        } else if (c != '\0') {
            result += c;
        }
    }
    return result + quote;
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "xlconfig.h"
#include "xllexer.h"

#include <QHash>

namespace Stowage
{

/** Builds the statements of an xl.cfg(5) file from its tokens. Used by XlConfig::parse(). */
class XlParser
{
public:
    XlParser(const QByteArray& text, const QString& fileName) : m_lexer(text, fileName) { }

    [[nodiscard]] Result<QList<XlConfig::Statement>> parse();

private:
    [[nodiscard]] Result<void> advance();
    [[nodiscard]] Result<void> advanceOverNewlines();
    [[nodiscard]] Result<XlConfig::Statement> statement();
    [[nodiscard]] Result<XlConfig::Value> value();
    [[nodiscard]] Result<void> openList(QList<XlConfig::Value>& open);
    [[nodiscard]] Result<bool> closeLists(QList<XlConfig::Value>& open, XlConfig::Value done, XlConfig::Value& result);
    [[nodiscard]] Result<void> checkAddition(const XlConfig::Statement& statement);
    [[nodiscard]] std::unexpected<Error> unexpected(const QString& wanted, const QString& remedy) const;

    XlLexer m_lexer;
    XlToken m_token;
    int m_line = 1;
    QHash<QByteArray, bool> m_isList;
};

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QSyntaxHighlighter>

namespace Stowage
{

/** Colours xl.cfg(5) text: keys, strings, numbers and comments. Strings may go over lines inside a list. */
class XlHighlighter : public QSyntaxHighlighter
{
    Q_OBJECT

public:
    using QSyntaxHighlighter::QSyntaxHighlighter;

protected:
    void highlightBlock(const QString& text) override;
};

} // namespace Stowage

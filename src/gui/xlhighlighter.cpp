// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/xlhighlighter.h"

#include "gui/theme.h"

#include <QTextCharFormat>

namespace Stowage
{

namespace
{

QTextCharFormat colored(Theme::Role role)
{
    QTextCharFormat format;
    format.setForeground(Theme::color(role));
    return format;
}

qsizetype endOfString(const QString& text, qsizetype begin)
{
    const QChar quote = text.at(begin);
    qsizetype i = begin + 1;
    while (i < text.size() && text.at(i) != quote) {
        i += text.at(i) == QLatin1Char('\\') ? 2 : 1;
    }
    return std::min(i + 1, text.size());
}

bool isWord(QChar c)
{
    return c.isLetterOrNumber() || c == QLatin1Char('_') || c == QLatin1Char('.');
}

} // namespace

void XlHighlighter::highlightBlock(const QString& text)
{
    qsizetype i = 0;
    const auto mark = [this](qsizetype begin, qsizetype end, Theme::Role role) {
        setFormat(static_cast<int>(begin), static_cast<int>(end - begin), colored(role));
    };
    while (i < text.size()) {
        const QChar c = text.at(i);
        if (c == QLatin1Char('#')) {
            mark(i, text.size(), Theme::Role::CodeComment);
            return;
        }
        if (c == QLatin1Char('"') || c == QLatin1Char('\'')) {
            const qsizetype end = endOfString(text, i);
            mark(i, end, Theme::Role::CodeString);
            i = end;
        } else if (isWord(c)) {
            qsizetype end = i;
            while (end < text.size() && isWord(text.at(end))) {
                ++end;
            }
            mark(i, end, c.isDigit() ? Theme::Role::CodeNumber : Theme::Role::CodeKey);
            i = end;
        } else {
            ++i;
        }
    }
}

} // namespace Stowage

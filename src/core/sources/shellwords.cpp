// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "shellwords.h"

namespace Stowage
{

namespace
{

/** Splits one text. */
class Splitter
{
public:
    Splitter(const QString& text, const QHash<QString, QString>& variables) : m_text(text), m_variables(variables) { }

    QStringList run()
    {
        while (m_at < m_text.size()) {
            const QChar c = m_text[m_at++];
            if (!m_quote.isNull() && c == m_quote) {
                m_quote = {};
            } else if (m_quote.isNull() && (c == u'"' || c == u'\'')) {
                m_quote = c;
                m_any = true;
            } else if (c == u'\\' && m_quote != u'\'' && m_at < m_text.size()) {
                m_word += m_text[m_at++];
            } else if (c == u'$' && m_quote != u'\'') {
                addValue(m_variables.value(takeName()));
            } else if (m_quote.isNull() && c.isSpace()) {
                end();
            } else {
                m_word += c;
            }
        }
        end();
        return std::move(m_words);
    }

private:
    void end()
    {
        if (m_any || !m_word.isEmpty()) {
            m_words += m_word;
        }
        m_word.clear();
        m_any = false;
    }

    /** The name behind a "$", with braces or without. */
    QString takeName()
    {
        const bool braces = m_at < m_text.size() && m_text[m_at] == u'{';
        m_at += braces ? 1 : 0;
        const qsizetype start = m_at;
        while (m_at < m_text.size() && (m_text[m_at].isLetterOrNumber() || m_text[m_at] == u'_')) {
            ++m_at;
        }
        const QString name = m_text.sliced(start, m_at - start);
        m_at += braces && m_at < m_text.size() ? 1 : 0;
        return name;
    }

    /** A value has several words where it is not quoted. */
    void addValue(const QString& value)
    {
        if (!m_quote.isNull()) {
            m_word += value;
            return;
        }
        const QStringList values = value.split(u' ', Qt::SkipEmptyParts);
        for (qsizetype i = 0; i < values.size(); ++i) {
            if (i > 0) {
                end();
            }
            m_word += values[i];
        }
    }

    const QString& m_text;
    const QHash<QString, QString>& m_variables;
    qsizetype m_at = 0;
    QStringList m_words;
    QString m_word;
    bool m_any = false; ///< The word was begun, even if it has no characters.
    QChar m_quote;
};

} // namespace

QStringList shellWords(const QString& text, const QHash<QString, QString>& variables)
{
    return Splitter(text, variables).run();
}

} // namespace Stowage

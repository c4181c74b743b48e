// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/result.h"

#include <QByteArray>
#include <QByteArrayList>
#include <QList>

#include <optional>

namespace Stowage
{

/**
 * An xl.cfg(5) file that is edited without losing anything: comments, order, spacing, quotes and unknown keys stay byte
 * for byte where they are not edited. Works on bytes, as xl does. A plain value.
 */
class XlConfig
{
public:
    /** A value of a statement: a string, a number, or a list of values. */
    struct Value {
        enum class Kind { String, Number, List };

        Kind kind = Kind::String;
        QByteArray text;    ///< Unescaped string, or the number as written.
        QList<Value> items; ///< Of a list.
        qsizetype begin = 0; ///< Span in the document's bytes, quotes and brackets included.
        qsizetype end = 0;

        bool operator==(const Value& other) const;
    };

    /** `key = value` or `key += value`. */
    struct Statement {
        QByteArray key;
        bool append = false;
        Value value;
        qsizetype begin = 0; ///< Of the key.
        int line = 0;

        bool operator==(const Statement&) const = default;
    };

    XlConfig() = default;

    /** Lists within lists that parse() takes; xl's own limit is about five times as high. */
    static constexpr int MaximumDepth = 1000;

    /**
     * Parses @p text by the grammar of xl; @p fileName is only used in the place of an error. What xl refuses is an
     * error with line, column and remedy; what xl takes parses, up to MaximumDepth.
     */
    [[nodiscard]] static Result<XlConfig> parse(const QByteArray& text, const QString& fileName = {});

    [[nodiscard]] const QByteArray& text() const { return m_text; }
    [[nodiscard]] const QList<Statement>& statements() const { return m_statements; }

    /** The last statement that sets @p key, as xl takes it; null when there is none. Valid until the next edit. */
    [[nodiscard]] const Statement* find(const QByteArray& key) const;
    /**
     * The statements that make the value of @p key: the last `=` and every `+=` after it. Valid until the next edit.
     */
    [[nodiscard]] QList<const Statement*> effective(const QByteArray& key) const;
    /** The value of @p key when it is a string or number (xl makes no difference), `+=` joined; nothing for a list. */
    [[nodiscard]] std::optional<QByteArray> string(const QByteArray& key) const;
    /** The values of @p key when it is a list, `+=` applied. Valid until the next edit. */
    [[nodiscard]] QList<const Value*> items(const QByteArray& key) const;
    /**
     * The strings of @p key as a list: `+=` applied, a single string counts as a list of one, nested lists are left
     * out.
     */
    [[nodiscard]] QByteArrayList list(const QByteArray& key) const;
    /** Line and column of byte @p offset of the text, in @p fileName. */
    [[nodiscard]] Place place(qsizetype offset, const QString& fileName = {}) const;

    /**
     * Replaces the bytes of @p value by @p literal (xl syntax) and parses anew; everything else stays. @p value may be
     * of this document. On error nothing has changed.
     */
    [[nodiscard]] Result<void> replace(const Value& value, const QByteArray& literal);
    /**
     * Sets @p key to @p literal (xl syntax): replaces the value that counts and removes what `+=` added to it, or adds
     * a line at the end. On error nothing has changed.
     */
    [[nodiscard]] Result<void> set(const QByteArray& key, const QByteArray& literal);
    /** Removes every statement of @p key with its line when nothing else stands on it. */
    void remove(const QByteArray& key);

    /**
     * @p text as an xl string in quotes of the kind @p quote (' or "). Only what must be is escaped: that quote,
     * backslash and newline; xl reads every other byte as it is. NUL, which no config can hold, is left out.
     */
    [[nodiscard]] static QByteArray quoted(const QByteArray& text, char quote = '"');

private:
    void removeStatement(const Statement& statement);
    [[nodiscard]] Result<void> splice(qsizetype begin, qsizetype end, const QByteArray& replacement);

    QByteArray m_text;
    QList<Statement> m_statements;
};

} // namespace Stowage

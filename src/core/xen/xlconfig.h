// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/result.h"

#include <QByteArray>
#include <QByteArrayList>
#include <QList>

namespace Stowage
{

/**
 * An xl.cfg(5) file that is edited without losing anything: comments, order, spacing, quotes and unknown keys stay
 * byte for byte where they are not edited. Works on bytes, as xl does. A plain value.
 */
class XlConfig
{
public:
    /** A value of a statement: a string, a number, or a list of values. */
    struct Value {
        enum class Kind { String, Number, List };

        Kind kind = Kind::String;
        QByteArray text; ///< Unescaped string, or the number as written.
        QList<Value> items; ///< Of a list.
        qsizetype begin = 0; ///< Span in the document's bytes, quotes and brackets included.
        qsizetype end = 0;

        bool operator==(const Value&) const = default;
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

    /** Parses @p text by the grammar of xl; @p fileName is only used in the place of an error. */
    [[nodiscard]] static Result<XlConfig> parse(const QByteArray& text, const QString& fileName = {});

    [[nodiscard]] const QByteArray& text() const { return m_text; }
    [[nodiscard]] const QList<Statement>& statements() const { return m_statements; }

    /** The last statement that sets @p key, as xl takes it; null when there is none. Valid until the next edit. */
    [[nodiscard]] const Statement* find(const QByteArray& key) const;
    /** The value of @p key when it is a string. */
    [[nodiscard]] std::optional<QByteArray> string(const QByteArray& key) const;
    /** The strings of @p key as a list: `+=` applied, a single string counts as a list of one. */
    [[nodiscard]] QByteArrayList list(const QByteArray& key) const;

    /** Replaces the bytes of @p value by @p literal (xl syntax) and parses anew; everything else stays. */
    [[nodiscard]] Result<void> replace(const Value& value, const QByteArray& literal);
    /** Sets @p key to @p literal (xl syntax): replaces the last statement's value, or adds a line at the end. */
    [[nodiscard]] Result<void> set(const QByteArray& key, const QByteArray& literal);
    /** Removes every statement of @p key with its line when nothing else stands on it. */
    void remove(const QByteArray& key);

    /** @p text as an xl string in quotes of the kind @p quote (' or "), escaped where needed. */
    [[nodiscard]] static QByteArray quoted(const QByteArray& text, char quote = '"');

private:
    QByteArray m_text;
    QList<Statement> m_statements;
};

} // namespace Stowage

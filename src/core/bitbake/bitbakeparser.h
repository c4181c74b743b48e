// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/project/problem.h"

#include <QByteArray>

#include <memory>
#include <stop_token>

namespace Stowage
{

/**
 * One logical line of BitBake text: physical lines that end with a backslash are joined with the next, as the BitBake User
 * Manual describes. Knows where its characters stand in the file.
 */
class BitBakeLine
{
public:
    /** Adds @p text, which starts at line @p line and column 1 of the file. */
    void append(QStringView text, int line);
    /** Removes the last @p count characters. */
    void chop(qsizetype count) { m_text.chop(count); }

    [[nodiscard]] const QString& text() const { return m_text; }
    [[nodiscard]] bool isEmpty() const { return m_starts.isEmpty(); }
    /** Line and column of the character at @p offset; @p file is the name to put in. */
    [[nodiscard]] Place place(const QString& file, qsizetype offset = 0) const;
    /** The same for many @p offsets, which ascend, in one walk over the line. */
    [[nodiscard]] QList<Place> places(const QString& file, const QList<qsizetype>& offsets) const;

private:
    struct Start {
        qsizetype offset = 0;
        int line = 0;
    };

    QString m_text;
    QList<Start> m_starts;
};

/** One statement of BitBake text, not evaluated. */
struct BitBakeStatement {
    enum class Kind {
        Assignment,
        Unset, ///< Of a variable, or of a flag.
        Inherit, ///< @c value names the classes.
        Include, ///< @c value names the file.
        Require,
        Function, ///< A shell or python function; not run.
        Other, ///< Tasks, event handlers, exports: nothing that a guest depends on.
    };
    enum class Operator { Set, Immediate, Default, WeakDefault, Append, Prepend, AppendDirectly, PrependDirectly };

    Kind kind = Kind::Other;
    Operator assignment = Operator::Set;
    QString name; ///< Variable with its overrides, or function.
    QString flag; ///< Of a variable; empty: none.
    QString value; ///< Between the quotes; the body of a function.
    bool python = false; ///< Of a function: written in python.
    QString file;
    BitBakeLine line;
    qsizetype valueOffset = 0; ///< Of @c value in @c line.

    /** Where the statement starts. */
    [[nodiscard]] Place place() const { return line.place(file); }
    /** Where the character at @p offset of the value stands. */
    [[nodiscard]] Place valuePlace(qsizetype offset = 0) const { return line.place(file, valueOffset + offset); }
    /** The same for many @p offsets, which ascend. */
    [[nodiscard]] QList<Place> valuePlaces(QList<qsizetype> offsets) const;
};

/** A statement as the places of values refer to it. */
using BitBakeOrigin = std::shared_ptr<const BitBakeStatement>;

/** The statements of a file and what was wrong in it. */
struct BitBakeText {
    QList<BitBakeOrigin> statements;
    QList<Problem> problems; ///< All with the code ProblemCode::BitBakeSyntax.
};

/**
 * Splits @p content into statements by the syntax of the BitBake User Manual, chapter "Syntax and Operators". Every line is
 * in a statement, a comment, or has a problem. @p file is the name for places; a `.conf` file has no functions.
 * Takes any bytes; what is not UTF-8 is replaced, with a problem. Ends early once @p stop is requested.
 */
[[nodiscard]] BitBakeText parseBitBake(const QByteArray& content, const QString& file,
                                       const std::stop_token& stop = {});

} // namespace Stowage

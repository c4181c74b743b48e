// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "bitbakeparser.h"

#include <QHash>
#include <QSet>

#include <limits>
#include <optional>

namespace Stowage
{

/** The value of a variable or flag. */
struct BitBakeValue {
    std::optional<QString> text; ///< Expanded; not set: the variable has no value.
    QList<BitBakeOrigin> origins; ///< The statements that made it, in their order; the last one names its place.

    /** Where the value stands; an empty place when no text set it. */
    [[nodiscard]] Place place() const;
};

/** What is left of an expansion that could not be done. */
struct BitBakeRemainder {
    enum class Kind {
        None,
        UnknownVariable,
        Loop, ///< A variable refers to itself, directly or not, or grows beyond all bounds.
        Python, ///< `${@...}`
    };

    Kind kind = Kind::None;
    QString text; ///< What stands there, with `${` and `}`.
};

/**
 * BitBake's data store: applies assignments in order and computes values as the BitBake User Manual describes: appends,
 * prepends and removals at the end, overrides by OVERRIDES, weak defaults last, `${...}` expanded on use.
 *
 * Differences: python is not run, so `${@...}` stays as it is; an endless expansion stops with the reference left in place.
 * Not thread-safe, as values are remembered between calls.
 */
class BitBakeData
{
public:
    BitBakeData();

    /** Gives @p name a value that an assignment changes; a weak one counts as a weak default that stands before everything. */
    void preset(const QString& name, const QString& value, bool weak);
    /** Gives @p name a value where no assignment has; what is appended, prepended or removed at the end still counts. */
    void presetUnset(const QString& name, const QString& value);
    /** Fixes the value of @p name whatever the text assigns. */
    void force(const QString& name, const QString& value);

    /** Applies an assignment. */
    void assign(const BitBakeOrigin& statement);
    /** Applies an `unset`. */
    void unset(const BitBakeStatement& statement);
    /** Renames the variables that have `${...}` in their names, as BitBake does after everything was read. */
    void expandNames();

    [[nodiscard]] BitBakeValue value(const QString& name);
    [[nodiscard]] BitBakeValue flag(const QString& name, const QString& flag);
    /** The flags of @p name that are set, sorted. */
    [[nodiscard]] QStringList flagNames(const QString& name) const;
    /** @p text with all `${...}` replaced that can be; @p user names what it belongs to and must not refer to. */
    [[nodiscard]] QString expand(const QString& text, const QString& user = {});
    /** What expand() had to leave in @p expanded; the first such thing. */
    [[nodiscard]] BitBakeRemainder remainder(const QString& expanded);
    /** The overrides in force, weakest first. */
    [[nodiscard]] QStringList overrides();

private:
    struct Content {
        QString text;
        QList<BitBakeOrigin> origins;
    };
    /** An `:append`, `:prepend` or `:remove`. */
    struct Change {
        QString text;
        QString overrides; ///< In force only when all of these are; empty: always.
        BitBakeOrigin origin;
    };
    struct Variable {
        std::optional<Content> content;
        std::optional<Content> weak;
        QList<Change> appends;
        QList<Change> prepends;
        QList<Change> removals;
        QHash<QString, Content> flags;
        QHash<QString, Content> weakFlags;
    };
    /** A variable for an override: `A:o` for `A`. */
    struct Override {
        QString variable;
        QString override;
        bool operator==(const Override&) const = default;
    };
    struct Evaluated {
        std::optional<QString> raw;
        std::optional<QString> expanded;
        QList<BitBakeOrigin> origins;
        QStringList removed; ///< Removals that took something away.
    };
    enum class OverridesState { Unknown, Computing, Known };

    /** Does to @p content what the operator of @p statement says. */
    void change(std::optional<Content>& content, const BitBakeOrigin& statement);
    void addChange(const QString& base, QLatin1StringView keyword, const Change& change);
    void registerOverrides(const QString& name);
    void unregisterOverrides(const QString& name);
    void rename(const QString& from, const QString& to);
    void changed();
    [[nodiscard]] Evaluated evaluate(const QString& name);
    [[nodiscard]] Evaluated compute(const QString& name);
    [[nodiscard]] QString selectOverride(const QString& name);
    [[nodiscard]] bool isInForce(const QString& condition);
    [[nodiscard]] bool substituteOnce(QString& text, const QString& user);
    [[nodiscard]] QString removeWords(const QString& text, const QStringList& removals, QStringList& removed);

    QHash<QString, Variable> m_variables;
    QHash<QString, QList<Override>> m_overrides;
    QHash<QString, QString> m_forced;
    QHash<QString, Evaluated> m_cache;
    QStringList m_active; ///< Variables that are being computed.
    qsizetype m_cut =
        std::numeric_limits<qsizetype>::max(); ///< Index in m_active of the outermost one that a loop led to.
    int m_steps = 0; ///< Evaluations since the outermost one began.
    QStringList m_overrideNames;
    OverridesState m_overridesState = OverridesState::Unknown;
};

} // namespace Stowage

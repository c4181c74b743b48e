// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bitbakedata.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

/** Bounds on what an expansion may grow to: real values are a few KiB and a few levels. */
constexpr qsizetype MaximumLength = qsizetype{1} << 20;
constexpr qsizetype MaximumDepth = 200;
constexpr int MaximumRounds = 100;
constexpr int MaximumSteps = 200'000;

bool isNameCharacter(QChar c)
{
    return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || (c >= u'0' && c <= u'9') || "-_+./~:"_L1.contains(c);
}

/** The length of a reference `${NAME}` at the start of @p text; 0 when there is none. */
qsizetype referenceLength(QStringView text)
{
    if (!text.startsWith("${"_L1)) {
        return 0;
    }
    qsizetype end = 2;
    while (end < text.size() && isNameCharacter(text.at(end))) {
        ++end;
    }
    return end > 2 && end < text.size() && text.at(end) == u'}' ? end + 1 : 0;
}

/** The length of the `${@...}` or other unknown thing at the start of @p text, which starts with `${`. */
qsizetype foreignLength(QStringView text)
{
    int depth = 0;
    for (qsizetype i = 1; i < text.size(); ++i) {
        if (text.at(i) == u'{') {
            ++depth;
        } else if (text.at(i) == u'}' && --depth == 0) {
            return i + 1;
        }
    }
    return text.size();
}

} // namespace

QString BitBakeData::expand(const QString& text, const QString& user)
{
    QString result = text;
    int round = 0;
    while (result.contains("${"_L1) && result.size() < MaximumLength && round++ < MaximumRounds
           && substituteOnce(result, user)) {
    }
    return result;
}

bool BitBakeData::substituteOnce(QString& text, const QString& user)
{
    QString result;
    const QStringView view(text);
    qsizetype done = 0;
    for (qsizetype at = text.indexOf("${"_L1); at >= 0; at = text.indexOf("${"_L1, at)) {
        const qsizetype length = referenceLength(view.sliced(at));
        if (length == 0) {
            at += 2;
            continue;
        }
        const QString name = text.sliced(at + 2, length - 3);
        std::optional<QString> replacement;
        if (name != user && result.size() < MaximumLength) {
            replacement = evaluate(name).expanded;
        }
        if (replacement) {
            result += view.sliced(done, at - done);
            result += *replacement;
            done = at + length;
        }
        at += length;
    }
    result += view.sliced(done);
    return std::exchange(text, result) != result;
}

BitBakeRemainder BitBakeData::remainder(const QString& expanded)
{
    using Kind = BitBakeRemainder::Kind;
    const qsizetype at = expanded.indexOf("${"_L1);
    if (at < 0) {
        return {};
    }
    const QStringView rest = QStringView(expanded).sliced(at);
    if (rest.startsWith("${@"_L1)) {
        return {Kind::Python, rest.first(foreignLength(rest)).toString()};
    }
    const qsizetype length = referenceLength(rest);
    if (length == 0) {
        return {Kind::UnknownVariable, rest.first(foreignLength(rest)).toString()};
    }
    const bool known = evaluate(rest.sliced(2, length - 3).toString()).raw.has_value();
    return {known ? Kind::Loop : Kind::UnknownVariable, rest.first(length).toString()};
}

BitBakeData::Evaluated BitBakeData::evaluate(const QString& name)
{
    if (const auto forced = m_forced.constFind(name); forced != m_forced.constEnd()) {
        return {*forced, *forced, {}, {}};
    }
    if (const auto cached = m_cache.constFind(name); cached != m_cache.constEnd()) {
        return *cached;
    }
    m_steps = m_active.isEmpty() ? 0 : m_steps + 1;
    const qsizetype depth = m_active.size();
    if (const qsizetype loop = m_active.indexOf(name); loop >= 0 || depth >= MaximumDepth || m_steps > MaximumSteps) {
        m_cut = std::min(m_cut, std::max<qsizetype>(loop, 0));
        return {};
    }
    m_active.append(name);
    const Evaluated result = compute(QString(name));
    const QString own = m_active.takeLast();
    // Cut short by a loop that began outside, it would be another value when asked for on its own.
    if (m_cut >= depth) {
        m_cache.insert(own, result);
        m_cut = std::numeric_limits<qsizetype>::max();
    }
    return result;
}

BitBakeData::Evaluated BitBakeData::compute(const QString& name)
{
    Evaluated result;
    QStringList removals;
    const Variable variable = m_variables.value(name);
    if (const QString chosen = selectOverride(name); !chosen.isEmpty()) {
        const Evaluated other = evaluate(chosen);
        result.raw = other.raw;
        result.origins = other.origins;
        removals = other.removed;
    }
    if (!result.raw && (variable.content || variable.weak)) {
        const Content& content = variable.content ? *variable.content : *variable.weak;
        result.raw = content.text;
        result.origins = content.origins;
    }
    const auto raw = [&result]() -> QString& { return result.raw ? *result.raw : result.raw.emplace(); };
    for (const Change& change : variable.appends) {
        if (isInForce(change.overrides)) {
            raw().append(change.text);
            result.origins.append(change.origin);
        }
    }
    for (const Change& change : variable.prepends) {
        if (isInForce(change.overrides)) {
            raw().prepend(change.text);
            result.origins.append(change.origin);
        }
    }
    if (!result.raw) {
        return result;
    }
    result.expanded = expand(*result.raw, name);
    for (const Change& change : variable.removals) {
        if (isInForce(change.overrides)) {
            removals.append(change.text);
            if (result.origins.isEmpty()) { // of a preset value, which this changes
                result.origins.append(change.origin);
            }
        }
    }
    if (!removals.isEmpty()) {
        result.expanded = removeWords(*result.expanded, removals, result.removed);
    }
    return result;
}

QString BitBakeData::selectOverride(const QString& name)
{
    const QList<Override> candidates = m_overrides.value(name);
    if (candidates.isEmpty()) {
        return {};
    }
    // Chains are shortened from the right by the overrides in force, from the weakest to the strongest and over again; a
    // variant that a single override is left of is chosen, a later one over an earlier one.
    const QStringList inForce = overrides();
    QList<Override> active;
    for (const Override& candidate : candidates) {
        if (isInForce(candidate.override)) {
            active.removeIf([&](const Override& other) { return other.override == candidate.override; });
            active.append(candidate);
        }
    }
    QString chosen;
    bool shortened = true;
    while (shortened) {
        shortened = false;
        for (const QString& override : inForce) {
            const QList<Override> now = active;
            for (const Override& candidate : now) {
                if (candidate.override == override) {
                    chosen = candidate.variable;
                    active.removeOne(candidate);
                } else if (candidate.override.endsWith(u':' + override)) {
                    active.removeOne(candidate);
                    const QString rest = QString(candidate.override).remove(u':' + override);
                    active.removeIf([&](const Override& other) { return other.override == rest; });
                    active.append({candidate.variable, rest});
                    shortened = true;
                }
            }
        }
    }
    return chosen;
}

QString BitBakeData::removeWords(const QString& text, const QStringList& removals, QStringList& removed)
{
    QHash<QString, QStringList> causes;
    for (const QString& removal : removals) {
        const QStringList words = expand(removal).simplified().split(u' ', Qt::SkipEmptyParts);
        for (const QString& word : words) {
            causes[word].append(removal);
        }
    }
    QString result;
    QString word;
    const auto finishWord = [&] {
        const QStringList found = causes.value(word);
        if (found.isEmpty()) {
            result += word;
        }
        removed += found;
        word.clear();
    };
    for (const QChar c : text) {
        if (c.isSpace()) {
            finishWord();
            result += c;
        } else {
            word += c;
        }
    }
    finishWord();
    removed.removeDuplicates();
    return result;
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bitbakedata.h"

#include <algorithm>
#include <array>
#include <utility>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

using Operator = BitBakeStatement::Operator;

constexpr std::array keywords{":append"_L1, ":prepend"_L1, ":remove"_L1};

/** A variable's name taken apart at its `:append`, `:prepend` or `:remove`. */
struct ChangedName {
    QString base;
    QLatin1StringView keyword;
    QString overrides;
};

/** Splits @p name where the first such operator stands that is followed by nothing or by overrides. */
std::optional<ChangedName> splitName(const QString& name)
{
    for (qsizetype at = name.indexOf(u':'); at >= 0; at = name.indexOf(u':', at + 1)) {
        const QStringView tail = QStringView(name).sliced(at);
        for (const QLatin1StringView keyword : keywords) {
            if (!tail.startsWith(keyword)) {
                continue;
            }
            const QStringView rest = tail.sliced(keyword.size());
            const bool upper = std::ranges::any_of(rest, [](QChar c) { return c >= u'A' && c <= u'Z'; });
            if (rest.isEmpty() || (rest.front() == u':' && !upper)) {
                return ChangedName{name.first(at), keyword, rest.isEmpty() ? QString() : rest.sliced(1).toString()};
            }
        }
    }
    return std::nullopt;
}

/** The names of which @p name is a variant, with the overrides that make it so: `A:b:c` is `A:b` for `c`, `A` for `b:c`. */
template<typename Function>
void forEachBase(const QString& name, const Function& function)
{
    qsizetype colon = name.lastIndexOf(u':');
    while (colon > 0) {
        const QString override = name.sliced(colon + 1);
        const bool lower = !override.isEmpty()
            && ((override.front() >= u'a' && override.front() <= u'z')
                || (override.front() >= u'0' && override.front() <= u'9'));
        if (!lower) {
            return;
        }
        function(name.first(colon), override);
        colon = name.lastIndexOf(u':', colon - 1);
    }
}

} // namespace

Place BitBakeValue::place() const
{
    return origins.isEmpty() || !origins.last() ? Place{} : origins.last()->valuePlace();
}

BitBakeData::BitBakeData() = default;

void BitBakeData::changed()
{
    m_cache.clear();
    if (m_overridesState == OverridesState::Known) {
        m_overridesState = OverridesState::Unknown;
    }
}

void BitBakeData::preset(const QString& name, const QString& value, bool weak)
{
    Variable& variable = m_variables[name];
    (weak ? variable.weak : variable.content) = Content{value, {}};
    changed();
}

void BitBakeData::presetUnset(const QString& name, const QString& value)
{
    const auto known = m_variables.constFind(name);
    if (known == m_variables.constEnd() || (!known->content && !known->weak)) {
        preset(name, value, false);
    }
}

void BitBakeData::force(const QString& name, const QString& value)
{
    m_forced.insert(name, value);
    changed();
}

void BitBakeData::change(std::optional<Content>& content, const BitBakeOrigin& statement)
{
    const QString& value = statement->value;
    switch (statement->assignment) {
    case Operator::Default:
        if (!content) {
            content = Content{value, {statement}};
        }
        return;
    case Operator::Immediate:
        content = Content{expand(value, statement->name + "[:=]"_L1), {statement}};
        return;
    case Operator::Set:
    case Operator::WeakDefault:
        content = Content{value, {statement}};
        return;
    case Operator::Append:
    case Operator::Prepend:
    case Operator::AppendDirectly:
    case Operator::PrependDirectly:
        break;
    }
    // In place: a value may be put together by very many of these.
    if (!content) {
        content.emplace();
    }
    content->origins.append(statement);
    switch (statement->assignment) {
    case Operator::Append:
        content->text += u' ';
        [[fallthrough]];
    case Operator::AppendDirectly:
        content->text += value;
        break;
    case Operator::Prepend:
        content->text.prepend(u' ');
        [[fallthrough]];
    default:
        content->text.prepend(value);
        break;
    }
}

void BitBakeData::assign(const BitBakeOrigin& statement)
{
    const bool weak = statement->assignment == Operator::WeakDefault;
    const QString& name = statement->name;
    if (const QString& flag = statement->flag; !flag.isEmpty()) {
        Variable& variable = m_variables[name];
        QHash<QString, Content>& flags = weak ? variable.weakFlags : variable.flags;
        std::optional<Content> content;
        if (flags.contains(flag)) {
            content = flags.take(flag);
        }
        change(content, statement);
        flags.insert(flag, *std::move(content));
    } else if (const auto split = splitName(name); split && !weak) {
        std::optional<Content> content;
        change(content, statement);
        addChange(split->base, split->keyword, {content->text, split->overrides, statement});
    } else {
        Variable& variable = m_variables[name];
        change(weak ? variable.weak : variable.content, statement);
        registerOverrides(name);
    }
    changed();
}

void BitBakeData::addChange(const QString& base, QLatin1StringView keyword, const Change& change)
{
    Variable& variable = m_variables[base];
    if (keyword == keywords.at(0)) {
        variable.appends.append(change);
    } else if (keyword == keywords.at(1)) {
        variable.prepends.append(change);
    } else {
        variable.removals.append(change);
    }
    registerOverrides(base);
}

void BitBakeData::registerOverrides(const QString& name)
{
    forEachBase(name, [&](const QString& base, const QString& override) {
        QList<Override>& known = m_overrides[base];
        if (!known.contains(Override{name, override})) {
            known.append({name, override});
        }
    });
}

void BitBakeData::unregisterOverrides(const QString& name)
{
    m_overrides.remove(name);
    forEachBase(name, [&](const QString& base, const QString& override) {
        if (const auto known = m_overrides.find(base); known != m_overrides.end()) {
            known->removeOne(Override{name, override});
        }
    });
}

void BitBakeData::unset(const BitBakeStatement& statement)
{
    if (!statement.flag.isEmpty()) {
        if (const auto variable = m_variables.find(statement.name); variable != m_variables.end()) {
            variable->flags.remove(statement.flag);
        }
    } else {
        m_variables.remove(statement.name);
        unregisterOverrides(statement.name);
    }
    changed();
}

void BitBakeData::rename(const QString& from, const QString& to)
{
    const Variable old = m_variables.take(from);
    unregisterOverrides(from);
    Variable& variable = m_variables[to];
    if (old.content) {
        variable.content = old.content;
    }
    variable.appends += old.appends;
    variable.prepends += old.prepends;
    variable.removals += old.removals;
    registerOverrides(to);
    changed();
}

void BitBakeData::expandNames()
{
    QStringList names = m_variables.keys();
    names.removeIf([](const QString& name) { return !name.contains("${"_L1); });
    names.sort();
    for (const QString& name : std::as_const(names)) {
        const QString expanded = expand(name);
        if (expanded != name && m_variables.contains(name)) {
            rename(name, expanded);
        }
    }
}

BitBakeValue BitBakeData::value(const QString& name)
{
    const Evaluated evaluated = evaluate(name);
    return {evaluated.expanded, evaluated.origins};
}

BitBakeValue BitBakeData::flag(const QString& name, const QString& flag)
{
    const Variable variable = m_variables.value(name);
    const auto& source = variable.flags.contains(flag) ? variable.flags : variable.weakFlags;
    const auto found = source.constFind(flag);
    if (found == source.constEnd()) {
        return {};
    }
    return {expand(found->text, name + u'[' + flag + u']'), found->origins};
}

QStringList BitBakeData::flagNames(const QString& name) const
{
    const Variable variable = m_variables.value(name);
    QStringList names = variable.flags.keys() + variable.weakFlags.keys();
    names.sort();
    names.removeDuplicates();
    return names;
}

QStringList BitBakeData::overrides()
{
    if (m_overridesState != OverridesState::Unknown) {
        return m_overrideNames;
    }
    // OVERRIDES may itself depend on overrides: settle in a few rounds. What is being computed right now may be needed for it.
    const QStringList active = std::exchange(m_active, {});
    const qsizetype cut = m_cut;
    m_overrideNames.clear();
    constexpr int rounds = 5;
    for (int round = 0; round < rounds; ++round) {
        m_overridesState = OverridesState::Computing;
        const QStringList names = value(u"OVERRIDES"_s).text.value_or(QString()).split(u':', Qt::SkipEmptyParts);
        m_cache.clear();
        m_overridesState = OverridesState::Known;
        if (names == m_overrideNames) {
            break;
        }
        m_overrideNames = names;
    }
    m_active = active;
    m_cut = cut;
    return m_overrideNames;
}

bool BitBakeData::isInForce(const QString& condition)
{
    const QStringList inForce = overrides();
    return std::ranges::all_of(condition.split(u':'),
                               [&](const QString& name) { return name.isEmpty() || inForce.contains(name); });
}

} // namespace Stowage

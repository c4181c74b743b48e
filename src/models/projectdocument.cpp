// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "models/projectdocument.h"

#include "core/project/entryname.h"
#include "core/project/projectfile.h"
#include "models/sequence.h"

#include <QHash>
#include <QSet>

#include <algorithm>

namespace Stowage
{

namespace
{

/** More rows than these out of order are told as changes in place: one signal a row is cheaper than a move a row. */
constexpr int MostMoves = 64;

bool sameSettings(const Project& a, const Project& b)
{
    Project withGuests = a;
    withGuests.guests = b.guests;
    return withGuests == b;
}

/** For every guest of @p before its row in @p after, or -1. */
QList<int> matchGuests(const QList<Guest>& before, const QList<Guest>& after)
{
    const qsizetype shorter = std::min(before.size(), after.size());
    qsizetype prefix = 0;
    while (prefix < shorter && before[prefix] == after[prefix]) {
        ++prefix;
    }
    qsizetype suffix = 0;
    while (suffix < shorter - prefix && before[before.size() - 1 - suffix] == after[after.size() - 1 - suffix]) {
        ++suffix;
    }
    QList<int> targets(before.size(), -1);
    QHash<QString, QList<int>> rowsByEntry;
    QSet<int> unmatched;
    const qsizetype afterEnd = after.size() - suffix;
    for (qsizetype row = prefix; row < afterEnd; ++row) {
        rowsByEntry[after[row].entry].append(static_cast<int>(row));
        unmatched.insert(static_cast<int>(row));
    }
    for (qsizetype row = 0; row < before.size(); ++row) {
        if (row < prefix) {
            targets[row] = static_cast<int>(row);
        } else if (row >= before.size() - suffix) {
            targets[row] = static_cast<int>(row + after.size() - before.size());
        } else if (const auto found = rowsByEntry.find(before[row].entry);
                   found != rowsByEntry.end() && !found->isEmpty()) {
            targets[row] = found->takeFirst();
            unmatched.remove(targets[row]);
        }
    }
    if (before.size() == after.size()) { // What has a new entry in the same row was renamed.
        for (qsizetype row = 0; row < before.size(); ++row) {
            if (targets[row] < 0 && unmatched.remove(static_cast<int>(row))) {
                targets[row] = static_cast<int>(row);
            }
        }
    }
    return targets;
}

QList<int> validRows(QList<int> rows, qsizetype count)
{
    std::ranges::sort(rows);
    rows.erase(std::ranges::unique(rows).begin(), rows.end());
    rows.removeIf([count](int row) { return row < 0 || row >= count; });
    return rows;
}

QSet<QString> entriesOf(const QList<Guest>& guests)
{
    QSet<QString> entries;
    for (const Guest& guest : guests) {
        entries.insert(guest.entry);
    }
    return entries;
}

} // namespace

ProjectDocument::ProjectDocument(QObject* parent) : QObject(parent)
{ }

void ProjectDocument::setEditSink(EditSink sink)
{
    m_sink = std::move(sink);
}

void ProjectDocument::setProject(const Project& project)
{
    if (project == m_project) {
        return;
    }
    if (!sameSettings(m_project, project)) {
        QList<Guest> guests = std::exchange(m_project, project).guests;
        m_project.guests = std::move(guests);
        Q_EMIT settingsChanged();
    }
    applyGuests(project.guests);
    Q_EMIT changed();
}

void ProjectDocument::applyGuests(const QList<Guest>& after)
{
    QList<int> targets = matchGuests(m_project.guests, after);
    removeUnmatched(targets);
    moveToTargets(targets);
    insertMissing(after, targets);
    for (int row = 0; row < after.size(); ++row) {
        if (m_project.guests[row] != after[row]) {
            m_project.guests[row] = after[row];
            Q_EMIT guestChanged(row);
        }
    }
}

void ProjectDocument::removeUnmatched(QList<int>& targets)
{
    for (auto last = static_cast<int>(targets.size()) - 1; last >= 0; --last) {
        if (targets[last] >= 0) {
            continue;
        }
        int first = last;
        while (first > 0 && targets[first - 1] < 0) {
            --first;
        }
        Q_EMIT guestsAboutToBeRemoved(first, last);
        m_project.guests.remove(first, last - first + 1);
        targets.remove(first, last - first + 1);
        Q_EMIT guestsRemoved(first, last);
        last = first;
    }
}

void ProjectDocument::moveToTargets(QList<int>& targets)
{
    const QList<bool> settled = longestIncreasing(targets);
    QList<int> movers;
    for (qsizetype row = 0; row < targets.size(); ++row) {
        if (!settled[row]) {
            movers.append(targets[row]);
        }
    }
    if (movers.size() > MostMoves) {
        std::ranges::sort(targets);
        return;
    }
    std::ranges::sort(movers);
    for (const int target : movers) { // All with a smaller target stand in their order by now.
        const auto from = static_cast<int>(targets.indexOf(target));
        int predecessor = -1;
        for (int row = 0; row < targets.size(); ++row) {
            if (targets[row] < target && (predecessor < 0 || targets[row] > targets[predecessor])) {
                predecessor = row;
            }
        }
        const int to = predecessor < from ? predecessor + 1 : predecessor;
        if (from != to) {
            Q_EMIT guestsAboutToBeMoved(from, to);
            m_project.guests.move(from, to);
            targets.move(from, to);
            Q_EMIT guestsMoved(from, to);
        }
    }
}

void ProjectDocument::insertMissing(const QList<Guest>& after, const QList<int>& targets)
{
    qsizetype next = 0;
    for (int row = 0; row < after.size(); ++row) {
        if (next < targets.size() && targets[next] == row) {
            ++next;
            continue;
        }
        const int last = next < targets.size() ? targets[next] - 1 : static_cast<int>(after.size()) - 1;
        Q_EMIT guestsAboutToBeInserted(row, last);
        QList<Guest> joined = m_project.guests.first(row);
        joined += after.sliced(row, last - row + 1);
        joined += m_project.guests.sliced(row);
        m_project.guests = std::move(joined);
        Q_EMIT guestsInserted(row, last);
        row = last;
    }
}

void ProjectDocument::submit(const QString& text, const Project& after, const QString& mergeKey)
{
    if (after == m_project) {
        return;
    }
    if (m_sink) {
        m_sink({text, m_project, after, mergeKey});
    } else {
        setProject(after);
    }
}

void ProjectDocument::edit(const QString& text, const std::function<void(Project&)>& change, const QString& mergeKey)
{
    Project after = m_project;
    change(after);
    submit(text, after, mergeKey);
}

void ProjectDocument::insertGuests(int row, const QList<Guest>& guests)
{
    if (guests.isEmpty()) {
        return;
    }
    Project after = m_project;
    if (row < 0 || row > after.guests.size()) {
        row = static_cast<int>(after.guests.size());
    }
    QSet<QString> taken = entriesOf(after.guests);
    QList<Guest> joined = after.guests.first(row);
    for (Guest guest : guests) {
        if (guest.entry.isEmpty() || taken.contains(guest.entry)) {
            guest.entry = freeEntry(guest.entry, taken);
        }
        taken.insert(guest.entry);
        joined.append(std::move(guest));
    }
    const QString added = joined.last().entry;
    joined += after.guests.sliced(row);
    after.guests = std::move(joined);
    const auto count = static_cast<int>(guests.size());
    submit(count == 1 ? tr("Add %1").arg(added) : tr("Add %n guests", nullptr, count), after);
}

void ProjectDocument::removeGuests(const QList<int>& rows)
{
    const QList<int> valid = validRows(rows, m_project.guests.size());
    if (valid.isEmpty()) {
        return;
    }
    Project after = m_project;
    const QString removed = after.guests[valid.first()].entry;
    qsizetype kept = 0;
    for (int row = 0; row < after.guests.size(); ++row) {
        if (!std::ranges::binary_search(valid, row)) {
            after.guests.swapItemsAt(kept++, row);
        }
    }
    after.guests.resize(kept);
    const auto count = static_cast<int>(valid.size());
    submit(count == 1 ? tr("Remove %1").arg(removed) : tr("Remove %n guests", nullptr, count), after);
}

void ProjectDocument::moveGuests(const QList<int>& rows, int to)
{
    const QList<int> valid = validRows(rows, m_project.guests.size());
    if (valid.isEmpty()) {
        return;
    }
    const auto end = static_cast<int>(m_project.guests.size());
    const int before = to < 0 || to > end ? end : to;
    QList<Guest> head;
    QList<Guest> moved;
    QList<Guest> tail;
    for (int row = 0; row < end; ++row) {
        if (std::ranges::binary_search(valid, row)) {
            moved.append(m_project.guests[row]);
        } else {
            (row < before ? head : tail).append(m_project.guests[row]);
        }
    }
    Project after = m_project;
    after.guests = head + moved + tail;
    const auto count = static_cast<int>(valid.size());
    submit(count == 1 ? tr("Move %1").arg(moved.first().entry) : tr("Move %n guests", nullptr, count), after);
}

void ProjectDocument::setGuest(int row, const Guest& guest, const QString& text, const QString& mergeKey)
{
    if (row < 0 || row >= m_project.guests.size() || m_project.guests[row] == guest) {
        return;
    }
    Project after = m_project;
    after.guests[row] = guest;
    submit(text, after, mergeKey);
}

Result<void> ProjectDocument::setGuestField(const QList<int>& rows, const QString& field, const QJsonValue& value,
                                            const QString& text, const QString& mergeKey)
{
    Project after = m_project;
    for (const int row : validRows(rows, after.guests.size())) {
        QJsonObject object = guestToJson(after.guests[row]);
        if (value.isNull() || value.isUndefined()) {
            object.remove(field);
        } else {
            object.insert(field, value);
        }
        Result<Guest> guest = guestFromJson(object);
        if (!guest) {
            return std::unexpected(guest.error());
        }
        after.guests[row] = *std::move(guest);
    }
    submit(text, after, mergeKey);
    return {};
}

Result<void> ProjectDocument::applyFix(const Problem& problem)
{
    if (!problem.fix || problem.where.guest < 0 || problem.where.guest >= m_project.guests.size()) {
        return fail(Error::Code::NotFound, tr("There is no guest left to change for this problem."), {}, problem.where);
    }
    return setGuestField({problem.where.guest}, problem.fix->field, problem.fix->value, problem.fix->title);
}

QString ProjectDocument::uniqueEntry(const QString& name) const
{
    return freeEntry(cleanedEntry(name), entriesOf(m_project.guests));
}

Result<void> ProjectDocument::checkEntry(const QString& entry, int row) const
{
    const Result<void> valid = checkEntryText(entry);
    if (!valid) {
        return valid;
    }
    for (int other = 0; other < m_project.guests.size(); ++other) {
        if (other != row && m_project.guests[other].entry == entry) {
            return fail(Error::Code::InvalidInput, tr("Another guest is called \"%1\" already.").arg(entry),
                        tr("Choose another name."));
        }
    }
    return {};
}

} // namespace Stowage

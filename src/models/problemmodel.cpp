// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "models/problemmodel.h"

#include "models/sequence.h"

#include <QHash>

#include <algorithm>

namespace Stowage
{

namespace
{

QString severityText(Problem::Severity severity)
{
    switch (severity) {
    case Problem::Severity::Note:
        return ProblemModel::tr("Note");
    case Problem::Severity::Warning:
        return ProblemModel::tr("Warning");
    case Problem::Severity::Error:
        break;
    }
    return ProblemModel::tr("Error");
}

QString toolTip(const Problem& problem)
{
    QStringList lines{problem.text, problem.remedy, problem.where.toString()};
    lines.removeAll(QString());
    return lines.join(u'\n');
}

} // namespace

QString ProblemModel::Row::key() const
{
    return QString::number(static_cast<int>(problem.severity)) + u'\n' + problem.code + u'\n' + entry + u'\n'
        + problem.where.field;
}

ProblemModel::ProblemModel(QObject* parent) : QAbstractTableModel(parent)
{ }

void ProblemModel::setProblems(const QList<Problem>& problems, const QStringList& entries)
{
    QList<Row> after;
    for (const Problem& problem : problems) {
        after.append({problem, entries.value(problem.where.guest)});
    }
    std::ranges::stable_sort(after, std::ranges::greater(), [](const Row& row) { return row.problem.severity; });

    QHash<QString, QList<int>> rowsByKey;
    for (int row = 0; row < after.size(); ++row) {
        rowsByKey[after[row].key()].append(row);
    }
    QList<int> targets;
    for (const Row& row : std::as_const(m_rows)) {
        const auto found = rowsByKey.find(row.key());
        targets.append(found == rowsByKey.end() || found->isEmpty() ? -1 : found->takeFirst());
    }
    const QList<bool> kept = longestIncreasing(targets);
    // In runs, as a view looks at all rows after each change.
    for (auto last = static_cast<int>(m_rows.size()) - 1; last >= 0; --last) {
        int first = last;
        while (first >= 0 && !kept[first]) {
            --first;
        }
        if (first < last) {
            beginRemoveRows({}, first + 1, last);
            m_rows.remove(first + 1, last - first);
            targets.remove(first + 1, last - first);
            endRemoveRows();
            last = first + 1;
        }
    }
    for (int row = 0; row < after.size();) {
        const int next = row < targets.size() ? targets[row] : static_cast<int>(after.size());
        if (next > row) {
            beginInsertRows({}, row, next - 1);
            for (; row < next; ++row) {
                m_rows.insert(row, after[row]);
                targets.insert(row, row);
            }
            endInsertRows();
            continue;
        }
        if (m_rows[row] != after[row]) {
            m_rows[row] = after[row];
            Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
        }
        ++row;
    }
}

int ProblemModel::count(Problem::Severity severity) const
{
    return static_cast<int>(std::ranges::count(m_rows, severity, [](const Row& row) { return row.problem.severity; }));
}

int ProblemModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int ProblemModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QString ProblemModel::text(const Row& row, int column) const
{
    switch (column) {
    case Severity:
        return severityText(row.problem.severity);
    case Guest:
        return row.entry;
    case Text:
        return row.problem.text;
    case Remedy:
        return row.problem.remedy;
    default:
        return {};
    }
}

QVariant ProblemModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) {
        return {};
    }
    const Row& row = m_rows[index.row()];
    const Problem& problem = row.problem;
    switch (role) {
    case Qt::DisplayRole:
        return text(row, index.column());
    case Qt::ToolTipRole:
        return toolTip(problem);
    case Qt::AccessibleTextRole:
        return index.column() == Text ? tr("%1: %2").arg(severityText(problem.severity), problem.text)
                                      : text(row, index.column());
    case SeverityRole:
        return static_cast<int>(problem.severity);
    case CodeRole:
        return problem.code;
    case GuestRowRole:
        return problem.where.guest;
    case FieldRole:
        return problem.where.field;
    case PlaceRole:
        return QVariant::fromValue(problem.where);
    case HasFixRole:
        return problem.fix.has_value();
    case FixRole:
        return problem.fix ? QVariant::fromValue(*problem.fix) : QVariant();
    case FixTitleRole:
        return problem.fix ? problem.fix->title : QString();
    default:
        return {};
    }
}

QVariant ProblemModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount) {
        return {};
    }
    if (role == Qt::DisplayRole) {
        const QStringList titles{tr("Severity"), tr("Guest"), tr("Problem"), tr("What to do")};
        return titles[section];
    }
    if (role == Qt::ToolTipRole) {
        const QStringList tips{tr("Errors must be mended before anything can be built."),
                               tr("The guest that it is about"), tr("What is wrong"), tr("How to mend it")};
        return tips[section];
    }
    return {};
}

QHash<int, QByteArray> ProblemModel::roleNames() const
{
    QHash<int, QByteArray> names = QAbstractTableModel::roleNames();
    names.insert({{SeverityRole, "severity"},
                  {CodeRole, "code"},
                  {GuestRowRole, "guestRow"},
                  {FieldRole, "field"},
                  {PlaceRole, "place"},
                  {HasFixRole, "hasFix"},
                  {FixRole, "fix"},
                  {FixTitleRole, "fixTitle"}});
    return names;
}

} // namespace Stowage

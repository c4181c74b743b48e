// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/project/problem.h"

#include <QAbstractTableModel>

namespace Stowage
{

/** Problems as a table, errors first, else in the order given. Read only; updates tell only what differs. */
class ProblemModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { Severity, Guest, Text, Remedy, ColumnCount };
    Q_ENUM(Column)

    enum Role {
        SeverityRole = Qt::UserRole + 1, ///< Problem::Severity as int.
        CodeRole, ///< QString
        GuestRowRole, ///< int: index in Project::guests; -1: about no guest.
        FieldRole, ///< QString: Place::field.
        PlaceRole, ///< Place
        HasFixRole, ///< bool
        FixRole, ///< Fix; invalid when there is none.
        FixTitleRole, ///< QString
    };
    Q_ENUM(Role)

    explicit ProblemModel(QObject* parent = nullptr);

    /** Shows @p problems; @p entries are the guests' entries, by the index in Place::guest. */
    void setProblems(const QList<Problem>& problems, const QStringList& entries);
    /** The problem at @p row, which must exist. */
    [[nodiscard]] const Problem& problem(int row) const { return m_rows.at(row).problem; }
    /** How many problems have the severity @p severity. */
    [[nodiscard]] int count(Problem::Severity severity) const;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation,
                                      int role = Qt::DisplayRole) const override;
    [[nodiscard]] QHash<int, QByteArray> roleNames() const override;

private:
    struct Row {
        Problem problem;
        QString entry; ///< Of the guest that it is about.

        bool operator==(const Row&) const = default;
        /** What makes it the same problem when its words change. */
        [[nodiscard]] QString key() const;
    };

    [[nodiscard]] QString text(const Row& row, int column) const;

    QList<Row> m_rows;
};

} // namespace Stowage

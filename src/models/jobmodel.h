// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/jobs/job.h"

#include <QAbstractTableModel>
#include <QPointer>

namespace Stowage
{

class JobQueue;

/** The jobs of a queue as a table, in the order they were added. Follows the queue; starts and cancels nothing itself. */
class JobModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { Title, State, Progress, Done, Speed, TimeLeft, ColumnCount };
    Q_ENUM(Column)

    enum Role {
        StateRole = Qt::UserRole + 1, ///< Job::State as int.
        PercentRole, ///< int: 0 to 100; -1: unknown.
        FinishedRole, ///< bool
        ErrorTextRole, ///< QString: cause and remedy of a failed job; empty else.
        StepRole, ///< QString: what is being done now.
        SortRole, ///< A value that sorts as the column means it.
    };
    Q_ENUM(Role)

    explicit JobModel(QObject* parent = nullptr);

    /** Shows the jobs of @p queue, which is not owned; null: none. When the queue goes, the model is empty. */
    void setQueue(JobQueue* queue);
    [[nodiscard]] JobQueue* queue() const;
    /** The job at @p row, owned by the queue; null when there is no such row. */
    [[nodiscard]] Job* job(int row) const;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation,
                                      int role = Qt::DisplayRole) const override;
    [[nodiscard]] QHash<int, QByteArray> roleNames() const override;

private:
    void addJob(int index);
    void removeJob(int index);
    void follow(Job* job);
    void forget(const Job* job);
    void clear();
    [[nodiscard]] QString text(const Job& job, int column) const;

    QPointer<JobQueue> m_queue;
    QList<Job*> m_jobs;
};

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "models/jobmodel.h"

#include "core/jobs/jobqueue.h"
#include "core/support/units.h"

namespace Stowage
{

namespace
{

QString stateText(Job::State state)
{
    switch (state) {
    case Job::State::Waiting:
        return JobModel::tr("Waiting");
    case Job::State::Running:
        return JobModel::tr("Running");
    case Job::State::Succeeded:
        return JobModel::tr("Done");
    case Job::State::Failed:
        return JobModel::tr("Failed");
    case Job::State::Cancelled:
        break;
    }
    return JobModel::tr("Cancelled");
}

int percent(const Job& job)
{
    const ProgressSnapshot progress = job.progress();
    if (job.state() == Job::State::Succeeded) {
        return 100;
    }
    if (progress.total <= 0) {
        return -1;
    }
    const double share = static_cast<double>(progress.done) / static_cast<double>(progress.total);
    return static_cast<int>(qBound(0.0, share, 1.0) * 100);
}

QString timeText(qint64 seconds)
{
    constexpr qint64 Minute = 60;
    constexpr qint64 Hour = 60 * Minute;
    if (seconds < 0) {
        return {};
    }
    if (seconds < Minute) {
        return JobModel::tr("%1 s").arg(seconds);
    }
    if (seconds < Hour) {
        return JobModel::tr("%1 min %2 s").arg(seconds / Minute).arg(seconds % Minute);
    }
    return JobModel::tr("%1 h %2 min").arg(seconds / Hour).arg(seconds % Hour / Minute);
}

QString errorText(const Job& job)
{
    if (job.state() != Job::State::Failed) {
        return {};
    }
    const Error error = job.error();
    return error.remedy.isEmpty() ? error.message : error.message + u'\n' + error.remedy;
}

QVariant sortValue(const Job& job, int column)
{
    switch (column) {
    case JobModel::Title:
        return job.title();
    case JobModel::State:
        return static_cast<int>(job.state());
    case JobModel::Progress:
        return percent(job);
    case JobModel::Done:
        return job.progress().done;
    case JobModel::Speed:
        return job.speed();
    default:
        return job.secondsLeft();
    }
}

} // namespace

JobModel::JobModel(QObject* parent) : QAbstractTableModel(parent)
{ }

void JobModel::setQueue(JobQueue* queue)
{
    if (queue == m_queue) {
        return;
    }
    if (m_queue) {
        disconnect(m_queue, nullptr, this, nullptr);
        for (const Job* job : std::as_const(m_jobs)) {
            disconnect(job, nullptr, this, nullptr);
        }
    }
    clear();
    m_queue = queue;
    if (!queue) {
        return;
    }
    connect(queue, &JobQueue::jobAdded, this, &JobModel::addJob);
    connect(queue, &JobQueue::jobAboutToBeRemoved, this, &JobModel::removeJob);
    connect(queue, &QObject::destroyed, this, &JobModel::clear);
    for (int index = 0; index < queue->jobs().size(); ++index) {
        addJob(index);
    }
}

JobQueue* JobModel::queue() const
{
    return m_queue;
}

Job* JobModel::job(int row) const
{
    return m_jobs.value(row);
}

void JobModel::clear()
{
    beginResetModel();
    m_jobs.clear(); // Not touched: the queue may have deleted them.
    endResetModel();
}

void JobModel::addJob(int index)
{
    const JobQueue* queue = m_queue;
    Job* job = queue ? queue->jobs().value(index) : nullptr;
    if (!job || m_jobs.contains(job)) {
        return;
    }
    const auto row = qMin(index, static_cast<int>(m_jobs.size()));
    beginInsertRows({}, row, row);
    m_jobs.insert(row, job);
    endInsertRows();
    follow(job);
}

void JobModel::follow(Job* job)
{
    const auto tell = [this, job] {
        if (const auto row = static_cast<int>(m_jobs.indexOf(job)); row >= 0) {
            Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
        }
    };
    connect(job, &Job::stateChanged, this, tell);
    connect(job, &Job::progressChanged, this, tell);
    connect(job, &QObject::destroyed, this, [this, job] { forget(job); });
}

void JobModel::removeJob(int index)
{
    const JobQueue* queue = m_queue;
    if (const Job* job = queue ? queue->jobs().value(index) : nullptr) {
        disconnect(job, nullptr, this, nullptr);
        forget(job);
    }
}

void JobModel::forget(const Job* job)
{
    if (const auto row = static_cast<int>(m_jobs.indexOf(job)); row >= 0) {
        beginRemoveRows({}, row, row);
        m_jobs.removeAt(row);
        endRemoveRows();
    }
}

int JobModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_jobs.size());
}

int JobModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QString JobModel::text(const Job& job, int column) const
{
    const ProgressSnapshot progress = job.progress();
    switch (column) {
    case Title:
        return job.title();
    case State:
        return job.state() == Job::State::Running && !progress.step.isEmpty() ? progress.step : stateText(job.state());
    case Progress:
        return percent(job) < 0 ? QString() : tr("%1 %").arg(percent(job));
    case Done:
        if (progress.total > 0) {
            return tr("%1 of %2").arg(formatBytes(progress.done), formatBytes(progress.total));
        }
        return progress.done > 0 ? formatBytes(progress.done) : QString();
    case Speed:
        return job.speed() > 0 ? tr("%1/s").arg(formatBytes(job.speed())) : QString();
    case TimeLeft:
        return job.isFinished() ? QString() : timeText(job.secondsLeft());
    default:
        return {};
    }
}

QVariant JobModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) {
        return {};
    }
    const Job& job = *m_jobs[index.row()];
    const int column = index.column();
    switch (role) {
    case Qt::DisplayRole:
        return text(job, column);
    case Qt::ToolTipRole:
        return errorText(job).isEmpty() ? text(job, column) : errorText(job);
    case Qt::AccessibleTextRole:
        return tr("%1: %2").arg(headerData(column, Qt::Horizontal, Qt::DisplayRole).toString(), text(job, column));
    case Qt::TextAlignmentRole:
        return column >= Done ? QVariant(Qt::AlignRight | Qt::AlignVCenter) : QVariant();
    case StateRole:
        return static_cast<int>(job.state());
    case PercentRole:
        return percent(job);
    case FinishedRole:
        return job.isFinished();
    case ErrorTextRole:
        return errorText(job);
    case StepRole:
        return job.progress().step;
    case SortRole:
        return sortValue(job, column);
    default:
        return {};
    }
}

QVariant JobModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount) {
        return {};
    }
    if (role == Qt::DisplayRole) {
        const QStringList titles{tr("Job"), tr("State"), tr("Progress"), tr("Done"), tr("Speed"), tr("Time left")};
        return titles[section];
    }
    if (role == Qt::TextAlignmentRole && section >= Done) {
        return static_cast<int>(Qt::AlignRight | Qt::AlignVCenter);
    }
    if (role == Qt::ToolTipRole) {
        const QStringList tips{tr("What is done"),
                               tr("Whether it waits, runs or has ended"),
                               tr("How far it is"),
                               tr("Bytes done of bytes in all"),
                               tr("Average of the last seconds"),
                               tr("Estimated from the present speed")};
        return tips[section];
    }
    return {};
}

QHash<int, QByteArray> JobModel::roleNames() const
{
    QHash<int, QByteArray> names = QAbstractTableModel::roleNames();
    names.insert({{StateRole, "state"},
                  {PercentRole, "percent"},
                  {FinishedRole, "finished"},
                  {ErrorTextRole, "errorText"},
                  {StepRole, "step"},
                  {SortRole, "sortValue"}});
    return names;
}

} // namespace Stowage

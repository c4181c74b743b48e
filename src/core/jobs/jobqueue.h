// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/jobs/job.h"

#include <QThreadPool>
#include <QTimer>

namespace Stowage
{

/**
 * Runs jobs side by side, at most maxRunning() at once, in the order they were added.
 *
 * Lives on one thread (the GUI's or the command line's main thread); owns its jobs until they are removed. Its
 * destructor cancels everything and waits for the workers.
 */
class JobQueue : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(JobQueue)

public:
    explicit JobQueue(QObject* parent = nullptr);
    ~JobQueue() override;

    /** Defaults to the number of processors, at least 2. */
    [[nodiscard]] int maxRunning() const { return m_pool.maxThreadCount(); }
    void setMaxRunning(int jobs);

    /** Adds a job and starts it as soon as there is room. The pointer is valid until the job is removed. */
    Job* add(const QString& title, Job::Work work);
    [[nodiscard]] QList<Job*> jobs() const { return m_jobs; }
    [[nodiscard]] bool isIdle() const;

    void cancelAll();
    /** Removes the jobs that have ended and are not kept. They are deleted when control returns to the event loop. */
    void clearFinished();

Q_SIGNALS:
    void jobAdded(int index);
    void jobAboutToBeRemoved(int index);
    void jobRemoved(int index);
    /** The last running or waiting job has ended; emitted after its finished(), when control is back in the event loop. */
    void idle();

private:
    void startNext();
    void jobFinished();

    QThreadPool m_pool;
    QTimer m_timer;
    QList<Job*> m_jobs;
    bool m_toldIdle = true;
};

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "jobqueue.h"

#include <QThread>

#include <algorithm>

namespace Stowage
{

using namespace std::chrono_literals;

JobQueue::JobQueue(QObject* parent) : QObject(parent)
{
    m_pool.setMaxThreadCount(std::max(2, QThread::idealThreadCount()));
    m_timer.setInterval(100ms);
    connect(&m_timer, &QTimer::timeout, this, [this] {
        const QList<Job*> jobs = m_jobs;
        for (Job* job : jobs) {
            if (job->state() == Job::State::Running) {
                job->sampleProgress();
            }
        }
    });
}

JobQueue::~JobQueue()
{
    for (Job* job : std::as_const(m_jobs)) {
        job->m_stop.request_stop();
    }
    m_pool.waitForDone();
}

void JobQueue::setMaxRunning(int jobs)
{
    m_pool.setMaxThreadCount(std::max(1, jobs));
    startNext();
}

Job* JobQueue::add(const QString& title, Job::Work work)
{
    auto* job = new Job(title, std::move(work), this);
    m_toldIdle = false;
    m_jobs.append(job);
    // Queued: those who listen to the job come first, and none of them is in the middle of the queue's work.
    connect(job, &Job::finished, this, &JobQueue::jobFinished, Qt::QueuedConnection);
    Q_EMIT jobAdded(static_cast<int>(m_jobs.size() - 1));
    startNext();
    return job;
}

bool JobQueue::isIdle() const
{
    return std::ranges::all_of(m_jobs, &Job::isFinished);
}

void JobQueue::cancelAll()
{
    const QList<Job*> jobs = m_jobs;
    for (Job* job : jobs) {
        job->cancel();
    }
}

void JobQueue::clearFinished()
{
    for (qsizetype index = m_jobs.size() - 1; index >= 0; --index) {
        if (m_jobs.at(index)->isFinished() && !m_jobs.at(index)->isKept()) {
            Q_EMIT jobAboutToBeRemoved(static_cast<int>(index));
            m_jobs.takeAt(index)->deleteLater();
            Q_EMIT jobRemoved(static_cast<int>(index));
        }
    }
}

void JobQueue::startNext()
{
    for (;;) {
        const auto running = std::ranges::count(m_jobs, Job::State::Running, &Job::state);
        const auto next = std::ranges::find(m_jobs, Job::State::Waiting, &Job::state);
        if (next == m_jobs.end() || running >= maxRunning()) {
            return;
        }
        if (!m_timer.isActive()) {
            m_timer.start();
        }
        (*next)->start(m_pool);
    }
}

void JobQueue::jobFinished()
{
    startNext();
    if (std::ranges::none_of(m_jobs, [](const Job* job) { return job->state() == Job::State::Running; })) {
        m_timer.stop();
    }
    if (isIdle() && !m_toldIdle) {
        m_toldIdle = true;
        Q_EMIT idle();
    }
}

} // namespace Stowage

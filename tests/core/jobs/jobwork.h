// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/jobs/jobqueue.h"

#include <QObject>
#include <QThread>
#include <QtTest>

#include <chrono>
#include <thread>

namespace Stowage::Test
{

/** Work that has nothing to do. */
inline Result<void> nothing(JobContext&)
{
    return {};
}

inline void waitForStop(const std::stop_token& stop)
{
    while (!stop.stop_requested()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

/** Work that runs until it is asked to stop. */
inline Result<void> untilStopped(JobContext& context)
{
    waitForStop(context.stop);
    return cancelled();
}

/** Notes each state of a job, and that the end comes once and last. */
class Watcher : public QObject
{
public:
    explicit Watcher(Job* job)
    {
        connect(job, &Job::stateChanged, this, [this](Job::State state) { states.append(state); });
        connect(job, &Job::finished, this, [this, job] {
            ++ends;
            finishedInEndState = job->isFinished() && states.constLast() == job->state();
            onThread = QThread::currentThread();
        });
    }

    QList<Job::State> states;
    int ends = 0;
    bool finishedInEndState = false;
    QThread* onThread = nullptr;
};

} // namespace Stowage::Test

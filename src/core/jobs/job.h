// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/jobs/jobreport.h"
#include "core/jobs/progress.h"
#include "core/support/result.h"

#include <QElapsedTimer>
#include <QList>
#include <QObject>

#include <functional>
#include <memory>
#include <stop_token>

class QThreadPool;

namespace Stowage
{

/** What a worker function is given: when to stop, where to tell progress, where to write its report. */
struct JobContext {
    std::stop_token stop;
    Progress& progress;
    JobReport& report;
};

/**
 * One piece of background work: a state machine that enters its end state exactly once.
 *
 * Lives on the thread of the queue that made it; its work function runs on a pool thread. Owned by its JobQueue.
 */
class Job : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(Job)

public:
    enum class State { Waiting, Running, Succeeded, Failed, Cancelled };
    Q_ENUM(State)

    /** Runs on a pool thread; looks at the stop token in every loop. What it throws fails the job. */
    using Work = std::function<Result<void>(JobContext&)>;

    Job(QString title, Work work, QObject* parent = nullptr);
    ~Job() override;

    [[nodiscard]] QString title() const { return m_title; }
    [[nodiscard]] State state() const { return m_state; }
    [[nodiscard]] bool isFinished() const;
    [[nodiscard]] ProgressSnapshot progress() const;
    /** Bytes a second, averaged over the last seconds; 0 when not running. */
    [[nodiscard]] qint64 speed() const { return m_speed; }
    /** Seconds left at the present speed; -1 when unknown. */
    [[nodiscard]] qint64 secondsLeft() const;
    /** The error of a failed job. */
    [[nodiscard]] Error error() const { return m_error; }
    [[nodiscard]] const JobReport& report() const;

    /** Asks the job to stop. It is Cancelled only after its work has returned; a waiting job at once. */
    void cancel();

    /** Whether JobQueue::clearFinished() leaves the job: for those who wait for it together with others. */
    [[nodiscard]] bool isKept() const { return m_kept; }
    void setKept(bool kept) { m_kept = kept; }

Q_SIGNALS:
    void stateChanged(Stowage::Job::State state);
    /** Progress or speed changed; at most ten times a second. */
    void progressChanged();
    /** The end state was reached; emitted once, after stateChanged(). */
    void finished();
    /** From the worker to the job's own thread. */
    void workReturned(QPrivateSignal);

private:
    friend class JobQueue;
    struct Shared;

    void start(QThreadPool& pool);
    void finish();
    void enter(State state);
    void sampleProgress();

    /** Bytes done at a time in ms since the start. */
    struct Sample {
        qint64 time = 0;
        qint64 done = 0;
    };

    QString m_title;
    State m_state = State::Waiting;
    bool m_kept = false;
    std::stop_source m_stop;
    std::shared_ptr<Shared> m_shared;
    Error m_error;
    qint64 m_speed = 0;
    ProgressSnapshot m_lastSeen;
    QElapsedTimer m_clock;
    QList<Sample> m_samples;
};

} // namespace Stowage

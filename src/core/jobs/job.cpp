// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "job.h"

#include <QThreadPool>

#include <exception>
#include <new>

namespace Stowage
{

namespace
{

/** Speed is averaged over that many ms. */
constexpr qint64 SpeedWindow = 3000;

} // namespace

/** What the job and its worker both hold, so that each may go first. */
struct Job::Shared {
    Work work;
    Progress progress;
    JobReport report;
    std::mutex mutex;
    Job* job = nullptr; ///< Null once the job is gone. Guarded by the mutex.
    Result<void> result; ///< Set by the worker before it tells the job.

    Result<void> run(const std::stop_token& stop);
};

Result<void> Job::Shared::run(const std::stop_token& stop)
{
    JobContext context{stop, progress, report};
    try {
        return work(context);
    } catch (const std::bad_alloc&) {
        return fail(Error::Code::NoSpace, tr("There is not enough memory."), tr("Close other programs and try again."));
    } catch (const std::exception& exception) {
        return fail(Error::Code::Io, tr("An internal error occurred: %1.").arg(QString::fromUtf8(exception.what())),
                    tr("Please report it."));
    } catch (...) {
        return fail(Error::Code::Io, tr("An internal error occurred."), tr("Please report it."));
    }
}

Job::Job(QString title, Work work, QObject* parent)
    : QObject(parent),
      m_title(std::move(title)),
      m_shared(std::make_shared<Shared>())
{
    m_shared->work = std::move(work);
    m_shared->job = this;
    connect(this, &Job::workReturned, this, &Job::finish, Qt::QueuedConnection);
}

Job::~Job()
{
    m_stop.request_stop();
    const std::scoped_lock lock(m_shared->mutex);
    m_shared->job = nullptr;
}

bool Job::isFinished() const
{
    return m_state != State::Waiting && m_state != State::Running;
}

ProgressSnapshot Job::progress() const
{
    return m_shared->progress.snapshot();
}

qint64 Job::secondsLeft() const
{
    const ProgressSnapshot now = progress();
    if (m_speed <= 0 || now.total <= 0 || now.done > now.total) {
        return -1;
    }
    return (now.total - now.done + m_speed - 1) / m_speed;
}

const JobReport& Job::report() const
{
    return m_shared->report;
}

void Job::cancel()
{
    m_stop.request_stop();
    if (m_state == State::Waiting) {
        enter(State::Cancelled);
    }
}

void Job::start(QThreadPool& pool)
{
    m_clock.start();
    m_samples = {{0, progress().done}};
    pool.start([shared = m_shared, stop = m_stop.get_token()] {
        shared->result = shared->run(stop);
        // What the work holds is given back before anyone learns that it is done.
        shared->work = nullptr;
        const std::scoped_lock lock(shared->mutex);
        if (Job* job = shared->job) {
            Q_EMIT job->workReturned(QPrivateSignal());
        }
    });
    enter(State::Running);
}

void Job::finish()
{
    if (m_state != State::Running) {
        return;
    }
    sampleProgress();
    m_speed = 0;
    const Result<void>& result = m_shared->result;
    if (result) {
        enter(State::Succeeded);
        return;
    }
    if (result.error().code != Error::Code::Cancelled) {
        m_shared->report.add(JobReport::Kind::Warning, result.error().message);
    }
    if (m_stop.stop_requested() || result.error().code == Error::Code::Cancelled) {
        enter(State::Cancelled);
        return;
    }
    m_error = result.error();
    enter(State::Failed);
}

void Job::enter(State state)
{
    m_state = state;
    Q_EMIT stateChanged(state);
    if (isFinished()) {
        Q_EMIT finished();
    }
}

void Job::sampleProgress()
{
    const ProgressSnapshot now = progress();
    const qint64 time = m_clock.elapsed();
    while (m_samples.size() > 1 && time - m_samples.at(1).time >= SpeedWindow) {
        m_samples.removeFirst();
    }
    const Sample& oldest = m_samples.constFirst();
    const qint64 speed = time > oldest.time
        ? std::max<qint64>(0, (now.done - oldest.done) * 1000 / (time - oldest.time))
        : 0;
    m_samples.append({time, now.done});
    if (now != m_lastSeen || speed != m_speed) {
        m_lastSeen = now;
        m_speed = speed;
        Q_EMIT progressChanged();
    }
}

} // namespace Stowage

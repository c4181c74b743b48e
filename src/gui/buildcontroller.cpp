// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/buildcontroller.h"

#include "gui/plancontroller.h"

#include <algorithm>

namespace Stowage
{

BuildController::BuildController(PlanController& plans, QObject* parent)
    : QObject(parent),
      m_plans(plans),
      m_builder(m_queue, m_runner)
{
    connect(&m_builder, &Builder::importAdded, this, &BuildController::followImport);
    connect(&plans, &PlanController::planChanged, this, [this] {
        if (m_waiting && m_plans.isCurrent()) {
            build();
        }
    });
}

BuildController::~BuildController()
{
    m_builder.cancel();
}

void BuildController::start(const QList<OutputSpec>& outputs)
{
    if (isRunning()) {
        return;
    }
    m_queue.clearFinished(); // So that the list, and the progress of all, are of this build.
    m_outputs = outputs;
    m_outcome.reset();
    m_waiting = true;
    Q_EMIT started();
    m_plans.refresh();
}

void BuildController::build()
{
    m_waiting = false;
    QCoro::connect(m_builder.build(*m_plans.plan(), m_outputs), this,
                   [this](const BuildOutcome& outcome) { finish(outcome); });
}

void BuildController::cancel()
{
    if (m_waiting) {
        m_waiting = false;
        BuildOutcome outcome;
        outcome.cancelled = true;
        finish(outcome);
    } else {
        m_builder.cancel();
    }
}

void BuildController::followImport(const QString& entry, const Job* job)
{
    constexpr qint64 Whole = 100;
    Q_EMIT importProgress(entry, 0);
    connect(job, &Job::progressChanged, this, [this, entry, job] {
        const ProgressSnapshot progress = job->progress();
        if (progress.total > 0 && !job->isFinished()) {
            Q_EMIT importProgress(entry,
                                  static_cast<int>(std::min(progress.done, progress.total) * Whole / progress.total));
        }
    });
    connect(job, &Job::finished, this, [this, entry] { Q_EMIT importProgress(entry, -1); });
}

void BuildController::finish(const BuildOutcome& outcome)
{
    m_outcome = outcome;
    Q_EMIT finished();
}

} // namespace Stowage

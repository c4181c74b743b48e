// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/output/builder.h"
#include "core/process/processrunner.h"

#include <QObject>

#include <optional>

namespace Stowage
{

class PlanController;

/** Starts builds of the present plan and keeps how the last one ended. Owns the queue of jobs. */
class BuildController : public QObject
{
    Q_OBJECT

public:
    /** @p plans is not owned and outlives this. */
    explicit BuildController(PlanController& plans, QObject* parent = nullptr);
    /** Cancels what runs and waits for it. */
    ~BuildController() override;

    [[nodiscard]] JobQueue& queue() { return m_queue; }
    /** Whether a build runs, or waits for the plan that it is to build. */
    [[nodiscard]] bool isRunning() const { return m_waiting || m_builder.isRunning(); }
    /** How the last build ended; none before the first, and while one runs. */
    [[nodiscard]] const std::optional<BuildOutcome>& outcome() const { return m_outcome; }

    /** Makes a fresh plan and builds @p outputs of it. Does nothing while a build runs. */
    void start(const QList<OutputSpec>& outputs);
    void cancel();

Q_SIGNALS:
    void started();
    /** The import for the guest @p entry is @p percent done (0 to 100); -1: it has ended. */
    void importProgress(const QString& entry, int percent);
    /** The build has ended; see outcome(). */
    void finished();

private:
    void build();
    void finish(const BuildOutcome& outcome);
    void followImport(const QString& entry, const Job* job);

    PlanController& m_plans;
    ProcessRunner m_runner; ///< Before the queue, whose destructor waits for those who use it.
    JobQueue m_queue;
    Builder m_builder;
    QList<OutputSpec> m_outputs;
    std::optional<BuildOutcome> m_outcome;
    bool m_waiting = false;
};

} // namespace Stowage

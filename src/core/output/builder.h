// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/bitbake/bitbakeproject.h"
#include "core/jobs/jobqueue.h"
#include "core/output/diskplan.h"
#include "core/output/outputwriter.h"

#include <QCoroTask>

namespace Stowage
{

/** What resolve and planLayout make of a project, ready to be shown or built. */
struct Plan {
    Project project;
    ResolvedProject resolved;
    Layout layout;
    std::optional<DiskPlan> disk; ///< Of the first output that is a disk; none without one.
    QList<Problem> problems; ///< Of the input, the resolution and the host, in this order.
    QStringList inputs; ///< Files beside those of the layout that it was made from: projects, BitBake text, configs.
};

/** Resolves @p input, reads its host and plans the layout. Blocks on the disk: not for the GUI thread. */
[[nodiscard]] Plan makePlan(const ProjectInput& input, const std::stop_token& stop);

/** How a build ended. */
struct BuildOutcome {
    QList<OutputReport> outputs; ///< Those that were written.
    QList<Error> errors; ///< Empty: everything was. Every failed job's own error.
    bool cancelled = false;
};

/**
 * Builds plans: runs the imports side by side in its queue, then the writers.
 *
 * Lives on the queue's thread. One build at a time; the next waits for its own call.
 */
class Builder : public QObject
{
    Q_OBJECT

public:
    /** @p queue and @p runner are not owned; the queue outlives this, the runner the queue. */
    Builder(JobQueue& queue, CommandRunner& runner, QObject* parent = nullptr);
    /** Cancels what runs; who waits for the outcome is still told. */
    ~Builder() override;

    /**
     * Builds @p outputs of @p plan, trees last. Errors among the plan's problems end the build before anything starts.
     * Work files lie in a hidden directory beside the last output and are gone afterwards, whatever happened.
     */
    [[nodiscard]] QCoro::Task<BuildOutcome> build(Plan plan, QList<OutputSpec> outputs);

    /** Cancels the jobs of the running build. */
    void cancel();
    [[nodiscard]] bool isRunning() const { return m_running; }

Q_SIGNALS:
    void runningChanged(bool running);
    /** The import of a disk for the guest @p entry waits in the queue as @p job, which the queue owns. */
    void importAdded(const QString& entry, Stowage::Job* job);

private:
    [[nodiscard]] QCoro::Task<bool> finish(QList<Job*> jobs, BuildOutcome& outcome);
    [[nodiscard]] QCoro::Task<BuildOutcome> run(Plan plan, QList<OutputSpec> outputs);
    /** Adds what has to be made before @p outputs are written. Returns the guests whose disks the one writer places. */
    [[nodiscard]] QStringList addImports(const Layout& layout, const QList<OutputSpec>& outputs,
                                         const QString& workDirectory, Artifacts& artifacts);
    void addImport(const ImportStep& step, const QString& image, Artifacts& artifacts);

    JobQueue& m_queue;
    CommandRunner& m_runner;
    QList<Job*> m_jobs;
    bool m_running = false;
    bool m_cancelled = false;
};

} // namespace Stowage

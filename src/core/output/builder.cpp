// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "builder.h"

#include "core/output/outputchecks.h"
#include "core/support/stagedpath.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QCoroSignal>
#include <QFile>
#include <QPointer>

#include <algorithm>
#include <memory>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

Error fromProblem(const Problem& problem)
{
    return {Error::Code::InvalidInput, problem.text, problem.remedy, problem.where};
}

/** Everything that can be told before the first job: broken input, outputs that cannot be written, sizes, space. */
QList<Error> checkBeforeStart(const Plan& plan, const QList<OutputSpec>& outputs, JobContext& context,
                              CommandRunner& runner)
{
    QList<Error> errors;
    for (const Problem& problem : plan.problems) {
        if (problem.severity == Problem::Severity::Error) {
            errors.append(fromProblem(problem));
        }
    }
    errors += checkOutputs(plan.layout, outputs, plan.inputs);
    if (errors.isEmpty()) {
        errors += checkSizes(plan.layout, outputs, context, runner);
        for (const SpaceForecast& forecast : forecastSpace(plan.layout, outputs, context.stop)) {
            if (!forecast.isEnough()) {
                errors.append({Error::Code::NoSpace,
                               Builder::tr("%1 needs about %2, but only %3 are free there.")
                                   .arg(forecast.outputs.join(", "_L1), formatBytes(forecast.needed),
                                        formatBytes(*forecast.available)),
                               Builder::tr("Free some space or choose another place."),
                               {.file = forecast.outputs.first()}});
            }
        }
    }
    return errors;
}

/** Makes @p work, the work area beside @p output. */
Result<void> makeWorkArea(const OutputSpec& output, std::unique_ptr<StagedPath>& work)
{
    const auto kind = output.kind == "tree"_L1 ? StagedPath::Kind::Directory : StagedPath::Kind::File;
    auto staged = StagedPath::create(output.path, kind);
    if (!staged) {
        return std::unexpected(staged.error());
    }
    work = std::make_unique<StagedPath>(std::move(*staged));
    return {};
}

} // namespace

Builder::Builder(JobQueue& queue, CommandRunner& runner, QObject* parent)
    : QObject(parent),
      m_queue(queue),
      m_runner(runner)
{ }

Builder::~Builder()
{
    cancel();
    std::ranges::for_each(m_jobs, [](Job* job) { job->setKept(false); });
}

void Builder::cancel()
{
    if (!m_running) {
        return;
    }
    m_cancelled = true;
    for (Job* job : std::as_const(m_jobs)) {
        job->cancel();
    }
}

QCoro::Task<BuildOutcome> Builder::build(Plan plan, QList<OutputSpec> outputs)
{
    m_running = true;
    m_cancelled = false;
    m_jobs.clear();
    Q_EMIT runningChanged(true);
    const QPointer<Builder> self(this);
    BuildOutcome outcome = co_await run(std::move(plan), std::move(outputs));
    if (self) {
        m_running = false;
        m_jobs.clear();
        Q_EMIT runningChanged(false);
    }
    co_return outcome;
}

void Builder::addImport(const ImportStep& step, const QString& image, Artifacts& artifacts)
{
    ImportRequest request = step.request;
    request.output = image;
    artifacts.files.insert(step.artifact, image);
    const ImportHandler* handler = &plannedHandler(step.handler);
    const bool isDisk = findHandler(step.handler) == findStepHandler(step.handler);
    m_jobs.append(
        m_queue.add(isDisk ? tr("Import %1").arg(step.guest) : tr("%1 of %2").arg(handler->title(), step.guest),
                    [handler, request, runner = &m_runner](JobContext& context) -> Result<void> {
                        if (request.output == request.source) { // is read from there
                            return handler->check(request, context.stop).transform([](qint64) { });
                        }
                        return runImport(*handler, request, context, *runner);
                    }));
    if (isDisk) {
        Q_EMIT importAdded(step.guest, m_jobs.last());
    }
}

QStringList Builder::addImports(const Layout& layout, const QList<OutputSpec>& outputs, const QString& workDirectory,
                                Artifacts& artifacts)
{
    QStringList placed;
    for (const ImportStep& step : layout.imports) {
        const DiskWay way = diskWay(step, outputs);
        if (way == DiskWay::Placed) {
            placed.append(step.guest);
        } else {
            addImport(step,
                      way == DiskWay::Read ? step.request.source
                                           : workDirectory + u"/%1.img"_s.arg(artifacts.files.size()),
                      artifacts);
        }
    }
    return placed;
}

QCoro::Task<bool> Builder::finish(QList<Job*> jobs, BuildOutcome& outcome)
{
    const QPointer<Builder> self(this);
    bool succeeded = true;
    std::ranges::for_each(jobs, [](Job* job) { job->setKept(true); });
    for (Job* job : std::as_const(jobs)) {
        if (!job->isFinished()) {
            co_await qCoro(job, &Job::finished);
            if (!self) {
                co_return false; // Nobody keeps the jobs any more.
            }
        }
        if (job->state() == Job::State::Succeeded) {
            continue;
        }
        if (job->state() == Job::State::Failed) {
            Error error = StagedPath::withFinalNames(job->error());
            error.message = tr("%1: %2").arg(job->title(), error.message);
            outcome.errors.append(error);
        }
        succeeded = false;
        std::ranges::for_each(jobs, &Job::cancel);
    }
    std::ranges::for_each(jobs, [](Job* job) { job->setKept(false); });
    co_return succeeded;
}

QCoro::Task<BuildOutcome> Builder::run(Plan plan, QList<OutputSpec> outputs)
{
    BuildOutcome outcome;
    if (outputs.isEmpty()) {
        co_return outcome;
    }
    outputs = inBuildOrder(outputs);
    const QPointer<Builder> self(this);
    const auto work = std::make_shared<std::unique_ptr<StagedPath>>();
    const auto before = std::make_shared<QList<Error>>();
    Job* preparation = m_queue.add(tr("Prepare"), [=, runner = &m_runner](JobContext& context) -> Result<void> {
        *before = checkBeforeStart(plan, outputs, context, *runner);
        if (context.stop.stop_requested()) {
            return cancelled();
        }
        return before->isEmpty() && !plan.layout.imports.isEmpty() ? makeWorkArea(outputs.last(), *work)
                                                                   : Result<void>();
    });
    m_jobs = {preparation};
    if (!co_await finish(m_jobs, outcome) || !before->isEmpty()) {
        outcome.errors += *before;
        outcome.cancelled = !self || m_cancelled;
        co_return outcome;
    }

    Artifacts artifacts;
    m_jobs.clear();
    const QStringList placed = addImports(plan.layout, outputs, *work ? (*work)->workDirectory() : QString(),
                                          artifacts);
    bool good = co_await finish(m_jobs, outcome);

    for (qsizetype i = 0; good && !m_cancelled && i < outputs.size(); ++i) {
        const OutputSpec& output = outputs.at(i);
        const OutputWriter* writer = findWriter(output.kind);
        artifacts.mayMove = i + 1 == outputs.size();
        const auto report = std::make_shared<OutputReport>();
        m_jobs = {m_queue.add(tr("Write %1").arg(output.path),
                              [=, layout = plan.layout, runner = &m_runner](JobContext& context) -> Result<void> {
                                  auto written = writer->write(layout, artifacts, output, context, *runner);
                                  if (!written) {
                                      return std::unexpected(written.error());
                                  }
                                  *report = *written;
                                  return {};
                              })};
        for (const QString& guest : std::as_const(placed)) {
            Q_EMIT importAdded(guest, m_jobs.first());
        }
        good = co_await finish(m_jobs, outcome);
        if (good) {
            outcome.outputs.append(*report);
        }
    }
    if (*work && self) {
        m_jobs = {m_queue.add(tr("Clean up"), [work](JobContext&) -> Result<void> {
            work->reset();
            return {};
        })};
        co_await finish(m_jobs, outcome);
    }
    // A cancel that came after the last output changes nothing; a job may also have been cancelled by itself.
    outcome.cancelled = outcome.outputs.size() < outputs.size() && outcome.errors.isEmpty();
    co_return outcome;
}

} // namespace Stowage

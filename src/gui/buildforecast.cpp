// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/buildforecast.h"

#include "core/process/processrunner.h"
#include "core/support/units.h"
#include "gui/messages.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

#include <algorithm>
#include <iterator>

using namespace Qt::StringLiterals;

namespace Stowage
{

namespace
{

using Line = BuildForecast::Line;

struct Text {
    Q_DECLARE_TR_FUNCTIONS(BuildForecast)
};

/** Whether @p plan is of @p project: of the outputs only whether there is a disk counts. */
bool fits(const std::optional<Plan>& plan, Project project)
{
    if (!plan || plan->project.hasDiskOutput() != project.hasDiskOutput()) {
        return false;
    }
    project.outputs = plan->project.outputs;
    return project == plan->project;
}

QString namesOf(const QStringList& paths)
{
    QStringList names;
    std::ranges::transform(paths, std::back_inserter(names),
                           [](const QString& path) { return QFileInfo(path).fileName(); });
    return names.join(", "_L1);
}

/** Errors of @p plan: those that @p known has are in the window's list. */
void addProblems(const Plan& plan, const std::optional<Plan>& known, BuildForecast& forecast)
{
    for (const Problem& problem : plan.problems) {
        if (problem.severity != Problem::Severity::Error) {
            continue;
        }
        if (known && known->problems.contains(problem)) {
            forecast.hasProblems = true;
        } else {
            forecast.errors.append(problem.remedy.isEmpty() ? problem.text
                                                            : u"%1\n%2"_s.arg(problem.text, problem.remedy));
        }
    }
}

} // namespace

BuildForecast::Line spaceLine(const SpaceForecast& space)
{
    const QString names = namesOf(space.outputs);
    const QString needed = formatBytes(space.needed);
    if (!space.available) {
        return {Line::State::Good, Text::tr("%1: %2 needed").arg(names, needed)};
    }
    const QString free = formatBytes(*space.available);
    if (space.isEnough()) {
        return {Line::State::Good, Text::tr("%1: %2 needed, %3 free").arg(names, needed, free)};
    }
    return {Line::State::Error,
            Text::tr("%1: not enough space. %2 needed, %3 free: %4 are missing.")
                .arg(names, needed, free, formatBytes(space.needed - *space.available))};
}

bool BuildForecast::isGood() const
{
    return errors.isEmpty() && !hasProblems && !space.isEmpty()
        && std::ranges::none_of(space, [](const Line& line) { return line.state == Line::State::Error; });
}

BuildForecast forecastBuild(const BuildQuestion& question, const std::stop_token& stop)
{
    BuildForecast forecast;
    if (!fits(question.plan, question.project)) {
        forecast.plan = fits(question.lastPlan, question.project)
            ? question.lastPlan
            : makePlan({question.project, question.inputProblems, {}, {}}, stop);
    }
    const Plan& plan = forecast.plan ? *forecast.plan : *question.plan;
    addProblems(plan, question.plan, forecast);
    const QStringList inputs = plan.inputs
        + (question.projectFile.isEmpty() ? QStringList() : QStringList(question.projectFile));
    QList<OutputSpec> writable = question.project.outputs;
    for (const Error& error : checkOutputs(plan.layout, question.project.outputs, inputs)) {
        forecast.errors.append(errorText(error));
        writable.removeIf([&error](const OutputSpec& output) { return output.path == error.place.file; });
    }
    Progress ignored;
    JobReport unread;
    ProcessRunner runner;
    JobContext context{stop, ignored, unread};
    for (const Error& error : checkSizes(plan.layout, writable, context, runner)) {
        forecast.errors.append(errorText(error));
    }
    for (const SpaceForecast& space : forecastSpace(plan.layout, writable, stop)) {
        forecast.space.append(spaceLine(space));
    }
    for (const OutputSpec& output : std::as_const(writable)) {
        const QFileInfo there(output.path);
        if (there.isFile() || (there.isDir() && !QDir(output.path).isEmpty())) {
            forecast.space.append(
                {Line::State::Warning, Text::tr("%1 is there already and will be replaced.").arg(there.fileName())});
        }
    }
    for (const OutputSpec& output : std::as_const(question.project.outputs)) {
        const OutputWriter* writer = findWriter(output.kind);
        if (writer != nullptr && writer->makesImage()) {
            forecast.images.append({output.kind, pictureOf(plan.layout, output)});
        }
    }
    return forecast;
}

} // namespace Stowage

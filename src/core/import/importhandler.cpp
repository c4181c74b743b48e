// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "importhandler.h"

#include "core/support/filestate.h"

#include <QCoreApplication>
#include <QFile>

namespace Stowage
{

namespace
{

/** Adds the last part of what a tool said, a line each, without what the report could not hold. */
void addOutput(const QByteArray& output, JobReport& report)
{
    constexpr qsizetype MostBytes = 64 * 1024;
    QByteArray text = output.last(std::min(output.size(), MostBytes));
    text.replace('\r', '\n');
    const QList<QByteArray> lines = text.split('\n');
    for (const QByteArray& line : lines) {
        QString shown = QString::fromUtf8(line).trimmed();
        shown.removeIf([](QChar c) { return c.category() == QChar::Other_Control; });
        if (!shown.isEmpty()) {
            report.add(JobReport::Kind::Output, shown);
        }
    }
}

} // namespace

Result<void> ImportHandler::runInto(const ImportRequest& request, SparseTarget& target, JobContext& context,
                                    CommandRunner& runner) const
{
    Q_UNUSED(target)
    Q_UNUSED(context)
    Q_UNUSED(runner)
    return fail(
        Error::Code::Unsupported,
        QCoreApplication::translate("ImportHandler", "%1 cannot be converted into a place.").arg(request.source),
        QCoreApplication::translate("ImportHandler", "Import it beforehand."));
}

Result<void> runImport(const ImportHandler& handler, const ImportRequest& request, JobContext& context,
                       CommandRunner& runner)
{
    if (!handler.usesSource()) {
        return handler.run(request, context, runner);
    }
    return FileState::of(request.source).and_then([&](const FileState& before) {
        auto done = handler.run(request, context, runner);
        if (!done && done.error().code == Error::Code::Cancelled) {
            return done;
        }
        // What does not fit together after a change is no fault of the source.
        const auto same = before.checkStillAt(request.source);
        if (done && !same) {
            QFile::remove(request.output);
        }
        return same ? done : same;
    });
}

CommandOutcome runToolReported(const CommandSpec& spec, JobContext& context, CommandRunner& runner,
                               const OutputSink& onOutput)
{
    context.report.add(JobReport::Kind::Command, spec.toString());
    CommandOutcome outcome = runner.run(spec, context.stop, onOutput);
    if (outcome.state != CommandOutcome::State::Succeeded && outcome.state != CommandOutcome::State::Cancelled) {
        addOutput(outcome.standardOutput, context.report);
        addOutput(outcome.standardError, context.report);
    }
    return outcome;
}

Result<void> runTool(const CommandSpec& spec, JobContext& context, CommandRunner& runner, const OutputSink& onOutput)
{
    return runToolReported(spec, context, runner, onOutput).toResult(spec);
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "checkcommand.h"

#include "cli/handleroptions.h"
#include "cli/inputoptions.h"
#include "cli/json.h"

#include <QCoreApplication>

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Checking {
    Q_DECLARE_TR_FUNCTIONS(Checking)
};

QString summaryLine(const QList<Problem>& problems)
{
    const auto count = [&](Problem::Severity severity) {
        return std::ranges::count(problems, severity, &Problem::severity);
    };
    if (problems.isEmpty()) {
        return Checking::tr("No problems.");
    }
    return Checking::tr("Errors: %1, warnings: %2, notes: %3.")
        .arg(count(Problem::Severity::Error))
        .arg(count(Problem::Severity::Warning))
        .arg(count(Problem::Severity::Note));
}

} // namespace

QString CheckCommand::name() const
{
    return u"check"_s;
}

QString CheckCommand::summary() const
{
    return Checking::tr("Tell every problem, with where it is and what to do.");
}

QString CheckCommand::arguments() const
{
    return u"INPUT..."_s;
}

QList<QCommandLineOption> CheckCommand::options() const
{
    return inputOptions() + QList{handlersOption()};
}

QCoro::Task<ExitStatus> CheckCommand::run(Invocation& invocation) const
{
    if (!co_await loadHandlers(invocation)) {
        co_return ExitStatus::InvalidInput;
    }
    const Plan plan = co_await planInput(inputRequest(invocation), invocation.stop);
    if (invocation.stop.stop_requested()) {
        co_return ExitStatus::Interrupted;
    }
    if (invocation.console.isJson()) {
        invocation.console.writeDocument(QJsonObject{{"problems"_L1, toJson(plan.problems, plan.project)}});
    } else {
        QString text;
        for (const Problem& problem : plan.problems) {
            text += problemLine(problem, plan.project) + u'\n';
            if (!problem.remedy.isEmpty()) {
                text += "    "_L1 + printable(problem.remedy) + u'\n';
            }
        }
        invocation.console.writeResult(text + summaryLine(plan.problems) + u'\n');
    }
    co_return hasErrors(plan.problems) ? ExitStatus::InvalidInput : ExitStatus::Done;
}

} // namespace Stowage

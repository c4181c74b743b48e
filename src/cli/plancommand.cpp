// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "plancommand.h"

#include "cli/handleroptions.h"
#include "cli/inputoptions.h"
#include "cli/json.h"
#include "cli/plantext.h"

#include <QCoreApplication>

namespace Stowage
{

using namespace Qt::StringLiterals;

QString PlanCommand::name() const
{
    return u"plan"_s;
}

QString PlanCommand::summary() const
{
    return QCoreApplication::translate("Planning", "Show the target layout; nothing is written.");
}

QString PlanCommand::arguments() const
{
    return u"INPUT..."_s;
}

QList<QCommandLineOption> PlanCommand::options() const
{
    return inputOptions() + QList{handlersOption()};
}

QCoro::Task<ExitStatus> PlanCommand::run(Invocation& invocation) const
{
    if (!co_await loadHandlers(invocation)) {
        co_return ExitStatus::InvalidInput;
    }
    const Plan plan = co_await planInput(inputRequest(invocation), invocation.stop);
    if (invocation.stop.stop_requested()) {
        co_return ExitStatus::Interrupted;
    }
    invocation.console.problems(plan.problems, plan.project);
    if (invocation.console.isJson()) {
        invocation.console.writeDocument(
            QJsonObject{{"layout"_L1, toJson(plan.layout)},
                        {"disk"_L1, plan.disk ? QJsonValue(toJson(*plan.disk)) : QJsonValue()},
                        {"problems"_L1, toJson(plan.problems, plan.project)}});
    } else {
        invocation.console.writeResult(planText(plan.layout) + (plan.disk ? u'\n' + diskText(*plan.disk) : QString()));
    }
    co_return hasErrors(plan.problems) ? ExitStatus::InvalidInput : ExitStatus::Done;
}

} // namespace Stowage

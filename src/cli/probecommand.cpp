// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "probecommand.h"

#include "cli/json.h"
#include "core/bootplan/bootplan.h"
#include "core/sources/sourcetext.h"

#include <QCoreApplication>
#include <QCoroFuture>
#include <QFileInfo>
#include <QtConcurrentRun>

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Probing {
    Q_DECLARE_TR_FUNCTIONS(Probing)
};

/** How it would start, a line for each choice. */
QString planText(const BootPlan& plan)
{
    QString text = "    "_L1 + Probing::tr("How it would start:") + u'\n';
    for (const BootChoice& choice : plan.choices) {
        text += "        "_L1
            + printable(Probing::tr("%1: %2 (%3)").arg(choice.title, choice.proposal.text, choice.proposal.reason))
            + u'\n';
    }
    for (const QString& note : plan.notes) {
        text += "        "_L1 + printable(note) + u'\n';
    }
    return text;
}

QString sourceText(const SourceInfo& info)
{
    QString text = printable(info.path) + ": "_L1;
    if (info.kind == SourceKind::Missing) {
        return text + printable(info.refusal) + u'\n';
    }
    text += printable(info.description) + u'\n';
    for (const SourceFact& fact : sourceFacts(info).sliced(1)) {
        text += "    "_L1 + printable(Probing::tr("%1: %2").arg(fact.title, fact.text)) + u'\n';
    }
    if (!info.handler.isEmpty() || info.kind == SourceKind::Kernel) {
        text += planText(planBoot(info, {}));
    }
    return text;
}

bool isUnreadable(const SourceInfo& info)
{
    return info.kind == SourceKind::Missing || !QFileInfo(info.path).isReadable();
}

} // namespace

QString ProbeCommand::name() const
{
    return u"probe"_s;
}

QString ProbeCommand::summary() const
{
    return Probing::tr("Tell what each SOURCE is, and which handler takes it.");
}

QString ProbeCommand::arguments() const
{
    return u"SOURCE..."_s;
}

QList<QCommandLineOption> ProbeCommand::options() const
{
    return {};
}

QCoro::Task<ExitStatus> ProbeCommand::run(Invocation& invocation) const
{
    QList<SourceInfo> found;
    for (const QString& path : invocation.parser.positionalArguments()) {
        const QFuture<SourceInfo> probe = QtConcurrent::run(
            [path, stop = invocation.stop] { return probeSource(path, stop); });
        found.append(co_await probe);
        if (invocation.stop.stop_requested()) {
            co_return ExitStatus::Interrupted;
        }
        if (!invocation.console.isJson()) {
            invocation.console.writeResult(sourceText(found.last()));
        }
    }
    if (invocation.console.isJson()) {
        QJsonArray document;
        std::ranges::transform(found, std::back_inserter(document), [](const SourceInfo& info) {
            QJsonObject object = toJson(info);
            object.insert("bootPlan"_L1, toJson(planBoot(info, {})));
            return object;
        });
        invocation.console.writeDocument(document);
    }
    co_return std::ranges::any_of(found, isUnreadable) ? ExitStatus::InvalidInput : ExitStatus::Done;
}

} // namespace Stowage

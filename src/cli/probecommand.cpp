// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "probecommand.h"

#include "cli/json.h"

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

QString sourceText(const SourceInfo& info)
{
    QString text = printable(info.path) + ": "_L1;
    if (info.kind == SourceKind::Missing) {
        return text + printable(info.refusal) + u'\n';
    }
    text += printable(info.description) + u'\n';
    if (!info.handler.isEmpty()) {
        text += "    "_L1 + Probing::tr("imported as %1").arg(info.handler) + u'\n';
    }
    if (!info.refusal.isEmpty()) {
        text += "    "_L1 + printable(info.refusal) + u'\n';
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
        std::ranges::transform(found, std::back_inserter(document),
                               [](const SourceInfo& info) { return toJson(info); });
        invocation.console.writeDocument(document);
    }
    co_return std::ranges::any_of(found, isUnreadable) ? ExitStatus::InvalidInput : ExitStatus::Done;
}

} // namespace Stowage

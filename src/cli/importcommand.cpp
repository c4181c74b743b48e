// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "importcommand.h"

#include "cli/handleroptions.h"
#include "cli/json.h"
#include "cli/progressdisplay.h"
#include "core/import/importhandler.h"
#include "core/output/outputchecks.h"
#include "core/process/processrunner.h"
#include "core/process/tools.h"
#include "core/support/stagedpath.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QCoroFuture>
#include <QCoroSignal>
#include <QFileInfo>
#include <QtConcurrentRun>

#include <algorithm>
#include <optional>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Importing {
    Q_DECLARE_TR_FUNCTIONS(Importing)
};

/** What was asked for. */
struct ImportTask {
    ImportRequest request; ///< Its output is the final path until the work begins.
    QString type; ///< Empty: by content.
};

/** What was found before the start. */
struct Prepared {
    const ImportHandler* handler = nullptr;
    Result<void> good;
    ExitStatus status = ExitStatus::InvalidInput; ///< When it is not good.
};

/** Those that take a source. */
QString handlerTypes()
{
    QStringList types;
    for (const ImportHandler* handler : allHandlers()) {
        types += handler->usesSource() ? QStringList{handler->type()} : QStringList();
    }
    return types.join(", "_L1);
}

Prepared prepare(const ImportTask& task, const std::stop_token& stop)
{
    Prepared prepared;
    const SourceInfo source = probeSource(task.request.source, stop);
    const QString type = task.type.isEmpty() ? source.handler : task.type;
    if (source.kind == SourceKind::Missing) {
        prepared.good = fail(Error::Code::NotFound, source.refusal, Importing::tr("Check that the path is right."));
        return prepared;
    }
    if (type.isEmpty()) {
        const QString why = source.refusal.isEmpty() ? Importing::tr("this is no disk, but: %1").arg(source.description)
                                                     : source.refusal;
        prepared.good = fail(Error::Code::InvalidInput, Importing::tr("%1: %2").arg(task.request.source, why),
                             source.isUnreadable ? QString()
                                                 : Importing::tr("There are handlers for: %1.").arg(handlerTypes()));
        return prepared;
    }
    prepared.handler = findHandler(type);
    if (overlap(task.request.output, task.request.source)) {
        prepared.status = ExitStatus::WrongUsage;
        prepared.good = fail(
            Error::Code::InvalidInput,
            Importing::tr("The output %1 is the source itself, or lies in it.").arg(task.request.output),
            Importing::tr("Choose another place."));
    } else if (auto writable = StagedPath::check(task.request.output, StagedPath::Kind::File); !writable) {
        prepared.status = ExitStatus::Failed;
        prepared.good = std::unexpected(writable.error());
    } else if (auto allowed = prepared.handler->allowed(); !allowed) {
        prepared.good = std::move(allowed);
    } else if (const auto missing = missingTools(prepared.handler->requirements()); !missing.isEmpty()) {
        prepared.status = ExitStatus::Failed;
        prepared.good = std::unexpected(missing.first());
    }
    return prepared;
}

/** Imports into a hidden place beside the output and renames. Runs on a worker. */
Result<void> importStaged(const ImportHandler& handler, ImportRequest request, JobContext& context,
                          CommandRunner& runner)
{
    auto staged = StagedPath::create(request.output, StagedPath::Kind::File);
    if (!staged) {
        return std::unexpected(staged.error());
    }
    request.output = staged->path();
    if (auto imported = runImport(handler, request, context, runner); !imported) {
        return std::unexpected(StagedPath::withFinalNames(imported.error()));
    }
    if (context.stop.stop_requested()) {
        return cancelled();
    }
    return staged->commit(StagedPath::Replace::Yes);
}

void writeDone(Console& console, const ImportRequest& request, const QString& type)
{
    const qint64 bytes = QFileInfo(request.output).size();
    if (console.isJson()) {
        console.writeDocument(QJsonObject{
            {"source"_L1, request.source}, {"type"_L1, type}, {"output"_L1, request.output}, {"bytes"_L1, bytes}});
    } else {
        console.writeResult(
            Importing::tr("%1: %2, imported as %3").arg(printable(request.output), formatBytes(bytes), type) + u'\n');
    }
}

} // namespace

QString ImportCommand::name() const
{
    return u"import"_s;
}

QString ImportCommand::summary() const
{
    return Importing::tr("Make a disk image that Xen uses of SOURCE.");
}

QString ImportCommand::arguments() const
{
    return u"SOURCE OUTPUT"_s;
}

QString ImportCommand::description() const
{
    return Importing::tr("A file that is at OUTPUT already is replaced when the new one is complete.");
}

QList<QCommandLineOption> ImportCommand::options() const
{
    return {
        {u"type"_s, Importing::tr("Import handler: %1, or one of your own; without it by content.").arg(handlerTypes()),
         u"TYPE"_s},
        {u"size"_s, Importing::tr("MiB of an image made from files; without it 256."), u"MIB"_s},
        {u"member"_s, Importing::tr("File of the disk that is meant of a virtual machine; without it the first."),
         u"FILE"_s},
        handlersOption(),
    };
}

QCoro::Task<ExitStatus> ImportCommand::run(Invocation& invocation) const
{
    Console& console = invocation.console;
    ImportTask task;
    task.request.source = absolute(invocation.parser.positionalArguments().at(0));
    task.request.output = absolute(invocation.parser.positionalArguments().at(1));
    task.request.sizeMiB = GuestDefaults().imageSizeMiB;
    task.type = invocation.parser.value(u"type"_s);
    task.request.member = invocation.parser.value(u"member"_s);
    if (!co_await loadHandlers(invocation)) {
        co_return ExitStatus::InvalidInput;
    }
    const ImportHandler* stated = findHandler(task.type);
    if (invocation.parser.isSet(u"type"_s) && (stated == nullptr || !stated->usesSource())) {
        co_return wrongUsage(
            invocation,
            Importing::tr("There is no import handler \"%1\"; there are: %2.").arg(task.type, handlerTypes()));
    }
    if (invocation.parser.isSet(u"size"_s)) {
        bool isNumber = false;
        task.request.sizeMiB = invocation.parser.value(u"size"_s).toLongLong(&isNumber);
        constexpr qint64 Most = 16 * MiB; // 16 TiB, the most that ext4 with blocks of 4 KiB takes
        if (!isNumber || task.request.sizeMiB <= 0 || task.request.sizeMiB > Most) {
            co_return wrongUsage(invocation, Importing::tr("--size takes a number of MiB from 1 to %1.").arg(Most));
        }
    }

    const QFuture<Prepared> preparation = QtConcurrent::run(
        [task, stop = invocation.stop] { return prepare(task, stop); });
    const Prepared prepared = co_await preparation;
    if (invocation.stop.stop_requested()) {
        co_return ExitStatus::Interrupted;
    }
    if (!prepared.good) {
        console.error(prepared.good.error());
        co_return prepared.status;
    }
    if (invocation.parser.isSet(u"size"_s) && !prepared.handler->usesImageSize()) {
        console.warning(Importing::tr("--size has no effect on \"%1\": the image is as large as its source.")
                            .arg(prepared.handler->type()));
    }

    ProcessRunner runner;
    JobQueue queue;
    Job* job = queue.add(Importing::tr("Import %1").arg(QFileInfo(task.request.source).fileName()),
                         [&, handler = prepared.handler](JobContext& context) {
                             return importStaged(*handler, task.request, context, runner);
                         });
    const std::stop_callback onStop(invocation.stop, [job] { job->cancel(); });
    const ProgressDisplay display(queue, console);
    if (!job->isFinished()) {
        co_await qCoro(job, &Job::finished);
    }
    for (const QString& warning : warningsOf(*job)) {
        console.warning(warning);
    }
    if (job->state() == Job::State::Cancelled) {
        co_return ExitStatus::Interrupted;
    }
    if (job->state() == Job::State::Failed) {
        console.error(job->error());
        console.output(outputOf(*job));
        co_return exitStatusFor(job->error());
    }
    writeDone(console, task.request, prepared.handler->type());
    co_return ExitStatus::Done;
}

} // namespace Stowage

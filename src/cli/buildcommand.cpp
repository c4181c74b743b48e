// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "buildcommand.h"

#include "cli/handleroptions.h"
#include "cli/inputoptions.h"
#include "cli/json.h"
#include "cli/progressdisplay.h"
#include "core/output/outputchecks.h"
#include "core/output/outputform.h"
#include "core/process/processrunner.h"
#include "core/project/projectfile.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QCoroFuture>
#include <QDir>
#include <QtConcurrentRun>

#include <algorithm>
#include <expected>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Building {
    Q_DECLARE_TR_FUNCTIONS(Building)
};

QString outputKinds()
{
    QStringList kinds;
    std::ranges::transform(allWriters(), std::back_inserter(kinds), &OutputWriter::kind);
    return kinds.join(", "_L1);
}

/** One --output, or what is wrong with it. */
std::expected<OutputSpec, QString> parseOutput(const QString& text)
{
    const qsizetype colon = text.indexOf(u':');
    const OutputSpec output{.kind = text.left(colon), .path = text.mid(colon + 1)};
    if (colon <= 0 || output.path.isEmpty()) {
        return std::unexpected(Building::tr("--output takes KIND:PATH, not \"%1\".").arg(text));
    }
    static const QStringList later{u"bundle"_s, u"deb"_s, u"ipk"_s};
    if (later.contains(output.kind)) {
        return std::unexpected(
            Building::tr("The output \"%1\" is not in this version; it writes: %2.").arg(output.kind, outputKinds()));
    }
    if (findWriter(output.kind) == nullptr) {
        return std::unexpected(
            Building::tr("There is no output of the kind \"%1\"; there are: %2.").arg(output.kind, outputKinds()));
    }
    return OutputSpec{.kind = output.kind, .path = absolute(output.path)};
}

/** What --image-size says in MiB; 0 without it. */
std::expected<qint64, QString> parseImageSize(const QCommandLineParser& parser)
{
    if (!parser.isSet(u"image-size"_s)) {
        return 0;
    }
    bool isNumber = false;
    const qint64 size = parser.value(u"image-size"_s).toLongLong(&isNumber);
    constexpr qint64 Most = 16 * MiB - 1; // of MiB: a file on an ext4 disk is smaller than 16 TiB
    if (!isNumber || size < 1 || size > Most) {
        return std::unexpected(Building::tr("--image-size takes a number of MiB from 1 to %1.").arg(Most));
    }
    return size;
}

/** Puts what --table and --boot say into @p request; what is wrong with them, or nothing. */
QString parseDisk(const QCommandLineParser& parser, InputRequest& request)
{
    if (parser.isSet(u"table"_s)) {
        request.table = tableFromName(parser.value(u"table"_s));
        if (!request.table) {
            return Building::tr("--table takes gpt or mbr.");
        }
    }
    if (parser.isSet(u"boot"_s)) {
        request.boot = bootFromName(parser.value(u"boot"_s));
        if (!request.boot) {
            return Building::tr("--boot takes auto, none, bios, uefi or both.");
        }
    }
    return {};
}

std::expected<QList<OutputSpec>, QString> parseOutputs(const QStringList& texts)
{
    QList<OutputSpec> outputs;
    for (const QString& text : texts) {
        const auto output = parseOutput(text);
        if (!output) {
            return std::unexpected(output.error());
        }
        const auto sameName = [&output](const OutputSpec& other) {
            return QDir::cleanPath(other.path) == QDir::cleanPath(output->path);
        };
        if (std::ranges::any_of(outputs, sameName)) {
            return std::unexpected(Building::tr("Two outputs have the path %1.").arg(output->path));
        }
        outputs.append(*output);
    }
    return outputs;
}

/** The outputs that the project itself names. */
QList<OutputSpec> projectOutputs(const Project& project)
{
    QList<OutputSpec> outputs = project.outputs;
    for (OutputSpec& output : outputs) {
        output.path = project.absolutePath(output.path);
    }
    return outputs;
}

QString outputText(const OutputReport& report)
{
    QString text = Building::tr("%1 %2: %3 files, %4")
                       .arg(report.kind, printable(report.path))
                       .arg(report.files)
                       .arg(formatBytes(report.bytes))
        + u'\n';
    if (!report.ownersFile.isEmpty()) {
        text += "    "_L1 + Building::tr("owners are listed in %1").arg(printable(report.ownersFile)) + u'\n';
    }
    if (!report.bmapFile.isEmpty()) {
        text += "    "_L1 + Building::tr("its block map is %1").arg(printable(report.bmapFile)) + u'\n';
    }
    return text;
}

void writeOutcome(Console& console, const Plan& plan, const QList<OutputReport>& reports)
{
    if (console.isJson()) {
        QJsonArray outputs;
        std::ranges::transform(reports, std::back_inserter(outputs),
                               [](const OutputReport& report) { return toJson(report); });
        console.writeDocument(
            QJsonObject{{"outputs"_L1, outputs}, {"problems"_L1, toJson(plan.problems, plan.project)}});
        return;
    }
    for (const OutputReport& report : reports) {
        console.writeResult(outputText(report));
    }
}

/** Tells the problems of @p plan; false when it cannot be built. */
bool tellProblems(Console& console, const Plan& plan)
{
    console.problems(plan.problems, plan.project);
    if (hasErrors(plan.problems)) {
        return false;
    }
    if (plan.project.guests.isEmpty()) {
        console.error({Error::Code::InvalidInput,
                       Building::tr("There is no guest to build."),
                       Building::tr("List one in BUNDLED_XEN_GUESTS or XEN_GUEST_BUNDLES, or add it to the project."),
                       {}});
        return false;
    }
    return true;
}

ExitStatus statusOf(const BuildOutcome& outcome)
{
    if (!outcome.errors.isEmpty()) {
        const ExitStatus first = exitStatusFor(outcome.errors.first());
        const bool same = std::ranges::all_of(outcome.errors,
                                              [first](const Error& error) { return exitStatusFor(error) == first; });
        return same ? first : ExitStatus::Failed;
    }
    return outcome.cancelled ? ExitStatus::Interrupted : ExitStatus::Done;
}

/** Builds with at most @p jobs imports side by side (0: as many as fit), and tells how it went. The references outlive the task. */
QCoro::Task<ExitStatus> write(Invocation& invocation, const Plan& plan, const QList<OutputSpec>& outputs, int jobs)
{
    Console& console = invocation.console;
    ProcessRunner runner;
    JobQueue queue;
    if (jobs > 0) {
        queue.setMaxRunning(jobs);
    }
    Builder builder(queue, runner);
    const std::stop_callback onStop(invocation.stop, [&builder] { builder.cancel(); });
    BuildOutcome outcome;
    {
        const ProgressDisplay display(queue, console);
        outcome = co_await builder.build(plan, outputs);
    }
    for (const Job* job : queue.jobs()) {
        for (const QString& warning : warningsOf(*job)) {
            console.warning(job->title() + ": "_L1 + warning);
        }
    }
    for (const Error& error : std::as_const(outcome.errors)) {
        console.error(error);
    }
    for (const Job* job : queue.jobs()) {
        console.output(outputOf(*job));
    }
    const ExitStatus status = statusOf(outcome);
    if (status != ExitStatus::Interrupted) {
        writeOutcome(console, plan, outcome.outputs);
    }
    co_return status;
}

} // namespace

QString BuildCommand::name() const
{
    return u"build"_s;
}

QString BuildCommand::summary() const
{
    return Building::tr("Write the target layout.");
}

QString BuildCommand::arguments() const
{
    return u"INPUT..."_s;
}

QString BuildCommand::description() const
{
    return Building::
        tr("Outputs are one or more of: %1. Without --output those that the project names are written. The suffix "
           "decides the form: of an archive .tar, .tar.gz, .tar.xz, .tar.zst or .tar.bz2; of an image .qcow2, or .gz, "
           ".xz, .zst behind any name; other images are raw.")
            .arg(outputKinds());
}

QList<QCommandLineOption> BuildCommand::options() const
{
    return inputOptions()
        + QList<QCommandLineOption>{
            {{u"o"_s, u"output"_s},
             Building::tr("What to write and where to; may be given more than once."),
             u"KIND:PATH"_s},
            {u"image-size"_s,
             Building::tr(
                 "MiB of the root file system in an image; without it what its content needs, with room to grow."),
             u"MIB"_s},
            {u"bmap"_s,
             Building::tr("Write a block map for bmaptool beside each image that is no QCOW2 image, IMAGE.bmap.")},
            {u"table"_s, Building::tr("Partition table of a new disk: gpt or mbr."), u"KIND"_s},
            {u"boot"_s,
             Building::tr(
                 "How a new disk starts by itself: auto, none, bios, uefi or both; auto: in every way that its "
                 "host can."),
             u"WAY"_s},
            {{u"j"_s, u"jobs"_s}, Building::tr("Most imports to run side by side."), u"N"_s},
            handlersOption(),
        };
}

QCoro::Task<ExitStatus> BuildCommand::run(Invocation& invocation) const
{
    const QCommandLineParser& parser = invocation.parser;
    int jobs = 0;
    if (parser.isSet(u"jobs"_s)) {
        bool isNumber = false;
        jobs = parser.value(u"jobs"_s).toInt(&isNumber);
        constexpr int Most = 1024;
        if (!isNumber || jobs < 1 || jobs > Most) {
            co_return wrongUsage(invocation, Building::tr("--jobs takes a number from 1 to %1.").arg(Most));
        }
    }
    const auto given = parseOutputs(parser.values(u"output"_s));
    if (!given) {
        co_return wrongUsage(invocation, given.error());
    }
    const auto imageSize = parseImageSize(parser);
    if (!imageSize) {
        co_return wrongUsage(invocation, imageSize.error());
    }
    InputRequest request = inputRequest(invocation);
    request.outputs = *given;
    if (const QString wrong = parseDisk(parser, request); !wrong.isEmpty()) {
        co_return wrongUsage(invocation, wrong);
    }
    if (!co_await loadHandlers(invocation)) {
        co_return ExitStatus::InvalidInput;
    }
    const Plan plan = co_await planInput(request, invocation.stop);
    if (invocation.stop.stop_requested()) {
        co_return ExitStatus::Interrupted;
    }
    if (!tellProblems(invocation.console, plan)) {
        writeOutcome(invocation.console, plan, {});
        co_return ExitStatus::InvalidInput;
    }
    QList<OutputSpec> outputs = projectOutputs(plan.project);
    for (OutputSpec& output : outputs) {
        output.sizeMiB = *imageSize > 0 ? *imageSize : output.sizeMiB;
        const OutputWriter* writer = findWriter(output.kind);
        const bool canHaveMap = writer != nullptr && writer->makesImage()
            && !imageForm(output.path).value_or(ImageForm()).isQcow2;
        output.bmap = output.bmap || (parser.isSet(u"bmap"_s) && canHaveMap);
    }
    if (outputs.isEmpty()) {
        co_return wrongUsage(invocation,
                             Building::tr("Say with --output KIND:PATH what to write; kinds: %1.").arg(outputKinds()));
    }
    const QFuture<QList<Error>> check = QtConcurrent::run(
        [plan, outputs] { return checkOutputs(plan.layout, outputs, plan.inputs); });
    const QList<Error> unwritable = co_await check;
    if (invocation.stop.stop_requested()) { // the builder cannot be cancelled before it runs
        co_return ExitStatus::Interrupted;
    }
    if (!unwritable.isEmpty()) {
        std::ranges::for_each(unwritable, [&](const Error& error) { invocation.console.error(error); });
        writeOutcome(invocation.console, plan, {});
        const bool isAskedWrong = std::ranges::all_of(unwritable, [](const Error& error) {
            return exitStatusFor(error) == ExitStatus::InvalidInput; // and what is invalid is the output
        });
        co_return isAskedWrong ? ExitStatus::WrongUsage : ExitStatus::Failed;
    }
    co_return co_await write(invocation, plan, outputs, jobs);
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "customhandler.h"

#include "core/import/customoutput.h"
#include "core/import/handlerlog.h"
#include "core/sources/sourceprobe.h"
#include "core/support/filecopy.h"
#include "core/support/stagedpath.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Custom {
    Q_DECLARE_TR_FUNCTIONS(CustomHandler)
};

// In the work directory, where the function cannot write.
constexpr QLatin1StringView StartName("start.bash");
constexpr QLatin1StringView HandlerName("handler.bash");

/** What bash is started with: the logging functions, the user's file, and the call. */
QByteArray startScript(const CustomType& type)
{
    const QByteArray function = importFunction(type.type).toUtf8();
    return HandlerLog::functions() + ". \"$1\" ''\ndeclare -F " + function + " >/dev/null || exit 1\nshift\nset -e\n"
        + function + " \"$@\"\n";
}

Result<void> writeText(const QString& path, const QByteArray& text)
{
    QFile file(path);
    errno = 0;
    if (!file.open(QIODevice::WriteOnly | QIODevice::NewOnly) || file.write(text) != text.size() || !file.flush()) {
        return systemError(errno, Custom::tr("write"), path);
    }
    return {};
}

/** What BitBake would have set for a native tool, and where everything that the function writes belongs. */
QProcessEnvironment environmentIn(const QString& work, const QString& temporary)
{
    QProcessEnvironment environment;
    for (const QString& name : {u"WORKDIR"_s, u"UNPACKDIR"_s, u"B"_s, u"S"_s}) {
        environment.insert(name, work);
    }
    environment.insert(u"T"_s, temporary);
    environment.insert(u"TMPDIR"_s, temporary);
    environment.insert(u"STAGING_DIR_NATIVE"_s, QString());
    environment.insert(u"STAGING_BINDIR_NATIVE"_s, u"/usr/bin"_s);
    environment.insert(u"STAGING_SBINDIR_NATIVE"_s, u"/usr/sbin"_s);
    environment.insert(u"STAGING_LIBDIR_NATIVE"_s, u"/usr/lib"_s);
    environment.insert(u"STAGING_DATADIR_NATIVE"_s, u"/usr/share"_s);
    // An ordinary user's lacks the directories of mkfs.
    environment.insert(u"PATH"_s, qEnvironmentVariable("PATH") + ":/usr/local/sbin:/usr/sbin:/sbin"_L1);
    return environment;
}

/** Gives the finished image its name, which nothing has yet. */
Result<void> moveTo(const QString& image, const QString& output)
{
    const QByteArray from = QFile::encodeName(image);
    const QByteArray to = QFile::encodeName(output);
    if (::renameat2(AT_FDCWD, from.constData(), AT_FDCWD, to.constData(), RENAME_NOREPLACE) == 0) {
        return {};
    }
    if (errno != EINVAL && errno != ENOSYS) {
        return systemError(errno, Custom::tr("write"), output);
    }
    if (QFile::exists(output) || ::rename(from.constData(), to.constData()) != 0) {
        return systemError(QFile::exists(output) ? EEXIST : errno, Custom::tr("write"), output);
    }
    return {};
}

} // namespace

QString CustomHandler::title() const
{
    return Custom::tr("%1 (own handler)").arg(m_type.type);
}

QStringList CustomHandler::requirements() const
{
    QStringList programs{u"bash"_s, u"e2fsck"_s};
    programs += m_type.programs;
    programs.removeDuplicates();
    return programs;
}

Result<void> CustomHandler::allowed() const
{
    if (m_allowed) {
        return {};
    }
    return fail(Error::Code::Unsupported,
                Custom::tr("The import handler \"%1\" of %2 may not run: you have not allowed its text.")
                    .arg(m_type.type, m_type.file),
                Custom::tr("Read it, and allow it in the import handlers' settings or with: stowage-cli handlers "
                           "--allow %1")
                    .arg(m_type.type),
                Place::inFile(m_type.file));
}

Result<qint64> CustomHandler::check(const ImportRequest& request, const std::stop_token& stop) const
{
    if (const auto may = allowed(); !may) {
        return std::unexpected(may.error());
    }
    const SourceInfo source = probeSource(request.source, stop);
    if (source.kind == SourceKind::Missing) {
        return fail(Error::Code::NotFound, source.refusal, Custom::tr("Check that the path is right."),
                    Place::inFile(request.source));
    }
    // What the function will make is its own matter: as large as the disk that it is given, else as it is told.
    return source.virtualSize > 0 ? source.virtualSize : request.sizeMiB * MiB;
}

Result<void> CustomHandler::run(const ImportRequest& request, JobContext& context, CommandRunner& runner) const
{
    const auto expected = check(request, context.stop);
    if (!expected) {
        return std::unexpected(expected.error());
    }
    if (context.stop.stop_requested()) {
        return cancelled();
    }
    if (QFileInfo::exists(request.output)) {
        return systemError(EEXIST, Custom::tr("write"), request.output);
    }
    const auto scratch = StagedPath::create(request.output, StagedPath::Kind::Scratch);
    if (!scratch) {
        return std::unexpected(scratch.error());
    }
    const QString image = scratch->path() + "/disk.img"_L1;
    const auto named = [&](Error error) {
        error.message.replace(image, request.output);
        return error;
    };
    return runFunction(request, scratch->path(), image, *expected, context, runner)
        .and_then([&] {
            context.progress.setStep(Custom::tr("Checking"));
            return checkCustomOutput(image, m_type.type, context, runner);
        })
        .and_then([&]() -> Result<void> {
            if (context.stop.stop_requested()) {
                return cancelled();
            }
            context.progress.setTotal(*expected);
            context.progress.setDone(*expected);
            return moveTo(image, request.output);
        })
        .transform_error(named);
}

Result<void> CustomHandler::runFunction(const ImportRequest& request, const QString& directory, const QString& output,
                                        qint64 expected, JobContext& context, CommandRunner& runner) const
{
    const QString scripts = QFileInfo(directory).path();
    const QString work = directory + "/work"_L1;
    const QString temporary = directory + "/tmp"_L1;
    for (const QString& made : {work, temporary}) {
        if (::mkdir(QFile::encodeName(made).constData(), 0700) != 0) {
            return systemError(errno, Custom::tr("make"), made);
        }
    }
    const QString start = scripts + u'/' + StartName;
    const QString handler = scripts + u'/' + HandlerName;
    if (auto written = writeText(start, startScript(m_type)).and_then([&] {
            return writeText(handler, m_type.script);
        });
        !written) {
        return written;
    }
    CommandSpec spec;
    spec.program = u"bash"_s;
    // "-p": nothing from the environment is run, neither $BASH_ENV nor functions in it.
    spec.arguments = {u"-p"_s, start,
                      handler, QFileInfo(request.source).absoluteFilePath(),
                      output,  QString::number(request.sizeMiB)};
    spec.workingDirectory = work;
    spec.extraEnvironment = environmentIn(work, temporary);
    spec.writablePaths = {directory};
    context.progress.setStep(Custom::tr("Running the handler \"%1\"").arg(m_type.type));
    CommandSpec call;
    call.program = importFunction(m_type.type);
    call.arguments = {request.source, request.output, QString::number(request.sizeMiB)};
    context.report.add(JobReport::Kind::Command, call.toString());
    HandlerLog log(context, expected);
    const CommandOutcome outcome = runner.run(spec, context.stop, [&log](const QByteArray& piece) { log.take(piece); });
    log.end();
    if (outcome.state != CommandOutcome::State::ExitedWithError) {
        return outcome.toResult(spec);
    }
    QString cause = log.fatal().isEmpty() ? log.lastLine() : log.fatal();
    cause.replace(handler, m_type.file).replace(start, m_type.file);
    if (cause.isEmpty()) {
        cause = Custom::tr("it says no more than exit status %1").arg(outcome.exitCode);
    }
    constexpr qsizetype LongestCause = 400;
    cause = cause.size() > LongestCause ? cause.first(LongestCause) + u'…' : cause;
    const bool isFull = cause.contains(QString::fromLatin1(::strerrordesc_np(ENOSPC)));
    return fail(isFull ? Error::Code::NoSpace : Error::Code::ToolFailed,
                Custom::tr("The import handler \"%1\" failed: %2").arg(m_type.type, cause),
                isFull ? Custom::tr("Free some space or choose another place.")
                       : Custom::tr("Look at all that it said, and at its function in %1.").arg(m_type.file),
                Place::inFile(m_type.file));
}

} // namespace Stowage

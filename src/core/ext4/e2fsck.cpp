// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "e2fsck.h"

#include "core/import/importhandler.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>

#include <unistd.h>

#include <cerrno>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Fsck {
    Q_DECLARE_TR_FUNCTIONS(Fsck)
};

constexpr int Repaired = 1; ///< Its exit status when there was something to do, and it is done.

/** The first fault that e2fsck names in what it @p said. */
QString firstFault(const QByteArray& said)
{
    const QList<QByteArray> lines = said.split('\n');
    for (const QByteArray& line : lines) {
        const QString shown = QString::fromUtf8(line).simplified();
        if (!shown.isEmpty() && !shown.startsWith("Pass "_L1) && !shown.startsWith("e2fsck "_L1)) {
            return shown;
        }
    }
    return {};
}

Result<void> runE2fsck(const CommandSpec& spec, const QString& name, int goodStatus, JobContext& context,
                       CommandRunner& runner)
{
    const CommandOutcome outcome = runToolReported(spec, context, runner);
    if (outcome.state == CommandOutcome::State::ExitedWithError && outcome.exitCode == goodStatus) {
        return {};
    }
    auto result = outcome.toResult(spec);
    const QString fault = firstFault(outcome.standardOutput);
    if (outcome.state == CommandOutcome::State::ExitedWithError && !fault.isEmpty()) {
        return fail(Error::Code::ToolFailed, Fsck::tr("The file system in %1 is damaged: %2").arg(name, fault),
                    Fsck::tr("If it was so in the input, have a copy of that repaired with \"e2fsck -f\", and use the "
                             "copy. Else check the disk."),
                    Place::inFile(name));
    }
    return result;
}

} // namespace

Result<void> checkWithE2fsck(const QString& path, qint64 offset, JobContext& context, CommandRunner& runner)
{
    return withPlainName(path, [&](const QString& file) {
        CommandSpec spec;
        spec.program = u"e2fsck"_s;
        spec.arguments = {u"-f"_s, u"-n"_s, offset == 0 ? file : file + "?offset="_L1 + QString::number(offset)};
        return runE2fsck(spec, path, 0, context, runner);
    });
}

Result<void> withPlainName(const QString& path, const std::function<Result<void>(const QString& name)>& use)
{
    if (!path.contains(u'?')) {
        return use(path);
    }
    const QTemporaryDir directory;
    const QString link = directory.filePath(u"image"_s);
    const QByteArray target = QFile::encodeName(QFileInfo(path).absoluteFilePath());
    if (link.contains(u'?') || ::symlink(target.constData(), QFile::encodeName(link).constData()) != 0) {
        return systemError(link.contains(u'?') ? EINVAL : errno, Fsck::tr("make"), link);
    }
    return use(link);
}

QProcessEnvironment presentForE2fsprogs(qint64 seconds)
{
    QProcessEnvironment environment;
    environment.insert(u"E2FSCK_TIME"_s, QString::number(seconds)); // of e2fsck itself; the other of their library
    environment.insert(u"SOURCE_DATE_EPOCH"_s, QString::number(seconds));
    return environment;
}

Result<void> repairWithE2fsck(const QString& path, const QString& original, qint64 seconds, JobContext& context,
                              CommandRunner& runner)
{
    return withPlainName(path, [&](const QString& file) {
        CommandSpec spec;
        spec.program = u"e2fsck"_s;
        spec.arguments = {u"-f"_s, u"-p"_s, file};
        spec.extraEnvironment = presentForE2fsprogs(seconds);
        spec.writablePaths = {path};
        return runE2fsck(spec, original, Repaired, context, runner);
    });
}

} // namespace Stowage

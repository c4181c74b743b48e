// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "exportcommand.h"

#include "cli/inputoptions.h"
#include "cli/json.h"
#include "core/project/projectfile.h"

#include <QCoreApplication>
#include <QCoroFuture>
#include <QDir>
#include <QFileInfo>
#include <QtConcurrentRun>

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Exporting {
    Q_DECLARE_TR_FUNCTIONS(Exporting)
};

struct Exported {
    ProjectInput input;
    QByteArray text; ///< Where no file was asked for.
    Result<void> written; ///< An error of the code Cancelled when it was stopped before that.
};

/** The file among @p inputs that @p output would replace with something of another kind; empty: none. */
QString replacedInput(const QStringList& inputs, const QString& output)
{
    const QString real = QFileInfo(output).canonicalFilePath();
    const auto found = std::ranges::find_if(inputs, [&real](const QString& input) {
        return !real.isEmpty() && !input.endsWith(".stowage"_L1) && QFileInfo(input).canonicalFilePath() == real;
    });
    return found == inputs.end() ? QString() : *found;
}

Exported exportProject(const InputRequest& request, const QString& output, const std::stop_token& stop)
{
    Exported exported{readInput(request, stop), {}, {}};
    if (stop.stop_requested()) {
        exported.written = cancelled();
    } else if (!hasErrors(exported.input.problems) && output.isEmpty()) {
        exported.text = projectToJson(relocated(exported.input.project, QDir::currentPath()));
    } else if (hasErrors(exported.input.problems)) {
        return exported;
    } else if (const QString input = replacedInput(exported.input.files, output); !input.isEmpty()) {
        exported.written = fail(Error::Code::InvalidInput,
                                Exporting::tr("%1 is what is read here: it would be replaced.").arg(input),
                                Exporting::tr("Choose another file to write."), Place::inFile(output));
    } else {
        exported.written = saveProject(exported.input.project, output);
    }
    return exported;
}

} // namespace

QString ExportCommand::name() const
{
    return u"export"_s;
}

QString ExportCommand::summary() const
{
    return Exporting::tr("Write the input in another form.");
}

QString ExportCommand::arguments() const
{
    return u"INPUT..."_s;
}

QString ExportCommand::description() const
{
    return Exporting::tr("Without --output the text goes to the standard output.");
}

QList<QCommandLineOption> ExportCommand::options() const
{
    return inputOptions()
        + QList<QCommandLineOption>{
            {u"format"_s, Exporting::tr("What to write: stowage (a project file)."), u"FORMAT"_s},
            {{u"o"_s, u"output"_s}, Exporting::tr("File to write."), u"PATH"_s},
        };
}

QCoro::Task<ExitStatus> ExportCommand::run(Invocation& invocation) const
{
    const QString format = invocation.parser.value(u"format"_s);
    if (format.isEmpty()) {
        co_return wrongUsage(invocation, Exporting::tr("Say with --format what to write: stowage."));
    }
    if (format == "local.conf"_L1 || format == "recipe"_L1) {
        co_return wrongUsage(
            invocation, Exporting::tr("The format \"%1\" is not in this version; it writes: stowage.").arg(format));
    }
    if (format != "stowage"_L1) {
        co_return wrongUsage(invocation, Exporting::tr("There is no format \"%1\"; there is: stowage.").arg(format));
    }
    const QString output = absolute(invocation.parser.value(u"output"_s));
    const QFuture<Exported> future = QtConcurrent::run(
        [request = inputRequest(invocation), output, stop = invocation.stop] {
            return exportProject(request, output, stop);
        });
    const Exported exported = co_await future;
    if (!exported.written && exported.written.error().code == Error::Code::Cancelled) {
        co_return ExitStatus::Interrupted;
    }
    invocation.console.problems(exported.input.problems, exported.input.project);
    ExitStatus status = ExitStatus::Done;
    if (!exported.written) {
        invocation.console.error(exported.written.error());
        status = ExitStatus::Failed;
    } else if (hasErrors(exported.input.problems)) {
        status = ExitStatus::InvalidInput;
    }
    if (invocation.console.isJson()) {
        const bool written = !output.isEmpty() && status == ExitStatus::Done;
        invocation.console.writeDocument(QJsonObject{
            {"format"_L1, format},
            {"output"_L1, written ? QJsonValue(output) : QJsonValue()},
            {"content"_L1, exported.text.isEmpty() ? QJsonValue() : QJsonValue(QString::fromUtf8(exported.text))},
            {"problems"_L1, toJson(exported.input.problems, exported.input.project)},
        });
    } else if (status == ExitStatus::Done) {
        invocation.console.writeResult(output.isEmpty() ? QString::fromUtf8(exported.text) : printable(output) + u'\n');
    }
    co_return status;
}

} // namespace Stowage

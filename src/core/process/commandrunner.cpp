// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "commandrunner.h"

#include "core/process/tools.h"

#include <QCoreApplication>
#include <QFileInfo>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ranges>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Command {
    Q_DECLARE_TR_FUNCTIONS(Command)
};

constexpr qsizetype LongestCause = 400;

QString shellQuoted(const QString& word)
{
    const auto isPlain = [](QChar c) {
        return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || (c >= u'0' && c <= u'9')
            || u"%+,-./:=@_"_s.contains(c);
    };
    if (!word.isEmpty() && std::ranges::all_of(word, isPlain)) {
        return word;
    }
    QString quoted = word;
    return u'\'' + quoted.replace(u'\'', R"('\'')"_L1) + u'\'';
}

/** The last line of @p output that says something, without control characters. */
QString lastLine(const QByteArray& output)
{
    QByteArray text = output;
    text.replace('\r', '\n');
    const QList<QByteArray> lines = text.split('\n');
    for (const QByteArray& line : lines | std::views::reverse) {
        QString shown = QString::fromUtf8(line).simplified();
        shown.removeIf([](QChar c) { return c.category() == QChar::Other_Control; });
        if (!shown.isEmpty()) {
            return shown.size() > LongestCause ? shown.first(LongestCause) + u'…' : shown;
        }
    }
    return {};
}

std::unexpected<Error> notStarted(const CommandSpec& spec, const QString& errorText)
{
    const Tool tool = findTool(spec.program);
    if (errorText.isEmpty() || tool.path.isEmpty()) {
        Tool missing = tool;
        missing.path.clear();
        return std::unexpected(requireTool(missing).error());
    }
    return fail(Error::Code::ToolFailed, Command::tr("%1 could not be started: %2").arg(spec.program, errorText),
                Command::tr("Check that it is installed whole, and that you may run it."));
}

} // namespace

QString CommandSpec::toString() const
{
    QStringList words;
    const QStringList variables = extraEnvironment.toStringList();
    for (const QString& variable : variables) {
        const qsizetype equals = variable.indexOf(u'=');
        words.append(variable.first(equals + 1) + shellQuoted(variable.sliced(equals + 1)));
    }
    words.append(shellQuoted(program));
    for (const QString& argument : arguments) {
        words.append(shellQuoted(argument));
    }
    return words.join(u' ');
}

Result<void> CommandOutcome::toResult(const CommandSpec& spec) const
{
    const QString name = QFileInfo(spec.program).fileName();
    switch (state) {
    case State::Succeeded:
        return {};
    case State::Cancelled:
        return cancelled();
    case State::FailedToStart:
        return notStarted(spec, errorText);
    case State::Crashed:
        return fail(Error::Code::ToolFailed, Command::tr("%1 ended before its work was done: %2").arg(name, errorText),
                    Command::tr("Try again; look at the report of the job for what it said last."));
    case State::ExitedWithError:
        break;
    }
    QString cause = lastLine(standardError);
    if (cause.isEmpty()) {
        cause = lastLine(standardOutput);
    }
    if (cause.isEmpty()) {
        cause = Command::tr("it says no more than exit status %1").arg(exitCode);
    }
    const QString message = cause.startsWith(name) ? cause : Command::tr("%1 failed: %2").arg(name, cause);
    if (cause.contains(QString::fromLatin1(::strerrordesc_np(ENOSPC)))) { // tools run in the locale C.UTF-8
        return fail(Error::Code::NoSpace, message, Command::tr("Free some space or choose another place."));
    }
    return fail(Error::Code::ToolFailed, message, Command::tr("Look at all that it said."));
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "commandline.h"

#include "cli/bootcommand.h"
#include "cli/buildcommand.h"
#include "cli/checkcommand.h"
#include "cli/exportcommand.h"
#include "cli/handlerscommand.h"
#include "cli/importcommand.h"
#include "cli/plancommand.h"
#include "cli/probecommand.h"
#include "core/process/processrunner.h"
#include "core/process/tools.h"
#include "core/support/nearword.h"

#include <QCoreApplication>

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Usage {
    Q_DECLARE_TR_FUNCTIONS(Usage)
};

QString optionTerm(const QCommandLineOption& option)
{
    QStringList names;
    for (const QString& name : option.names()) {
        names.append((name.size() == 1 ? "-"_L1 : "--"_L1) + name);
    }
    const QString term = names.join(", "_L1);
    return option.valueName().isEmpty() ? term : term + u' ' + option.valueName();
}

QString synopsis(const Command& command)
{
    return QString(command.name() + u' ' + command.arguments()).trimmed();
}

/** Lines of "term  explanation", the terms in a column. */
QString definitionList(const QList<std::pair<QString, QString>>& definitions)
{
    qsizetype width = 0;
    for (const auto& [term, text] : definitions) {
        width = std::max(width, term.size());
    }
    QString lines;
    for (const auto& [term, text] : definitions) {
        lines += "  "_L1 + term.leftJustified(width + 2) + text + u'\n';
    }
    return lines;
}

} // namespace

CommandLine::CommandLine(Console& console) : m_console(console)
{
    m_commands.push_back(std::make_unique<ProbeCommand>());
    m_commands.push_back(std::make_unique<ImportCommand>());
    m_commands.push_back(std::make_unique<CheckCommand>());
    m_commands.push_back(std::make_unique<PlanCommand>());
    m_commands.push_back(std::make_unique<BuildCommand>());
    m_commands.push_back(std::make_unique<ExportCommand>());
    m_commands.push_back(std::make_unique<BootCommand>());
    m_commands.push_back(std::make_unique<HandlersCommand>());
}

QList<QCommandLineOption> CommandLine::commonOptions()
{
    return {
        {u"json"_s, Usage::tr("Write the result as one JSON document.")},
        {{u"q"_s, u"quiet"_s}, Usage::tr("No progress and no messages but errors.")},
        {{u"h"_s, u"help"_s}, Usage::tr("Show this help.")},
    };
}

const Command* CommandLine::find(const QString& name) const
{
    const auto it = std::ranges::find_if(m_commands, [&](const auto& command) { return command->name() == name; });
    return it == m_commands.end() ? nullptr : it->get();
}

QString CommandLine::help() const
{
    QList<std::pair<QString, QString>> verbs;
    for (const auto& command : m_commands) {
        verbs.append({synopsis(*command), command->summary()});
    }
    return Usage::tr("Usage: stowage-cli VERB [ARGUMENTS]") + "\n\n"_L1
        + Usage::tr("Bundles Xen guests into the root file system of a Dom0 host.") + "\n\n"_L1 + definitionList(verbs)
        + u'\n'
        + Usage::tr(
               "An INPUT is a Stowage project (.stowage), BitBake text (.conf, .bb, .inc, .bbappend) or the directory of a bundle; "
               "several are read as one.")
        + u'\n'
        + Usage::tr(
               "See \"stowage-cli help VERB\" for the options of each, \"stowage-cli --version\" for the versions.")
        + u'\n';
}

QString CommandLine::helpOf(const Command& command)
{
    QList<std::pair<QString, QString>> rows;
    for (const QCommandLineOption& option : command.options() + commonOptions()) {
        rows.append({optionTerm(option), option.description()});
    }
    QString text = Usage::tr("Usage: stowage-cli %1 [OPTIONS]").arg(synopsis(command)) + "\n\n"_L1 + command.summary()
        + u'\n';
    if (!command.description().isEmpty()) {
        text += command.description() + u'\n';
    }
    return text + u'\n' + definitionList(rows);
}

ExitStatus CommandLine::reportUnknown(const QString& name)
{
    QByteArrayList verbs;
    QString nearest;
    for (const auto& command : m_commands) {
        verbs.append(command->name().toLatin1());
        nearest = name.size() > 1 && command->name().startsWith(name) ? command->name() : nearest;
    }
    if (nearest.isEmpty()) {
        nearest = QString::fromLatin1(nearWord(name.toUtf8(), verbs));
    }
    const QString remedy = nearest.isEmpty() ? Usage::tr("See: stowage-cli --help")
                                             : Usage::tr("Did you mean \"%1\"?").arg(nearest);
    m_console.usageError(name.startsWith(u'-') ? Usage::tr("Unknown option %1: options follow the verb.").arg(name)
                                               : Usage::tr("There is no verb \"%1\".").arg(name),
                         remedy);
    return ExitStatus::WrongUsage;
}

QString CommandLine::versionText()
{
    QString text = "stowage-cli "_L1 + QStringLiteral(STOWAGE_VERSION) + u'\n';
    ProcessRunner runner;
    const QList<Tool> tools = knownTools();
    for (const Tool& known : tools) {
        const Tool tool = findTool(known.program);
        const QString stated = tool.path.isEmpty() ? Usage::tr("missing (package %1)").arg(tool.package)
                                                   : toolVersion(tool, runner);
        text += "%1: %2\n"_L1.arg(tool.program, stated);
    }
    return text;
}

ExitStatus CommandLine::runWithoutVerb(const QStringList& arguments)
{
    if (arguments.isEmpty()) {
        m_console.writeUsage(help());
        return ExitStatus::WrongUsage;
    }
    const QString& first = arguments.first();
    if (first == "--version"_L1) {
        m_console.writeResult(versionText());
        return ExitStatus::Done;
    }
    if (first != "help"_L1 && first != "--help"_L1 && first != "-h"_L1) {
        return reportUnknown(first);
    }
    if (arguments.size() == 1) {
        m_console.writeResult(help());
        return ExitStatus::Done;
    }
    const Command* command = find(arguments.at(1));
    if (command == nullptr) {
        return reportUnknown(arguments.at(1));
    }
    m_console.writeResult(helpOf(*command));
    return ExitStatus::Done;
}

QCoro::Task<ExitStatus> CommandLine::run(QStringList arguments, std::stop_token stop)
{
    const Command* command = arguments.isEmpty() ? nullptr : find(arguments.first());
    if (command == nullptr) {
        co_return m_console.finish(runWithoutVerb(arguments));
    }
    arguments.removeFirst();
    const ExitStatus status = co_await runCommand(*command, std::move(arguments), std::move(stop));
    co_return m_console.finish(status);
}

QCoro::Task<ExitStatus> CommandLine::runCommand(const Command& command, QStringList arguments, std::stop_token stop)
{
    // Known before the rest is parsed: a mistake in that is told as JSON too.
    m_console.setJson(arguments.first(arguments.indexOf("--"_L1) < 0 ? arguments.size() : arguments.indexOf("--"_L1))
                          .contains("--json"_L1));
    QCommandLineParser parser;
    parser.addOptions(command.options() + commonOptions());
    const bool parsed = parser.parse(QStringList{u"stowage-cli"_s} + arguments);
    if (parser.isSet(u"help"_s)) {
        m_console.setJson(false);
        m_console.writeResult(helpOf(command));
        co_return ExitStatus::Done;
    }
    const QString seeHelp = Usage::tr("See: stowage-cli help %1").arg(command.name());
    if (!parsed) {
        m_console.usageError(parser.errorText(), seeHelp);
        co_return ExitStatus::WrongUsage;
    }
    const qsizetype count = parser.positionalArguments().size();
    if (count < command.leastArguments() || (command.mostArguments() >= 0 && count > command.mostArguments())) {
        m_console.usageError(command.arguments().isEmpty()
                                 ? Usage::tr("\"%1\" takes options only").arg(command.name())
                                 : Usage::tr("\"%1\" takes %2").arg(command.name(), command.arguments()),
                             seeHelp);
        co_return ExitStatus::WrongUsage;
    }
    if (parser.positionalArguments().contains(QString())) {
        m_console.usageError(Usage::tr("An argument is empty."), seeHelp);
        co_return ExitStatus::WrongUsage;
    }
    m_console.setQuiet(parser.isSet(u"quiet"_s));
    Invocation invocation{parser, m_console, std::move(stop)};
    const ExitStatus status = co_await command.run(invocation);
    if (status == ExitStatus::Interrupted) {
        m_console.error(cancelled().error());
    }
    co_return status;
}

} // namespace Stowage

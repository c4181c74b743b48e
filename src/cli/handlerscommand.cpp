// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "handlerscommand.h"

#include "cli/json.h"
#include "core/import/handlerregistry.h"

#include <QCoreApplication>
#include <QCoroFuture>
#include <QtConcurrentRun>

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Handlers {
    Q_DECLARE_TR_FUNCTIONS(Handlers)
};

/** What was asked for. */
struct HandlersTask {
    QStringList add; ///< Absolute, like the next.
    QStringList remove;
    QString show; ///< A type; likewise the next two.
    QString allow;
    QString forbid;
};

struct HandlerList {
    QList<ListedHandler> handlers;
    QList<Error> problems;
    Result<void> done; ///< Of what was asked for.
    QString text; ///< Of the file of the type to show or to allow.
    QString unknown; ///< The type that was named and is not there.
};

Result<void> changePaths(const HandlersTask& task, const HandlerSettings& settings)
{
    for (const QString& path : task.add) {
        const QStringList files = handlerFilesAt(path);
        if (files == QStringList{path}) {
            if (const auto file = readHandlerFile(path); !file) {
                return std::unexpected(file.error());
            }
        }
        if (auto added = settings.addPath(path); !added) {
            return added;
        }
    }
    for (const QString& path : task.remove) {
        if (auto removed = settings.removePath(path); !removed) {
            return removed;
        }
    }
    return {};
}

/** Does what is asked for with one type. */
void changeType(const HandlersTask& task, const HandlerSettings& settings, const CustomHandlers& known,
                HandlerList& list)
{
    for (const QString& type : {task.show, task.allow, task.forbid}) {
        if (type.isEmpty() || !list.done || !list.unknown.isEmpty()) {
            continue;
        }
        const auto found = std::ranges::find(known.handlers, type, &CustomHandler::type);
        if (found == known.handlers.end()) {
            list.unknown = type;
            return;
        }
        const CustomType& definition = (*found)->definition();
        if (type != task.forbid) {
            list.text = QString::fromUtf8(definition.text);
        }
        if (type != task.show) {
            list.done = settings.setAllowed(definition.sha256, type == task.allow);
        }
    }
}

HandlerList work(const HandlersTask& task)
{
    const HandlerSettings settings;
    HandlerList list;
    list.done = changePaths(task, settings);
    CustomHandlers known = loadCustomHandlers(settings);
    if (list.done) {
        changeType(task, settings, known, list);
        known = loadCustomHandlers(settings);
    }
    list.problems = known.problems;
    list.handlers = listHandlers();
    return list;
}

QString toolText(const Tool& tool)
{
    if (!tool.path.isEmpty()) {
        return tool.program;
    }
    return tool.package.isEmpty() ? Handlers::tr("%1 (missing)").arg(printable(tool.program))
                                  : Handlers::tr("%1 (missing, package %2)").arg(tool.program, tool.package);
}

QString handlerText(const ListedHandler& listed)
{
    QString what = Handlers::tr("built in");
    if (listed.own != nullptr) {
        const QString file = printable(listed.own->definition().file);
        what = listed.own->isAllowed() ? Handlers::tr("of %1, allowed").arg(file)
                                       : Handlers::tr("of %1, not allowed yet").arg(file);
    }
    QString text = "%1: %2, %3\n"_L1.arg(listed.handler->type(), listed.handler->title(), what);
    QStringList tools;
    std::ranges::transform(listed.tools, std::back_inserter(tools), &toolText);
    if (!tools.isEmpty()) {
        text += "    "_L1 + Handlers::tr("tools: %1").arg(tools.join(", "_L1)) + u'\n';
    }
    for (const QString& note : listed.own != nullptr ? listed.own->definition().notes : QStringList()) {
        text += "    "_L1 + printable(note) + u'\n';
    }
    return text;
}

QJsonObject toJson(const ListedHandler& listed)
{
    QJsonArray tools;
    for (const Tool& tool : listed.tools) {
        tools.append(QJsonObject{{"program"_L1, tool.program},
                                 {"package"_L1, tool.package.isEmpty() ? QJsonValue() : tool.package},
                                 {"path"_L1, tool.path.isEmpty() ? QJsonValue() : tool.path}});
    }
    QJsonObject object{{"type"_L1, listed.handler->type()},
                       {"title"_L1, listed.handler->title()},
                       {"builtIn"_L1, listed.own == nullptr},
                       {"allowed"_L1, listed.handler->allowed().has_value()},
                       {"usesSize"_L1, listed.handler->usesImageSize()},
                       {"tools"_L1, tools},
                       {"file"_L1, QJsonValue()},
                       {"sha256"_L1, QJsonValue()},
                       {"notes"_L1, QJsonArray()}};
    if (listed.own != nullptr) {
        const CustomType& definition = listed.own->definition();
        object["file"_L1] = definition.file;
        object["sha256"_L1] = QString::fromLatin1(definition.sha256);
        object["notes"_L1] = QJsonArray::fromStringList(definition.notes);
    }
    return object;
}

void writeList(Console& console, const HandlerList& list)
{
    if (console.isJson()) {
        QJsonArray handlers;
        std::ranges::transform(list.handlers, std::back_inserter(handlers),
                               [](const ListedHandler& listed) { return toJson(listed); });
        QJsonArray problems;
        std::ranges::transform(list.problems, std::back_inserter(problems),
                               [](const Error& problem) { return Stowage::toJson(problem); });
        console.writeDocument(QJsonObject{{"handlers"_L1, handlers},
                                          {"problems"_L1, problems},
                                          {"text"_L1, list.text.isEmpty() ? QJsonValue() : list.text}});
        return;
    }
    for (const Error& problem : list.problems) {
        console.warning(problem.message + u' ' + problem.remedy);
    }
    QString text;
    for (const ListedHandler& listed : list.handlers) {
        text += handlerText(listed);
    }
    console.writeResult(list.text.isEmpty() ? text : printableText(list.text));
}

} // namespace

QString HandlersCommand::name() const
{
    return u"handlers"_s;
}

QString HandlersCommand::summary() const
{
    return Handlers::tr("List the import types with their tools, and say which of your own may run.");
}

QString HandlersCommand::arguments() const
{
    return {};
}

QString HandlersCommand::description() const
{
    return Handlers::tr(
        "A type of your own is a shell function xen_guest_import_TYPE in a .sh, .bbclass, .bb, .inc or .bbappend file. Such a "
        "file runs only after you have allowed its text; when that changes, it has to be allowed anew.");
}

QList<QCommandLineOption> HandlersCommand::options() const
{
    return {
        {u"add"_s, Handlers::tr("Look for import types in a file or directory, from now on."), u"PATH"_s},
        {u"remove"_s, Handlers::tr("Look there no more."), u"PATH"_s},
        {u"show"_s, Handlers::tr("Show the text of the file that defines a type."), u"TYPE"_s},
        {u"allow"_s, Handlers::tr("Show that text, and allow that it runs."), u"TYPE"_s},
        {u"forbid"_s, Handlers::tr("Do not allow it any more."), u"TYPE"_s},
    };
}

QCoro::Task<ExitStatus> HandlersCommand::run(Invocation& invocation) const
{
    HandlersTask task;
    const QCommandLineParser& parser = invocation.parser;
    std::ranges::transform(parser.values(u"add"_s), std::back_inserter(task.add), &absolute);
    std::ranges::transform(parser.values(u"remove"_s), std::back_inserter(task.remove), &absolute);
    task.show = parser.value(u"show"_s);
    task.allow = parser.value(u"allow"_s);
    task.forbid = parser.value(u"forbid"_s);
    if (parser.isSet(u"show"_s) + parser.isSet(u"allow"_s) + parser.isSet(u"forbid"_s) > 1) {
        co_return wrongUsage(invocation, Handlers::tr("Only one of --show, --allow and --forbid can be given."));
    }
    const QFuture<HandlerList> working = QtConcurrent::run([task] { return work(task); });
    const HandlerList list = co_await working;
    if (invocation.stop.stop_requested()) {
        co_return ExitStatus::Interrupted;
    }
    if (!list.unknown.isEmpty()) {
        QStringList own;
        std::ranges::transform(customHandlers().handlers, std::back_inserter(own), &CustomHandler::type);
        co_return wrongUsage(invocation,
                             own.isEmpty()
                                 ? Handlers::tr("There is no import type \"%1\" of your own.").arg(list.unknown)
                                 : Handlers::tr("There is no import type \"%1\" of your own; there are: %2.")
                                       .arg(list.unknown, own.join(", "_L1)));
    }
    if (!list.done) {
        invocation.console.error(list.done.error());
        co_return exitStatusFor(list.done.error());
    }
    writeList(invocation.console, list);
    const auto tell = [&](const QString& text) { invocation.console.note(text); };
    if (!task.allow.isEmpty()) {
        tell(Handlers::tr("The import type \"%1\" may run, as long as this text stays as it is.").arg(task.allow));
    } else if (!task.forbid.isEmpty()) {
        tell(Handlers::tr("The import type \"%1\" may not run any more.").arg(task.forbid));
    }
    co_return ExitStatus::Done;
}

} // namespace Stowage

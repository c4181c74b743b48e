// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "handleroptions.h"

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

/** What was read, with the files that were named. */
struct Loaded {
    QStringList files;
    CustomHandlers known;
};

Loaded load(const QStringList& paths, const std::stop_token& stop)
{
    Loaded loaded;
    loaded.known = loadCustomHandlers(HandlerSettings(), paths, stop);
    for (const QString& path : paths) {
        loaded.files += QStringList{path} + handlerFilesAt(path);
    }
    return loaded;
}

} // namespace

QCommandLineOption handlersOption()
{
    return {u"handlers"_s,
            QCoreApplication::translate("Handlers",
                                        "File or directory with import handlers to use, and to allow for this run; may "
                                        "be given more than once."),
            u"PATH"_s};
}

QCoro::Task<bool> loadHandlers(Invocation& invocation)
{
    QStringList paths;
    std::ranges::transform(invocation.parser.values(u"handlers"_s), std::back_inserter(paths), &absolute);
    const QFuture<Loaded> loading = QtConcurrent::run([paths, stop = invocation.stop] { return load(paths, stop); });
    const Loaded loaded = co_await loading;
    bool good = true;
    for (const Error& problem : loaded.known.problems) {
        const QString& file = problem.place.file;
        if (!loaded.files.contains(file)) {
            continue;
        }
        const bool isUsed = std::ranges::any_of(loaded.known.handlers, [&file](const CustomHandler* handler) {
            return handler->definition().file == file;
        });
        if (isUsed || !paths.contains(file)) {
            invocation.console.warning(problem.message);
        } else {
            invocation.console.error(problem);
            good = false;
        }
    }
    co_return good;
}

} // namespace Stowage

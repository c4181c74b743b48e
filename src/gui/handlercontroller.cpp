// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/handlercontroller.h"

#include <QtConcurrentRun>

#include <utility>

using namespace Qt::StringLiterals;

namespace Stowage
{

HandlerController::HandlerController(QObject* parent) : QObject(parent)
{
    m_pool.setMaxThreadCount(1); // What was asked first is done first.
}

HandlerController::~HandlerController()
{
    m_stop.request_stop();
    m_pool.waitForDone();
}

void HandlerController::refresh()
{
    apply([](const HandlerSettings&) { return Result<void>(); });
}

void HandlerController::addPaths(const QStringList& paths)
{
    apply([paths](const HandlerSettings& settings) {
        Result<void> done;
        for (const QString& path : paths) {
            done = done ? settings.addPath(path) : done;
        }
        return done;
    });
}

void HandlerController::removePath(const QString& path)
{
    apply([path](const HandlerSettings& settings) { return settings.removePath(path); });
}

void HandlerController::setAllowed(const QByteArray& sha256, bool allowed)
{
    apply([sha256, allowed](const HandlerSettings& settings) { return settings.setAllowed(sha256, allowed); });
}

void HandlerController::apply(const Change& change)
{
    const int request = ++m_request;
    QtConcurrent::run(&m_pool, [change, stop = m_stop.get_token()] {
        const HandlerSettings settings;
        const Result<void> done = change(settings);
        const CustomHandlers known = loadCustomHandlers(settings, {}, stop);
        return std::pair(HandlerOverview{settings.paths(), listHandlers(), known.problems}, done);
    }).then(this, [this, request](const std::pair<HandlerOverview, Result<void>>& answer) {
        deliver(request, answer.first, answer.second);
    });
}

void HandlerController::deliver(int request, const HandlerOverview& overview, const Result<void>& done)
{
    if (request == m_request) {
        show(overview);
    }
    if (!done) {
        Q_EMIT failed(done.error().remedy.isEmpty() ? done.error().message
                                                    : u"%1 %2"_s.arg(done.error().message, done.error().remedy));
    }
}

void HandlerController::show(const HandlerOverview& overview)
{
    m_overview = overview;
    Q_EMIT overviewChanged();
    QList<const CustomHandler*> own;
    for (const ListedHandler& listed : overview.handlers) {
        if (listed.own != nullptr) {
            own.append(listed.own);
        }
    }
    if (std::exchange(m_own, own) != own) {
        Q_EMIT handlersChanged();
    }
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/import/handlerregistry.h"

#include <QObject>
#include <QThreadPool>

#include <functional>

namespace Stowage
{

/** The import handlers as the window shows them. */
struct HandlerOverview {
    QStringList paths; ///< Files and directories of the settings.
    QList<ListedHandler> handlers;
    QList<Error> problems; ///< Of files and types that cannot be used.
};

/**
 * Reads the import handlers of the user's settings, and changes these, on a worker thread, one thing after the other; the latest
 * answer wins.
 */
class HandlerController : public QObject
{
    Q_OBJECT

public:
    explicit HandlerController(QObject* parent = nullptr);
    /** Stops the worker and waits for it. */
    ~HandlerController() override;

    [[nodiscard]] const HandlerOverview& overview() const { return m_overview; }

    /** Reads everything anew. */
    void refresh();
    void addPaths(const QStringList& paths);
    void removePath(const QString& path);
    /** Allows that the text with this @p sha256 runs, or does no more. */
    void setAllowed(const QByteArray& sha256, bool allowed);

Q_SIGNALS:
    /** overview() is new. */
    void overviewChanged();
    /** There are other handlers than before, or they may run now, or no more. */
    void handlersChanged();
    /** A change of the settings did not work. */
    void failed(const QString& text);

private:
    using Change = std::function<Result<void>(const HandlerSettings& settings)>;

    void apply(const Change& change);
    void deliver(int request, const HandlerOverview& overview, const Result<void>& done);
    void show(const HandlerOverview& overview);

    QThreadPool m_pool;
    std::stop_source m_stop;
    HandlerOverview m_overview;
    QList<const CustomHandler*> m_own;
    int m_request = 0;
};

} // namespace Stowage

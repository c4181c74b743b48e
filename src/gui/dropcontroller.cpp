// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/dropcontroller.h"

#include "gui/dropoverlay.h"

#include <QDropEvent>
#include <QFileInfo>
#include <QMimeData>
#include <QUrl>
#include <QWidget>

#include <chrono>

using namespace std::chrono_literals;

namespace Stowage
{

namespace
{

QStringList localPaths(const QMimeData* data)
{
    QStringList paths;
    const QList<QUrl> urls = data->urls();
    for (const QUrl& url : urls) {
        if (url.isLocalFile()) {
            paths.append(url.toLocalFile());
        }
    }
    return paths;
}

} // namespace

DropController::DropController(QWidget* window) : QObject(window), m_window(window), m_overlay(new DropOverlay(window))
{
    window->setAcceptDrops(true);
    window->installEventFilter(this);
    m_leaveDelay.setSingleShot(true);
    m_leaveDelay.setInterval(120ms);
    connect(&m_leaveDelay, &QTimer::timeout, this, &DropController::leave);
}

bool DropController::eventFilter(QObject* watched, QEvent* event)
{
    switch (event->type()) {
    case QEvent::DragEnter:
    case QEvent::DragMove:
        return dragEntered(*static_cast<QDropEvent*>(event));
    case QEvent::DragLeave:
        // Moving from one widget to another leaves, too.
        m_leaveDelay.start();
        return true;
    case QEvent::Drop: {
        auto* drop = static_cast<QDropEvent*>(event);
        const QStringList paths = localPaths(drop->mimeData());
        leave();
        if (paths.isEmpty()) {
            return false;
        }
        drop->setDropAction(Qt::CopyAction);
        drop->accept();
        Q_EMIT dropped(paths);
        return true;
    }
    default:
        return QObject::eventFilter(watched, event);
    }
}

bool DropController::dragEntered(QDropEvent& event)
{
    const QStringList paths = localPaths(event.mimeData());
    if (paths.isEmpty()) {
        return false;
    }
    m_leaveDelay.stop();
    event.setDropAction(Qt::CopyAction);
    event.accept();
    if (paths != m_hovering || !m_overlay->isVisible()) {
        m_hovering = paths;
        QStringList names;
        for (const QString& path : paths) {
            names.append(QFileInfo(path).fileName());
        }
        m_overlay->showText(tr("Drop to add"), names);
        Q_EMIT descriptionWanted(paths);
    }
    return true;
}

void DropController::showDescription(const QStringList& lines, bool usable)
{
    if (m_overlay->isVisible()) {
        m_overlay->showText(usable ? tr("Drop to add") : tr("Nothing here that Stowage can use"), lines);
    }
}

void DropController::leave()
{
    m_leaveDelay.stop();
    m_hovering.clear();
    m_overlay->hide();
}

} // namespace Stowage

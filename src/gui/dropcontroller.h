// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QObject>
#include <QStringList>
#include <QTimer>

class QDropEvent;
class QMimeData;
class QWidget;

namespace Stowage
{

class DropOverlay;

/** Takes files and directories that are dropped anywhere on a window, and says over it what will become of them. */
class DropController : public QObject
{
    Q_OBJECT

public:
    /** Watches the events of @p window, which owns this. */
    explicit DropController(QWidget* window);

    /** What dropping the files will do; shown while they hover. */
    void showDescription(const QStringList& lines, bool usable);

Q_SIGNALS:
    /** Files hover over the window: what would become of them? */
    void descriptionWanted(const QStringList& paths);
    void dropped(const QStringList& paths);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    bool dragEntered(QDropEvent& event);
    void leave();

    QWidget* m_window;
    DropOverlay* m_overlay;
    QTimer m_leaveDelay;
    QStringList m_hovering;
};

} // namespace Stowage

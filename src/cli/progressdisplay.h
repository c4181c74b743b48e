// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "cli/console.h"
#include "core/jobs/jobqueue.h"

#include <QElapsedTimer>
#include <QHash>
#include <QTimer>

namespace Stowage
{

/** The warnings of @p job, without the error it failed with. */
[[nodiscard]] QStringList warningsOf(const Job& job);
/** The command that a failed job ran last and what that said; empty for all else. */
[[nodiscard]] QStringList outputOf(const Job& job);

/**
 * Shows how far the jobs of a queue are, as the console wants it, for as long as it lives: percent, bytes, speed, time
 * left. Jobs that report no bytes are not shown. Lives on the queue's thread.
 */
class ProgressDisplay : public QObject
{
    Q_OBJECT

public:
    ProgressDisplay(const JobQueue& queue, Console& console);
    ~ProgressDisplay() override;

private:
    struct Printed {
        qint64 percent = 0;
        QElapsedTimer since; ///< Of the last line; invalid before the first.
    };

    void update();
    void drawBar();
    void printLines();

    const JobQueue& m_queue;
    Console& m_console;
    QTimer m_timer;
    QHash<const Job*, Printed> m_printed;
};

} // namespace Stowage

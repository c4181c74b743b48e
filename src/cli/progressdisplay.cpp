// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "progressdisplay.h"

#include "core/support/units.h"

#include <algorithm>
#include <chrono>

namespace Stowage
{

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace
{

constexpr qint64 PercentStep = 10; ///< Between two lines of a job.
constexpr qint64 LineMilliseconds = 1000;

QString duration(qint64 seconds)
{
    const auto two = [](qint64 number) { return QString::number(number).rightJustified(2, u'0'); };
    const qint64 minutes = seconds / 60;
    return minutes < 60 ? QString::number(minutes) + u':' + two(seconds % 60)
                        : QString::number(minutes / 60) + u':' + two(minutes % 60) + u':' + two(seconds % 60);
}

qint64 percentOf(qint64 done, qint64 total)
{
    return total <= 0
        ? 0
        : std::clamp<qint64>(static_cast<qint64>(100.0 * static_cast<double>(done) / static_cast<double>(total)), 0,
                             100);
}

} // namespace

ProgressDisplay::ProgressDisplay(const JobQueue& queue, Console& console) : m_queue(queue), m_console(console)
{
    if (console.progress() == Console::Progress::None) {
        return;
    }
    connect(&m_timer, &QTimer::timeout, this, &ProgressDisplay::update);
    m_timer.start(console.progress() == Console::Progress::Bar ? 100ms : 250ms);
}

ProgressDisplay::~ProgressDisplay()
{
    m_console.clearProgress();
}

void ProgressDisplay::update()
{
    if (m_console.progress() == Console::Progress::Bar) {
        drawBar();
    } else {
        printLines();
    }
}

void ProgressDisplay::drawBar()
{
    qint64 done = 0;
    qint64 total = 0;
    qint64 speed = 0;
    int running = 0;
    QString title;
    for (const Job* job : m_queue.jobs()) {
        const ProgressSnapshot progress = job->progress();
        if (job->state() != Job::State::Running || progress.total <= 0) {
            continue;
        }
        done += std::min(progress.done, progress.total);
        total += progress.total;
        speed += job->speed();
        title = running++ == 0 ? job->title() : title;
    }
    if (running == 0) {
        m_console.clearProgress();
        return;
    }
    constexpr qint64 Cells = 20;
    const qint64 percent = percentOf(done, total);
    const qint64 filled = percent * Cells / 100;
    QString line = u'[' + QString(filled, u'#') + QString(Cells - filled, u'.') + "] "_L1
        + tr("%1 %  %2 of %3").arg(percent, 3).arg(formatBytes(done), formatBytes(total));
    if (speed > 0) {
        line += "  "_L1 + tr("%1/s, %2 left").arg(formatBytes(speed), duration((total - done) / speed));
    }
    line += "  "_L1 + printable(title) + (running > 1 ? " "_L1 + tr("and %1 more").arg(running - 1) : QString());
    constexpr int UsualWidth = 80;
    const int width = m_console.width() > 1 ? m_console.width() : UsualWidth;
    m_console.drawProgress(line.left(width - 1)); // a full line would wrap
}

void ProgressDisplay::printLines()
{
    for (const Job* job : m_queue.jobs()) {
        const ProgressSnapshot progress = job->progress();
        if (job->state() != Job::State::Running || progress.total <= 0) {
            continue;
        }
        Printed& printed = m_printed[job];
        const qint64 percent = percentOf(progress.done, progress.total);
        const bool early = printed.since.isValid() && printed.since.elapsed() < LineMilliseconds;
        if (early || (printed.since.isValid() && percent < printed.percent + PercentStep)) {
            continue;
        }
        printed.percent = percent - percent % PercentStep;
        printed.since.start();
        m_console.note(tr("%1: %2 % of %3").arg(job->title()).arg(percent).arg(formatBytes(progress.total)));
    }
}

QStringList warningsOf(const Job& job)
{
    QStringList warnings;
    for (const JobReport::Line& line : job.report().lines()) {
        if (line.kind == JobReport::Kind::Warning) {
            warnings.append(line.text);
        }
    }
    if (job.state() == Job::State::Failed) {
        warnings.removeOne(job.error().message);
    }
    return warnings;
}

QStringList outputOf(const Job& job)
{
    QStringList output;
    if (job.state() != Job::State::Failed) {
        return output;
    }
    for (const JobReport::Line& line : job.report().lines()) {
        if (line.kind == JobReport::Kind::Command) {
            output = {u"$ "_s + line.text};
        } else if (line.kind == JobReport::Kind::Output) {
            output.append(line.text);
        }
    }
    return output.size() > 1 ? output : QStringList();
}

} // namespace Stowage

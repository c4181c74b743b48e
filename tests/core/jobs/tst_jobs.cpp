// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/jobs/jobqueue.h"
#include "core/support/filecopy.h"
#include "core/support/units.h"
#include "fixtures.h"

#include <QSemaphore>
#include <QTemporaryDir>

#include <thread>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using State = Job::State;

namespace
{

Result<void> nothing(JobContext&)
{
    return {};
}

void waitForStop(const std::stop_token& stop)
{
    while (!stop.stop_requested()) {
        std::this_thread::sleep_for(1ms);
    }
}

/** Work that runs until it is asked to stop. */
Result<void> untilStopped(JobContext& context)
{
    waitForStop(context.stop);
    return cancelled();
}

/** Notes each state of a job, and that the end comes once and last. */
class Watcher : public QObject
{
public:
    explicit Watcher(Job* job)
    {
        connect(job, &Job::stateChanged, this, [this](State state) { states.append(state); });
        connect(job, &Job::finished, this, [this, job] {
            ++ends;
            finishedInEndState = job->isFinished() && states.constLast() == job->state();
            onThread = QThread::currentThread();
        });
    }

    QList<State> states;
    int ends = 0;
    bool finishedInEndState = false;
    QThread* onThread = nullptr;
};

} // namespace

class TestJobs : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void endStates_data();
    void endStates();
    void exceptionsBecomeErrors_data();
    void exceptionsBecomeErrors();

    void cancelWaiting();
    void cancelRunning();
    void cancelAtTheStartOfWork();
    void cancelAfterTheEnd();
    void cancelTooLateIsNoCancel();
    void cancelWithAnotherError();
    void cancelCopyInTheMiddle();
    void cancelAll();

    void runsSideBySideInOrder();
    void maxRunningCanChange();
    void maxRunningDefault();
    void idleAfterTheListeners();
    void signalsOfTheList();
    void listenersMayChangeTheQueue();
    void keptJobsStay();
    void manySmallJobs();

    void queueDestroyedWhileRunning();
    void queueDestroyedWithResultsUnderWay();
    void workIsGivenBackBeforeTheEnd();

    void progressIsSampled();
    void progressBeyondInt();
    void progressFromManyThreads();

    void reportText();
    void reportFromManyThreads();
    void reportHoldsTheError();
};

void TestJobs::endStates_data()
{
    QTest::addColumn<int>("code");
    QTest::addColumn<State>("state");
    QTest::newRow("success") << -1 << State::Succeeded;
    QTest::newRow("failure") << static_cast<int>(Error::Code::NoSpace) << State::Failed;
    QTest::newRow("stopped by itself") << static_cast<int>(Error::Code::Cancelled) << State::Cancelled;
}

void TestJobs::endStates()
{
    QFETCH(int, code);
    QFETCH(State, state);
    JobQueue queue;
    QThread* ranOn = nullptr;
    Job* job = queue.add(u"Title"_s, [&ranOn, code](JobContext&) -> Result<void> {
        ranOn = QThread::currentThread();
        return code < 0 ? Result<void>() : fail(static_cast<Error::Code>(code), u"cause"_s, u"remedy"_s);
    });
    QCOMPARE(job->title(), u"Title"_s);
    QCOMPARE(job->state(), State::Running);
    Watcher watcher(job);
    QTRY_VERIFY(job->isFinished());
    QCOMPARE(job->state(), state);
    QCOMPARE(watcher.states, QList<State>{state});
    QCOMPARE(watcher.ends, 1);
    QVERIFY(watcher.finishedInEndState);
    QCOMPARE(watcher.onThread, QThread::currentThread());
    QCOMPARE_NE(ranOn, QThread::currentThread());
    QCOMPARE(job->error().message, state == State::Failed ? u"cause"_s : QString());
    QCOMPARE(job->error().remedy, state == State::Failed ? u"remedy"_s : QString());
}

void TestJobs::exceptionsBecomeErrors_data()
{
    QTest::addColumn<int>("kind");
    QTest::addColumn<QString>("text");
    QTest::newRow("memory") << 0 << u"memory"_s;
    QTest::newRow("standard") << 1 << u"from below"_s;
    QTest::newRow("anything") << 2 << u"internal error"_s;
}

void TestJobs::exceptionsBecomeErrors()
{
    QFETCH(int, kind);
    QFETCH(QString, text);
    JobQueue queue;
    Job* job = queue.add({}, [kind](JobContext&) -> Result<void> {
        switch (kind) {
        case 0:
            throw std::bad_alloc();
        case 1:
            throw std::runtime_error("from below");
        default:
            throw 5;
        }
    });
    QTRY_COMPARE(job->state(), State::Failed);
    QVERIFY2(job->error().message.contains(text), qPrintable(job->error().message));
    QVERIFY(!job->error().remedy.isEmpty());
}

void TestJobs::cancelWaiting()
{
    JobQueue queue;
    queue.setMaxRunning(1);
    Job* first = queue.add({}, untilStopped);
    std::atomic<bool> ran = false;
    Job* second = queue.add({}, [&ran](JobContext&) -> Result<void> {
        ran = true;
        return {};
    });
    QCOMPARE(second->state(), State::Waiting);
    Watcher watcher(second);
    second->cancel();
    QCOMPARE(second->state(), State::Cancelled); // At once, nothing has to end first.
    second->cancel();
    first->cancel();
    QTRY_VERIFY(queue.isIdle());
    QCOMPARE(watcher.states, QList<State>{State::Cancelled});
    QCOMPARE(watcher.ends, 1);
    QVERIFY(!ran);
}

void TestJobs::cancelRunning()
{
    JobQueue queue;
    std::atomic<bool> returned = false;
    QSemaphore mayReturn;
    Job* job = queue.add({}, [&](JobContext& context) -> Result<void> {
        const auto result = untilStopped(context);
        mayReturn.acquire();
        returned = true;
        return result;
    });
    Watcher watcher(job);
    job->cancel();
    QTest::qWait(150);
    QCOMPARE(job->state(), State::Running); // Until the work has really stopped.
    QCOMPARE(watcher.ends, 0);
    mayReturn.release();
    QTRY_COMPARE(job->state(), State::Cancelled);
    QVERIFY(returned);
    QCOMPARE(watcher.ends, 1);
    QCOMPARE(job->error(), Error());
}

void TestJobs::cancelAtTheStartOfWork()
{
    JobQueue queue;
    queue.setMaxRunning(1);
    Job* job = queue.add({}, [](JobContext& context) -> Result<void> {
        context.progress.setTotal(100);
        return context.stop.stop_requested() ? cancelled() : untilStopped(context);
    });
    job->cancel();
    QTRY_COMPARE(job->state(), State::Cancelled);
    QCOMPARE(job->progress().done, 0);
}

void TestJobs::cancelAfterTheEnd()
{
    JobQueue queue;
    Job* job = queue.add({}, nothing);
    QTRY_COMPARE(job->state(), State::Succeeded);
    Watcher watcher(job);
    job->cancel();
    queue.cancelAll();
    QTest::qWait(50);
    QCOMPARE(job->state(), State::Succeeded);
    QCOMPARE(watcher.ends, 0);
}

void TestJobs::cancelTooLateIsNoCancel()
{
    // What was done although a stop was asked for is done: the result is there.
    JobQueue queue;
    Job* job = queue.add({}, [](JobContext& context) -> Result<void> {
        waitForStop(context.stop);
        return {};
    });
    job->cancel();
    QTRY_COMPARE(job->state(), State::Succeeded);
}

void TestJobs::cancelWithAnotherError()
{
    JobQueue queue;
    Job* job = queue.add({}, [](JobContext& context) -> Result<void> {
        waitForStop(context.stop);
        return fail(Error::Code::Io, u"broken pipe"_s);
    });
    job->cancel();
    QTRY_COMPARE(job->state(), State::Cancelled);
    QVERIFY(job->report().toText().contains("broken pipe"_L1));
}

void TestJobs::cancelCopyInTheMiddle()
{
    const QTemporaryDir directory;
    const QString source = directory.filePath(u"source"_s);
    const QString destination = directory.filePath(u"destination"_s);
    writeFile(source, QByteArray(64 * MiB, 'x'));
    JobQueue queue;
    // Copies until it is stopped, as long as the disk may be fast.
    Job* job = queue.add({}, [&](JobContext& context) -> Result<void> {
        for (;;) {
            if (auto copied = copyFile(source, destination, context.stop, context.progress); !copied) {
                return copied;
            }
            QFile::remove(destination);
        }
    });
    QTRY_COMPARE_GT(job->progress().done, 0);
    job->cancel();
    QTRY_COMPARE(job->state(), State::Cancelled);
    QVERIFY(!QFileInfo::exists(destination));
}

void TestJobs::cancelAll()
{
    JobQueue queue;
    queue.setMaxRunning(2);
    QSignalSpy idle(&queue, &JobQueue::idle);
    std::atomic<int> started = 0;
    for (int i = 0; i < 10; ++i) {
        queue.add({}, [&](JobContext& context) {
            ++started;
            return untilStopped(context);
        });
    }
    queue.cancelAll();
    QTRY_COMPARE(idle.count(), 1);
    const QList<Job*> jobs = queue.jobs();
    QVERIFY(std::ranges::all_of(jobs, [](const Job* job) { return job->state() == State::Cancelled; }));
    QCOMPARE_LE(started.load(), 2);
    QTest::qWait(50);
    QCOMPARE(idle.count(), 1);
}

void TestJobs::runsSideBySideInOrder()
{
    JobQueue queue;
    queue.setMaxRunning(3);
    QSemaphore go;
    std::atomic<int> running = 0;
    std::atomic<int> most = 0;
    QList<int> order;
    for (int i = 0; i < 9; ++i) {
        Job* job = queue.add({}, [&](JobContext&) -> Result<void> {
            const int now = ++running;
            int seen = most;
            while (now > seen && !most.compare_exchange_weak(seen, now)) {
            }
            go.acquire();
            --running;
            return {};
        });
        connect(job, &Job::stateChanged, this, [&order, i](State state) {
            if (state == State::Running) {
                order.append(i);
            }
        });
    }
    QTRY_COMPARE(running, 3);
    QTest::qWait(50);
    QCOMPARE(running, 3);
    go.release(9);
    QTRY_VERIFY(queue.isIdle());
    QCOMPARE(most, 3);
    QCOMPARE(order, (QList<int>{3, 4, 5, 6, 7, 8})); // The first three were started by add() itself.
}

void TestJobs::maxRunningCanChange()
{
    JobQueue queue;
    queue.setMaxRunning(1);
    Job* first = queue.add({}, untilStopped);
    Job* second = queue.add({}, untilStopped);
    QCOMPARE(second->state(), State::Waiting);
    queue.setMaxRunning(2);
    QCOMPARE(second->state(), State::Running);
    queue.setMaxRunning(0);
    QCOMPARE(queue.maxRunning(), 1);
    Job* third = queue.add({}, nothing);
    first->cancel();
    QTRY_VERIFY(first->isFinished());
    QTest::qWait(50);
    QCOMPARE(third->state(), State::Waiting);
    second->cancel();
    QTRY_COMPARE(third->state(), State::Succeeded);
}

void TestJobs::maxRunningDefault()
{
    QCOMPARE(JobQueue().maxRunning(), std::max(2, QThread::idealThreadCount()));
}

void TestJobs::idleAfterTheListeners()
{
    // A follow-up that a listener adds belongs to the same busy time.
    JobQueue queue;
    QVERIFY(queue.isIdle());
    QSignalSpy idle(&queue, &JobQueue::idle);
    bool followUpRan = false;
    Job* job = queue.add({}, nothing);
    connect(job, &Job::finished, this, [&] {
        queue.add({}, [&](JobContext&) -> Result<void> {
            followUpRan = true;
            return {};
        });
    });
    QVERIFY(!queue.isIdle());
    QTRY_COMPARE(idle.count(), 1);
    QVERIFY(followUpRan);
    QVERIFY(queue.isIdle());
    queue.add({}, nothing);
    QTRY_COMPARE(idle.count(), 2);
}

void TestJobs::signalsOfTheList()
{
    JobQueue queue;
    queue.setMaxRunning(1);
    QSignalSpy added(&queue, &JobQueue::jobAdded);
    QSignalSpy aboutToBeRemoved(&queue, &JobQueue::jobAboutToBeRemoved);
    QSignalSpy removed(&queue, &JobQueue::jobRemoved);
    Job* first = queue.add({}, nothing);
    Job* second = queue.add({}, untilStopped);
    const QPointer<Job> firstGuard = first;
    Job* third = queue.add({}, nothing);
    third->cancel();
    QTRY_COMPARE(first->state(), State::Succeeded);
    QTRY_COMPARE(second->state(), State::Running);
    QCOMPARE(added, (QList<QVariantList>{{0}, {1}, {2}}));
    connect(&queue, &JobQueue::jobAboutToBeRemoved, this,
            [&](int index) { QVERIFY(queue.jobs().at(index)->isFinished()); });
    queue.clearFinished();
    QCOMPARE(queue.jobs(), QList<Job*>{second});
    QCOMPARE(aboutToBeRemoved, (QList<QVariantList>{{2}, {0}}));
    QCOMPARE(removed, aboutToBeRemoved);
    QTRY_VERIFY(firstGuard.isNull());
    second->cancel();
}

void TestJobs::listenersMayChangeTheQueue()
{
    JobQueue queue;
    int ends = 0;
    for (int i = 0; i < 20; ++i) {
        Job* job = queue.add({}, nothing);
        connect(job, &Job::stateChanged, this, [&](State) { queue.clearFinished(); });
        connect(job, &Job::finished, this, [&] {
            ++ends;
            queue.clearFinished();
            queue.cancelAll();
        });
    }
    QTRY_COMPARE(ends, 20);
    QTRY_VERIFY(queue.isIdle());
}

void TestJobs::keptJobsStay()
{
    JobQueue queue;
    Job* kept = queue.add({}, nothing);
    kept->setKept(true);
    static_cast<void>(queue.add({}, nothing));
    QTRY_VERIFY(queue.isIdle());
    queue.clearFinished();
    QCOMPARE(queue.jobs(), QList<Job*>{kept});
    kept->setKept(false);
    queue.clearFinished();
    QVERIFY(queue.jobs().isEmpty());
}

void TestJobs::manySmallJobs()
{
    JobQueue queue;
    QSignalSpy idle(&queue, &JobQueue::idle);
    std::atomic<int> ran = 0;
    int ends = 0;
    for (int i = 0; i < 1000; ++i) {
        Job* job = queue.add(QString::number(i), [&ran](JobContext& context) -> Result<void> {
            context.progress.setTotal(1);
            context.progress.advance(1);
            ++ran;
            return {};
        });
        connect(job, &Job::finished, this, [&ends] { ++ends; });
    }
    QTRY_COMPARE_WITH_TIMEOUT(idle.count(), 1, 20000);
    QCOMPARE(ran, 1000);
    QCOMPARE(ends, 1000);
    queue.clearFinished();
    QVERIFY(queue.jobs().isEmpty());
}

void TestJobs::queueDestroyedWhileRunning()
{
    std::atomic<int> started = 0;
    std::atomic<int> returned = 0;
    {
        JobQueue queue;
        queue.setMaxRunning(2);
        for (int i = 0; i < 5; ++i) {
            queue.add({}, [&](JobContext& context) {
                ++started;
                auto result = untilStopped(context);
                std::this_thread::sleep_for(20ms);
                ++returned;
                return result;
            });
        }
        QTRY_COMPARE(started, 2);
    }
    QCOMPARE(started, 2);
    QCOMPARE(returned, 2);
    QCoreApplication::processEvents();
}

void TestJobs::queueDestroyedWithResultsUnderWay()
{
    for (int round = 0; round < 200; ++round) {
        JobQueue queue;
        for (int i = 0; i < 4; ++i) {
            queue.add({}, nothing);
        }
        if (round % 2 == 0) {
            QCoreApplication::processEvents();
        }
        queue.clearFinished();
    }
    QCoreApplication::processEvents();
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
}

void TestJobs::workIsGivenBackBeforeTheEnd()
{
    JobQueue queue;
    auto held = std::make_shared<int>(1);
    Job* job = queue.add({}, [held](JobContext&) -> Result<void> { return {}; });
    bool alone = false;
    connect(job, &Job::finished, this, [&] { alone = held.use_count() == 1; });
    QTRY_VERIFY(job->isFinished());
    QVERIFY(alone);
}

void TestJobs::progressIsSampled()
{
    JobQueue queue;
    Job* job = queue.add({}, [](JobContext& context) -> Result<void> {
        context.progress.setTotal(100 * MiB);
        context.progress.setStep(u"Copying"_s);
        while (!context.stop.stop_requested()) {
            context.progress.advance(MiB / 10);
            std::this_thread::sleep_for(10ms);
        }
        return {};
    });
    QElapsedTimer clock;
    clock.start();
    QSignalSpy changed(job, &Job::progressChanged);
    QTest::qWait(1050);
    const qint64 most = clock.elapsed() / 100 + 1;
    QCOMPARE_LE(changed.count(), most);
    QCOMPARE_GE(changed.count(), 3);
    QCOMPARE(job->progress().total, 100 * MiB);
    QCOMPARE(job->progress().step, u"Copying"_s);
    QCOMPARE_GT(job->progress().done, 0);
    QCOMPARE_GT(job->speed(), MiB / 2);
    QCOMPARE_LE(job->speed(), 11 * MiB);
    QCOMPARE_GE(job->secondsLeft(), 7);
    QCOMPARE_LE(job->secondsLeft(), 200);
    job->cancel();
    QTRY_VERIFY(job->isFinished());
    QCOMPARE(job->speed(), 0);
    QCOMPARE(job->secondsLeft(), -1);
    QTest::qWait(150);
    const auto after = changed.count();
    QTest::qWait(250);
    QCOMPARE(changed.count(), after);
}

void TestJobs::progressBeyondInt()
{
    JobQueue queue;
    Job* job = queue.add({}, [](JobContext& context) -> Result<void> {
        context.progress.setTotal(9000 * GiB);
        context.progress.setDone(4500 * GiB);
        context.progress.advance(5);
        return {};
    });
    QSignalSpy changed(job, &Job::progressChanged);
    QTRY_VERIFY(job->isFinished());
    QCOMPARE(job->progress(), (ProgressSnapshot{4500 * GiB + 5, 9000 * GiB, {}}));
    QVERIFY(changed.count() >= 1); // The last word is told even when the job was quick.
}

void TestJobs::progressFromManyThreads()
{
    Progress progress;
    {
        std::vector<std::jthread> threads;
        threads.reserve(4);
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                for (int k = 0; k < 20000; ++k) {
                    progress.advance(3);
                    if (k % 1000 == 0) {
                        progress.setStep(QString::number(k));
                        (void)progress.snapshot();
                    }
                }
            });
        }
    }
    QCOMPARE(progress.snapshot().done, 240000);
}

void TestJobs::reportText()
{
    JobReport report;
    QCOMPARE(report.toText(), QString());
    report.add(JobReport::Kind::Message, u"Start"_s);
    report.add(JobReport::Kind::Command, u"qemu-img info 'a b'"_s);
    report.add(JobReport::Kind::Output, u"one\ntwo\n"_s);
    report.add(JobReport::Kind::Warning, u"Odd"_s);
    QCOMPARE(report.lines().size(), 4);
    QCOMPARE(report.lines().at(1).kind, JobReport::Kind::Command);
    QString text = report.toText();
    static const QRegularExpression time(u"^\\d\\d:\\d\\d:\\d\\d\\.\\d\\d\\d  "_s, QRegularExpression::MultilineOption);
    QCOMPARE(text.count(time), 5);
    text.remove(time);
    QCOMPARE(text, u"Start\n$ qemu-img info 'a b'\n| one\n| two\n! Odd\n"_s);
}

void TestJobs::reportFromManyThreads()
{
    JobReport report;
    {
        std::vector<std::jthread> threads;
        threads.reserve(4);
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&, i] {
                for (int k = 0; k < 500; ++k) {
                    report.add(JobReport::Kind::Message, u"%1 %2"_s.arg(i).arg(k));
                }
            });
        }
        (void)report.toText();
    }
    QList<int> next(4, 0);
    const QList<JobReport::Line> lines = report.lines();
    QCOMPARE(lines.size(), 2000);
    for (const JobReport::Line& line : lines) {
        const QStringList words = line.text.split(u' ');
        QCOMPARE(words.at(1).toInt(), next[words.at(0).toInt()]++);
    }
}

void TestJobs::reportHoldsTheError()
{
    JobQueue queue;
    Job* job = queue.add({}, [](JobContext& context) -> Result<void> {
        context.report.add(JobReport::Kind::Message, u"first"_s);
        return fail(Error::Code::Io, u"the disk is gone"_s);
    });
    QTRY_COMPARE(job->state(), State::Failed);
    QCOMPARE(job->report().lines().size(), 2);
    QCOMPARE(job->report().lines().constLast().kind, JobReport::Kind::Warning);
    QCOMPARE(job->report().lines().constLast().text, u"the disk is gone"_s);
}

QTEST_GUILESS_MAIN(TestJobs)

#include "tst_jobs.moc"

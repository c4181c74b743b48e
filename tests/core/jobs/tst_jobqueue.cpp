// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "jobwork.h"

#include <QSemaphore>

#include <thread>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using State = Job::State;

class TestJobQueue : public QObject
{
    Q_OBJECT

private Q_SLOTS:
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
};

void TestJobQueue::cancelAll()
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

void TestJobQueue::runsSideBySideInOrder()
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

void TestJobQueue::maxRunningCanChange()
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

void TestJobQueue::maxRunningDefault()
{
    QCOMPARE(JobQueue().maxRunning(), std::max(2, QThread::idealThreadCount()));
}

void TestJobQueue::idleAfterTheListeners()
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

void TestJobQueue::signalsOfTheList()
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

void TestJobQueue::listenersMayChangeTheQueue()
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

void TestJobQueue::keptJobsStay()
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

void TestJobQueue::manySmallJobs()
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

void TestJobQueue::queueDestroyedWhileRunning()
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

void TestJobQueue::queueDestroyedWithResultsUnderWay()
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

void TestJobQueue::workIsGivenBackBeforeTheEnd()
{
    JobQueue queue;
    auto held = std::make_shared<int>(1);
    Job* job = queue.add({}, [held](JobContext&) -> Result<void> { return {}; });
    bool alone = false;
    connect(job, &Job::finished, this, [&] { alone = held.use_count() == 1; });
    QTRY_VERIFY(job->isFinished());
    QVERIFY(alone);
}

QTEST_GUILESS_MAIN(TestJobQueue)
#include "tst_jobqueue.moc"

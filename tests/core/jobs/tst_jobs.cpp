// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/support/filecopy.h"
#include "core/support/units.h"
#include "fixtures.h"
#include "jobwork.h"

#include <QSemaphore>
#include <QTemporaryDir>

#include <thread>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using State = Job::State;

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

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "commands.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QThreadPool>
#include <QtTest>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <thread>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using State = CommandOutcome::State;

namespace
{

/** Whether a process works still; one that ended and was not reaped yet does not. */
bool isAlive(qint64 pid)
{
    QFile stat(u"/proc/%1/stat"_s.arg(pid));
    if (!stat.open(QIODevice::ReadOnly)) {
        return false;
    }
    const QByteArray text = stat.readAll();
    return !text.isEmpty() && text.mid(text.lastIndexOf(')') + 2, 1) != "Z";
}

/** Requests a stop after @p delay, from another thread. */
class StopLater
{
    Q_DISABLE_COPY_MOVE(StopLater)

public:
    StopLater(std::stop_source& stop, std::chrono::milliseconds delay)
        : m_thread(QThread::create([&stop, delay] {
              QThread::sleep(delay);
              stop.request_stop();
          }))
    {
        m_thread->start();
    }
    ~StopLater() { m_thread->wait(); }

private:
    std::unique_ptr<QThread> m_thread;
};

} // namespace

class TestProcessEnd : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_directory = std::make_unique<QTemporaryDir>(); }
    void cleanup() { m_directory.reset(); }

    void stopBeforeTheStart();
    void stopInTheMiddle_data();
    void stopInTheMiddle();
    void stopAfterTheEnd();
    void forkedChildrenEndToo();
    void killedParentLeavesNoChild();
    void killedParentLeavesNoFork();

private:
    [[nodiscard]] QString at(const QString& name) const { return m_directory->filePath(name); }

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestProcessEnd::stopBeforeTheStart()
{
    std::stop_source stop;
    stop.request_stop();
    const CommandSpec spec = shell(u"touch "_s + at(u"ran"_s), {m_directory->path()});
    const CommandOutcome outcome = run(spec, stop.get_token());
    QCOMPARE(outcome.state, State::Cancelled);
    QCOMPARE(outcome.toResult(spec).error().code, Error::Code::Cancelled);
    QVERIFY(!QFileInfo::exists(at(u"ran"_s)));
}

void TestProcessEnd::stopInTheMiddle_data()
{
    QTest::addColumn<QString>("script");
    QTest::addColumn<int>("atLeast");
    QTest::addColumn<int>("atMost");
    QTest::newRow("sleeps") << u"echo $$; exec sleep 60"_s << 200 << 700;
    QTest::newRow("ends well when asked") << u"trap 'exit 0' TERM; echo $$; sleep 60 & wait"_s << 200 << 700;
    QTest::newRow("ignores SIGTERM") << u"trap '' TERM; echo $$; sleep 60; sleep 60"_s << 700 << 1500;
    QTest::newRow("floods its output") << u"echo $$; trap '' TERM; yes"_s << 700 << 1500;
    QTest::newRow("stopped") << u"echo $$; kill -STOP $$"_s << 700 << 1500;
}

void TestProcessEnd::stopInTheMiddle()
{
    QFETCH(QString, script);
    QFETCH(int, atLeast);
    QFETCH(int, atMost);
    std::stop_source stop;
    qint64 pid = 0;
    QElapsedTimer clock;
    clock.start();
    const StopLater later(stop, 200ms);
    const CommandOutcome outcome = run(shell(script), stop.get_token(), [&](const QByteArray& piece) {
        pid = pid == 0 ? piece.split('\n').first().toLongLong() : pid;
    });
    QCOMPARE(outcome.state, State::Cancelled);
    QCOMPARE_GE(clock.elapsed(), atLeast);
    QCOMPARE_LT(clock.elapsed(), atMost);
    QVERIFY(pid > 0);
    QVERIFY(!isAlive(pid));
}

void TestProcessEnd::stopAfterTheEnd()
{
    std::stop_source stop;
    const CommandOutcome outcome = run(shell(u"echo done"_s), stop.get_token());
    stop.request_stop();
    QCOMPARE(outcome.state, State::Succeeded);
    QCOMPARE(outcome.standardOutput, "done\n");
}

void TestProcessEnd::forkedChildrenEndToo()
{
    // One that is left behind keeps the output open; the end of the child itself counts.
    QElapsedTimer clock;
    clock.start();
    const CommandOutcome outcome = run(shell(u"sleep 60 & echo $!"_s));
    QCOMPARE(outcome.state, State::Succeeded);
    QCOMPARE_LT(clock.elapsed(), 5000);
    const qint64 left = outcome.standardOutput.trimmed().toLongLong();
    QVERIFY(left > 0);
    QTRY_VERIFY(!isAlive(left));

    std::stop_source stop;
    const StopLater later(stop, 300ms);
    const CommandOutcome stopped = run(
        shell(u"trap '' TERM; sh -c 'trap \"\" TERM; echo $$; sleep 60' & wait; sleep 60"_s), stop.get_token());
    QCOMPARE(stopped.state, State::Cancelled);
    const qint64 grandchild = stopped.standardOutput.trimmed().toLongLong();
    QVERIFY(grandchild > 0);
    QTRY_VERIFY(!isAlive(grandchild));
}

void TestProcessEnd::killedParentLeavesNoChild()
{
    // The parent is this program in another role: see main().
    QProcess parent;
    parent.start(QCoreApplication::applicationFilePath(), {u"--run-a-child"_s});
    QVERIFY(parent.waitForStarted());
    QVERIFY(parent.waitForReadyRead());
    const qint64 child = parent.readLine().trimmed().toLongLong();
    QVERIFY(child > 0);
    QTest::qWait(300); // Threads of a pool that were idle have gone by now; the child must not go with them.
    QVERIFY(isAlive(child));
    ::kill(static_cast<pid_t>(parent.processId()), SIGKILL);
    QVERIFY(parent.waitForFinished());
    QTRY_VERIFY(!isAlive(child));
}

/**
 * A kill at any moment of starting a child, also before that is the tool, leaves no process. Under the address sanitizer,
 * whose runtime a vfork would disturb, QProcess forks plainly whatever it is told, and has the very wait that this is about.
 */
void TestProcessEnd::killedParentLeavesNoFork()
{
#ifdef __SANITIZE_ADDRESS__
    constexpr int Rounds = 0;
#else
    constexpr int Rounds = 40;
#endif
    for (int round = 0; round < Rounds; ++round) {
        QProcess parent;
        parent.setUnixProcessParameters(QProcess::UnixProcessFlag::CreateNewSession);
        parent.start(QCoreApplication::applicationFilePath(), {u"--run-children"_s});
        QVERIFY(parent.waitForReadyRead());
        std::this_thread::sleep_for(500us + round * 137us);
        const auto group = static_cast<pid_t>(parent.processId());
        ::kill(group, SIGKILL);
        QVERIFY(parent.waitForFinished());
        const auto groupIsEmpty = [group] { return ::kill(-group, 0) != 0 && errno == ESRCH; };
        const bool left = !QTest::qWaitFor(groupIsEmpty, 10000);
        ::kill(-group, SIGKILL);
        QVERIFY2(!left, qPrintable(u"round %1"_s.arg(round)));
    }
}

/** The role in which killedParentLeavesNoChild() starts this program: runs a child on a pool thread until it is killed. */
static int runAChild()
{
    QThreadPool pool;
    pool.setExpiryTimeout(50);
    pool.start([] {
        (void)run(shell(u"echo $$; exec sleep 300"_s), {}, [](const QByteArray& piece) {
            std::fwrite(piece.constData(), 1, static_cast<size_t>(piece.size()), stdout);
            std::fflush(stdout);
        });
    });
    pool.waitForDone();
    return 0;
}

/** The role for killedParentLeavesNoFork(): starts one short child after the other on several threads until it is killed. */
static int runChildren()
{
    QThreadPool pool;
    pool.setMaxThreadCount(12);
    for (int thread = 0; thread < pool.maxThreadCount(); ++thread) {
        pool.start([] {
            while (run(shell(u"true"_s)).state == State::Succeeded) {
                std::fputs("ran\n", stdout);
                std::fflush(stdout);
            }
        });
    }
    pool.waitForDone();
    return 1;
}

int main(int argc, char** argv)
{
    const QCoreApplication application(argc, argv);
    if (QCoreApplication::arguments().contains("--run-a-child"_L1)) {
        return runAChild();
    }
    if (QCoreApplication::arguments().contains("--run-children"_L1)) {
        return runChildren();
    }
    TestProcessEnd test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_processend.moc"

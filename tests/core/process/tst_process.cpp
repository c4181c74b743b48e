// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "commands.h"
#include "core/support/uniquefd.h"
#include "core/support/units.h"
#include "fixtures.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QThreadPool>

#include <fcntl.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <ctime>
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

class TestProcess : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_directory = std::make_unique<QTemporaryDir>(); }
    void cleanup() { m_directory.reset(); }

    void outcomes_data();
    void outcomes();
    void failureToStartIsImmediate();
    void streams();
    void streamsArriveWhileItRuns();
    void keepsTheLastMebibyte();
    void closedOutputIsNoEnd();
    void surroundings();
    void inheritsNoFiles();
    void stopBeforeTheStart();
    void stopInTheMiddle_data();
    void stopInTheMiddle();
    void stopAfterTheEnd();
    void forkedChildrenEndToo();
    void killedParentLeavesNoChild();
    void killedParentLeavesNoFork();
    void limits();
    void addressSpaceLimit();
    void processorTimeLimit();

private:
    [[nodiscard]] QString at(const QString& name) const { return m_directory->filePath(name); }

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestProcess::outcomes_data()
{
    QTest::addColumn<CommandSpec>("spec");
    QTest::addColumn<State>("state");
    QTest::addColumn<int>("exitCode");
    QTest::newRow("success") << command(u"true"_s, {}) << State::Succeeded << 0;
    QTest::newRow("failure") << command(u"false"_s, {}) << State::ExitedWithError << 1;
    QTest::newRow("status 255") << shell(u"exit 255"_s) << State::ExitedWithError << 255;
    QTest::newRow("status as of a missing program") << shell(u"exit 127"_s) << State::ExitedWithError << 127;
    QTest::newRow("crash") << shell(u"kill -SEGV $$"_s) << State::Crashed << -1;
    QTest::newRow("killed by another") << shell(u"kill -KILL $$"_s) << State::Crashed << -1;
    QTest::newRow("absolute path") << command(u"/bin/true"_s, {}) << State::Succeeded << 0;
    QTest::newRow("missing") << command(u"no-such-tool"_s, {}) << State::FailedToStart << -1;
    QTest::newRow("missing absolute") << command(u"/no/such/tool"_s, {}) << State::FailedToStart << -1;
    QTest::newRow("a directory") << command(u"/usr"_s, {}) << State::FailedToStart << -1;
    QTest::newRow("not executable") << command(u"/etc/passwd"_s, {}) << State::FailedToStart << -1;
    QTest::newRow("empty") << command({}, {}) << State::FailedToStart << -1;
}

void TestProcess::outcomes()
{
    QFETCH(CommandSpec, spec);
    QFETCH(State, state);
    QFETCH(int, exitCode);
    const CommandOutcome outcome = run(spec);
    QCOMPARE(outcome.state, state);
    QCOMPARE(outcome.exitCode, exitCode);
    QCOMPARE(outcome.errorText.isEmpty(), state != State::FailedToStart && state != State::Crashed);
    QCOMPARE(outcome.toResult(spec).has_value(), state == State::Succeeded);
}

void TestProcess::failureToStartIsImmediate()
{
    // Found and executable, but the system cannot run it.
    writeFile(at(u"broken"_s), "#!/no/such/interpreter\n");
    QVERIFY(QFile::setPermissions(at(u"broken"_s), QFile::ReadOwner | QFile::ExeOwner));
    QElapsedTimer clock;
    clock.start();
    const CommandSpec spec = command(at(u"broken"_s), {});
    const CommandOutcome outcome = run(spec);
    QVERIFY2(outcome.state == State::FailedToStart, outcome.standardError.constData());
    QCOMPARE_LT(clock.elapsed(), 2000);
    QVERIFY(!outcome.errorText.isEmpty());
    const auto result = outcome.toResult(spec);
    QCOMPARE(result.error().code, Error::Code::ToolFailed);
    QVERIFY(result.error().message.contains(outcome.errorText));

    CommandSpec elsewhere = shell(u"true"_s);
    elsewhere.workingDirectory = at(u"missing"_s);
    QCOMPARE(run(elsewhere).state, State::FailedToStart);
}

void TestProcess::streams()
{
    const CommandOutcome outcome = run(shell(u"printf 'to\\0out'; printf 'to err' >&2; exit 4"_s));
    QCOMPARE(outcome.state, State::ExitedWithError);
    QCOMPARE(outcome.exitCode, 4);
    QCOMPARE(outcome.standardOutput, QByteArray("to\0out", 6));
    QCOMPARE(outcome.standardError, "to err");
}

void TestProcess::streamsArriveWhileItRuns()
{
    QElapsedTimer clock;
    clock.start();
    qint64 first = -1;
    QByteArray all;
    const CommandOutcome outcome = run(shell(u"echo 10%; sleep 1; echo 20% >&2"_s), {}, [&](const QByteArray& piece) {
        first = first < 0 ? clock.elapsed() : first;
        all += piece;
    });
    QCOMPARE(outcome.state, State::Succeeded);
    QCOMPARE_GE(clock.elapsed(), 1000);
    QCOMPARE_LT(first, 900);
    QCOMPARE(all, "10%\n20%\n");
}

void TestProcess::keepsTheLastMebibyte()
{
    qint64 streamed = 0;
    const CommandOutcome outcome = run(shell(
                                           u"head -c 20000000 /dev/zero; printf end; head -c 3000000 /dev/zero >&2"_s),
                                       {}, [&](const QByteArray& piece) { streamed += piece.size(); });
    QCOMPARE(outcome.state, State::Succeeded);
    QCOMPARE(outcome.standardOutput.size(), MiB);
    QVERIFY(outcome.standardOutput.endsWith("end"));
    QCOMPARE(outcome.standardError.size(), MiB);
    QCOMPARE(streamed, 23000003);
}

void TestProcess::closedOutputIsNoEnd()
{
    QElapsedTimer clock;
    clock.start();
    const std::clock_t before = std::clock();
    const CommandOutcome outcome = run(shell(u"exec >&- 2>&-; sleep 1; exit 9"_s));
    QCOMPARE(outcome.state, State::ExitedWithError);
    QCOMPARE(outcome.exitCode, 9);
    QCOMPARE_GE(clock.elapsed(), 1000);
    QCOMPARE_LT((std::clock() - before) * 1000 / CLOCKS_PER_SEC, 300); // Waiting takes no processor time.
}

void TestProcess::surroundings()
{
    CommandSpec spec = shell(u"cat; pwd; echo $LC_ALL $EXTRA; ps -o tty= -p $$ 2>/dev/null || echo '?'"_s);
    spec.workingDirectory = QFileInfo(m_directory->path()).canonicalFilePath();
    spec.extraEnvironment.insert(u"EXTRA"_s, u"a b"_s);
    const CommandOutcome outcome = run(spec);
    QCOMPARE(outcome.state, State::Succeeded);
    const QList<QByteArray> lines = outcome.standardOutput.split('\n');
    QCOMPARE(lines.at(0), QFile::encodeName(spec.workingDirectory));
    QCOMPARE(lines.at(1), "C.UTF-8 a b");
    QCOMPARE(lines.at(2).trimmed(), "?");
}

void TestProcess::inheritsNoFiles()
{
    const UniqueFd open(::open("/etc/passwd", O_RDONLY)); // Not O_CLOEXEC, as in a careless library.
    const CommandOutcome outcome = run(shell(u"ls -l /proc/$$/fd"_s));
    QCOMPARE(outcome.state, State::Succeeded);
    QVERIFY2(!outcome.standardOutput.contains("passwd"), outcome.standardOutput.constData());
    QVERIFY2(!outcome.standardOutput.contains("landlock"), outcome.standardOutput.constData());
}

void TestProcess::stopBeforeTheStart()
{
    std::stop_source stop;
    stop.request_stop();
    const CommandSpec spec = shell(u"touch "_s + at(u"ran"_s), {m_directory->path()});
    const CommandOutcome outcome = run(spec, stop.get_token());
    QCOMPARE(outcome.state, State::Cancelled);
    QCOMPARE(outcome.toResult(spec).error().code, Error::Code::Cancelled);
    QVERIFY(!QFileInfo::exists(at(u"ran"_s)));
}

void TestProcess::stopInTheMiddle_data()
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

void TestProcess::stopInTheMiddle()
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

void TestProcess::stopAfterTheEnd()
{
    std::stop_source stop;
    const CommandOutcome outcome = run(shell(u"echo done"_s), stop.get_token());
    stop.request_stop();
    QCOMPARE(outcome.state, State::Succeeded);
    QCOMPARE(outcome.standardOutput, "done\n");
}

void TestProcess::forkedChildrenEndToo()
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

void TestProcess::killedParentLeavesNoChild()
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
void TestProcess::killedParentLeavesNoFork()
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

void TestProcess::limits()
{
    const CommandOutcome outcome = run(shell(u"ulimit -v; ulimit -t; ulimit -c; ulimit -H -c"_s));
    QCOMPARE(outcome.standardOutput, QByteArray::number(8 * GiB / KiB) + "\n3600\n0\n0\n");
    CommandSpec spec = shell(u"ulimit -v; ulimit -t"_s);
    spec.addressSpaceLimit = GiB;
    spec.cpuLimit = 7s;
    QCOMPARE(run(spec).standardOutput, QByteArray::number(GiB / KiB) + "\n7\n");
}

void TestProcess::addressSpaceLimit()
{
    CommandSpec spec = shell(u"head -c 300000000 /dev/zero | tail -n 1 | wc -c"_s);
    QCOMPARE(run(spec).standardOutput.trimmed(), "300000000");
    spec.addressSpaceLimit = 100 * MiB;
    const CommandOutcome outcome = run(spec);
    QCOMPARE_NE(outcome.standardOutput.trimmed(), "300000000");
    QVERIFY2(outcome.standardError.contains("memory"), outcome.standardError.constData());
}

void TestProcess::processorTimeLimit()
{
    CommandSpec spec = shell(u"while :; do :; done"_s);
    spec.cpuLimit = 1s;
    const CommandOutcome outcome = run(spec);
    QCOMPARE(outcome.state, State::Crashed);
    QVERIFY2(outcome.errorText.contains("processor time"_L1), qPrintable(outcome.errorText));
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
    TestProcess test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_process.moc"

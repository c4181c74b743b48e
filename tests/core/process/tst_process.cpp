// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/process/processrunner.h"
#include "core/process/sandbox.h"
#include "core/process/tools.h"
#include "core/support/units.h"
#include "fixtures.h"
#include "recordingrunner.h"

#include <QProcess>
#include <QTemporaryDir>

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <csignal>
#include <cstdio>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using State = CommandOutcome::State;

namespace
{

CommandSpec shell(const QString& script, const QStringList& writable = {})
{
    CommandSpec spec;
    spec.program = u"sh"_s;
    spec.arguments = {u"-c"_s, script};
    spec.writablePaths = writable;
    return spec;
}

CommandSpec command(const QString& program, const QStringList& arguments, const QStringList& writable = {})
{
    CommandSpec spec;
    spec.program = program;
    spec.arguments = arguments;
    spec.writablePaths = writable;
    return spec;
}

CommandOutcome run(const CommandSpec& spec, const std::stop_token& stop = {}, const OutputSink& sink = {})
{
    return ProcessRunner().run(spec, stop, sink);
}

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

/** A socket on the loopback interface that waits for someone. */
class Listener
{
public:
    explicit Listener(int type) : m_socket(::socket(AF_INET, type, 0))
    {
        sockaddr_in address = {};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        if (::bind(m_socket, reinterpret_cast<const sockaddr*>(&address), size) == 0
            && ::getsockname(m_socket, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
            m_port = ntohs(address.sin_port);
        }
        if (type == SOCK_STREAM) {
            ::listen(m_socket, 8);
        }
    }
    ~Listener() { ::close(m_socket); }

    [[nodiscard]] int port() const { return m_port; }
    [[nodiscard]] bool wasReached() const
    {
        pollfd waiting = {m_socket, POLLIN, 0};
        return ::poll(&waiting, 1, 200) > 0;
    }

private:
    int m_socket;
    int m_port = 0;
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

    void limits();
    void addressSpaceLimit();
    void processorTimeLimit();

    void writesOutsideAreRefused_data();
    void writesOutsideAreRefused();
    void writesInsideWork();
    void writableFileAlone();
    void missingWritablePath();
    void noNetwork_data();
    void noNetwork();
    void noSignalsOutside();
    void realToolsWork();

    void toolsAreKnownAndFound();
    void toolInSbinIsFound();
    void toolMissing();
    void commandLines_data();
    void commandLines();
    void results_data();
    void results();
    void recordingRunner();

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

void TestProcess::writesOutsideAreRefused_data()
{
    QTest::addColumn<QString>("script");
    QTest::newRow("new file") << u"echo x > outside/new"_s;
    QTest::newRow("existing file") << u"echo x >> outside/file"_s;
    QTest::newRow("truncate") << u"truncate -s 0 outside/file"_s;
    QTest::newRow("remove") << u"rm -f outside/file"_s;
    QTest::newRow("new directory") << u"mkdir outside/new"_s;
    QTest::newRow("remove directory") << u"rmdir outside/empty"_s;
    QTest::newRow("rename out") << u"mv inside/file outside/new"_s;
    QTest::newRow("rename in") << u"mv outside/file inside/new"_s;
    QTest::newRow("hard link") << u"ln outside/file inside/new && echo x > inside/new"_s;
    QTest::newRow("link to outside") << u"ln -s ../outside/file inside/new && echo x > inside/new"_s;
    QTest::newRow("FIFO") << u"mkfifo outside/new"_s;
    QTest::newRow("by /proc") << u"echo x > /proc/self/cwd/outside/new"_s;
}

void TestProcess::writesOutsideAreRefused()
{
    QFETCH(QString, script);
    writeFile(at(u"outside/file"_s), "content");
    writeFile(at(u"inside/file"_s), "content");
    QVERIFY(QDir().mkpath(at(u"outside/empty"_s)));
    CommandSpec spec = shell(u"cat outside/file && "_s + script, {at(u"inside"_s)});
    spec.workingDirectory = m_directory->path();
    const CommandOutcome outcome = run(spec);
    QVERIFY2(outcome.standardOutput.startsWith("content"), outcome.standardError.constData());
    // On a kernel without Landlock the child can do what its user can.
    const bool refused = Sandbox::landlockVersion() > 0;
    QCOMPARE(outcome.state == State::ExitedWithError, refused);
    if (refused) {
        QCOMPARE(QDir(at(u"outside"_s)).entryList(QDir::AllEntries | QDir::System | QDir::NoDotAndDotDot, QDir::Name),
                 (QStringList{u"empty"_s, u"file"_s}));
        QCOMPARE(readFile(at(u"outside/file"_s)), "content");
    }
}

void TestProcess::writesInsideWork()
{
    QVERIFY(QDir().mkpath(at(u"inside"_s)));
    CommandSpec spec = shell(u"mkdir -p a/b && echo x > a/b/f && mv a/b/f g && ln -s g l && ln g h && rm l && mkfifo p "
                             "&& truncate -s 5 g && rmdir a/b && echo gone > /dev/null && cat g"_s,
                             {at(u"inside"_s)});
    spec.workingDirectory = at(u"inside"_s);
    const CommandOutcome outcome = run(spec);
    QVERIFY2(outcome.state == State::Succeeded, outcome.standardError.constData());
    QCOMPARE(outcome.standardOutput, QByteArray("x\n\0\0\0", 5));
}

void TestProcess::writableFileAlone()
{
    writeFile(at(u"out.img"_s), {});
    writeFile(at(u"other.img"_s), "kept");
    CommandSpec spec = shell(u"truncate -s 1M out.img && echo x >> out.img"_s, {at(u"out.img"_s)});
    spec.workingDirectory = m_directory->path();
    const CommandOutcome outcome = run(spec);
    QVERIFY2(outcome.state == State::Succeeded, outcome.standardError.constData());
    QCOMPARE(QFileInfo(at(u"out.img"_s)).size(), MiB + 2);
    spec.arguments = {u"-c"_s, u"echo x > other.img"_s};
    QCOMPARE(run(spec).state == State::ExitedWithError, Sandbox::landlockVersion() > 0);
}

void TestProcess::missingWritablePath()
{
    const CommandSpec spec = shell(u"true"_s, {at(u"missing.img"_s)});
    const CommandOutcome outcome = run(spec);
    QCOMPARE(outcome.state, Sandbox::landlockVersion() > 0 ? State::FailedToStart : State::Succeeded);
    QCOMPARE(outcome.errorText.contains(at(u"missing.img"_s)), Sandbox::landlockVersion() > 0);
}

void TestProcess::noNetwork_data()
{
    QTest::addColumn<QString>("protocol");
    QTest::addColumn<int>("type");
    QTest::newRow("TCP") << u"tcp"_s << static_cast<int>(SOCK_STREAM);
    QTest::newRow("UDP") << u"udp"_s << static_cast<int>(SOCK_DGRAM);
}

void TestProcess::noNetwork()
{
    QFETCH(QString, protocol);
    QFETCH(int, type);
    const Listener listener(type);
    QVERIFY(listener.port() > 0);
    const QStringList arguments{u"-c"_s, u"echo x > /dev/%1/127.0.0.1/%2"_s.arg(protocol).arg(listener.port())};
    const CommandOutcome outcome = run(command(u"bash"_s, arguments));
    QCOMPARE(outcome.state, State::ExitedWithError);
    QVERIFY(!listener.wasReached());
    // Without the sandbox the same command gets through: it is the sandbox that refuses.
    QCOMPARE(QProcess::execute(u"bash"_s, arguments), 0);
    QVERIFY(listener.wasReached());
}

void TestProcess::noSignalsOutside()
{
    const QString script = u"kill -0 %1"_s.arg(QCoreApplication::applicationPid());
    QCOMPARE(run(shell(script)).state == State::ExitedWithError, Sandbox::landlockVersion() >= 6);
}

void TestProcess::realToolsWork()
{
    const QString raw = at(u"disk.raw"_s);
    const QString qcow2 = at(u"disk.qcow2"_s);
    writeFile(raw, {});
    writeFile(qcow2, {});
    const auto verify = [](const CommandSpec& spec) {
        const CommandOutcome outcome = run(spec);
        const auto result = outcome.toResult(spec);
        QVERIFY2(result.has_value(), qPrintable(result ? QString() : result.error().message));
    };
    verify(command(u"qemu-img"_s, {u"create"_s, u"-f"_s, u"raw"_s, raw, u"64M"_s}, {raw}));
    verify(command(u"mkfs.ext4"_s, {u"-q"_s, u"-F"_s, u"-E"_s, u"lazy_itable_init=0"_s, raw}, {raw}));
    verify(command(u"e2fsck"_s, {u"-fn"_s, raw}));
    verify(command(u"dumpe2fs"_s, {u"-h"_s, raw}));
    verify(command(u"debugfs"_s, {u"-R"_s, u"stats"_s, raw}));
    verify(
        command(u"qemu-img"_s, {u"convert"_s, u"-p"_s, u"-f"_s, u"raw"_s, u"-O"_s, u"qcow2"_s, raw, qcow2}, {qcow2}));
    verify(command(u"qemu-img"_s, {u"check"_s, u"-f"_s, u"qcow2"_s, qcow2}));
    verify(command(u"qemu-img"_s, {u"compare"_s, raw, qcow2}));
    verify(command(u"sfdisk"_s, {u"--version"_s}));

    const CommandSpec broken = command(u"qemu-img"_s, {u"convert"_s, u"-f"_s, u"qcow2"_s, raw, qcow2}, {qcow2});
    const auto result = run(broken).toResult(broken);
    QVERIFY(!result);
    QCOMPARE(result.error().code, Error::Code::ToolFailed);
    QVERIFY2(result.error().message.startsWith("qemu-img: "_L1), qPrintable(result.error().message));
}

void TestProcess::toolsAreKnownAndFound()
{
    const QList<Tool> tools = knownTools();
    QVERIFY(tools.size() >= 7);
    for (const Tool& tool : tools) {
        QVERIFY(!tool.package.isEmpty());
        QVERIFY(!tool.purpose.isEmpty());
        const Tool found = findTool(tool.program);
        QVERIFY2(QFileInfo(found.path).isExecutable(), qPrintable(tool.program));
        QCOMPARE(found.package, tool.package);
        QVERIFY_RESULT(requireTool(found));
    }
}

void TestProcess::toolInSbinIsFound()
{
    const QByteArray path = qgetenv("PATH");
    qputenv("PATH", QFile::encodeName(m_directory->path()));
    const Tool sbin = findTool(u"e2fsck"_s);
    const Tool bin = findTool(u"true"_s);
    writeFile(at(u"e2fsck"_s), "#!/bin/sh\n");
    const Tool notExecutable = findTool(u"e2fsck"_s);
    QVERIFY(QFile::setPermissions(at(u"e2fsck"_s), QFile::ReadOwner | QFile::ExeOwner));
    const Tool ownFirst = findTool(u"e2fsck"_s);
    qputenv("PATH", path);
    QVERIFY2(sbin.path.endsWith("sbin/e2fsck"_L1), qPrintable(sbin.path));
    QCOMPARE(bin.path, QString());
    QCOMPARE(notExecutable.path, sbin.path);
    QCOMPARE(ownFirst.path, at(u"e2fsck"_s));
}

void TestProcess::toolMissing()
{
    Tool tool = findTool(u"qemu-img"_s);
    tool.path.clear();
    const auto known = requireTool(tool);
    QVERIFY(!known);
    QCOMPARE(known.error().code, Error::Code::ToolMissing);
    QVERIFY(known.error().message.contains("qemu-img"_L1));
    QVERIFY(known.error().remedy.contains("qemu-utils"_L1));
    const auto unknown = requireTool(findTool(u"no-such-tool"_s));
    QVERIFY(!unknown);
    QVERIFY(unknown.error().message.contains("no-such-tool"_L1));
    QVERIFY(!unknown.error().remedy.isEmpty());
}

void TestProcess::commandLines_data()
{
    QTest::addColumn<QStringList>("words");
    QTest::addColumn<QString>("line");
    QTest::newRow("plain") << QStringList{u"qemu-img"_s, u"info"_s, u"/a/b-c_d.qcow2"_s}
                           << u"qemu-img info /a/b-c_d.qcow2"_s;
    QTest::newRow("space") << QStringList{u"cp"_s, u"my disk"_s} << u"cp 'my disk'"_s;
    QTest::newRow("empty word") << QStringList{u"printf"_s, u""_s} << u"printf ''"_s;
    QTest::newRow("quote") << QStringList{u"echo"_s, u"it's"_s} << u"echo 'it'\\''s'"_s;
    QTest::newRow("what a shell takes for more")
        << QStringList{u"echo"_s, u"$HOME `id` \\ * ? ; & | < > ( ) # ~ ! \"\n\t"_s}
        << u"echo '$HOME `id` \\ * ? ; & | < > ( ) # ~ ! \"\n\t'"_s;
    QTest::newRow("unicode") << QStringList{u"echo"_s, u"größe"_s} << u"echo 'größe'"_s;
}

void TestProcess::commandLines()
{
    QFETCH(QStringList, words);
    QFETCH(QString, line);
    CommandSpec spec = command(words.first(), words.sliced(1));
    QCOMPARE(spec.toString(), line);
    // A shell reads the same words from it.
    const CommandOutcome outcome = run(shell(u"printf '%s\\0' "_s + line));
    QCOMPARE(outcome.standardOutput, words.join(QChar(QChar::Null)).toUtf8() + '\0');
    spec.extraEnvironment.insert(u"A"_s, u"b c"_s);
    QCOMPARE(spec.toString(), u"A='b c' "_s + line);
}

void TestProcess::results_data()
{
    QTest::addColumn<CommandOutcome>("outcome");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("message");
    QTest::newRow("missing") << CommandOutcome() << static_cast<int>(Error::Code::ToolMissing) << u"qemu-img"_s;
    QTest::newRow("last line of many") << RecordingRunner::exited(1, "warning: x\nqemu-img: disk full\n\n")
                                       << static_cast<int>(Error::Code::ToolFailed) << u"qemu-img: disk full"_s;
    QTest::newRow("line without the name")
        << RecordingRunner::exited(1, "No space\n") << static_cast<int>(Error::Code::ToolFailed)
        << u"qemu-img failed: No space"_s;
    QTest::newRow("carriage returns and escapes")
        << RecordingRunner::exited(1, "10%\r20%\r\033[31mbad\033[0m\r\n") << static_cast<int>(Error::Code::ToolFailed)
        << u"qemu-img failed: [31mbad[0m"_s;
    QTest::newRow("silent") << RecordingRunner::exited(42, {}) << static_cast<int>(Error::Code::ToolFailed) << u"42"_s;
    CommandOutcome talked = RecordingRunner::exited(1, " \n");
    talked.standardOutput = "said here\n";
    QTest::newRow("on standard output") << talked << static_cast<int>(Error::Code::ToolFailed) << u"said here"_s;
    CommandOutcome crashed;
    crashed.state = State::Crashed;
    crashed.errorText = u"Killed"_s;
    QTest::newRow("crashed") << crashed << static_cast<int>(Error::Code::ToolFailed) << u"Killed"_s;
    CommandOutcome stopped;
    stopped.state = State::Cancelled;
    QTest::newRow("cancelled") << stopped << static_cast<int>(Error::Code::Cancelled) << u"Cancelled"_s;
}

void TestProcess::results()
{
    QFETCH(CommandOutcome, outcome);
    QFETCH(int, code);
    QFETCH(QString, message);
    const auto result = outcome.toResult(command(u"qemu-img"_s, {}));
    QVERIFY(!result);
    QCOMPARE(static_cast<int>(result.error().code), code);
    QVERIFY2(result.error().message.contains(message), qPrintable(result.error().message));
    QVERIFY(RecordingRunner::succeeded().toResult(command(u"qemu-img"_s, {})));
}

void TestProcess::recordingRunner()
{
    RecordingRunner runner;
    QByteArray seen;
    runner.enqueue(RecordingRunner::succeeded("hello"));
    const OutputSink sink = [&](const QByteArray& piece) { seen += piece; };
    QCOMPARE(runner.run(command(u"a"_s, {u"b"_s}), {}, sink).standardOutput, "hello");
    QCOMPARE(seen, "hello");
    QCOMPARE(runner.run(command(u"c"_s, {}), {}).state, State::FailedToStart);
    runner.setScript([](const CommandSpec& spec, const std::stop_token&) {
        return RecordingRunner::exited(7, spec.program.toUtf8());
    });
    QCOMPARE(runner.run(command(u"d"_s, {}), {}).standardError, "d");
    QCOMPARE(runner.specs().size(), 3);
    QCOMPARE(runner.specs().constFirst().arguments, QStringList{u"b"_s});
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

int main(int argc, char** argv)
{
    const QCoreApplication application(argc, argv);
    if (QCoreApplication::arguments().contains("--run-a-child"_L1)) {
        return runAChild();
    }
    TestProcess test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_process.moc"

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "commands.h"
#include "core/process/sandbox.h"
#include "core/support/units.h"
#include "fixtures.h"

#include <QProcess>
#include <QTemporaryDir>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;
using State = CommandOutcome::State;

namespace
{

/** A socket on the loopback interface that waits for someone. */
class Listener
{
    Q_DISABLE_COPY_MOVE(Listener)

public:
    explicit Listener(int type) : m_socket(::socket(AF_INET, type, 0))
    {
        sockaddr_in address = {};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        if (m_socket >= 0 && ::bind(m_socket, reinterpret_cast<const sockaddr*>(&address), size) == 0
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

class TestSandbox : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_directory = std::make_unique<QTemporaryDir>(); }
    void cleanup() { m_directory.reset(); }

    void writesOutsideAreRefused_data();
    void writesOutsideAreRefused();
    void writesInsideWork();
    void writableFileAlone();
    void missingWritablePath();
    void noNetwork_data();
    void noNetwork();
    void noSignalsOutside();
    void realToolsWork();

private:
    [[nodiscard]] QString at(const QString& name) const { return m_directory->filePath(name); }

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestSandbox::writesOutsideAreRefused_data()
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

void TestSandbox::writesOutsideAreRefused()
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

void TestSandbox::writesInsideWork()
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

void TestSandbox::writableFileAlone()
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

void TestSandbox::missingWritablePath()
{
    const CommandSpec spec = shell(u"true"_s, {at(u"missing.img"_s)});
    const CommandOutcome outcome = run(spec);
    QCOMPARE(outcome.state, Sandbox::landlockVersion() > 0 ? State::FailedToStart : State::Succeeded);
    QCOMPARE(outcome.errorText.contains(at(u"missing.img"_s)), Sandbox::landlockVersion() > 0);
}

void TestSandbox::noNetwork_data()
{
    QTest::addColumn<QString>("protocol");
    QTest::addColumn<int>("type");
    QTest::newRow("TCP") << u"tcp"_s << static_cast<int>(SOCK_STREAM);
    QTest::newRow("UDP") << u"udp"_s << static_cast<int>(SOCK_DGRAM);
}

void TestSandbox::noNetwork()
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

void TestSandbox::noSignalsOutside()
{
    const QString script = u"kill -0 %1"_s.arg(QCoreApplication::applicationPid());
    QCOMPARE(run(shell(script)).state == State::ExitedWithError, Sandbox::landlockVersion() >= 6);
}

void TestSandbox::realToolsWork()
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

QTEST_GUILESS_MAIN(TestSandbox)

#include "tst_sandbox.moc"

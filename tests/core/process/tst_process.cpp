// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "commands.h"
#include "core/support/uniquefd.h"
#include "core/support/units.h"
#include "fixtures.h"

#include <QTemporaryDir>

#include <fcntl.h>

#include <ctime>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using State = CommandOutcome::State;

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

QTEST_GUILESS_MAIN(TestProcess)
#include "tst_process.moc"

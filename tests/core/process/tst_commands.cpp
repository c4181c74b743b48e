// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "commands.h"
#include "core/process/processrunner.h"
#include "core/process/tools.h"
#include "fixtures.h"
#include "recordingrunner.h"

#include <QRegularExpression>
#include <QTemporaryDir>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;
using State = CommandOutcome::State;

class TestCommands : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_directory = std::make_unique<QTemporaryDir>(); }
    void cleanup() { m_directory.reset(); }

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

void TestCommands::toolsAreKnownAndFound()
{
    const QList<Tool> tools = knownTools();
    QVERIFY(tools.size() >= 2);
    for (const Tool& tool : tools) {
        QVERIFY(!tool.package.isEmpty());
        QVERIFY(!tool.purpose.isEmpty());
        const Tool found = findTool(tool.program);
        QVERIFY2(QFileInfo(found.path).isExecutable(), qPrintable(tool.program));
        QCOMPARE(found.package, tool.package);
        QVERIFY_RESULT(requireTool(found));
        ProcessRunner runner;
        const QString version = toolVersion(found, runner);
        QVERIFY2(version.contains(QRegularExpression(u"\\d+\\.\\d+"_s)) && !version.contains(u'\n'),
                 qPrintable(version));
    }
}

void TestCommands::toolInSbinIsFound()
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

void TestCommands::toolMissing()
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

void TestCommands::commandLines_data()
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

void TestCommands::commandLines()
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

void TestCommands::results_data()
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

void TestCommands::results()
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

void TestCommands::recordingRunner()
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

QTEST_GUILESS_MAIN(TestCommands)

#include "tst_commands.moc"

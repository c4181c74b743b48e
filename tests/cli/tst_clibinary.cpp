// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "cliinput.h"
#include "core/support/units.h"
#include "fixtures.h"

#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>

#include <csignal>

using namespace Stowage::Test;
using namespace Qt::StringLiterals;

namespace
{

struct Run {
    int status = -1;
    QByteArray out;
    QByteArray err;
};

constexpr int Timeout = 120'000; // ms

Run finish(QProcess& process)
{
    if (!process.waitForFinished(Timeout)) {
        process.kill();
        process.waitForFinished();
        return {-1, process.readAllStandardOutput(), "did not end\n" + process.readAllStandardError()};
    }
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1, process.readAllStandardOutput(),
            process.readAllStandardError()};
}

/** Runs the real program. */
Run run(const QStringList& arguments, const QString& directory = {})
{
    QProcess process;
    process.setWorkingDirectory(directory);
    process.start(commandLineProgram(), arguments);
    return finish(process);
}

Run shell(const QString& script, const QStringList& arguments = {})
{
    QProcess process;
    process.start(u"bash"_s, QStringList{u"-c"_s, script, u"bash"_s} + arguments);
    return finish(process);
}

/** A configuration with the one guest "beta", imported from the directory @p source. */
QByteArray importOf(const QString& source)
{
    return "BUNDLED_XEN_GUESTS = \"beta\"\nXEN_GUEST_SOURCE_TYPE[beta] = \"rootfs_dir\"\nXEN_GUEST_IMAGE_SIZE[beta] = \"2048\"\n"
           "XEN_GUEST_SOURCE_FILE[beta] = \""
        + source.toUtf8() + "\"\n";
}

/** Waits until the hidden work directory of an output in "out" holds a file with some bytes. */
bool waitForWork(const QProcess& process, const CliInput& input)
{
    const auto isWorking = [&] {
        const QStringList entries = input.entries(u"out"_s).filter(u".stowage-"_s);
        const QFileInfoList files = entries.isEmpty()
            ? QFileInfoList()
            : QDir(input.path(u"out/"_s + entries.first())).entryInfoList(QDir::Files);
        return !files.isEmpty() && files.first().size() > 0;
    };
    return QTest::qWaitFor([&] { return isWorking() || process.state() == QProcess::NotRunning; }, Timeout)
        && isWorking();
}

} // namespace

class TestCliBinary : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void linksNoGui();
    void exitStatus();
    void relativePathsCountFromHere();
    void standardOutputIsPure();
    void anyLocale();
    void readerWhoLeaves();
    void fullStandardOutput();
    void closedStreams_data();
    void closedStreams();
    void fileSizeLimit();
    void interrupted_data();
    void interrupted();
    void killed_data();
    void killed();
    void killedWhileBuilding();
    void barOnATerminal();
    void completion_data();
    void completion();
    void manualPage();
};

void TestCliBinary::linksNoGui()
{
    const Run result = shell(u"ldd \"$1\""_s, {commandLineProgram()});
    QCOMPARE(result.status, 0);
    QVERIFY(result.out.contains("libQt6Core"));
    QVERIFY(!result.out.contains("libQt6Gui"));
    QVERIFY(!result.out.contains("libQt6Widgets"));
}

void TestCliBinary::exitStatus()
{
    const CliInput input;
    QCOMPARE(run({}).status, 2);
    QCOMPARE(run({}).out, QByteArray());
    QCOMPARE(run({u"frobnicate"_s}).status, 2);
    QCOMPARE(run({u"help"_s}).status, 0);
    QCOMPARE(run(input.arguments(u"check"_s, "BUNDLED_XEN_GUESTS = \"alpha\"\n")).status, 0);
    QCOMPARE(run(input.arguments(u"check"_s, "BUNDLED_XEN_GUESTS = \"beta\"\n")).status, 3);
    QCOMPARE(run({u"check"_s, input.path(u"none.conf"_s)}).status, 3);
    QCOMPARE(run({u"import"_s, fixture(u"debian-minbase.ext4"_s), input.path(u"none/x.img"_s)}).status, 1);
}

void TestCliBinary::relativePathsCountFromHere()
{
    const CliInput input;
    (void)input.conf("BUNDLED_XEN_GUESTS = \"alpha:autostart\"\n");
    const Run result = run({u"build"_s, u"local.conf"_s, u"--machine"_s, u"qemuarm64"_s, u"--deploy-dir"_s, u"deploy"_s,
                            u"--output"_s, u"tree:out/a:b"_s, u"--output"_s, u"tar:out/t.tar"_s},
                           input.path(u"."_s));
    QVERIFY2(result.status == 0, result.err.constData());
    QCOMPARE(readFile(input.path(u"out/a:b/var/lib/xen/images/alpha-qemuarm64.ext4"_s)), QByteArray("root of alpha"));
    const Run listed = shell(u"tar -tvf \"$1\""_s, {input.path(u"out/t.tar"_s)});
    QVERIFY2(listed.out.contains("root/root") && listed.out.contains("etc/xen/auto/alpha.cfg -> /etc/xen/alpha.cfg"),
             listed.out.constData());
}

void TestCliBinary::standardOutputIsPure()
{
    const CliInput input;
    const QStringList broken = input.arguments(u"plan"_s, "BUNDLED_XEN_GUESTS = \"alpha:odd beta\"\n")
        + QStringList{u"--json"_s};
    const Run result = run(broken);
    QCOMPARE(result.status, 3);
    QVERIFY(!result.err.isEmpty());
    QJsonParseError error;
    QVERIFY(QJsonDocument::fromJson(result.out, &error).isObject());
    QCOMPARE(error.errorString(), QJsonParseError().errorString());

    const Run import = run(
        {u"import"_s, u"--json"_s, fixture(u"debian-minbase-zlib.qcow2"_s), input.path(u"out/x.img"_s)});
    QVERIFY2(import.status == 0, import.err.constData());
    QCOMPARE(QJsonDocument::fromJson(import.out)["bytes"_L1].toInteger(), 512LL * 1024 * 1024);
}

void TestCliBinary::anyLocale()
{
    const CliInput input;
    const QString name = input.path(u"größe 日本.qcow2"_s);
    QVERIFY(QFile::link(fixture(u"debian-minbase.qcow2"_s), name));
    QByteArray first;
    for (const QString& locale : {u"C"_s, u"C.UTF-8"_s, u"de_DE.UTF-8"_s, u"tr_TR.ISO-8859-9"_s}) {
        QProcess process;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(u"LC_ALL"_s, locale);
        process.setProcessEnvironment(environment);
        process.start(commandLineProgram(), {u"probe"_s, name});
        const Run result = finish(process);
        QVERIFY2(result.status == 0, result.err.constData());
        QCOMPARE(result.err, QByteArray());
        QVERIFY2(result.out.contains(name.toUtf8()), result.out.constData());
        first = first.isEmpty() ? result.out : first;
        QCOMPARE(result.out, first);
    }
}

void TestCliBinary::readerWhoLeaves()
{
    const CliInput input;
    const Run result = shell(u"\"$@\" | true; echo \"${PIPESTATUS[0]}\""_s,
                             QStringList{commandLineProgram()}
                                 + input.arguments(u"plan"_s, "BUNDLED_XEN_GUESTS = \"alpha\"\n"));
    QCOMPARE(result.out, QByteArray("0\n"));
    QVERIFY2(!result.err.contains("error"), result.err.constData());
}

void TestCliBinary::fullStandardOutput()
{
    const CliInput input;
    const Run result = shell(u"\"$@\" > /dev/full"_s,
                             QStringList{commandLineProgram()}
                                 + input.arguments(u"plan"_s, "BUNDLED_XEN_GUESTS = \"alpha\"\n"));
    QCOMPARE(result.status, 1);
    QVERIFY2(result.err.contains("standard output"), result.err.constData());
}

void TestCliBinary::closedStreams_data()
{
    QTest::addColumn<QString>("closed");
    QTest::addColumn<int>("status");
    QTest::newRow("input") << u"0<&-"_s << 0;
    QTest::newRow("output") << u"1>&-"_s << 1;
    QTest::newRow("messages") << u"2>&-"_s << 0;
    QTest::newRow("all") << u"0<&- 1>&- 2>&-"_s << 1;
}

/** The tree is written, and no result or message goes into a file that got the number of a closed stream. */
void TestCliBinary::closedStreams()
{
    QFETCH(const QString, closed);
    QFETCH(const int, status);
    const CliInput input;
    const Run result = shell(u"\"$@\" %1"_s.arg(closed),
                             QStringList{commandLineProgram()}
                                 + input.arguments(u"build"_s, "BUNDLED_XEN_GUESTS = \"alpha\"\n")
                                 + QStringList{u"--output"_s, u"tree:"_s + input.path(u"out/tree"_s)});
    QVERIFY2(result.status == status, result.err.constData());
    QCOMPARE(readFile(input.path(u"out/tree/var/lib/xen/images/alpha-qemuarm64.ext4"_s)), QByteArray("root of alpha"));
    QVERIFY(readFile(input.path(u"out/tree/etc/xen/alpha.cfg"_s)).startsWith("name = \"alpha\"\n"));
}

void TestCliBinary::fileSizeLimit()
{
    const CliInput input;
    writeFile(input.path(u"deploy/big.ext4"_s), QByteArray(qsizetype{1024} * 1024, 'b'));
    const QStringList arguments = input.arguments(u"build"_s,
                                                  "BUNDLED_XEN_GUESTS = \"g\"\nXEN_GUEST_ROOTFS[g] = \"big.ext4\"\n");
    for (const QString& output : {u"tree:"_s + input.path(u"out/tree"_s), u"tar:"_s + input.path(u"out/a.tar"_s)}) {
        const Run result = shell(u"ulimit -f 100; \"$@\""_s,
                                 QStringList{commandLineProgram()} + arguments + QStringList{u"-o"_s, output});
        QVERIFY2(result.status == 1, result.err.constData());
        QVERIFY2(result.err.contains("File too large"), result.err.constData());
        QCOMPARE(input.entries(u"out"_s), QStringList());
    }
}

void TestCliBinary::interrupted_data()
{
    QTest::addColumn<int>("number");
    QTest::addColumn<QString>("source");
    QTest::addColumn<bool>("build");
    QTest::newRow("SIGINT, directory") << SIGINT << u"debian-minbase"_s << false;
    QTest::newRow("SIGHUP, directory") << SIGHUP << u"debian-minbase"_s << false;
    QTest::newRow("SIGTERM, directory") << SIGTERM << u"debian-minbase"_s << false;
    QTest::newRow("SIGINT, child process") << SIGINT << u"debian-minbase-zlib.qcow2"_s << false;
    QTest::newRow("SIGINT, build") << SIGINT << u"debian-minbase"_s << true;
}

void TestCliBinary::interrupted()
{
    QFETCH(const int, number);
    QFETCH(const QString, source);
    QFETCH(const bool, build);
    const CliInput input;
    QStringList arguments{u"import"_s, u"--json"_s, fixture(source), input.path(u"out/x.img"_s),
                          u"--size"_s, u"2048"_s};
    if (build) {
        arguments = input.arguments(u"build"_s, importOf(fixture(source)))
            + QStringList{u"--json"_s, u"--output"_s, u"tree:"_s + input.path(u"out/tree"_s)};
    }
    QProcess process;
    process.start(commandLineProgram(), arguments);
    QVERIFY2(waitForWork(process, input), process.readAllStandardError().constData());
    ::kill(static_cast<pid_t>(process.processId()), number);
    const Run result = finish(process);
    QVERIFY2(result.status == 130, result.err + result.out);
    QCOMPARE(QJsonDocument::fromJson(result.out)["errors"_L1][0]["code"_L1].toString(), u"cancelled"_s);
    QCOMPARE(input.entries(u"out"_s), QStringList());
}

void TestCliBinary::killed_data()
{
    QTest::addColumn<QString>("source");
    QTest::newRow("directory") << u"debian-minbase"_s;
    QTest::newRow("child process") << u"debian-minbase-zlib.qcow2"_s;
}

void TestCliBinary::killed()
{
    QFETCH(const QString, source);
    const CliInput input;
    const QStringList arguments{u"import"_s, fixture(source), input.path(u"out/x.img"_s), u"--size"_s, u"2048"_s};
    QProcess process;
    process.start(commandLineProgram(), arguments);
    QVERIFY2(waitForWork(process, input), process.readAllStandardError().constData());
    process.kill();
    QVERIFY(process.waitForFinished());
    QVERIFY(!input.entries(u"out"_s).contains(u"x.img"_s));
    const Run again = run(arguments);
    QVERIFY2(again.status == 0, again.err.constData());
    QCOMPARE(input.entries(u"out"_s), QStringList{u"x.img"_s});
    const Run checked = shell(u"PATH=$PATH:/sbin:/usr/sbin e2fsck -fn \"$1\""_s, {input.path(u"out/x.img"_s)});
    QVERIFY2(checked.status == 0, checked.out.constData());
}

void TestCliBinary::killedWhileBuilding()
{
    const CliInput input;
    const QStringList output{u"--output"_s, u"tree:"_s + input.path(u"out/tree"_s)};
    QCOMPARE(run(input.arguments(u"build"_s, "BUNDLED_XEN_GUESTS = \"alpha\"\n") + output).status, 0);
    const QStringList arguments = input.arguments(u"build"_s, importOf(fixture(u"debian-minbase"_s))) + output;
    QProcess process;
    process.start(commandLineProgram(), arguments);
    QVERIFY2(waitForWork(process, input), process.readAllStandardError().constData());
    process.kill();
    QVERIFY(process.waitForFinished());
    QCOMPARE(readFile(input.path(u"out/tree/var/lib/xen/images/alpha-qemuarm64.ext4"_s)), QByteArray("root of alpha"));
    const Run again = run(arguments);
    QVERIFY2(again.status == 0, again.err.constData());
    QVERIFY(QFileInfo::exists(input.path(u"out/tree/etc/xen/beta.cfg"_s)));
    QVERIFY(!QFileInfo::exists(input.path(u"out/tree/etc/xen/alpha.cfg"_s)));
    QVERIFY2(input.entries(u"out"_s).filter(u".stowage-"_s).filter(QRegularExpression(u"^\\."_s)).isEmpty(),
             qPrintable(input.entries(u"out"_s).join(u' ')));
}

void TestCliBinary::barOnATerminal()
{
    const CliInput input;
    const QString source = input.path(u"system.tar.xz"_s); // not decompressed before anything is told
    const Run packed = shell(u"xz -1 -T2 < \"$1\" > \"$2\""_s, {fixture(u"debian-minbase.tar"_s), source});
    QVERIFY2(packed.status == 0, packed.err.constData());
    const QString output = input.path(u"out/x.img"_s);
    // script(1) gives it a terminal; the exit status is the program's.
    const Run bar = shell(u"TERM=xterm script -qec \"'$1' import --size 2048 '$2' '$3'\" /dev/null < /dev/null"_s,
                          {commandLineProgram(), source, output});
    QVERIFY2(bar.status == 0, bar.out.constData());
    QVERIFY2(bar.out.contains("\r\x1b[K["), bar.out.constData());
    QVERIFY2(bar.out.contains(" %  ") && bar.out.contains("/s, "), bar.out.constData());
    QVERIFY2(bar.out.trimmed().endsWith("imported as rootfs_archive"), bar.out.constData());

    const QStringList arguments{u"import"_s, u"--size"_s, u"2048"_s, source, output};
    const Run lines = run(arguments);
    QCOMPARE(lines.status, 0);
    QVERIFY2(!lines.err.contains('\r'), lines.err.constData());
    QVERIFY2(lines.err.contains("Import system.tar.xz: "), lines.err.constData());
    QVERIFY2(lines.err.count("Import system.tar.xz: ") <= 12, lines.err.constData());
    QCOMPARE(run(arguments + QStringList{u"-q"_s}).err, QByteArray());
}

void TestCliBinary::completion_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<QByteArray>("expected");
    QTest::newRow("verbs") << u"stowage-cli p"_s << QByteArray("plan probe");
    QTest::newRow("verb options") << u"stowage-cli import --s"_s << QByteArray("--size");
    QTest::newRow("input options") << u"stowage-cli plan x.conf --m"_s << QByteArray("--machine");
    QTest::newRow("common options") << u"stowage-cli probe --j"_s << QByteArray("--json");
    QTest::newRow("types") << u"stowage-cli import --type q"_s << QByteArray("qcow2 qed");
    QTest::newRow("formats") << u"stowage-cli export --format s"_s << QByteArray("stowage");
    QTest::newRow("format after =") << u"stowage-cli export --format=s"_s << QByteArray("stowage");
    QTest::newRow("output kinds") << u"stowage-cli build x.conf --output t"_s << QByteArray("tar: tree:");
    QTest::newRow("tree path") << u"stowage-cli build x.conf --output tree:dep"_s << QByteArray("deploy");
    QTest::newRow("tar path") << u"stowage-cli build x.conf -o tar:arch"_s << QByteArray("archive.tar.gz");
    QTest::newRow("directories") << u"stowage-cli check --deploy-dir d"_s << QByteArray("deploy");
    QTest::newRow("inputs only") << u"stowage-cli check l"_s << QByteArray("local.conf");
    QTest::newRow("sources") << u"stowage-cli probe l"_s << QByteArray("local.conf local.txt");
    QTest::newRow("help") << u"stowage-cli help ex"_s << QByteArray("export");
}

void TestCliBinary::completion()
{
    QFETCH(const QString, line);
    QFETCH(const QByteArray, expected);
    const CliInput input;
    writeFile(input.path(u"local.conf"_s), {});
    writeFile(input.path(u"local.txt"_s), {});
    writeFile(input.path(u"archive.tar.gz"_s), {});
    // What readline does: splits at COMP_WORDBREAKS, calls the function, shows COMPREPLY.
    const QString script = uR"(
        . /usr/share/bash-completion/bash_completion && . "$1" && cd "$2" || exit 9
        COMP_LINE=$3 COMP_POINT=${#3} COMP_TYPE=9 COMP_KEY=9
        mapfile -t COMP_WORDS < <(grep -oE '[:=]|[^ :=]+' <<<"$3")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        compopt() { :; }
        _stowage_cli
        printf '%s\n' "${COMPREPLY[@]}" | sort
    )"_s;
    const Run result = shell(script, {sourceFile(u"packaging/completions/stowage-cli"_s), input.path(u"."_s), line});
    QVERIFY2(result.status == 0, result.err.constData());
    QCOMPARE(result.err, QByteArray());
    QCOMPARE(result.out.trimmed().replace('\n', ' '), expected);
}

void TestCliBinary::manualPage()
{
    const QByteArray page = readFile(sourceFile(u"packaging/man/stowage-cli.1"_s));
    for (const char* status : {"\n.It 0\n", "\n.It 1\n", "\n.It 2\n", "\n.It 3\n", "\n.It 130\n"}) {
        QVERIFY2(page.contains(status), status);
    }
}

QTEST_GUILESS_MAIN(TestCliBinary)
#include "tst_clibinary.moc"

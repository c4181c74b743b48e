// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "cliinput.h"
#include "clirun.h"
#include "core/project/projectfile.h"
#include "fixtures.h"

#include <QDir>
#include <QJsonArray>
#include <QJsonObject>
#include <QProcess>

#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

namespace
{

constexpr auto OneGuest = "BUNDLED_XEN_GUESTS = \"alpha:autostart\"\n";

} // namespace

/** The verbs that write: build, import, export. */
class TestCliWriting : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void build();
    void buildAsJson();
    void buildImages();
    void buildTellsWrongOutputs_data();
    void buildTellsWrongOutputs();
    void buildWritesWhatTheProjectNames();
    void buildNewDisk();
    void buildNeedsGuests();
    void buildRefusesForeignDirectory();
    void buildWithErrorsWritesNothing();
    void stopped_data();
    void stopped();
    void failuresAreToldOnce();
    void importFile();
    void importDirectory();
    void importFailures_data();
    void importFailures();
    void failedToolIsQuoted();
    void exportProject();
    void exportRefusesErrors();
    void exportReplacesNoInput();
    void buildKeepsItsInput();
};

void TestCliWriting::build()
{
    const CliInput input;
    const QString tree = input.path(u"out/a:b ü"_s);
    const QString archive = input.path(u"out/x.tar.gz"_s);
    const QStringList arguments = input.arguments(u"build"_s, OneGuest)
        + QStringList{u"--output"_s, u"tree:"_s + tree, u"-o"_s, u"tar:"_s + archive, u"--jobs"_s, u"1"_s};
    for (int round = 0; round < 2; ++round) { // the second replaces the first
        const Run result = run(arguments);
        QVERIFY2(result.status == ExitStatus::Done, qPrintable(result.err));
        QVERIFY2(result.out.contains("tree "_L1 + tree) && result.out.contains("tar "_L1 + archive),
                 qPrintable(result.out));
        QCOMPARE(readFile(tree + u"/var/lib/xen/images/alpha-qemuarm64.ext4"_s), QByteArray("root of alpha"));
        QCOMPARE(readFile(tree + u"/var/lib/xen/images/Image--6.10-r0-qemuarm64-20240101000000.bin"_s),
                 QByteArray("kernel"));
        QCOMPARE(QFile::symLinkTarget(tree + u"/etc/xen/auto/alpha.cfg"_s), u"/etc/xen/alpha.cfg"_s);
        QVERIFY(readFile(archive).startsWith("\x1f\x8b"));
    }
}

void TestCliWriting::buildAsJson()
{
    const CliInput input;
    const QString tree = input.path(u"out/tree"_s);
    const Run result = run(input.arguments(u"build"_s, OneGuest)
                           + QStringList{u"--json"_s, u"--output"_s, u"tree:"_s + tree});
    QVERIFY2(result.status == ExitStatus::Done, qPrintable(result.err));
    const QJsonArray outputs = result.json()["outputs"_L1].toArray();
    QCOMPARE(outputs.size(), 1);
    QCOMPARE(outputs.first()["kind"_L1].toString(), u"tree"_s);
    QCOMPARE(outputs.first()["path"_L1].toString(), tree);
    QCOMPARE(outputs.first()["files"_L1].toInt(), 3);
    QVERIFY(outputs.first()["bytes"_L1].toInt() > 19);
    QVERIFY(result.json()["errors"_L1].toArray().isEmpty());
}

void TestCliWriting::buildImages()
{
    const CliInput input;
    const QString image = input.path(u"out/a.img.xz"_s);
    const QStringList arguments = input.arguments(u"build"_s, OneGuest) + QStringList{u"--bmap"_s, u"--json"_s};
    const Run result = run(arguments + QStringList{u"-o"_s, u"ext4:"_s + image});
    QVERIFY2(result.status == ExitStatus::Done, qPrintable(result.err));
    const QJsonObject output = result.json()["outputs"_L1].toArray().first().toObject();
    QCOMPARE(output["bmapFile"_L1].toString(), image + u".bmap"_s);
    QVERIFY(output["bytes"_L1].toInteger() > QFileInfo(image).size());
    QVERIFY(QFile::exists(image + u".bmap"_s));
    QVERIFY(readFile(image).startsWith("\xfd"
                                       "7zXZ"));

    // A QCOW2 image, which can have no map, has none.
    const Run both = run(arguments
                         + QStringList{u"-o"_s, u"disk:"_s + input.path(u"out/b.qcow2"_s), u"-o"_s,
                                       u"disk:"_s + input.path(u"out/b.img"_s)});
    QVERIFY2(both.status == ExitStatus::Done, qPrintable(both.err));
    QCOMPARE(input.entries(u"out"_s),
             (QStringList{u"a.img.xz"_s, u"a.img.xz.bmap"_s, u"b.img"_s, u"b.img.bmap"_s, u"b.qcow2"_s}));
}

void TestCliWriting::buildTellsWrongOutputs_data()
{
    QTest::addColumn<QString>("output");
    QTest::newRow("source") << u"tree:deploy"_s;
    QTest::newRow("form") << u"disk:out/x.lz4"_s;
    QTest::newRow("archive's form") << u"tar:out/x.zip"_s;
}

/** Outputs that cannot be are wrong usage, as those of an import are. */
void TestCliWriting::buildTellsWrongOutputs()
{
    const CliInput input;
    QFETCH(QString, output);
    const QString kind = output.section(u':', 0, 0);
    const Run result = run(input.arguments(u"build"_s, OneGuest)
                           + QStringList{u"--json"_s, u"-o"_s, kind + u':' + input.path(output.section(u':', 1))});
    QCOMPARE(result.status, ExitStatus::WrongUsage);
    QCOMPARE(result.json()["errors"_L1].toArray().first()["code"_L1].toString(), u"invalid-input"_s);
    QCOMPARE(input.entries(u"out"_s), QStringList());
}

void TestCliWriting::buildWritesWhatTheProjectNames()
{
    const CliInput input;
    const QString file = input.path(u"project/my project.stowage"_s);
    Project project;
    project.directory = input.path(u"project"_s);
    project.machine.name = u"qemuarm64"_s;
    project.machine.deployDirectory = u"../deploy"_s;
    project.guests.resize(1);
    project.guests.first().entry = u"alpha"_s;
    writeFile(file, projectToJson(project));
    const Run without = run({u"build"_s, file});
    QCOMPARE(without.status, ExitStatus::WrongUsage);
    QVERIFY(without.err.contains("--output"_L1));

    project.outputs = {{u"tree"_s, u"../out/of project"_s}};
    writeFile(file, projectToJson(project));
    const Run with = run({u"build"_s, file});
    QVERIFY2(with.status == ExitStatus::Done, qPrintable(with.err));
    QVERIFY(QFileInfo::exists(input.path(u"out/of project/etc/xen/alpha.cfg"_s)));
}

/** The command line has the last word on how a new disk is laid out and starts; "plan" shows it. */
void TestCliWriting::buildNewDisk()
{
    const CliInput input;
    for (const char* name :
         {"boot/xen-4.20-arm64", "boot/xen-4.20-arm64.efi", "boot/vmlinuz-6.12-arm64", "etc/passwd"}) {
        writeFile(input.path(u"host/"_s + QString::fromLatin1(name)), "content");
    }
    const QString file = input.path(u"disk.stowage"_s);
    Project project;
    project.directory = input.path({});
    project.machine.name = u"qemuarm64"_s;
    project.machine.deployDirectory = u"deploy"_s;
    project.host.path = u"host"_s;
    project.disk.table = DiskSettings::Table::Mbr;
    project.outputs = {{u"disk"_s, u"out/disk.img"_s}};
    project.guests.resize(1);
    project.guests.first().entry = u"alpha"_s;
    writeFile(file, projectToJson(project));

    const Run text = run({u"plan"_s, file});
    QVERIFY2(text.out.contains("Disk (MBR): it starts by UEFI, U-Boot."_L1), qPrintable(text.out));
    QVERIFY2(text.out.contains("EFI/BOOT/BOOTAA64.EFI"_L1), qPrintable(text.out));
    const QJsonValue planned = run({u"plan"_s, u"--json"_s, file}).json()["disk"_L1];
    QCOMPARE(planned["table"_L1].toString(), u"mbr"_s);
    QCOMPARE(planned["startsBy"_L1].toArray(), (QJsonArray{u"uefi"_s, u"u-boot"_s}));
    QCOMPARE(planned["partitions"_L1].toArray().size(), 2);
    QCOMPARE(planned["partitions"_L1][0]["type"_L1].toString(), u"0x0c"_s);
    QCOMPARE(planned["partitions"_L1][1]["fileSystem"_L1].toString(), u"ext4"_s);

    const auto label = [&input](const QString& name) {
        QProcess sfdisk;
        sfdisk.start(u"/sbin/sfdisk"_s, {u"--dump"_s, input.path(name)});
        sfdisk.waitForFinished();
        const QString dump = QString::fromLatin1(sfdisk.readAllStandardOutput());
        return dump.section(u'\n', 0, 0) + u", "_s + QString::number(dump.count("start="_L1));
    };
    QVERIFY2(run({u"build"_s, file}).status == ExitStatus::Done, "the project's own");
    QCOMPARE(label(u"out/disk.img"_s), u"label: dos, 2"_s);
    const QString other = input.path(u"out/other.img"_s);
    const Run result = run(
        {u"build"_s, file, u"--output"_s, u"disk:"_s + other, u"--table"_s, u"gpt"_s, u"--boot"_s, u"none"_s});
    QVERIFY2(result.status == ExitStatus::Done, qPrintable(result.err));
    QCOMPARE(label(u"out/other.img"_s), u"label: gpt, 1"_s);
    const Run impossible = run({u"build"_s, file, u"--boot"_s, u"bios"_s});
    QCOMPARE(impossible.status, ExitStatus::InvalidInput);
    QVERIFY2(impossible.err.contains("boot.impossible"_L1), qPrintable(impossible.err));
    for (const QStringList& wrong : {QStringList{u"--table"_s, u"apm"_s}, {u"--boot"_s, u"floppy"_s}}) {
        const Run refused = run(QStringList{u"build"_s, file} + wrong);
        QCOMPARE(refused.status, ExitStatus::WrongUsage);
        QVERIFY(refused.err.contains(wrong.first()));
    }
}

void TestCliWriting::buildNeedsGuests()
{
    const CliInput input;
    const Run result = run(input.arguments(u"build"_s, "# nothing\n")
                           + QStringList{u"--json"_s, u"-o"_s, u"tree:"_s + input.path(u"out/tree"_s)});
    QCOMPARE(result.status, ExitStatus::InvalidInput);
    QVERIFY(!result.json()["errors"_L1].toArray().isEmpty());
    QCOMPARE(input.entries(u"out"_s), QStringList());
}

void TestCliWriting::buildRefusesForeignDirectory()
{
    const CliInput input;
    writeFile(input.path(u"out/home/precious"_s), "precious");
    const Run result = run(input.arguments(u"build"_s, OneGuest)
                           + QStringList{u"-o"_s, u"tree:"_s + input.path(u"out/home"_s)});
    QCOMPARE(result.status, ExitStatus::WrongUsage);
    QCOMPARE(readFile(input.path(u"out/home/precious"_s)), QByteArray("precious"));
    QCOMPARE(input.entries(u"out"_s), QStringList{u"home"_s});

    const Run nowhere = run(input.arguments(u"build"_s, OneGuest)
                            + QStringList{u"-o"_s, u"tree:"_s + input.path(u"none/tree"_s)});
    QCOMPARE(nowhere.status, ExitStatus::Failed);
    QVERIFY2(nowhere.err.contains("error: "_L1), qPrintable(nowhere.err));
}

void TestCliWriting::buildWithErrorsWritesNothing()
{
    const CliInput input;
    const Run result = run(input.arguments(u"build"_s, "BUNDLED_XEN_GUESTS = \"alpha beta\"\n")
                           + QStringList{u"-o"_s, u"tree:"_s + input.path(u"out/tree"_s)});
    QCOMPARE(result.status, ExitStatus::InvalidInput);
    QCOMPARE(result.out, QString());
    QVERIFY(result.err.contains("error[source.missing]"_L1));
    QCOMPARE(input.entries(u"out"_s), QStringList());
}

void TestCliWriting::stopped_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::newRow("build") << QStringList{u"build"_s, u"-o"_s, u"tree:%1"_s};
    QTest::newRow("export") << QStringList{u"export"_s, u"--format"_s, u"stowage"_s, u"-o"_s, u"%1"_s};
    QTest::newRow("export to the standard output") << QStringList{u"export"_s, u"--format"_s, u"stowage"_s};
    QTest::newRow("check") << QStringList{u"check"_s};
    QTest::newRow("plan") << QStringList{u"plan"_s};
}

void TestCliWriting::stopped()
{
    QFETCH(QStringList, arguments);
    const CliInput input;
    std::stop_source stop;
    stop.request_stop();
    arguments.replaceInStrings(u"%1"_s, input.path(u"out/it"_s));
    const Run result = run(input.arguments(arguments.takeFirst(), OneGuest) + QStringList{u"--json"_s} + arguments,
                           stop.get_token());
    QCOMPARE(result.status, ExitStatus::Interrupted);
    QCOMPARE(result.json()["errors"_L1].toArray().first()["code"_L1].toString(), u"cancelled"_s);
    QCOMPARE(input.entries(u"out"_s), QStringList());
}

void TestCliWriting::failuresAreToldOnce()
{
    const CliInput input;
    writeFile(input.path(u"deploy/big.raw"_s), QByteArray(qsizetype{1024} * 1024, 'b'));
    rlimit before{};
    QCOMPARE(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const rlimit small{.rlim_cur = 64 * 1024, .rlim_max = before.rlim_max};
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    QCOMPARE(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const Run built = run(input.arguments(u"build"_s, "BUNDLED_XEN_GUESTS = \"g\"\nXEN_GUEST_ROOTFS[g] = \"big.raw\"\n")
                          + QStringList{u"-o"_s, u"tree:"_s + input.path(u"out/tree"_s)});
    const Run imported = run(
        {u"import"_s, input.path(u"deploy/big.raw"_s), input.path(u"out/x.img"_s), u"--type"_s, u"raw"_s});
    QCOMPARE(::setrlimit(RLIMIT_FSIZE, &before), 0);
    std::signal(SIGXFSZ, handler);
    for (const Run& result : {built, imported}) {
        QCOMPARE(result.status, ExitStatus::Failed);
        QVERIFY2(result.err.count("File too large"_L1) == 1, qPrintable(result.err));
        QVERIFY2(result.err.contains("error: "_L1), qPrintable(result.err));
    }
    QCOMPARE(input.entries(u"out"_s), QStringList());
}

void TestCliWriting::importFile()
{
    const CliInput input;
    const QString output = input.path(u"out/disk ü.img"_s);
    writeFile(output, "old");
    const QString source = fixture(u"debian-minbase.qcow2"_s);
    const Run result = run({u"import"_s, source, output, u"--json"_s, u"--size"_s, u"10"_s});
    QVERIFY2(result.status == ExitStatus::Done, qPrintable(result.err));
    QCOMPARE(result.json()["type"_L1].toString(), u"qcow2"_s);
    QCOMPARE(result.json()["output"_L1].toString(), output);
    QCOMPARE(result.json()["bytes"_L1].toInteger(), 512LL * 1024 * 1024);
    QVERIFY2(result.err.contains("--size"_L1), qPrintable(result.err));
    QFile made(output);
    QFile reference(fixture(u"debian-minbase.ext4"_s));
    QVERIFY(made.open(QIODevice::ReadOnly) && reference.open(QIODevice::ReadOnly));
    constexpr qint64 Block = 16LL * 1024 * 1024;
    while (!reference.atEnd()) {
        QVERIFY(made.read(Block) == reference.read(Block));
    }
    QVERIFY(made.atEnd());
    QCOMPARE(input.entries(u"out"_s), QStringList{u"disk ü.img"_s});
}

void TestCliWriting::importDirectory()
{
    const CliInput input;
    writeFile(input.path(u"root/etc/hostname"_s), "guest\n");
    writeFile(input.path(u"root/bin/sh"_s), "#!\n");
    const Run result = run({u"import"_s, input.path(u"root"_s), input.path(u"out/root.img"_s), u"--size"_s, u"16"_s});
    QVERIFY2(result.status == ExitStatus::Done, qPrintable(result.err));
    QCOMPARE(QFileInfo(input.path(u"out/root.img"_s)).size(), 16LL * 1024 * 1024);
    QVERIFY2(result.out.contains("16 MiB, imported as rootfs_dir"_L1), qPrintable(result.out));

    writeFile(input.path(u"root/big"_s), QByteArray(20 * 1024 * 1024, 'x'));
    const Run tooSmall = run(
        {u"import"_s, input.path(u"root"_s), input.path(u"out/small.img"_s), u"--size"_s, u"16"_s});
    QCOMPARE(tooSmall.status, ExitStatus::InvalidInput);
    QVERIFY2(tooSmall.err.contains("MiB"_L1), qPrintable(tooSmall.err));
    QCOMPARE(input.entries(u"out"_s), QStringList{u"root.img"_s});
}

void TestCliWriting::importFailures_data()
{
    QTest::addColumn<QString>("source");
    QTest::addColumn<QString>("output");
    QTest::addColumn<QStringList>("options");
    QTest::addColumn<ExitStatus>("status");
    QTest::newRow("missing") << u"none"_s << u"out/x.img"_s << QStringList{} << ExitStatus::InvalidInput;
    QTest::newRow("no disk") << u"notes.txt"_s << u"out/x.img"_s << QStringList{} << ExitStatus::InvalidInput;
    QTest::newRow("wrong type") << u"notes.txt"_s << u"out/x.img"_s << QStringList{u"--type"_s, u"qcow2"_s}
                                << ExitStatus::InvalidInput;
    QTest::newRow("missing, typed") << u"none"_s << u"out/x.img"_s << QStringList{u"--type"_s, u"raw"_s}
                                    << ExitStatus::InvalidInput;
    QTest::newRow("unreadable") << QString(300, u'x') << u"out/x.img"_s << QStringList{} << ExitStatus::InvalidInput;
    QTest::newRow("to a directory") << u"root"_s << u"out"_s << QStringList{} << ExitStatus::Failed;
    QTest::newRow("to a FIFO") << u"root"_s << u"fifo"_s << QStringList{} << ExitStatus::Failed;
    QTest::newRow("to nowhere") << u"root"_s << u"none/x.img"_s << QStringList{} << ExitStatus::Failed;
    QTest::newRow("into the source") << u"root"_s << u"root/etc/x.img"_s << QStringList{} << ExitStatus::WrongUsage;
    QTest::newRow("onto the source") << u"notes.txt"_s << u"notes.txt"_s << QStringList{u"--type"_s, u"raw"_s}
                                     << ExitStatus::WrongUsage;
}

void TestCliWriting::importFailures()
{
    const CliInput input;
    writeFile(input.path(u"notes.txt"_s), "nothing to see\n");
    writeFile(input.path(u"root/etc/hostname"_s), "guest\n");
    writeFile(input.path(u"root/bin/sh"_s), "#!\n");
    QCOMPARE(::mkfifo(QFile::encodeName(input.path(u"fifo"_s)).constData(), 0600), 0);
    QFETCH(const QString, source);
    QFETCH(const QString, output);
    QFETCH(const QStringList, options);
    QFETCH(const ExitStatus, status);
    const Run result = run(QStringList{u"import"_s, u"--json"_s, input.path(source), input.path(output)} + options);
    QCOMPARE(result.status, status);
    const QJsonArray errors = result.json()["errors"_L1].toArray();
    QCOMPARE(errors.size(), 1);
    QVERIFY(result.err.contains("error: "_L1));
    // Other types are of use only where the source has none.
    QCOMPARE(result.err.contains("There are handlers for"_L1), source == "notes.txt"_L1 && options.isEmpty());
    QCOMPARE(input.entries(u"out"_s), QStringList());
    QCOMPARE(input.entries(u"root/etc"_s), QStringList{u"hostname"_s});
    QCOMPARE(readFile(input.path(u"notes.txt"_s)), QByteArray("nothing to see\n"));
}

/** A tool that fails says why in more than its last line. */
void TestCliWriting::failedToolIsQuoted()
{
    const CliInput input;
    const QString tool = input.path(u"bin/e2fsck"_s);
    writeFile(tool, "#!/bin/sh\necho half of it done\necho the reason >&2\necho e2fsck: it failed >&2\nexit 1\n");
    QCOMPARE(::chmod(qPrintable(tool), 0755), 0);
    const QByteArray before = qgetenv("PATH");
    qputenv("PATH", QFile::encodeName(input.path(u"bin"_s)) + ':' + before);
    const Run result = run(
        {u"import"_s, fixture(u"debian-minbase"_s), input.path(u"out/x.img"_s), u"--size"_s, u"512"_s});
    qputenv("PATH", before);
    QCOMPARE(result.status, ExitStatus::Failed);
    QVERIFY2(result.err.contains("e2fsck: it failed\n"_L1), qPrintable(result.err));
    QVERIFY2(result.err.contains("    $ e2fsck -f -n "_L1), qPrintable(result.err));
    QVERIFY2(result.err.contains("    half of it done\n    the reason\n"_L1), qPrintable(result.err));
    QVERIFY(input.entries(u"out"_s).isEmpty());
}

void TestCliWriting::exportProject()
{
    const CliInput input;
    const QString file = input.path(u"out/p.stowage"_s);
    const QStringList arguments = input.arguments(u"export"_s, OneGuest) + QStringList{u"--format"_s, u"stowage"_s};
    const Run saved = run(arguments + QStringList{u"--output"_s, file});
    QVERIFY2(saved.status == ExitStatus::Done, qPrintable(saved.err));
    const auto project = loadProject(file);
    QVERIFY_RESULT(project);
    QCOMPARE(project->guests.size(), 1);
    QCOMPARE(project->guests.first().entry, u"alpha"_s);
    QCOMPARE(project->machine.deployDirectory, u"../deploy"_s);

    const Run printed = run(arguments);
    QCOMPARE(printed.status, ExitStatus::Done);
    const auto read = projectFromJson(printed.out.toUtf8(), QDir::current().filePath(u"x.stowage"_s));
    QVERIFY_RESULT(read);
    QCOMPARE(QDir::cleanPath(read->absolutePath(read->machine.deployDirectory)), input.path(u"deploy"_s));
    QCOMPARE(run(arguments + QStringList{u"--json"_s}).json()["content"_L1].toString(), printed.out);

    // What was exported plans to the same as its source.
    const QStringList plan{u"plan"_s, file, u"--json"_s};
    QCOMPARE(run(plan).json()["layout"_L1],
             run(input.arguments(u"plan"_s, OneGuest) + QStringList{u"--json"_s}).json()["layout"_L1]);
}

void TestCliWriting::exportRefusesErrors()
{
    const CliInput input;
    const Run result = run({u"export"_s, input.path(u"none.conf"_s), u"--format"_s, u"stowage"_s, u"--output"_s,
                            input.path(u"out/p.stowage"_s)});
    QCOMPARE(result.status, ExitStatus::InvalidInput);
    QCOMPARE(input.entries(u"out"_s), QStringList());
    const Run nowhere = run(input.arguments(u"export"_s, OneGuest)
                            + QStringList{u"--format"_s, u"stowage"_s, u"--output"_s, input.path(u"none/p.stowage"_s)});
    QCOMPARE(nowhere.status, ExitStatus::Failed);
}

void TestCliWriting::exportReplacesNoInput()
{
    const CliInput input;
    const QStringList arguments = input.arguments(u"export"_s, OneGuest) + QStringList{u"--format"_s, u"stowage"_s};
    const QString conf = arguments.at(1);
    const QByteArray before = readFile(conf);
    QVERIFY(!before.isEmpty());
    const Run refused = run(arguments + QStringList{u"--output"_s, conf});
    QCOMPARE(refused.status, ExitStatus::Failed);
    QVERIFY2(refused.err.contains(conf), qPrintable(refused.err));
    QCOMPARE(readFile(conf), before);
    // Neither does it make a file of what is none.
    const QString fifo = input.path(u"out/fifo"_s);
    QCOMPARE(::mkfifo(qPrintable(fifo), 0600), 0);
    QCOMPARE(run(arguments + QStringList{u"--output"_s, fifo}).status, ExitStatus::Failed);
    struct stat facts = {};
    QCOMPARE(::lstat(qPrintable(fifo), &facts), 0);
    QVERIFY(S_ISFIFO(facts.st_mode));
}

/** A configuration that lies in an earlier tree goes away with it. */
void TestCliWriting::buildKeepsItsInput()
{
    const CliInput input;
    const QString tree = input.path(u"out/tree"_s);
    QStringList arguments = input.arguments(u"build"_s, OneGuest) + QStringList{u"--output"_s, u"tree:"_s + tree};
    const Run first = run(arguments);
    QVERIFY2(first.status == ExitStatus::Done, qPrintable(first.err));
    const QString conf = tree + u"/my.conf"_s;
    writeFile(conf, readFile(arguments.at(1)));
    arguments[1] = conf;
    const Run refused = run(arguments);
    QCOMPARE(refused.status, ExitStatus::WrongUsage);
    QVERIFY2(refused.err.contains(conf), qPrintable(refused.err));
    QVERIFY(QFile::exists(conf));
}

QTEST_GUILESS_MAIN(TestCliWriting)
#include "tst_cliwriting.moc"

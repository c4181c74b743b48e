// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/boot/bootcheck.h"
#include "core/boot/bootmachine.h"
#include "core/process/processrunner.h"
#include "fixtures.h"

#include <QProcess>
#include <QTemporaryDir>

#include <algorithm>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

/** What is made of a machine that fails. It is a script that fails as a case needs, which no real one does when asked to. */
class TestBootMachine : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void faults_data();
    void faults();
    void workPlace_data();
    void workPlace();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory.filePath(name); }
    void putMachine(const QByteArray& script) const;
    [[nodiscard]] Result<BootReport> boot(const BootRequest& request);

    QTemporaryDir m_directory;
    QByteArray m_path;
    int m_machines = 0; ///< That the last boot() has started.
};

void TestBootMachine::init()
{
    m_path = qgetenv("PATH");
    const QString host = path(u"host"_s);
    QVERIFY(QDir(host).removeRecursively());
    writeFile(host + u"/bin/sh"_s, readFile(u"/bin/busybox"_s));
    writeFile(host + u"/boot/xen"_s, "hypervisor");
    writeFile(host + u"/boot/vmlinuz-6.12"_s, "kernel");
}

void TestBootMachine::cleanup()
{
    qputenv("PATH", m_path);
}

/** Makes @p script the program that runs machines; file 3 is what its console says. */
void TestBootMachine::putMachine(const QByteArray& script) const
{
    const QString program = path(u"bin/qemu-system-x86_64"_s);
    writeFile(program, "#!/bin/sh\nexec <>console.in 3<>console.out\n" + script + '\n');
    QVERIFY(QFile(program).setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner));
    qputenv("PATH", QFile::encodeName(path(u"bin"_s)) + ':' + m_path);
}

Result<BootReport> TestBootMachine::boot(const BootRequest& request)
{
    Progress progress;
    JobReport report;
    JobContext context{{}, progress, report};
    ProcessRunner runner;
    auto booted = checkBoot(request, {}, context, runner);
    const auto isMachine = [](const JobReport::Line& line) {
        return line.kind == JobReport::Kind::Command && line.text.contains("qemu-system"_L1);
    };
    m_machines = static_cast<int>(std::ranges::count_if(report.lines(), isMachine));
    return booted;
}

void TestBootMachine::faults_data()
{
    QTest::addColumn<QByteArray>("script");
    QTest::addColumn<QString>("message");
    QTest::addColumn<bool>("mayBeKvm"); // then it is tried without
    QTest::addColumn<int>("seconds");
    const QByteArray up = "echo ' Xen 4.20' >&3; echo 'Linux version 6' >&3; ";
    const QByteArray hangs = "sleep 60";
    QTest::newRow("ends at once") << QByteArray("exit 1") << u"qemu-system-x86_64"_s << true << 30;
    QTest::newRow("Xen panic") << "echo ' Xen 4.20' >&3; echo '(XEN) Panic on CPU 0:' >&3; " + hangs << u"Xen stopped"_s
                               << true << 30;
    QTest::newRow("kernel panic") << up + "echo '[ 1.0] Kernel panic - not syncing: VFS' >&3; " + hangs
                                  << u"not syncing: VFS"_s << false << 30;
    QTest::newRow("wrong password") << up
            + "printf 'dom0 login: ' >&3; read name; echo >&3; echo 'Login incorrect' >&3; " + hangs
                                    << u"does not let root in"_s << false << 30;
    QTest::newRow("no time left") << "echo ' Xen 4.20' >&3; " + hangs << u"did not come up within 3 s"_s << false << 3;
}

/** Only what may be KVM's fault is tried a second time, and the time of both is not more than was asked for. */
void TestBootMachine::faults()
{
    QFETCH(QByteArray, script);
    QFETCH(QString, message);
    QFETCH(bool, mayBeKvm);
    QFETCH(int, seconds);
    putMachine(script);
    BootRequest request;
    request.image = path(u"host"_s);
    request.timeout = std::chrono::seconds(seconds);
    const auto booted = boot(request);
    QVERIFY(!booted);
    QVERIFY2(booted.error().message.contains(message), qPrintable(booted.error().message));
    QCOMPARE(m_machines, mayBeKvm && mayHaveKvm(Architecture::X86_64) ? 2 : 1);
}

void TestBootMachine::workPlace_data()
{
    QTest::addColumn<QString>("script"); // what somebody else has put there
    QTest::newRow("file") << u"touch stowage-boot"_s;
    QTest::newRow("link") << u"mkdir -p ../elsewhere; ln -s ../elsewhere stowage-boot"_s;
    QTest::newRow("link to nowhere") << u"ln -s nowhere stowage-boot"_s;
}

/** Where everybody may write, somebody else's files are not in the way; a killed run's own go. */
void TestBootMachine::workPlace()
{
    QFETCH(QString, script);
    const QString place = path(u"place"_s);
    QVERIFY(QDir(place).removeRecursively());
    const QString killed = u".stowage-boot.stowage-3fffff123456"_s;
    writeFile(place + u'/' + killed + u"/stowage-boot/disk.raw"_s, "left");
    const auto run = [](const QString& command) { return QProcess::execute(u"sh"_s, {u"-ec"_s, command}); };
    QCOMPARE(run(u"cd '%1'; "_s.arg(place) + script), 0);
    putMachine("pwd >&3; echo '(XEN) Panic on CPU 0: '$(pwd) >&3; sleep 60");
    BootRequest request;
    request.image = path(u"host"_s);
    qputenv("TMPDIR", QFile::encodeName(place));
    const auto booted = boot(request);
    qunsetenv("TMPDIR");
    QVERIFY(!booted);
    const QString works = u"CPU 0: "_s + place + u"/.stowage-boot"_s;
    QVERIFY2(booted.error().message.contains(works), qPrintable(booted.error().message));
    QCOMPARE(QDir(place).entryList(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot),
             QStringList{u"stowage-boot"_s});
}

QTEST_GUILESS_MAIN(TestBootMachine)
#include "tst_bootmachine.moc"

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bootrun.h"
#include "core/boot/bootcheck.h"
#include "core/process/processrunner.h"
#include "fixtures.h"

#include <QElapsedTimer>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>

#include <csignal>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

/**
 * Guests put into a Debian with Xen by the real program, and booted there: real hypervisor, real kernels, real xl, on an
 * emulated machine.
 */
class TestBoot : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void quick();
    void everyKind_data();
    void everyKind();
    void crash();
    void overHost();
    void ownLoader_data();
    void ownLoader();
    void arm64_data();
    void arm64();
    void cancelled_data();
    void cancelled();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory.filePath(name); }
    void writeProject(const QJsonArray& guests, const QJsonObject& more = {}) const;
    void ended();
    void build(const QString& output, const QString& host = u"dom0.tar"_s) const;
    [[nodiscard]] QJsonObject boot(const QStringList& arguments, int expectedStatus);

    QTemporaryDir m_directory;
    QString m_hosts;
};

namespace
{

/** A guest of the example's BusyBox system; its kernel's command line has its name, so that its console does. */
QJsonObject guest(const QString& entry, QJsonObject more)
{
    QJsonObject guest{{"entry"_L1, entry},
                      {"autostart"_L1, true},
                      {"extra"_L1, u"root=/dev/xvda rw console=hvc0 stowage.test="_s + entry},
                      {"memory"_L1, 128},
                      {"ramdisk"_L1, "busybox-initrd.cpio.gz"_L1}};
    for (auto it = more.begin(); it != more.end(); ++it) {
        guest[it.key()] = it.value();
    }
    return guest;
}

QJsonObject fromDirectory(const QString& entry)
{
    return guest(entry,
                 {{"sourceType"_L1, "rootfs_dir"_L1}, {"sourceFile"_L1, "busybox-root"_L1}, {"imageSize"_L1, 32}});
}

} // namespace

void TestBoot::initTestCase()
{
    m_hosts = qEnvironmentVariable("STOWAGE_BOOT_INPUT") + u'/';
    QVERIFY2(QFile::exists(m_hosts + u"dom0.tar"_s), "STOWAGE_BOOT_INPUT names no hosts; ./dev test makes them");
    const Outcome made = run(sourceFile(u"resources/example/make-inputs.sh"_s), {m_directory.path()});
    QVERIFY2(made.exitCode == 0, made.messages.constData());
}

void TestBoot::writeProject(const QJsonArray& guests, const QJsonObject& more) const
{
    QJsonObject project{{"version"_L1, 1},
                        {"bundle"_L1, QJsonObject{{"name"_L1, "boot"_L1}, {"version"_L1, "1.0"_L1}}},
                        {"machine"_L1,
                         QJsonObject{{"architecture"_L1, "x86_64"_L1},
                                     {"deployDirectory"_L1, "deploy"_L1},
                                     {"name"_L1, "genericx86-64"_L1},
                                     {"memory"_L1, 4096}}},
                        {"guests"_L1, guests}};
    for (auto it = more.begin(); it != more.end(); ++it) {
        project[it.key()] = it.value();
    }
    writeFile(path(u"boot.stowage"_s), QJsonDocument(project).toJson());
}

void TestBoot::build(const QString& output, const QString& host) const
{
    QStringList arguments{u"build"_s, path(u"boot.stowage"_s), u"-o"_s, output};
    if (!output.startsWith("tree:"_L1)) {
        arguments << u"--host"_s << m_hosts + host;
    }
    const Outcome built = run(commandLineProgram(), arguments);
    QVERIFY2(built.exitCode == 0, built.messages.constData());
}

/** Boots, and gives what `--json` says. */
QJsonObject TestBoot::boot(const QStringList& arguments, int expectedStatus)
{
    const Outcome booted = run(commandLineProgram(), QStringList{u"boot"_s, u"--json"_s} + arguments);
    if (booted.exitCode != expectedStatus) {
        qWarning("%s", booted.messages.constData());
        qWarning("%s", booted.output.constData());
        QTest::qFail("the boot did not end as it should", __FILE__, __LINE__);
    }
    return QJsonDocument::fromJson(booted.output).object();
}

/** One PV guest comes up. */
void TestBoot::quick()
{
    writeProject({fromDirectory(u"web"_s)});
    build(u"ext4:"_s + path(u"quick.ext4"_s));
    const QJsonObject report = boot({path(u"quick.ext4"_s)}, 0);
    QVERIFY(report["good"_L1].toBool());
    const QJsonArray guests = report["guests"_L1].toArray();
    QCOMPARE(guests.size(), 1);
    const QJsonObject web = guests.first().toObject();
    QCOMPARE(web["state"_L1].toString(), u"running"_s);
    QCOMPARE(web["memory"_L1].toInt(), 128);
    QVERIFY(web["console"_L1].toString().contains("stowage.test=web"_L1));
    QVERIFY(web["console"_L1].toString().contains("BusyBox on Xen"_L1));

    ended();
}

/** A boot that is ended, or killed, leaves no machine; the next one takes away the files of the killed one. */
void TestBoot::ended()
{
    const WorkPlace work;
    for (const int signal : {SIGKILL, SIGTERM}) {
        QProcess process;
        endWithParent(process);
        process.start(commandLineProgram(), {u"boot"_s, path(u"quick.ext4"_s)});
        process.setReadChannel(QProcess::StandardError);
        QByteArray said;
        while (!said.contains("Linux version") && process.waitForReadyRead(120'000)) {
            said += process.readAllStandardError();
        }
        QVERIFY2(said.contains("Linux version"), said.constData());
        QCOMPARE(work.processes(), 1);
        QCOMPARE(work.files(), 1); // the second time, too
        ::kill(static_cast<pid_t>(process.processId()), signal);
        QVERIFY(process.waitForFinished(5000));
        QTRY_COMPARE(work.processes(), 0);
        QCOMPARE(work.files(), signal == SIGKILL ? 1 : 0);
        QVERIFY(signal == SIGKILL || process.exitCode() == 130);
    }
}

void TestBoot::everyKind_data()
{
    QTest::addColumn<QString>("kind");
    QTest::newRow("ext4") << u"ext4"_s;
    QTest::newRow("disk") << u"disk"_s;
}

/** Guests of every kind at once; what xl makes of each is what the project says. */
void TestBoot::everyKind()
{
    QFETCH(QString, kind);
    QProcess::execute(u"tar"_s,
                      {u"-czf"_s, path(u"busybox.tar.gz"_s), u"--owner=0"_s, u"--group=0"_s, u"-C"_s,
                       path(u"busybox-root"_s), u"."_s});
    writeFile(path(u"custom.cfg"_s),
              "# Written by hand\nname = 'custom-name'\nmemory = 112\nvcpus = 2\nkernel = \"/old/kernel\"\n"
              "ramdisk = '/old/ramdisk'\ndisk = [ 'phy:/dev/vg/old,xvda,w' ]\n"
              "extra = \"root=/dev/xvda rw console=hvc0 stowage.test=custom\"\n");
    writeProject({fromDirectory(u"pv-dir"_s),
                  guest(u"pvh-tar"_s,
                        {{"sourceType"_L1, "rootfs_archive"_L1},
                         {"sourceFile"_L1, "busybox.tar.gz"_L1},
                         {"imageSize"_L1, 32},
                         {"type"_L1, "pvh"_L1},
                         {"memory"_L1, 160}}),
                  guest(u"pv-qcow2"_s,
                        {{"sourceType"_L1, "qcow2"_L1},
                         {"sourceFile"_L1, "busybox.qcow2"_L1},
                         {"vcpus"_L1, 2},
                         {"vif"_L1, "mac=00:16:3e:12:34:56,bridge=xenbr0"_L1}}),
                  guest(u"custom"_s,
                        {{"sourceType"_L1, "qcow2"_L1},
                         {"sourceFile"_L1, "busybox.qcow2"_L1},
                         {"configFile"_L1, "custom.cfg"_L1}})});
    const QString image = path(u"every."_s + kind);
    build(kind + u':' + image);
    const QJsonObject report = boot({image, u"--run"_s, u"xl list -l"_s, u"--run"_s, u"xl list"_s}, 0);
    const QJsonArray guests = report["guests"_L1].toArray();
    QCOMPARE(guests.size(), 4);
    struct Expected {
        const char* entry;
        const char* name;
        const char* type;
        int memory;
        int vcpus;
    };
    const auto listed = QJsonDocument::fromJson(report["answers"_L1][0].toString().toUtf8()).array();
    for (const Expected& one :
         {Expected{"pv-dir", "pv-dir", "pv", 128, 1}, Expected{"pvh-tar", "pvh-tar", "pvh", 160, 1},
          Expected{"pv-qcow2", "pv-qcow2", "pv", 128, 2}, Expected{"custom", "custom-name", "pv", 112, 2}}) {
        const QString name = QString::fromLatin1(one.name);
        const QJsonObject verdict = named(guests, name);
        QCOMPARE(verdict["state"_L1].toString(), u"running"_s);
        const QString console = verdict["console"_L1].toString();
        QVERIFY2(console.contains(u"stowage.test="_s + QLatin1StringView(one.entry)), qPrintable(console));
        QVERIFY(report["answers"_L1][1].toString().contains(name));
        const QJsonObject config = configOf(listed, name);
        QCOMPARE(config["c_info"_L1]["type"_L1].toString(), QString::fromLatin1(one.type));
        QCOMPARE(config["b_info"_L1]["max_memkb"_L1].toInt(), one.memory * 1024);
        QCOMPARE(config["b_info"_L1]["max_vcpus"_L1].toInt(), one.vcpus);
        const QJsonObject disk = config["disks"_L1][0].toObject();
        QCOMPARE(disk["pdev_path"_L1].toString(), u"/var/lib/xen/images/%1.img"_s.arg(QLatin1StringView(one.entry)));
        QCOMPARE(disk["vdev"_L1].toString(), u"xvda"_s);
    }
}

/** A guest that cannot come up is told from one that can. */
void TestBoot::crash()
{
    QJsonObject broken = fromDirectory(u"broken"_s);
    broken["extra"_L1] = "rdinit=/nothing init=/nothing panic=0 console=hvc0"_L1;
    broken["ramdisk"_L1] = QString();
    QJsonObject impossible = fromDirectory(u"impossible"_s);
    impossible["vif"_L1] = "bridge=nowhere"_L1;
    writeProject({fromDirectory(u"web"_s), broken, impossible});
    build(u"ext4:"_s + path(u"crash.ext4"_s));
    const QJsonObject report = boot({path(u"crash.ext4"_s), u"--timeout"_s, u"300"_s}, 1);
    const QJsonArray guests = report["guests"_L1].toArray();
    QCOMPARE(named(guests, u"web"_s)["state"_L1].toString(), u"running"_s);
    const QJsonObject fallen = named(guests, u"broken"_s);
    QCOMPARE(fallen["state"_L1].toString(), u"crashed"_s);
    // Whether its last words were read before it was gone is a matter of a second.
    const QString reason = fallen["reason"_L1].toString();
    QVERIFY2(reason.contains("Kernel panic"_L1) || reason.contains("xl list"_L1), qPrintable(reason));
    QVERIFY(named(guests, u"impossible"_s)["state"_L1].toString() != "running"_L1);
}

/** A staging tree over a host that it was not built with. */
void TestBoot::overHost()
{
    writeProject({fromDirectory(u"web"_s)});
    build(u"tree:"_s + path(u"tree"_s));
    const QJsonObject report = boot({path(u"tree"_s), u"--host"_s, m_hosts + u"dom0.tar"_s}, 0);
    QCOMPARE(report["guests"_L1].toArray().size(), 1);
}

void TestBoot::ownLoader_data()
{
    QTest::addColumn<QString>("table");
    QTest::addColumn<QString>("loader");
    QTest::addColumn<QString>("firmware");
    for (const char* table : {"gpt", "mbr"}) {
        for (const auto& [loader, firmware] :
             {std::pair{"grub", "bios"}, std::pair{"grub", "uefi"}, std::pair{"xen.efi", "uefi"}}) {
            QTest::addRow("%s %s %s", table, firmware, loader)
                << QString::fromLatin1(table) << QString::fromLatin1(loader) << QString::fromLatin1(firmware);
        }
    }
}

/** A new disk that firmware starts by what is on it, up to the guest. */
void TestBoot::ownLoader()
{
    QFETCH(QString, table);
    QFETCH(QString, loader);
    QFETCH(QString, firmware);
    const QJsonObject disk{{"table"_L1, table},
                           {"loader"_L1, loader},
                           {"xenOptions"_L1, "console=com1 com1=115200,8n1 dom0_mem=1G,max:1G"_L1}};
    writeProject({fromDirectory(u"web"_s)}, {{"disk"_L1, disk}});
    const QString image = path(u"own.img"_s);
    build(u"disk:"_s + image);
    const QJsonObject report = boot(
        {image, u"--firmware"_s, firmware, u"--run"_s, u"cat /proc/cmdline"_s, u"--run"_s, u"xl info"_s}, 0);
    QCOMPARE(named(report["guests"_L1].toArray(), u"web"_s)["state"_L1].toString(), u"running"_s);
    const QString kernel = report["answers"_L1][0].toString();
    QVERIFY2(kernel.contains("root=UUID="_L1) && kernel.contains("rw console=tty0 console=hvc0"_L1),
             qPrintable(kernel));
    QVERIFY(report["answers"_L1][1].toString().contains("dom0_mem=1G,max:1G"_L1));
}

void TestBoot::arm64_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("firmware"); // empty: QEMU loads it
    QTest::addColumn<QString>("root"); // on the kernel's command line
    QTest::newRow("ext4") << u"ext4"_s << QString() << u"root=/dev/vda"_s;
    QTest::newRow("disk, U-Boot") << u"disk"_s << u"uboot"_s << u"root=UUID="_s;
    QTest::newRow("disk, UEFI") << u"disk"_s << u"uefi"_s << u"root=UUID="_s;
}

/** The same on the other architecture, whose machine, Xen, kernels and boot loaders differ in all but the names. */
void TestBoot::arm64()
{
    QFETCH(QString, kind);
    QFETCH(QString, firmware);
    QFETCH(QString, root);
    const QString host = u"dom0-arm64.tar"_s;
    const Outcome made = run(
        u"bash"_s,
        {u"-ec"_s,
         u"cd \"$1\"; rm -rf arm64 arm64-root; mkdir arm64; tar -xf \"$2\" -C arm64 --wildcards './boot/*' "
         "./usr/bin/busybox; mv arm64/boot/vmlinuz-* deploy/Image; "
         "mv arm64/boot/initrd.img-* deploy/arm64-initrd; "
         "cp -a busybox-root arm64-root; cp arm64/usr/bin/busybox arm64-root/bin/busybox"_s,
         u"bash"_s, m_directory.path(), m_hosts + host});
    QVERIFY2(made.exitCode == 0, made.messages.constData());
    QJsonObject web = fromDirectory(u"web"_s);
    web["sourceFile"_L1] = "arm64-root"_L1;
    web["ramdisk"_L1] = "arm64-initrd"_L1;
    web["memory"_L1] = 256; // Debian's kernel for arm64 sets 64 MiB of it aside for devices
    const QJsonObject machine{{"architecture"_L1, "arm64"_L1},
                              {"deployDirectory"_L1, "deploy"_L1},
                              {"name"_L1, "qemuarm64"_L1}};
    writeProject({web}, {{"machine"_L1, machine}});
    const QString image = path(u"arm64."_s + kind);
    build(kind + u':' + image, host);
    QStringList arguments{image, u"--run"_s, u"xl list -l"_s, u"--run"_s, u"uname -m; cat /proc/cmdline"_s};
    if (!firmware.isEmpty()) {
        arguments << u"--firmware"_s << firmware;
    }
    const QJsonObject report = boot(arguments, 0);
    const QJsonArray guests = report["guests"_L1].toArray();
    QCOMPARE(guests.size(), 1);
    const QJsonObject verdict = guests.first().toObject();
    QCOMPARE(verdict["state"_L1].toString(), u"running"_s);
    QCOMPARE(verdict["memory"_L1].toInt(), 256);
    QVERIFY(verdict["console"_L1].toString().contains("stowage.test=web"_L1));
    const QString kernel = report["answers"_L1][1].toString();
    QVERIFY2(kernel.startsWith(u"aarch64\n"_s + root), qPrintable(kernel));
    const auto listed = QJsonDocument::fromJson(report["answers"_L1][0].toString().toUtf8()).array();
    const QJsonObject config = configOf(listed, u"web"_s);
    QCOMPARE(config["b_info"_L1]["max_memkb"_L1].toInt(), 256 * 1024);
    QCOMPARE(config["disks"_L1][0]["pdev_path"_L1].toString(), u"/var/lib/xen/images/web.img"_s);
}

void TestBoot::cancelled_data()
{
    QTest::addColumn<BootStage>("stage");
    QTest::newRow("Xen") << BootStage::Hypervisor;
    QTest::newRow("kernel") << BootStage::Kernel;
    QTest::newRow("login") << BootStage::LoggingIn;
    QTest::newRow("guests") << BootStage::Guests;
}

/** Wherever it is cancelled, machine and files are gone at once. */
void TestBoot::cancelled()
{
    QFETCH(BootStage, stage);
    if (!QFile::exists(path(u"cancelled.ext4"_s))) {
        writeProject({fromDirectory(u"web"_s)});
        build(u"ext4:"_s + path(u"cancelled.ext4"_s));
    }
    const WorkPlace work;
    BootRequest request;
    request.image = path(u"cancelled.ext4"_s);
    std::stop_source stop;
    QElapsedTimer since;
    const BootObserver observer{.console = {}, .changed = [&](BootStage reached, const QList<GuestVerdict>&) {
                                    if (reached == stage && !stop.stop_requested()) {
                                        since.start();
                                        stop.request_stop();
                                    }
                                }};
    Progress progress;
    JobReport report;
    JobContext context{stop.get_token(), progress, report};
    ProcessRunner runner;
    const auto booted = checkBoot(request, observer, context, runner);
    QVERIFY(!booted);
    QCOMPARE(booted.error().code, Error::Code::Cancelled);
    QVERIFY(since.elapsed() < 5000);
    QCOMPARE(work.processes(), 0);
    QCOMPARE(work.files(), 0);
}

QTEST_GUILESS_MAIN(TestBoot)
#include "tst_boot.moc"

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/output/builder.h"
#include "core/project/projectfile.h"
#include "fixtures.h"
#include "systemtree.h"

#include <QJsonObject>
#include <QTemporaryDir>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

/** What is said beforehand of guests that would not boot, or not be of use; and that nothing is said of good ones. */
class TestBootChecks : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void images_data();
    void images();
    void fixesMend_data();
    void fixesMend();
    void firstBootMends_data();
    void firstBootMends();
    void configs_data();
    void configs();
    void duplicates();
    void hosts_data();
    void hosts();
    void containerIsExplained();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    void shell(const QString& script) const { runScript(m_directory->path(), script); }
    [[nodiscard]] QList<Problem> problems() const { return makePlan({m_project, {}, {}, {}}, {}).problems; }
    [[nodiscard]] static bool has(const QList<Problem>& problems, const QString& code)
    {
        return std::ranges::contains(problems, code, &Problem::code);
    }
    [[nodiscard]] Guest& guest() { return m_project.guests.first(); }

    std::unique_ptr<QTemporaryDir> m_directory;
    QTemporaryDir m_trees;
    Project m_project;
};

void TestBootChecks::initTestCase()
{
    makeDebianTree(m_trees.filePath(u"debian"_s));
    runScript(m_trees.path(), u"rm debian/boot/vmlinuz-5.9.0-2; : > debian/etc/fstab"_s);
}

/** A guest of a disk with the Debian of initTestCase() as it is proposed: PVH with its own kernel. */
void TestBootChecks::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    shell(u"cp -a '%1/debian' tree; cp $F/kernel-amd64/vmlinuz-$V bzImage"_s.arg(m_trees.path()));
    m_project = {};
    m_project.directory = m_directory->path();
    m_project.machine.architecture = Architecture::X86_64;
    m_project.machine.deployDirectory = m_directory->path();
    Guest guest;
    guest.entry = u"web"_s;
    guest.sourceType = u"ext4"_s;
    guest.sourceFile = path(u"fs"_s);
    guest.type = GuestType::Pvh;
    guest.kernel = u"image:"_s;
    guest.ramdisk = u"image:"_s;
    guest.extra = u"root=/dev/xvda ro console=hvc0"_s;
    m_project.guests = {guest};
}

constexpr QLatin1StringView MakeImage(
    "mke2fs -q -t ext4 -L root -U 3f6a1d52-7c0e-4b9b-9a55-52e1b4d6a001 -d tree fs 200M");

void TestBootChecks::images_data()
{
    QTest::addColumn<QString>("command");
    QTest::addColumn<QJsonObject>("values");
    QTest::addColumn<QString>("code"); // empty: all is well
    const auto row = [](const char* name, const QString& command, const QJsonObject& values, QLatin1StringView code) {
        QTest::newRow(name) << command << values << QString(code);
    };
    row("good", {}, {}, {});
    row("good by UUID", {}, {{"extra"_L1, "root=UUID=3f6a1d52-7c0e-4b9b-9a55-52e1b4d6a001 console=hvc0"_L1}}, {});
    row("good by label", {}, {{"extra"_L1, "root=LABEL=root console=hvc0"_L1}}, {});
    row("no init", u"rm tree/usr/sbin/init tree/usr/lib/systemd/systemd"_s, {}, ProblemCode::GuestInit);
    row("no init, but a shell", u"rm tree/usr/sbin/init tree/usr/lib/systemd/systemd"_s,
        {{"extra"_L1, "root=/dev/xvda init=/bin/sh console=hvc0"_L1}}, {});
    row("no getty", u"rm tree/usr/lib/systemd/system/serial-getty@.service"_s, {}, ProblemCode::GuestConsole);
    row("another disk in fstab", u"echo '/dev/sdb1 /data ext4 defaults 0 0' > tree/etc/fstab"_s, {},
        ProblemCode::GuestFstab);
    row("a partition in fstab", u"echo '/dev/xvda2 /data ext4 defaults 0 0' > tree/etc/fstab"_s, {},
        ProblemCode::GuestFstab);
    row("a UUID in fstab",
        u"echo 'UUID=0d4c1a39-0000-4b9b-9a55-52e1b4d6a001 /data ext4 defaults 0 0' > tree/etc/fstab"_s, {},
        ProblemCode::GuestFstab);
    row("nofail in fstab", u"echo '/dev/sdb1 /data ext4 nofail 0 0' > tree/etc/fstab"_s, {}, {});
    row("memory in fstab", u"printf 'proc /proc proc defaults\\ntmpfs /tmp tmpfs size=1G\\n' > tree/etc/fstab"_s, {},
        {});
    row("its own UUID in fstab",
        u"echo 'UUID=3f6a1d52-7c0e-4b9b-9a55-52e1b4d6a001 / ext4 defaults 0 1' > tree/etc/fstab"_s, {}, {});
    row("root on a partition", {}, {{"extra"_L1, "root=/dev/xvda1 console=hvc0"_L1}}, ProblemCode::RootMissing);
    row("root on another disk", {}, {{"extra"_L1, "root=/dev/sda1 console=hvc0"_L1}}, ProblemCode::RootMissing);
    row("root by a wrong UUID", {}, {{"extra"_L1, "root=UUID=1234 console=hvc0"_L1}}, ProblemCode::RootMissing);
    row("root of device-mapper", {}, {{"extra"_L1, "root=/dev/mapper/vg-root console=hvc0"_L1}}, {});
    row("no console", {}, {{"extra"_L1, "root=/dev/xvda ro"_L1}}, ProblemCode::ConsoleMissing);
    row("no console, PV", {}, {{"extra"_L1, "root=/dev/xvda ro"_L1}, {"type"_L1, "pv"_L1}}, {});
    row("modules of another kernel", u"mv tree/usr/lib/modules/$V tree/usr/lib/modules/5.10.0"_s,
        {{"kernel"_L1, "bzImage"_L1}}, ProblemCode::KernelModules);
    row("modules of the kernel", {}, {{"kernel"_L1, "bzImage"_L1}}, {});
    row("kernel without Xen", u"sed -i '/CONFIG_XEN/d' tree/boot/config-$V"_s, {}, ProblemCode::KernelNotForXen);
    row("kernel without PVH", u"sed -i '/CONFIG_XEN_PVH/d' tree/boot/config-$V"_s, {}, ProblemCode::KernelNotForXen);
}

void TestBootChecks::images()
{
    QFETCH(QString, command);
    QFETCH(QJsonObject, values);
    QFETCH(QString, code);
    shell(command + u'\n' + MakeImage);
    QJsonObject object = guestToJson(guest());
    for (auto it = values.begin(); it != values.end(); ++it) {
        object.insert(it.key(), it.value());
    }
    guest() = guestFromJson(object).value();
    const QList<Problem> found = problems();
    if (code.isEmpty()) {
        QVERIFY2(found.isEmpty(), found.isEmpty() ? "" : qPrintable(found.first().code + u": "_s + found.first().text));
        return;
    }
    QCOMPARE(found.size(), 1);
    QCOMPARE(found.first().code, code);
    QVERIFY(!found.first().text.isEmpty() && !found.first().remedy.isEmpty());
    QVERIFY(found.first().severity != Problem::Severity::Error);
}

void TestBootChecks::fixesMend_data()
{
    QTest::addColumn<QString>("command");
    QTest::addColumn<QString>("extra");
    QTest::addColumn<QString>("type");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("mended");
    QTest::newRow("root") << QString() << u"root=/dev/sda1 ro console=hvc0"_s << u"pvh"_s
                          << QString(ProblemCode::RootMissing)
                          << u"root=UUID=3f6a1d52-7c0e-4b9b-9a55-52e1b4d6a001 ro console=hvc0"_s;
    QTest::newRow("console") << QString() << u"root=/dev/xvda ro"_s << u"pvh"_s << QString(ProblemCode::ConsoleMissing)
                             << u"root=/dev/xvda ro console=hvc0"_s;
    QTest::newRow("init") << u"rm tree/usr/sbin/init tree/usr/lib/systemd/systemd"_s << u"root=/dev/xvda console=hvc0"_s
                          << u"pvh"_s << QString(ProblemCode::GuestInit)
                          << u"root=/dev/xvda console=hvc0 init=/bin/sh"_s;
    QTest::newRow("type") << u"sed -i '/CONFIG_XEN_PVH/d' tree/boot/config-$V"_s << u"root=/dev/xvda console=hvc0"_s
                          << u"pvh"_s << QString(ProblemCode::KernelNotForXen) << QString();
}

/** Each mechanical remedy takes the problem away. */
void TestBootChecks::fixesMend()
{
    QFETCH(QString, command);
    QFETCH(QString, extra);
    QFETCH(QString, type);
    QFETCH(QString, code);
    QFETCH(QString, mended);
    shell(command + u'\n' + MakeImage);
    guest().extra = extra;
    const QList<Problem> before = problems();
    const auto problem = std::ranges::find(before, code, &Problem::code);
    QVERIFY(problem != before.end());
    QVERIFY(problem->fix.has_value());
    QJsonObject object = guestToJson(guest());
    object.insert(problem->fix->field, problem->fix->value);
    guest() = guestFromJson(object).value();
    if (!mended.isEmpty()) {
        QCOMPARE(*guest().extra, mended);
    }
    QVERIFY(!has(problems(), code));
}

void TestBootChecks::firstBootMends_data()
{
    QTest::addColumn<QString>("command");
    QTest::addColumn<QString>("code");
    QTest::newRow("init") << u"rm tree/usr/sbin/init tree/usr/lib/systemd/systemd; touch tree/usr/bin/busybox"_s
                          << QString(ProblemCode::GuestInit);
    QTest::newRow("login") << u"rm -f tree/usr/lib/systemd/system-generators/*"_s << QString(ProblemCode::GuestConsole);
    QTest::newRow("fstab") << u"echo 'UUID=1-2 /data ext4 defaults 0 0' > tree/etc/fstab"_s
                           << QString(ProblemCode::GuestFstab);
}

/** What an image that is made from files lacks, its first boot can bring; not so what a seed would have to. */
void TestBootChecks::firstBootMends()
{
    QFETCH(QString, command);
    QFETCH(QString, code);
    shell(command);
    guest().sourceType = u"rootfs_dir"_s;
    guest().sourceFile = path(u"tree"_s);
    guest().imageSizeMiB = 512;
    guest().firstBoot = FirstBoot();
    guest().firstBoot->hostname = u"web"_s;
    const auto found = [&] {
        const QList<Problem> all = problems();
        const auto problem = std::ranges::find(all, code, &Problem::code);
        return problem == all.end() ? std::nullopt : std::optional(*problem);
    };
    QVERIFY(found());
    QVERIFY(!found()->fix || found()->fix->field != "firstBoot"_L1);
    guest().firstBoot->method = FirstBoot::Method::Files;
    const auto problem = found();
    QVERIFY(problem);
    QVERIFY(problem->fix && problem->fix->field == "firstBoot"_L1);
    QJsonObject object = guestToJson(guest());
    object.insert(problem->fix->field, problem->fix->value);
    guest() = guestFromJson(object).value();
    QCOMPARE(guest().firstBoot->hostname, u"web"_s);
    QVERIFY(!found());
}

void TestBootChecks::configs_data()
{
    QTest::addColumn<QByteArray>("config");
    QTest::addColumn<QString>("code");
    QTest::addColumn<bool>("arm");
    QTest::addColumn<bool>("autostart");
    const auto row = [](const char* name, const QByteArray& lines, QLatin1StringView code, bool arm = false,
                        bool autostart = false) {
        QTest::newRow(name) << "name = 'web'\ndisk = ['file:x,xvda,rw']\nvif = ['bridge=xenbr0']\n" + lines
                            << QString(code) << arm << autostart;
    };
    row("good", "kernel = 'k'\nextra = 'root=/dev/xvda'\n", {});
    row("nothing to boot", "", ProblemCode::ConfigNothingToBoot);
    row("HVM", "type = 'hvm'\n", {});
    row("older HVM", "builder = 'hvm'\n", {});
    row("boot loader", "bootloader = 'pygrub'\nbootloader_restrict = 1\n", {});
    row("pygrub with all rights", "bootloader = '/usr/bin/pygrub'\n", ProblemCode::ConfigInsecure);
    row("kernel and firmware", "kernel = 'k'\nfirmware = 'pvgrub64'\n", ProblemCode::ConfigContradiction);
    row("cmdline and extra", "kernel = 'k'\ncmdline = 'root=/dev/xvda'\nextra = 'x'\n", ProblemCode::ConfigIneffective);
    row("timer_mode", "kernel = 'k'\nextra = 'root=/dev/xvda'\ntimer_mode = 1\n", ProblemCode::ConfigIneffective);
    row("timer_mode of PVH", "type = 'pvh'\nkernel = 'k'\nextra = 'root=/dev/xvda console=hvc0'\ntimer_mode = 1\n", {});
    row("PV on Arm", "type = 'pv'\nkernel = 'k'\n", ProblemCode::ConfigContradiction, true);
    row("HVM on Arm", "type = 'hvm'\n", ProblemCode::HvmOnArm, true);
    row("sync_pt on Arm", "kernel = 'k'\npassthrough = 'sync_pt'\n", ProblemCode::ConfigContradiction, true);
    row("open screen", "type = 'hvm'\nvnc = 1\nvnclisten = '0.0.0.0'\n", ProblemCode::ConfigInsecure);
    row("open screen with a password", "type = 'hvm'\nvnc = 1\nvnclisten = '0.0.0.0'\nvncpasswd = 'x'\n", {});
    row("restart loop", "kernel = 'k'\nextra = 'root=/dev/xvda'\non_crash = 'restart'\n",
        ProblemCode::ConfigRestartLoop, false, true);
    row("restart by hand", "kernel = 'k'\nextra = 'root=/dev/xvda'\non_crash = 'restart'\n", {});
}

void TestBootChecks::configs()
{
    QFETCH(QByteArray, config);
    QFETCH(QString, code);
    QFETCH(bool, arm);
    QFETCH(bool, autostart);
    writeFile(path(u"web.cfg"_s), config);
    shell(QString(MakeImage));
    guest().configFile = path(u"web.cfg"_s);
    guest().kernel = u"none"_s;
    guest().ramdisk.clear();
    guest().type = GuestType::Automatic;
    guest().autostart = autostart;
    if (arm) {
        m_project.machine.architecture = Architecture::Arm64;
    }
    QList<Problem> found = problems();
    found.removeIf([](const Problem& problem) { return problem.code == ProblemCode::GuestArchitecture; });
    if (code.isEmpty()) {
        QVERIFY2(found.isEmpty(), found.isEmpty() ? "" : qPrintable(found.first().code + u": "_s + found.first().text));
        return;
    }
    QVERIFY2(has(found, code), found.isEmpty() ? "nothing" : qPrintable(found.first().code));
}

void TestBootChecks::duplicates()
{
    shell(QString(MakeImage));
    Guest second = guest();
    second.entry = u"db"_s;
    guest().vif = u"mac=00:16:3e:00:00:01,bridge=xenbr0"_s;
    second.vif = u"bridge=xenbr0,mac=00:16:3E:00:00:01"_s;
    guest().options = {{u"uuid"_s, u"\"11111111-2222-3333-4444-555555555555\""_s}};
    second.options = guest().options;
    m_project.guests.append(second);
    const QList<Problem> found = problems();
    QVERIFY(has(found, ProblemCode::VifDuplicateMac));
    QVERIFY(has(found, ProblemCode::UuidDuplicate));
    m_project.guests.last().vif.reset();
    m_project.guests.last().options.clear();
    QVERIFY(!has(problems(), ProblemCode::VifDuplicateMac));
    QVERIFY(!has(problems(), ProblemCode::UuidDuplicate));
}

void TestBootChecks::hosts_data()
{
    QTest::addColumn<QString>("command");
    QTest::addColumn<QJsonObject>("values");
    QTest::addColumn<QString>("code");
    const QJsonObject hvm{{"type"_L1, "hvm"_L1}, {"kernel"_L1, "none"_L1}};
    const QJsonObject uefi{{"type"_L1, "hvm"_L1},
                           {"kernel"_L1, "none"_L1},
                           {"options"_L1,
                            QJsonArray{QJsonObject{{"key"_L1, "firmware"_L1}, {"value"_L1, "\"ovmf\""_L1}}}}};
    const QString loader = u"mkdir -p host/usr/lib/xen-4.20/boot; : > host/usr/lib/xen-4.20/boot/hvmloader"_s;
    const QString qemu = u"mkdir -p host/usr/libexec/xen/bin; : > host/usr/libexec/xen/bin/qemu-system-i386"_s;
    QTest::newRow("no firmware") << QString() << hvm << QString(ProblemCode::HostFirmwareMissing);
    QTest::newRow("no QEMU") << loader << hvm << QString(ProblemCode::HostQemuMissing);
    QTest::newRow("both") << loader + u'\n' + qemu << hvm << QString();
    QTest::newRow("no OVMF") << loader + u'\n' + qemu << uefi << QString(ProblemCode::HostFirmwareMissing);
    QTest::newRow("OVMF") << loader + u'\n' + qemu
            + u"\nmkdir -p host/usr/share/ovmf; : > host/usr/share/ovmf/OVMF.fd"_s
                          << uefi << QString();
    QTest::newRow("PVH needs neither") << QString() << QJsonObject() << QString();
    QTest::newRow("qcow2 without QEMU")
        << u"printf 'name = \"web\"\\nkernel = \"/k\"\\nextra = \"root=/dev/xvda\"\\ndisk = [\"/x,raw,xvda,rw\", \"/dev/vg/y,qcow2,xvdb,rw\"]\\nvif = [\"\"]\\n' > web.cfg"_s
        << QJsonObject{{"configFile"_L1, "web.cfg"_L1}, {"type"_L1, "pv"_L1}} << QString(ProblemCode::HostQemuMissing);
    QTest::newRow("a file that is nowhere")
        << u"printf 'name = \"web\"\\nkernel = \"/k\"\\nextra = \"root=/dev/xvda\"\\ndisk = [\"/x,raw,xvda,rw\", \"/srv/y.img,raw,xvdb,rw\"]\\nvif = [\"\"]\\n' > web.cfg"_s
        << QJsonObject{{"configFile"_L1, "web.cfg"_L1}, {"type"_L1, "pv"_L1}}
        << QString(ProblemCode::ConfigPathMissing);
}

/** What the host lacks for a guest. */
void TestBootChecks::hosts()
{
    QFETCH(QString, command);
    QFETCH(QJsonObject, values);
    QFETCH(QString, code);
    shell(u"mkdir -p host/usr/bin host/etc; "_s + command + u'\n' + MakeImage);
    m_project.host.path = path(u"host"_s);
    m_project.host.bridges = {u"xenbr0"_s};
    QJsonObject object = guestToJson(guest());
    for (auto it = values.begin(); it != values.end(); ++it) {
        object.insert(it.key(), it.value());
    }
    guest() = guestFromJson(object).value();
    const QList<Problem> found = problems();
    for (const QLatin1StringView one :
         {ProblemCode::HostFirmwareMissing, ProblemCode::HostQemuMissing, ProblemCode::ConfigPathMissing}) {
        QCOMPARE(has(found, one), code == one);
    }
}

void TestBootChecks::containerIsExplained()
{
    shell(
        u"umoci init --layout oci; umoci new --image oci:x; umoci config --image oci:x --config.entrypoint /bin/true; "
        "umoci insert --image oci:x $F/debian-minbase/bin/sh /bin/sh"_s);
    guest().sourceType = u"container"_s;
    guest().sourceFile = path(u"oci"_s);
    guest().kernel = u"bzImage"_s;
    guest().ramdisk.clear();
    QVERIFY(has(problems(), ProblemCode::GuestContainer));
}

QTEST_GUILESS_MAIN(TestBootChecks)
#include "tst_bootchecks.moc"

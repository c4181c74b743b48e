// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "childprocess.h"
#include "core/layout/layout.h"
#include "core/support/units.h"
#include "fixtures.h"
#include "xlutil.h"

#include <QDir>
#include <QProcess>
#include <QTemporaryDir>

#include <sys/stat.h>

#include <functional>

using namespace Stowage;
using namespace Qt::StringLiterals;

/** A project over real files: what is found where, and every problem with its code, place and remedy. */
class TestResolve : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void findsByName();
    void namesFollowTheRule_data();
    void namesFollowTheRule();
    void searchOrder();
    void missingNamesEveryPlace();
    void sharedKernel();
    void customKernelAndRamdisk();
    void hvm();
    void imports();
    void generatedConfig();
    void disksThatXlReads_data();
    void disksThatXlReads();
    void finishedDisksAreRaw();
    void customConfig();
    void problems_data();
    void problems();
    void bridgesOfTheHost_data();
    void bridgesOfTheHost();
    void hostLinksStayInTheHost();
    void hostPipesAreNotRead();
    void architectureOfARealKernel();
    void whatMayNotBeReadIsFoundEarly();
    void sourcesThatMayNotBeRead();
    void extraDisksNameTheirField();
    void kernelsThatXlDoesNotLoad_data();
    void kernelsThatXlDoesNotLoad();
    void placesComeFromTheInput();
    void goodProjectHasNoProblems();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    [[nodiscard]] ResolvedProject resolved(const PlaceMap& places = {}) const { return resolve(m_project, places, {}); }
    [[nodiscard]] const Problem* find(const ResolvedProject& project, QLatin1StringView code) const;

    std::unique_ptr<QTemporaryDir> m_directory;
    Project m_project;
    ResolvedProject m_last;
};

void TestResolve::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    Test::writeFile(path(u"deploy/web-qemuarm64-20260101.ext4"_s), QByteArray(4096, 'w'));
    // The header of an arm64 Image: its magic number is at 0x38.
    Test::writeFile(path(u"deploy/Image--6.10.bin"_s), QByteArray(2000, 'k').replace(0x38, 4, "ARM\x64"));
    QVERIFY(QFile::link(u"web-qemuarm64-20260101.ext4"_s, path(u"deploy/web-qemuarm64.ext4"_s)));
    QVERIFY(QFile::link(u"Image--6.10.bin"_s, path(u"deploy/Image"_s)));
    QVERIFY(QDir().mkpath(path(u"unpack"_s)));
    m_project = {};
    m_project.directory = m_directory->path();
    m_project.machine.name = u"qemuarm64"_s;
    m_project.machine.deployDirectory = u"deploy"_s;
    m_project.machine.unpackDirectory = u"unpack"_s;
    Guest guest;
    guest.entry = u"web"_s;
    m_project.guests = {guest};
}

const Problem* TestResolve::find(const ResolvedProject& project, QLatin1StringView code) const
{
    const auto it = std::ranges::find(project.problems, QString(code), &Problem::code);
    return it == project.problems.end() ? nullptr : &*it;
}

void TestResolve::goodProjectHasNoProblems()
{
    const ResolvedProject project = resolved();
    QVERIFY2(project.problems.isEmpty(),
             project.problems.isEmpty()
                 ? ""
                 : qPrintable(project.problems.first().code + u": "_s + project.problems.first().text));
}

void TestResolve::findsByName()
{
    QCOMPARE(resolved().guests.first().disks.first().file.path, path(u"deploy/web-qemuarm64.ext4"_s));
    QVERIFY(QFile::rename(path(u"deploy/web-qemuarm64.ext4"_s), path(u"deploy/web-qemuarm64.rootfs.ext4"_s)));
    QCOMPARE(resolved().guests.first().disks.first().file.path, path(u"deploy/web-qemuarm64.rootfs.ext4"_s));
    m_project.guests.first().rootfs = u"web-qemuarm64-20260101.ext4"_s;
    QCOMPARE(resolved().guests.first().disks.first().file.path, path(u"deploy/web-qemuarm64-20260101.ext4"_s));
}

void TestResolve::namesFollowTheRule_data()
{
    QTest::addColumn<NamingRule>("rule");
    QTest::addColumn<QString>("image");
    QTest::addColumn<QString>("kernel");
    QTest::newRow("file behind the link")
        << NamingRule::LinkTarget << u"web-qemuarm64-20260101.ext4"_s << u"Image--6.10.bin"_s;
    QTest::newRow("link") << NamingRule::LinkName << u"web-qemuarm64.ext4"_s << u"Image"_s;
}

void TestResolve::namesFollowTheRule()
{
    QFETCH(NamingRule, rule);
    QFETCH(QString, image);
    QFETCH(QString, kernel);
    m_project.guests.first().naming = rule;
    const ResolvedGuest guest = resolved().guests.first();
    QCOMPARE(guest.disks.first().file.targetName, image);
    QCOMPARE(guest.kernel->targetName, kernel);
    QVERIFY(guest.config.contains("/var/lib/xen/images/" + image.toUtf8() + ",xvda,rw"));
    QVERIFY(guest.config.contains("/var/lib/xen/images/" + kernel.toUtf8() + '"'));
}

void TestResolve::searchOrder()
{
    for (const auto place : {"unpack/vmlinuz"_L1, "deploy/vmlinuz"_L1, "vmlinuz"_L1}) {
        Test::writeFile(path(place), "kernel");
    }
    m_project.guests.first().kernel = u"vmlinuz"_s;
    QCOMPARE(resolved().guests.first().kernel->path, path(u"unpack/vmlinuz"_s));
    QVERIFY(QFile::remove(path(u"unpack/vmlinuz"_s)));
    QCOMPARE(resolved().guests.first().kernel->path, path(u"deploy/vmlinuz"_s));
    QVERIFY(QFile::remove(path(u"deploy/vmlinuz"_s)));
    QCOMPARE(resolved().guests.first().kernel->path, path(u"vmlinuz"_s));
}

void TestResolve::missingNamesEveryPlace()
{
    m_project.guests.first().entry = u"absent"_s;
    m_project.guests.first().kernel = u"nokernel"_s;
    const ResolvedProject project = resolved();
    const Problem* source = find(project, ProblemCode::SourceMissing);
    QVERIFY(source != nullptr);
    QCOMPARE(source->severity, Problem::Severity::Error);
    QVERIFY(source->text.contains(path(u"deploy/absent-qemuarm64.ext4"_s)));
    QVERIFY(source->text.contains(path(u"deploy/absent-qemuarm64.rootfs.ext4"_s)));
    QVERIFY(!source->remedy.isEmpty());
    const Problem* kernel = find(project, ProblemCode::KernelMissing);
    QVERIFY(kernel != nullptr);
    for (const auto place : {"unpack/nokernel"_L1, "deploy/nokernel"_L1, "nokernel"_L1}) {
        QVERIFY(kernel->text.contains(path(place)));
    }
    m_project.guests.first().sourceType = u"raw"_s;
    m_project.guests.first().sourceFile = u"nosource"_s;
    const ResolvedProject imported = resolved();
    QVERIFY(find(imported, ProblemCode::SourceMissing)->text.contains(path(u"unpack/nosource"_s)));
    QVERIFY(find(imported, ProblemCode::SourceMissing)->text.contains(path(u"nosource"_s)));
}

void TestResolve::sharedKernel()
{
    m_project.machine.name = u"mystery"_s;
    QVERIFY(find(resolved(), ProblemCode::KernelTypeUnknown) != nullptr);
    m_project.machine.kernelImageType = u"Image"_s;
    QVERIFY(find(resolved(), ProblemCode::KernelTypeUnknown) == nullptr);
    QCOMPARE(resolved().guests.first().kernel->path, path(u"deploy/Image"_s));
}

void TestResolve::customKernelAndRamdisk()
{
    Test::writeFile(path(u"unpack/vmlinuz"_s), "kernel");
    Test::writeFile(path(u"deploy/initrd"_s), "ramdisk");
    m_project.guests.first().kernel = u"vmlinuz"_s;
    m_project.guests.first().ramdisk = u"initrd"_s;
    const ResolvedProject project = resolved();
    QVERIFY(project.guests.first().config.contains("kernel = \"/var/lib/xen/images/vmlinuz\"\n"
                                                   "ramdisk = \"/var/lib/xen/images/initrd\"\n"
                                                   "extra = "));
    m_project.guests.first().ramdisk = u"none-such"_s;
    QVERIFY(find(resolved(), ProblemCode::RamdiskMissing) != nullptr);
}

void TestResolve::hvm()
{
    m_project.guests.first().kernel = u"none"_s;
    const ResolvedProject project = resolved();
    QVERIFY(!project.guests.first().kernel);
    QVERIFY(project.guests.first().config.startsWith("name = \"web\"\ntype = \"hvm\"\nmemory = 512\n"));
    QVERIFY(!project.guests.first().config.contains("kernel"));
    QVERIFY(find(project, ProblemCode::HvmWithoutConfig) != nullptr);
    QVERIFY(find(project, ProblemCode::HvmOnArm) != nullptr);
    QVERIFY(!hasErrors(project.problems));
}

void TestResolve::imports()
{
    Test::writeFile(path(u"unpack/disk.raw"_s), QByteArray(3 * MiB, 'd'));
    m_project.guests.first().sourceType = u"raw"_s;
    m_project.guests.first().sourceFile = u"disk.raw"_s;
    const ResolvedProject project = resolved();
    QVERIFY(!hasErrors(project.problems));
    const ResolvedDisk disk = project.guests.first().disks.first();
    QCOMPARE(disk.file.targetName, u"web.img"_s);
    QCOMPARE(disk.file.size, 3 * MiB);
    QCOMPARE(disk.handler, u"raw"_s);

    m_project.guests.first().sourceType = u"cassette"_s;
    const ResolvedProject unknown = resolved();
    QVERIFY(find(unknown, ProblemCode::SourceTypeUnknown) != nullptr);
    QVERIFY(find(unknown, ProblemCode::SourceTypeUnknown)->remedy.contains(u"rootfs_dir"_s));

    Test::writeFile(path(u"unpack/tree/etc/big"_s), QByteArray(9 * MiB, 'b'));
    m_project.guests.first().sourceType = u"rootfs_dir"_s;
    m_project.guests.first().sourceFile = u"tree"_s;
    m_project.guests.first().imageSizeMiB = 8;
    const ResolvedProject small = resolved();
    const Problem* tooSmall = find(small, ProblemCode::SizeTooSmall);
    QVERIFY(tooSmall != nullptr);
    QCOMPARE(tooSmall->where.field, u"imageSize"_s);
    QVERIFY(tooSmall->fix);
    QCOMPARE(tooSmall->fix->field, u"imageSize"_s);
    m_project.guests.first().imageSizeMiB = tooSmall->fix->value.toInteger();
    QVERIFY(find(resolved(), ProblemCode::SizeTooSmall) == nullptr);

    // More than ext4 can have: no size is offered that would be enough.
    m_project.guests.first().imageSizeMiB = 16 * 1024 * 1024;
    const ResolvedProject huge = resolved();
    QVERIFY(hasErrors(huge.problems));
    for (const Problem& problem : huge.problems) {
        QVERIFY2(!problem.text.contains(u" 0 MiB"_s) && !problem.fix, qPrintable(problem.text));
    }
}

void TestResolve::generatedConfig()
{
    Guest& guest = m_project.guests.first();
    guest.name = u"My \"Web\""_s;
    guest.memoryMiB = 1024;
    guest.vcpus = 2;
    guest.vif = u"bridge=br1,mac=00:16:3e:00:00:01"_s;
    guest.extraVifs = {u"bridge=br2"_s};
    guest.extra = u"root=/dev/xvda1 quiet"_s;
    guest.diskDevice = u"xvdb"_s;
    guest.extraDisks = {{.file = {},
                         .type = {},
                         .target = u"/dev/vg/data"_s,
                         .device = u"xvdc"_s,
                         .readOnly = true,
                         .imageSizeMiB = {},
                         .unknown = {}}};
    guest.type = GuestType::Pvh;
    guest.options = {{u"on_crash"_s, u"\"preserve\""_s}};
    QCOMPARE(resolved().guests.first().config,
             QByteArray(
                 "name = \"My \\\"Web\\\"\"\n"
                 "memory = 1024\n"
                 "vcpus = 2\n"
                 "disk = ['file:/var/lib/xen/images/web-qemuarm64-20260101.ext4,xvdb,rw', 'file:/dev/vg/data,xvdc,r']\n"
                 "vif = ['bridge=br1,mac=00:16:3e:00:00:01', 'bridge=br2']\n"
                 "kernel = \"/var/lib/xen/images/Image--6.10.bin\"\n"
                 "extra = \"root=/dev/xvda1 quiet\"\n"
                 "type = \"pvh\"\n"
                 "on_crash = \"preserve\"\n"));
}

void TestResolve::disksThatXlReads_data()
{
    QTest::addColumn<QString>("image");
    QTest::addColumn<QByteArray>("text");
    const QByteArray directory("/var/lib/xen/images/");
    QTest::newRow("usual") << u"web.ext4"_s << "file:" + directory + "web.ext4,xvda,rw";
    QTest::newRow("colon") << u"a:b.ext4"_s << "file:" + directory + "a:b.ext4,xvda,rw";
    for (const auto& image : {u"a,b.ext4"_s, u"a=b.ext4"_s, u"vdev=x,y.ext4"_s, u"a.ext4,"_s, u"a,raw,xvdb.ext4"_s,
                              u"a b , c.ext4"_s, u"a.ext4 "_s, u"it's,one.ext4"_s}) {
        QTest::newRow(qPrintable(image)) << image << QByteArray();
    }
}

/** Whatever the name of the image is, xl finds the image and its device in the config. */
void TestResolve::disksThatXlReads()
{
    QFETCH(QString, image);
    QFETCH(QByteArray, text);
    Test::writeFile(path(u"deploy/"_s + image), "disk");
    m_project.guests.first().rootfs = image;
    const ResolvedProject project = resolved();
    QVERIFY(!hasErrors(project.problems));
    const auto read = Test::readByXl(project.guests.first().config, {"disk"});
    QVERIFY(read.has_value());
    const QByteArray disk = read->value("disk").items.value(0).text;
    if (!text.isEmpty()) {
        QCOMPARE(disk, text);
    }
    const auto seen = Test::diskByXl(disk);
    QVERIFY(seen.has_value());
    QCOMPARE(seen->target, "/var/lib/xen/images/" + image.toUtf8());
    QCOMPARE(seen->vdev, QByteArray("xvda"));
    QVERIFY(!seen->readOnly);
}

/** The generated config says that a finished disk is raw; one of the guest's own may say something else. */
void TestResolve::finishedDisksAreRaw()
{
    Guest& guest = m_project.guests.first();
    const QString directory = path(u"deploy"_s);
    for (const auto& [name, command, type] :
         {std::tuple(u"disk.qcow2"_s, u"qemu-img create -q -f qcow2 $1 4M"_s, u"qcow2"_s),
          std::tuple(u"disk.ext4.gz"_s, u"mke2fs -q -t ext4 disk 4M; gzip -c disk > $1"_s, u"ext4"_s),
          std::tuple(u"disk.tar"_s, u"mkdir -p etc bin; tar -cf $1 etc bin"_s, u"rootfs_archive"_s)}) {
        QProcess process;
        process.setWorkingDirectory(directory);
        process.start(u"bash"_s, {u"-ec"_s, command, u"bash"_s, name});
        QVERIFY(process.waitForFinished() && process.exitCode() == 0);
        guest.rootfs = name;
        guest.configFile.clear();
        const ResolvedProject project = resolved();
        const Problem* problem = find(project, ProblemCode::SourceMismatch);
        QVERIFY2(problem != nullptr, qPrintable(name));
        QCOMPARE(problem->severity, Problem::Severity::Warning);
        QVERIFY2(problem->remedy.contains(u'"' + type + u'"'), qPrintable(problem->remedy));
        Test::writeFile(path(u"unpack/my.cfg"_s), "name = \"x\"\ndisk = ['x.qcow2,qcow2,xvda,w']\n");
        guest.configFile = u"my.cfg"_s;
        QVERIFY(find(resolved(), ProblemCode::SourceMismatch) == nullptr);
    }
    guest.configFile.clear();
    guest.rootfs = u"disk"_s; // the file system itself
    QVERIFY(find(resolved(), ProblemCode::SourceMismatch) == nullptr);
}

void TestResolve::customConfig()
{
    Test::writeFile(path(u"unpack/my.cfg"_s),
                    "# mine\nname = \"x\"\nmemory = 64\ndisk = ['phy:/dev/sda1,xvda,w']\nkernel = \"/boot/k\"\n");
    m_project.guests.first().configFile = u"my.cfg"_s;
    QCOMPARE(
        resolved().guests.first().config,
        QByteArray(
            "# mine\nname = \"x\"\nmemory = 64\ndisk = ['file:/var/lib/xen/images/web-qemuarm64-20260101.ext4,xvda,w']\n"
            "kernel = \"/var/lib/xen/images/Image--6.10.bin\"\n"));
    Test::writeFile(path(u"unpack/my.cfg"_s), "import os\nname = \"x\"\n");
    const ResolvedProject broken = resolved();
    const Problem* syntax = find(broken, ProblemCode::ConfigSyntax);
    QVERIFY(syntax != nullptr);
    QCOMPARE(syntax->where.file, path(u"unpack/my.cfg"_s));
    QCOMPARE(syntax->where.line, 1);
    m_project.guests.first().configFile = u"absent.cfg"_s;
    QVERIFY(find(resolved(), ProblemCode::ConfigMissing) != nullptr);
}

void TestResolve::problems_data()
{
    using Change = std::function<void(Project&)>;
    QTest::addColumn<Change>("change");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("field");
    QTest::addColumn<bool>("error");
    const auto row = [](const char* name, const Change& change, QLatin1StringView code, const QString& field,
                        bool error) { QTest::newRow(name) << change << QString(code) << field << error; };
    row(
        "duplicate entry", [](Project& p) { p.guests.append(p.guests.first()); }, ProblemCode::NameDuplicate,
        u"entry"_s, true);
    row(
        "duplicate domain name",
        [](Project& p) {
            p.guests.append(p.guests.first());
            p.guests.last().entry = u"two"_s;
            p.guests.last().rootfs = u"web-qemuarm64.ext4"_s;
            p.guests.last().name = u"web"_s;
        },
        ProblemCode::NameDuplicate, u"name"_s, false);
    row(
        "shared disk",
        [](Project& p) {
            p.guests.append(p.guests.first());
            p.guests.last().entry = u"two"_s;
            p.guests.last().rootfs = u"web-qemuarm64.ext4"_s;
        },
        ProblemCode::DiskShared, u"rootfs"_s, false);
    row(
        "slash in the entry", [](Project& p) { p.guests.first().entry = u"../web"_s; }, ProblemCode::NameInvalid,
        u"entry"_s, true);
    row(
        "NUL in the entry", [](Project& p) { p.guests.first().entry = u"a\0b"_s; }, ProblemCode::NameInvalid,
        u"entry"_s, true);
    row("empty entry", [](Project& p) { p.guests.first().entry.clear(); }, ProblemCode::NameInvalid, u"entry"_s, true);
    row(
        "long entry", [](Project& p) { p.guests.first().entry = QString(252, QLatin1Char('x')); },
        ProblemCode::NameInvalid, u"entry"_s, true);
    row("digits only", [](Project& p) { p.guests.first().name = u"12"_s; }, ProblemCode::NameInvalid, u"name"_s, false);
    row(
        "unknown tag", [](Project& p) { p.guests.first().otherTags = {u"autostrat"_s}; }, ProblemCode::TagUnknown,
        u"tags"_s, false);
    row("no memory", [](Project& p) { p.guests.first().memoryMiB = 0; }, ProblemCode::ValueInvalid, u"memory"_s, true);
    row("no vCPU", [](Project& p) { p.guests.first().vcpus = 0; }, ProblemCode::ValueInvalid, u"vcpus"_s, true);
    row(
        "odd device", [](Project& p) { p.guests.first().diskDevice = u"disk0"_s; }, ProblemCode::DiskSyntax,
        u"diskDevice"_s, false);
    row(
        "two disks on one device",
        [](Project& p) {
            GuestDisk disk;
            disk.target = u"/dev/sdb"_s;
            disk.device = u"xvda"_s;
            p.guests.first().extraDisks = {disk};
        },
        ProblemCode::DiskDuplicateDevice, u"disks"_s, true);
    row(
        "odd vif", [](Project& p) { p.guests.first().vif = u"brigde=xenbr0"_s; }, ProblemCode::VifSyntax, u"vif"_s,
        false);
    row(
        "odd option", [](Project& p) { p.guests.first().options = {{u"on_crash"_s, u"preserve"_s}}; },
        ProblemCode::OptionSyntax, u"options"_s, true);
    row(
        "memory of autostart guests",
        [](Project& p) {
            p.machine.memoryMiB = 1024;
            p.machine.dom0MemoryMiB = 600;
            p.guests.first().autostart = true;
        },
        ProblemCode::MemoryExceeded, u"memory"_s, false);
    row(
        "external", [](Project& p) { p.guests.first().external = true; }, ProblemCode::LicenceExternal, u"external"_s,
        false);
    row("no guests", [](Project& p) { p.guests.clear(); }, ProblemCode::NoGuests, {}, false);
    row("no host", [](Project& p) { p.host.path = u"absent"_s; }, ProblemCode::HostUnusable, u"host.path"_s, true);
    row("bridge", [](Project& p) { p.host.bridges = {u"br0"_s}; }, ProblemCode::VifBridgeMissing, u"vif"_s, false);
}

void TestResolve::problems()
{
    QFETCH(std::function<void(Project&)>, change);
    QFETCH(QString, code);
    QFETCH(QString, field);
    QFETCH(bool, error);
    change(m_project);
    const ResolvedProject project = resolved();
    const auto it = std::ranges::find(project.problems, code, &Problem::code);
    QVERIFY(it != project.problems.end());
    QCOMPARE(it->where.field, field);
    QCOMPARE(it->severity == Problem::Severity::Error, error);
    QVERIFY(!it->text.isEmpty());
    QVERIFY(!it->remedy.isEmpty());
}

void TestResolve::bridgesOfTheHost_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("ifupdown") << u"etc/network/interfaces"_s
                              << QByteArray("auto xenbr0\niface xenbr0 inet dhcp\n  bridge_ports eth0\n");
    QTest::newRow("ifupdown.d") << u"etc/network/interfaces.d/xen"_s
                                << QByteArray("iface xenbr0 inet dhcp\n\tbridge-ports eth0\n");
    QTest::newRow("networkd") << u"etc/systemd/network/br.netdev"_s
                              << QByteArray("[NetDev]\nName=xenbr0\nKind=bridge\n");
    QTest::newRow("NetworkManager") << u"etc/NetworkManager/system-connections/br.nmconnection"_s
                                    << QByteArray("[connection]\nid=x\ntype=bridge\ninterface-name=xenbr0\n");
}

void TestResolve::bridgesOfTheHost()
{
    QFETCH(QString, file);
    QFETCH(QByteArray, text);
    QVERIFY(QDir().mkpath(path(u"host/etc"_s)));
    m_project.host.path = u"host"_s;
    QVERIFY(find(resolved(), ProblemCode::VifBridgeMissing) != nullptr);
    Test::writeFile(path(u"host/"_s + file), text);
    QVERIFY(find(resolved(), ProblemCode::VifBridgeMissing) == nullptr);
}

void TestResolve::hostLinksStayInTheHost()
{
    const QByteArray text("iface xenbr0 inet dhcp\n  bridge_ports eth0\n");
    Test::writeFile(path(u"outside/interfaces"_s), text);
    Test::writeFile(path(u"outside/interfaces.d/xen"_s), text);
    QVERIFY(QDir().mkpath(path(u"host/etc/network"_s)));
    const QString file = path(u"host/etc/network/interfaces"_s);
    QVERIFY(QFile::link(path(u"outside/interfaces"_s), file));
    QVERIFY(QFile::link(path(u"outside/interfaces.d"_s), file + u".d"_s));
    m_project.host.path = u"host"_s;
    QVERIFY(find(resolved(), ProblemCode::VifBridgeMissing) != nullptr);
    // An absolute link counts from the host's own top.
    QVERIFY(QFile::remove(file));
    QVERIFY(QFile::link(u"/run/network/interfaces"_s, file));
    Test::writeFile(path(u"host/run/network/interfaces"_s), text);
    QVERIFY(find(resolved(), ProblemCode::VifBridgeMissing) == nullptr);
}

void TestResolve::hostPipesAreNotRead()
{
    QVERIFY(QDir().mkpath(path(u"host/etc/network/interfaces.d"_s)));
    for (const QString& name : {u"host/etc/network/interfaces"_s, u"host/etc/network/interfaces.d/xen"_s}) {
        QCOMPARE(::mkfifo(QFile::encodeName(path(name)).constData(), 0644), 0);
    }
    m_project.host.path = u"host"_s;
    QVERIFY(find(resolved(), ProblemCode::VifBridgeMissing) != nullptr);
}

void TestResolve::architectureOfARealKernel()
{
    const QDir kernels(Test::fixture(u"kernel-amd64"_s));
    const QStringList names = kernels.entryList({u"vmlinuz-*"_s});
    QVERIFY(!names.isEmpty());
    m_project.guests.first().kernel = kernels.filePath(names.first());
    const ResolvedProject project = resolved();
    const Problem* problem = find(project, ProblemCode::KernelArchitecture);
    QVERIFY(problem != nullptr);
    QVERIFY(problem->text.contains(u"x86_64"_s) && problem->text.contains(u"arm64"_s));
    m_project.machine.architecture = Architecture::X86_64;
    m_project.machine.kernelImageType = u"Image"_s;
    QVERIFY(find(resolved(), ProblemCode::KernelArchitecture) == nullptr);
}

void TestResolve::whatMayNotBeReadIsFoundEarly()
{
    QCOMPARE(::chmod(qPrintable(m_directory->path()), 0755), 0);
    Test::writeFile(path(u"deploy/initrd"_s), "initrd");
    Test::writeFile(path(u"closed/kernel"_s), "kernel");
    Test::writeFile(path(u"web.cfg"_s), "name = 'web'\n");
    for (const QString& name : {u"deploy/web-qemuarm64-20260101.ext4"_s, u"deploy/Image--6.10.bin"_s,
                                u"deploy/initrd"_s, u"closed"_s, u"web.cfg"_s}) {
        QCOMPARE(::chmod(qPrintable(path(name)), 0), 0);
    }
    m_project.guests.first().ramdisk = u"initrd"_s;
    m_project.guests.first().configFile = path(u"web.cfg"_s);
    const int status = Test::runInChild(
        [this] {
            QStringList fields;
            for (const Problem& problem : resolved().problems) {
                if (problem.code == ProblemCode::SourceUnreadable && !problem.remedy.isEmpty()) {
                    fields.append(problem.where.field);
                }
            }
            m_project.guests.first().kernel = path(u"closed/kernel"_s);
            const ResolvedProject second = resolved();
            const Problem* kernel = find(second, ProblemCode::KernelMissing);
            const bool closed = kernel != nullptr && kernel->text.contains(path(u"closed"_s) + " cannot be read"_L1);
            return fields == QStringList{u"rootfs"_s, u"kernel"_s, u"ramdisk"_s, u"configFile"_s} && closed ? 0 : 1;
        },
        true);
    QCOMPARE(status, 0);
    // A config that is there but no file is not "not found".
    m_project.guests.first().configFile = u"/dev/zero"_s;
    const ResolvedProject project = resolved();
    const Problem* config = find(project, ProblemCode::SourceUnreadable);
    QVERIFY(config != nullptr);
    QCOMPARE(config->where.field, u"configFile"_s);
    QVERIFY2(config->text.contains(u"not a regular file"_s), qPrintable(config->text));
}

void TestResolve::sourcesThatMayNotBeRead()
{
    QCOMPARE(::chmod(qPrintable(m_directory->path()), 0755), 0);
    Test::writeFile(path(u"unpack/disk"_s), QByteArray(4096, 'd'));
    QCOMPARE(::chmod(qPrintable(path(u"unpack/disk"_s)), 0), 0);
    Guest& guest = m_project.guests.first();
    guest.sourceType = u"raw"_s;
    guest.sourceFile = u"disk"_s;
    guest.extraDisks = {
        {.file = u"disk"_s, .type = {}, .target = {}, .device = u"xvdb"_s, .imageSizeMiB = {}, .unknown = {}}};
    const int status = Test::runInChild(
        [this] {
            QStringList fields;
            for (const Problem& problem : resolved().problems) {
                if (problem.code == ProblemCode::SourceUnreadable && !problem.remedy.isEmpty()) {
                    fields.append(problem.where.field);
                }
            }
            return fields == QStringList{u"sourceFile"_s, u"disks"_s} ? 0 : 1;
        },
        true);
    QCOMPARE(status, 0);
}

void TestResolve::extraDisksNameTheirField()
{
    Test::writeFile(path(u"unpack/tree/etc/big"_s), QByteArray(9 * MiB, 'b'));
    QVERIFY(QDir().mkpath(path(u"unpack/tree/bin"_s)));
    Test::writeFile(path(u"unpack/disk"_s), "disk");
    m_project.guests.first().extraDisks = {
        {.file = u"tree"_s,
         .type = u"rootfs_dir"_s,
         .target = {},
         .device = u"xvdb"_s,
         .imageSizeMiB = 8,
         .unknown = {}},
        {.file = u"disk"_s,
         .type = u"cassette"_s,
         .target = {},
         .device = u"xvdc"_s,
         .imageSizeMiB = {},
         .unknown = {}},
    };
    const ResolvedProject project = resolved();
    for (const auto code : {ProblemCode::SizeTooSmall, ProblemCode::SourceTypeUnknown}) {
        const Problem* problem = find(project, code);
        QVERIFY(problem != nullptr);
        QCOMPARE(problem->where.field, u"disks"_s);
        QVERIFY(!problem->fix);
    }
}

void TestResolve::kernelsThatXlDoesNotLoad_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("named");
    QTest::newRow("no kernel") << QByteArray(2000, 'k') << u"no kernel"_s;
    QTest::newRow("empty") << QByteArray() << u"no kernel"_s;
    // U-Boot's magic number, its arm64 (22) and kernel (2).
    QTest::newRow("U-Boot's") << QByteArray(64, '\0').replace(0, 4, "\x27\x05\x19\x56").replace(29, 2, "\x16\x02")
                              << u"uImage, arm64"_s;
}

void TestResolve::kernelsThatXlDoesNotLoad()
{
    QFETCH(QByteArray, content);
    QFETCH(QString, named);
    Test::writeFile(path(u"deploy/Image--6.10.bin"_s), content);
    const ResolvedProject project = resolved();
    const Problem* problem = find(project, ProblemCode::KernelNotLoadable);
    QVERIFY(problem != nullptr);
    QCOMPARE(problem->severity, Problem::Severity::Warning);
    QVERIFY2(problem->text.contains(named), qPrintable(problem->text));
    QVERIFY(!problem->remedy.isEmpty());
    QCOMPARE(project.problems.size(), 1);
    // An ELF file has its notes anywhere, also where they are not looked for: xl tells.
    Test::writeFile(path(u"deploy/Image--6.10.bin"_s),
                    "\x7f"
                    "ELF"
                        + QByteArray(2000, '\0'));
    QVERIFY(find(resolved(), ProblemCode::KernelNotLoadable) == nullptr);
}

void TestResolve::placesComeFromTheInput()
{
    m_project.guests.first().kernel = u"absent"_s;
    const PlaceMap places{{placeKey(0), {u"local.conf"_s, 3, 1, -1, {}}},
                          {placeKey(0, u"kernel"), {u"local.conf"_s, 7, 1, -1, {}}}};
    const ResolvedProject project = resolved(places);
    const Problem* problem = find(project, ProblemCode::KernelMissing);
    QVERIFY(problem != nullptr);
    QCOMPARE(problem->where.toString(), u"local.conf:7:1"_s);
    QCOMPARE(problem->where.guest, 0);
}

QTEST_GUILESS_MAIN(TestResolve)
#include "tst_resolve.moc"

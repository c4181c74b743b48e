// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "../import/importcase.h"
#include "core/boot/bootcheck.h"
#include "core/boot/bootimage.h"
#include "core/boot/bootmachine.h"
#include "core/boot/bootsource.h"
#include "core/entries/unpack.h"
#include "core/process/processrunner.h"
#include "core/support/units.h"
#include "fixtures.h"

#include <QTemporaryDir>

#include <sys/stat.h>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

namespace
{

/** Makes `image`, a disk with `root.ext4` in its second partition. */
const QString DiskOfRoot =
    u"truncate -s 40M image; printf 'label: gpt\\nstart=2048, size=4096\\nstart=8192, size=65536\\n' | "
    "sfdisk -q image; dd if=root.ext4 of=image bs=1M seek=4 conv=notrunc status=none"_s;

} // namespace

/** What is found in an image for its start, and what the machine is told. */
class TestBootImage : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void names();
    void looks_data();
    void looks();
    void brokenGuest();
    void refused_data();
    void refused();
    void commands();
    void firmware();
    void noBootLoader();
    void packed();
    void overHost();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory.filePath(name); }
    void shell(const QString& script) const;
    void makeHost() const;

    QTemporaryDir m_directory;
};

void TestBootImage::shell(const QString& script) const
{
    tool(u"bash"_s, {u"-ec"_s, u"PATH=$PATH:/usr/sbin:/sbin; cd \"$1\"; "_s + script, u"bash"_s, m_directory.path()});
}

void TestBootImage::makeHost() const
{
    shell(
        u"rm -rf host; mkdir -p host/boot host/etc/xen/auto host/bin host/var/lib/xen/images; cd host; "
        "cp /bin/busybox bin/sh; for i in xen-4.9-amd64.gz xen-4.20-amd64.gz xen-4.20-amd64.efi xen-4.20-amd64.config; do "
        "echo hypervisor | gzip > boot/$i; done; for v in 6.9.1 6.12.3; do echo $v > boot/vmlinuz-$v; "
        "echo rd $v > boot/initrd.img-$v; done; "
        "printf 'name = \"web\"\\nmemory = 0x100\\nvcpus = 2\\n' > etc/xen/web.cfg; echo 'name = \"idle\"' > etc/xen/idle.cfg; "
        "ln -s /etc/xen/web.cfg etc/xen/auto/web.cfg; touch etc/xen/auto/.gitkeep"_s);
}

void TestBootImage::names()
{
    QCOMPARE(hypervisorsAmong({"xen-4.9-amd64.gz", "xen-4.20-amd64.gz", "xen-4.20-amd64.efi", "xen.cfg", "xenomai"}),
             (QByteArrayList{"xen-4.20-amd64.gz", "xen-4.9-amd64.gz"}));
    QCOMPARE(hypervisorsAmong({"xen.gz", "xen-4.20.gz"}), (QByteArrayList{"xen-4.20.gz", "xen.gz"}));
    QCOMPARE(hypervisorsAmong({"xen", "xen-syms-4.19", "xen-4.19.0"}).constFirst(), "xen-4.19.0");
    QCOMPARE(kernelsAmong({"vmlinuz-6.9", "System.map-6.12", "vmlinuz-6.12", "config-6.12"}).constFirst(),
             "vmlinuz-6.12");
    QCOMPARE(kernelsAmong({"Image", "Image-6.6.54-yocto-standard"}).constFirst(), "Image-6.6.54-yocto-standard");
    QCOMPARE(ramdiskAmong({"initrd.img-6.9", "initrd.img-6.12"}, "vmlinuz-6.12"), "initrd.img-6.12");
    QCOMPARE(ramdiskAmong({"initramfs-6.12.img"}, "vmlinuz-6.12"), "initramfs-6.12.img");
    QCOMPARE(ramdiskAmong({"initrd.img-6.9"}, "vmlinuz-6.12"), QByteArray());
}

void TestBootImage::looks_data()
{
    QTest::addColumn<QString>("make");
    QTest::addColumn<QString>("device");
    QTest::newRow("ext4") << u"cp root.ext4 image"_s << u"/dev/vda"_s;
    QTest::newRow("disk") << DiskOfRoot << u"/dev/vda2"_s;
}

void TestBootImage::looks()
{
    QFETCH(QString, make);
    QFETCH(QString, device);
    makeHost();
    shell(u"rm -f image; truncate -s 32M root.ext4; mkfs.ext4 -q -F -d host root.ext4; "_s + make);
    const auto image = lookForBoot(path(u"image"_s), {});
    QVERIFY_RESULT(image);
    QCOMPARE(image->rootDevice, device);
    QCOMPARE(image->architecture, Architecture::X86_64);
    QCOMPARE(image->hypervisor, "boot/xen-4.20-amd64.gz");
    QCOMPARE(image->kernel, "boot/vmlinuz-6.12.3");
    QCOMPARE(image->ramdisk, "boot/initrd.img-6.12.3");
    QCOMPARE(image->guests, (QList<AutostartGuest>{{u"web"_s, 256}}));
}

void TestBootImage::brokenGuest()
{
    makeHost();
    for (const auto& [script, message] :
         {std::pair(u"echo 'name = [' > host/etc/xen/web.cfg"_s, u"/etc/xen/auto/web.cfg"_s),
          std::pair(u"echo 'memory = \"-1\"' > host/etc/xen/web.cfg"_s, u"to have \"-1\" MiB"_s),
          std::pair(u"echo 'memory = 9223372036854775807' > host/etc/xen/web.cfg"_s,
                    u"to have \"9223372036854775807\" MiB"_s),
          std::pair(u"rm host/etc/xen/web.cfg"_s, u"/etc/xen/auto/web.cfg in "_s)}) {
        shell(script + u"; truncate -s 32M root.ext4; mkfs.ext4 -q -F -d host root.ext4"_s);
        const auto image = lookForBoot(path(u"root.ext4"_s), {});
        QVERIFY(!image);
        QVERIFY2((image.error().message + image.error().place.toString()).contains(message),
                 qPrintable(image.error().message));
    }
}

void TestBootImage::refused_data()
{
    QTest::addColumn<QString>("script");
    QTest::addColumn<QString>("message");
    QTest::newRow("nothing there") << QString() << u"nothing"_s;
    QTest::newRow("no system") << u"mkdir -p in/etc; truncate -s 4M nothing; mkfs.ext4 -q -F -d in nothing"_s
                               << u"no system for x86-64 or arm64"_s;
    QTest::newRow("no Xen") << u"rm -f host/boot/xen*; truncate -s 32M nothing; mkfs.ext4 -q -F -d host nothing"_s
                            << u"no hypervisor in /boot"_s;
    QTest::newRow("no kernel")
        << u"rm -f host/boot/vmlinuz*; truncate -s 32M nothing; mkfs.ext4 -q -F -d host nothing"_s
        << u"no kernel in /boot"_s;
    QTest::newRow("empty kernel")
        << u": > host/boot/vmlinuz-6.12.3; truncate -s 32M nothing; mkfs.ext4 -q -F -d host nothing"_s
        << u"vmlinuz-6.12.3 in "_s;
    QTest::newRow("broken link to a RAM disk")
        << u"ln -sf gone host/boot/initrd.img-6.12.3; truncate -s 32M nothing; mkfs.ext4 -q -F -d host nothing"_s
        << u"is no RAM disk"_s;
    QTest::newRow("too much memory")
        << u"for i in a b; do echo 'memory = 1000000' > host/etc/xen/auto/$i; done; truncate -s 32M nothing; "
           "mkfs.ext4 -q -F -d host nothing"_s
        << u"2001536 MiB of memory together"_s;
    QTest::newRow("archive over a host") << u"tar czf nothing host"_s << u"no directory"_s;
}

void TestBootImage::refused()
{
    QFETCH(QString, script);
    QFETCH(QString, message);
    makeHost();
    shell(u"rm -f nothing; "_s + script);
    BootRequest request;
    request.image = path(u"nothing"_s);
    request.host = message == "no directory"_L1 ? path(u"host"_s) : QString();
    Progress progress;
    JobReport report;
    JobContext context{{}, progress, report};
    ProcessRunner runner;
    const auto booted = checkBoot(request, {}, context, runner);
    QVERIFY(!booted);
    QVERIFY2(booted.error().message.contains(message), qPrintable(booted.error().message));
    QVERIFY(!booted.error().remedy.isEmpty());
}

void TestBootImage::commands()
{
    BootMachine machine;
    machine.directory = u"/work"_s;
    machine.architecture = Architecture::X86_64;
    machine.rootDevice = u"/dev/vda2"_s;
    machine.hasRamdisk = true;
    machine.memoryMiB = 1536;
    machine.dom0MemoryMiB = 1024;
    const QString x86 = machineCommand(machine, BootMachine::Accelerator::Emulation).toString();
    QVERIFY2(x86.contains("qemu-system-x86_64 -accel tcg"_L1), qPrintable(x86));
    QVERIFY2(x86.contains("-cpu qemu64,+svm,+npt"_L1), qPrintable(x86));
    QVERIFY2(x86.contains("-initrd 'vmlinuz root=/dev/vda2 rw console=hvc0,initrd'"_L1), qPrintable(x86));
    QVERIFY2(x86.contains("snapshot=on"_L1), qPrintable(x86));
    machine.architecture = Architecture::Arm64;
    const QString arm = machineCommand(machine, BootMachine::Accelerator::Emulation).toString();
    QVERIFY2(arm.contains("-machine virt,gic-version=3,virtualization=on"_L1), qPrintable(arm));
    QVERIFY2(arm.contains("guest-loader,addr=0x50000000,initrd=initrd"_L1), qPrintable(arm));
    QCOMPARE(machineProgram(Architecture::Arm32), QString());

    machine.firmware = BootFirmware::Uefi;
    machine.firmwareCode = u"/firm,ware"_s;
    machine.firmwareVariables = u"/variab,les"_s;
    const QString uefi = machineCommand(machine, BootMachine::Accelerator::Emulation).toString();
    QVERIFY2(uefi.contains("acpi=off"_L1), qPrintable(uefi));
    QVERIFY2(uefi.contains("readonly=on,file=/firm,,ware"_L1), qPrintable(uefi));
    QVERIFY2(uefi.contains("unit=1,format=raw,snapshot=on,file=/variab,,les"_L1), qPrintable(uefi));
    machine.firmware = BootFirmware::UBoot;
    const QString uboot = machineCommand(machine, BootMachine::Accelerator::Emulation).toString();
    QVERIFY2(uboot.contains("-bios /firm,ware"_L1), qPrintable(uboot));
    machine.architecture = Architecture::X86_64;
    machine.firmware = BootFirmware::Bios;
    const QString bios = machineCommand(machine, BootMachine::Accelerator::Emulation).toString();
    for (const QString& command : {uefi, uboot, bios}) {
        QVERIFY2(!command.contains("-kernel"_L1) && !command.contains("-append"_L1) && !command.contains("initrd"_L1),
                 qPrintable(command));
        QVERIFY2(command.contains("snapshot=on"_L1), qPrintable(command));
    }
}

void TestBootImage::firmware()
{
    QCOMPARE(firmwareFromName(u"uefi"_s), BootFirmware::Uefi);
    QVERIFY(!firmwareFromName(QString()));
    const auto bios = findFirmware(BootFirmware::Bios, Architecture::X86_64);
    QVERIFY_RESULT(bios);
    QVERIFY(bios->code.isEmpty());
    for (const auto& [firmware, architecture, package] :
         {std::tuple(BootFirmware::Uefi, Architecture::X86_64, u"package ovmf"_s),
          std::tuple(BootFirmware::Uefi, Architecture::Arm64, u"package qemu-efi-aarch64"_s),
          std::tuple(BootFirmware::UBoot, Architecture::Arm64, u"package u-boot-qemu"_s)}) {
        const auto there = findFirmware(firmware, architecture);
        QVERIFY_RESULT(there);
        QVERIFY(QFileInfo(there->code).isFile());
        QCOMPARE(there->variables.isEmpty(), firmware == BootFirmware::UBoot);
        const auto missing = findFirmware(firmware, architecture, m_directory.path());
        QVERIFY(!missing);
        QVERIFY2(missing.error().remedy.contains(package), qPrintable(missing.error().remedy));
    }
    const auto wrong = findFirmware(BootFirmware::Bios, Architecture::Arm64);
    QVERIFY(!wrong);
    QVERIFY2(wrong.error().remedy.contains("uefi, uboot"_L1), qPrintable(wrong.error().remedy));
}

/** A disk without a boot loader is told at once, if need be by what the firmware says. */
void TestBootImage::noBootLoader()
{
    makeHost();
    shell(u"rm -f image; truncate -s 32M root.ext4; mkfs.ext4 -q -F -d host root.ext4; "_s + DiskOfRoot);
    BootRequest request;
    request.image = path(u"root.ext4"_s);
    request.firmware = BootFirmware::Uefi;
    Progress progress;
    JobReport report;
    JobContext context{{}, progress, report};
    ProcessRunner runner;
    const auto partition = checkBoot(request, {}, context, runner);
    QVERIFY(!partition);
    QVERIFY2(partition.error().message.contains("no disk with partitions"_L1), qPrintable(partition.error().message));

    request.image = path(u"image"_s);
    request.timeout = std::chrono::seconds(120);
    for (const auto& [firmware, message] : {std::pair(BootFirmware::Bios, u"no boot loader in the first sector"_s),
                                            std::pair(BootFirmware::Uefi, u"found nothing on the disk"_s)}) {
        request.firmware = firmware;
        const auto booted = checkBoot(request, {}, context, runner);
        QVERIFY(!booted);
        QVERIFY2(booted.error().message.contains(message), qPrintable(booted.error().message));
    }
}

/** A QCOW2 disk or a compressed image is booted as the raw one in it; one that names another file is refused. */
void TestBootImage::packed()
{
    makeHost();
    shell(
        u"rm -f image *.qcow2 *.gz; truncate -s 32M root.ext4; mkfs.ext4 -q -F -d host root.ext4; "_s + DiskOfRoot
        + u"; qemu-img convert -O qcow2 image disk.qcow2; "
          "qemu-img create -q -f qcow2 -b disk.qcow2 -F qcow2 over.qcow2; zstd -q image -o image.zst; gzip -k root.ext4"_s);
    Progress progress;
    JobReport report;
    JobContext context{{}, progress, report};
    ProcessRunner runner;
    for (const auto& [name, raw] : {std::pair(u"disk.qcow2"_s, u"image"_s), std::pair(u"image.zst"_s, u"image"_s),
                                    std::pair(u"root.ext4.gz"_s, u"root.ext4"_s)}) {
        const QTemporaryDir work;
        const auto made = bootableImage(path(name), {}, work.path(), context, runner);
        QVERIFY_RESULT(made);
        QCOMPARE(readFile(*made), readFile(path(raw)));
        struct stat info = {};
        QCOMPARE(::stat(QFile::encodeName(*made).constData(), &info), 0);
        QVERIFY(info.st_blocks * 512 < info.st_size / 2); // what is empty takes no room
    }
    const QTemporaryDir work;
    const QString raw = work.filePath(u"root.ext4"_s);
    QVERIFY_RESULT(
        unpackFile(path(u"root.ext4.gz"_s), raw, {.bytes = GiB, .data = 20 * MiB}, progress, {})); // holes take no room
    const auto full = unpackFile(path(u"root.ext4.gz"_s), work.filePath(u"full"_s), {.bytes = GiB, .data = MiB},
                                 progress, {});
    QVERIFY(!full);
    QCOMPARE(full.error().code, Error::Code::NoSpace);
    shell(u"cp disk.qcow2 inner; qemu-img convert -f raw -O qcow2 inner twice.qcow2; "
          "qemu-img convert -f raw -O qcow2 root.ext4.gz packed.qcow2"_s);
    for (const auto& [name, message] :
         {std::pair(u"over.qcow2"_s, u"differences to another image"_s), std::pair(u"twice.qcow2"_s, u"packed twice"_s),
          std::pair(u"packed.qcow2"_s, u"packed twice"_s)}) {
        const QTemporaryDir place;
        const auto refused = bootableImage(path(name), {}, place.path(), context, runner);
        QVERIFY(!refused);
        QVERIFY2(refused.error().message.contains(message), qPrintable(refused.error().message));
        QVERIFY(!refused.error().remedy.isEmpty());
    }
}

/** A staging tree over a host: its files win, the host's others stay. */
void TestBootImage::overHost()
{
    makeHost();
    shell(u"rm -rf tree; mkdir -p tree/etc/xen/auto; cd tree; printf 'name = \"new\"\\n' > etc/xen/web.cfg; "
          "printf 'name = \"more\"\\n' > etc/xen/more.cfg; ln -s /etc/xen/more.cfg etc/xen/auto/more.cfg"_s);
    const QTemporaryDir work;
    Progress progress;
    JobReport report;
    JobContext context{{}, progress, report};
    ProcessRunner runner;
    const auto made = bootableImage(path(u"tree"_s), path(u"host"_s), work.path(), context, runner);
    QVERIFY_RESULT(made);
    const auto image = lookForBoot(*made, {});
    QVERIFY_RESULT(image);
    QCOMPARE(image->guests, (QList<AutostartGuest>{{u"more"_s, 0}, {u"new"_s, 0}}));
    QCOMPARE(image->hypervisor, "boot/xen-4.20-amd64.gz");
}

QTEST_GUILESS_MAIN(TestBootImage)
#include "tst_bootimage.moc"

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/bootplan/bootplan.h"
#include "fixtures.h"
#include "systemtree.h"

#include <QTemporaryDir>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

/** What is proposed for real sources. */
class TestBootPlan : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_directory = std::make_unique<QTemporaryDir>(); }
    void debianDisk();
    void debianFileSystem();
    void armDisk();
    void rootfsWithoutKernel_data();
    void rootfsWithoutKernel();
    void kernelNotForXen();
    void windowsLike();
    void packed();
    void kernelAlone();
    void installer();
    void largeRamdisk();
    void options_data();
    void options();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    void shell(const QString& script) const { runScript(m_directory->path(), script); }
    /** A disk with one partition of the tree, and the plan for it on @p machine. */
    [[nodiscard]] BootPlan planOfDisk(Architecture machine) const;
    void verifyReasons(const BootPlan& plan) const;
    [[nodiscard]] static QJsonValue value(const BootPlan& plan, QLatin1StringView field)
    {
        const BootChoice* choice = plan.choice(field);
        return choice == nullptr ? QJsonValue(QJsonValue::Undefined) : choice->proposal.value;
    }

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestBootPlan::verifyReasons(const BootPlan& plan) const
{
    for (const BootChoice& choice : plan.choices) {
        QVERIFY2(!choice.title.isEmpty() && !choice.proposal.text.isEmpty() && !choice.proposal.reason.isEmpty(),
                 qPrintable(choice.field));
        for (const BootOption& option : choice.alternatives) {
            QVERIFY2(!option.text.isEmpty() && !option.reason.isEmpty(), qPrintable(choice.field));
            QVERIFY2(option.value != choice.proposal.value, qPrintable(choice.field));
        }
    }
}

BootPlan TestBootPlan::planOfDisk(Architecture machine) const
{
    shell(
        u"mke2fs -q -t ext4 -L root -U 3f6a1d52-7c0e-4b9b-9a55-52e1b4d6a001 -d tree fs 300M; truncate -s 302M disk\n"
        "printf '%s\\n' 'label: gpt' 'start=2048, size=300M, type=linux' | sfdisk -q disk; dd if=fs of=disk bs=1M seek=1 conv=notrunc,sparse status=none"_s);
    const BootPlan plan = planBoot(probeSource(path(u"disk"_s)), {machine, {}});
    verifyReasons(plan);
    return plan;
}

void TestBootPlan::debianDisk()
{
    makeDebianTree(path(u"tree"_s));
    const BootPlan plan = planOfDisk(Architecture::X86_64);
    QCOMPARE(value(plan, "type"_L1), u"pvh"_s);
    QCOMPARE(plan.choice("type"_L1)->alternatives.size(), 2); // PV, HVM
    QCOMPARE(value(plan, "kernel"_L1), u"image:"_s);
    QVERIFY(plan.choice("kernel"_L1)->proposal.text.contains(fixtureKernelVersion()));
    QCOMPARE(value(plan, "ramdisk"_L1), u"image:"_s);
    QCOMPARE(value(plan, "extra"_L1), u"root=UUID=3f6a1d52-7c0e-4b9b-9a55-52e1b4d6a001 ro console=hvc0"_s);
    QCOMPARE(plan.choice("extra"_L1)->alternatives.first().value, u"root=/dev/xvda1 ro console=hvc0"_s);
    QVERIFY(value(plan, "diskDevice"_L1).isNull());
    QVERIFY(plan.notes.isEmpty());
    Guest guest;
    guest.entry = u"debian"_s;
    applyBootPlan(plan, guest);
    QCOMPARE(guest.type, GuestType::Pvh);
    QCOMPARE(guest.kernelMode(), KernelMode::Image);
    QCOMPARE(guest.ramdisk, u"image:"_s);
    QCOMPARE(guest.entry, u"debian"_s);
}

void TestBootPlan::debianFileSystem()
{
    makeDebianTree(path(u"tree"_s));
    shell(u"mke2fs -q -t ext4 -U 3f6a1d52-7c0e-4b9b-9a55-52e1b4d6a001 -d tree fs 300M"_s);
    const BootPlan plan = planBoot(probeSource(path(u"fs"_s)), {});
    verifyReasons(plan);
    QCOMPARE(value(plan, "type"_L1), u"pvh"_s);
    QCOMPARE(plan.choice("type"_L1)->alternatives.size(), 1); // no boot sector: no HVM
    QCOMPARE(plan.choice("extra"_L1)->alternatives.first().value, u"root=/dev/xvda ro console=hvc0"_s);
    // The directory itself becomes a file system whose UUID is not known yet.
    const BootPlan directory = planBoot(probeSource(path(u"tree"_s)), {});
    verifyReasons(directory);
    QCOMPARE(value(directory, "kernel"_L1), u"image:"_s);
    QCOMPARE(value(directory, "extra"_L1), u"root=/dev/xvda ro console=hvc0"_s);
}

void TestBootPlan::armDisk()
{
    shell(
        u"mkdir -p tree/etc tree/usr/bin tree/boot; cp $F/kernel-arm64/* tree/boot; echo x > tree/boot/initrd.img-$(basename $F/kernel-arm64/vmlinuz-* | cut -c9-)"_s);
    const BootPlan plan = planOfDisk(Architecture::Arm64);
    QVERIFY(value(plan, "type"_L1).isNull());
    QCOMPARE(value(plan, "kernel"_L1), u"image:"_s);
    QVERIFY(plan.choice("kernel"_L1)->alternatives.size() == 1); // the machine's; a disk does not start by itself
    // Its kernel is not for an x86 machine, which is said.
    const BootPlan other = planBoot(probeSource(path(u"disk"_s)), {Architecture::X86_64, {}});
    QVERIFY(!other.notes.isEmpty());
    QVERIFY(value(other, "kernel"_L1).isNull()); // nothing on it starts by itself either
}

void TestBootPlan::rootfsWithoutKernel_data()
{
    QTest::addColumn<QString>("source");
    QTest::addColumn<QString>("root");
    QTest::newRow("directory") << u"debian-minbase"_s << QString();
    QTest::newRow("archive") << u"debian-minbase.tar"_s << QString();
    QTest::newRow("ext4") << u"debian-minbase.ext4"_s << QString();
    QTest::newRow("qcow2 of ext4") << u"debian-minbase.qcow2"_s << QString();
}

/** Without a kernel in it everything stays as the classes have it. */
void TestBootPlan::rootfsWithoutKernel()
{
    QFETCH(QString, source);
    const BootPlan plan = planBoot(probeSource(fixture(source)), {Architecture::X86_64, {}});
    verifyReasons(plan);
    for (const BootChoice& choice : plan.choices) {
        QVERIFY2(choice.proposal.value.isNull(), qPrintable(choice.field));
    }
    Guest guest;
    guest.entry = u"x"_s;
    const Guest before = guest;
    applyBootPlan(plan, guest);
    QCOMPARE(guest, before);
    const BootPlan arm = planBoot(probeSource(fixture(source)), {Architecture::Arm64, {}});
    QVERIFY(value(arm, "kernel"_L1).isNull());
}

/** A kernel whose configuration has no Xen: the disk starts by itself, as soon as there is something on it that does. */
void TestBootPlan::kernelNotForXen()
{
    makeDebianTree(path(u"tree"_s));
    shell(u"sed -i '/CONFIG_XEN/d' tree/boot/config-$V; rm tree/boot/vmlinuz-5.9.0-2"_s);
    QVERIFY(value(planOfDisk(Architecture::X86_64), "type"_L1).isNull());
    shell(u"printf 'boot code' | dd of=disk conv=notrunc status=none"_s);
    const BootPlan plan = planBoot(probeSource(path(u"disk"_s)), {Architecture::X86_64, {}});
    QCOMPARE(value(plan, "type"_L1), u"hvm"_s);
    QCOMPARE(value(plan, "kernel"_L1), u"none"_s);
    QCOMPARE(value(plan, "memory"_L1), 1024);
    QVERIFY(plan.choice("extra"_L1) == nullptr);
}

void TestBootPlan::windowsLike()
{
    shell(
        u"truncate -s 100M disk; printf '%s\\n' 'label: gpt' 'size=40M, type=uefi' 'type=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7' | sfdisk -q disk"_s);
    const BootPlan plan = planBoot(probeSource(path(u"disk"_s)), {Architecture::X86_64, {}});
    verifyReasons(plan);
    QCOMPARE(value(plan, "type"_L1), u"hvm"_s);
    Guest guest;
    guest.entry = u"win"_s;
    applyBootPlan(plan, guest);
    QCOMPARE(guest.options.size(), 1);
    QCOMPARE(guest.options.first().key, u"firmware"_s);
    QCOMPARE(guest.options.first().value, u"\"ovmf\""_s);
    QVERIFY(!planBoot(probeSource(path(u"disk"_s)), {Architecture::Arm64, {}}).notes.isEmpty());
}

void TestBootPlan::packed()
{
    shell(u"gzip -1 -c $F/debian-minbase.raw > disk.gz"_s);
    const BootPlan plan = planBoot(probeSource(path(u"disk.gz"_s)), {Architecture::X86_64, {}});
    verifyReasons(plan);
    QCOMPARE(value(plan, "type"_L1), u"hvm"_s);
}

void TestBootPlan::kernelAlone()
{
    shell(u"cp $F/kernel-amd64/vmlinuz-$V kernel"_s);
    const BootPlan plan = planBoot(probeSource(path(u"kernel"_s)), {Architecture::X86_64, {}});
    verifyReasons(plan);
    QCOMPARE(value(plan, "sourceType"_L1), u"none"_s);
    QCOMPARE(value(plan, "kernel"_L1), path(u"kernel"_s));
    QCOMPARE(value(plan, "type"_L1), u"pvh"_s);
}

/** A CD starts like on a PC; the kernel of its boot loader is the alternative. */
void TestBootPlan::installer()
{
    shell(
        u"mkdir -p cd/install cd/boot/grub; cp $F/di-netboot/initrd.gz cd/install; cp $F/kernel-amd64/vmlinuz-$V cd/install/vmlinuz\n"
        "printf 'menuentry Install {\\n linux /install/vmlinuz --- quiet\\n initrd /install/initrd.gz\\n}\\n' > cd/boot/grub/grub.cfg\n"
        "xorriso -outdev iso -volid Debian -map cd / 2> /dev/null"_s);
    const BootPlan plan = planBoot(probeSource(path(u"iso"_s)), {Architecture::X86_64, {}});
    verifyReasons(plan);
    QCOMPARE(value(plan, "type"_L1), u"hvm"_s);
    QCOMPARE(value(plan, "kernel"_L1), u"none"_s);
    QCOMPARE(value(plan, "memory"_L1), 1024);
    QCOMPARE(plan.choice("kernel"_L1)->alternatives.first().value, u"image:"_s);
    QCOMPARE(plan.choice("ramdisk"_L1)->alternatives.first().value, u"image:"_s);
    QCOMPARE(plan.choice("type"_L1)->alternatives.first().value, u"pvh"_s);
}

void TestBootPlan::largeRamdisk()
{
    makeDebianTree(path(u"tree"_s));
    shell(u"truncate -s 90M tree/boot/initrd.img-$V"_s);
    const BootPlan plan = planBoot(probeSource(path(u"tree"_s)), {Architecture::X86_64, {}});
    QCOMPARE(value(plan, "memory"_L1), 1088); // twelve times, up to a multiple of 64
}

void TestBootPlan::options_data()
{
    QTest::addColumn<QString>("before");
    QTest::addColumn<QString>("after");
    QTest::newRow("Debian") << u"root=UUID=abc ro quiet"_s << u"root=/dev/xvda1 ro console=hvc0"_s;
    QTest::newRow("Fedora")
        << u"root=UUID=1 ro rootflags=subvol=root no_timer_check console=tty1 console=ttyS0,115200n8"_s
        << u"root=/dev/xvda1 ro rootflags=subvol=root no_timer_check console=hvc0"_s;
    QTest::newRow("GRUB's own") << u"BOOT_IMAGE=/vmlinuz root=/dev/sda1 rw splash"_s
                                << u"root=/dev/xvda1 rw console=hvc0"_s;
    QTest::newRow("none") << QString() << u"root=/dev/xvda1 ro console=hvc0"_s;
}

void TestBootPlan::options()
{
    QFETCH(QString, before);
    QFETCH(QString, after);
    shell(
        u"mkdir -p tree/etc tree/usr/bin tree/boot/grub; cp $F/kernel-amd64/vmlinuz-$V tree/boot; cp $F/kernel-amd64/config-$V tree/boot"_s);
    writeFile(path(u"tree/boot/grub/grub.cfg"_s),
              "menuentry 'x' {\n linux /boot/vmlinuz-" + fixtureKernelVersion().toUtf8() + ' ' + before.toUtf8()
                  + "\n}\n");
    QCOMPARE(value(planOfDisk(Architecture::X86_64), "extra"_L1), after);
}

QTEST_GUILESS_MAIN(TestBootPlan)
#include "tst_bootplan.moc"

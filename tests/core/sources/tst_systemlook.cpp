// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/disks/opendisk.h"
#include "core/filetrees/directorytree.h"
#include "core/filetrees/openfiletree.h"
#include "core/sources/sourceprobe.h"
#include "core/sources/systemlook.h"
#include "core/support/removetree.h"
#include "core/support/units.h"
#include "fixtures.h"
#include "systemtree.h"

#include <QDir>
#include <QTemporaryDir>

#include <fcntl.h>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

using Setting = KernelConfig::Setting;
using Loader = SystemBootEntry::Loader;

/** What is told of systems put together from real programs, kernels and ramdisks. */
class TestSystemLook : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void versions_data();
    void versions();
    void debian();
    void bootPartition();
    void grubSubmenus();
    void alpine();
    void arm64();
    void unifiedKernel();
    void minbase();
    void logins_data();
    void logins();
    void nothing();
    void squashfsProbed();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    /** runScript() in the test's directory. */
    void shell(const QString& script) const;
    void put(const QString& name, const QByteArray& content) const { writeFile(path(u"tree/"_s + name), content); }
    [[nodiscard]] SystemLook look() const { return lookAtSystem(**DirectoryTree::open(path(u"tree"_s))); }
    /** The same of an image that @p command makes of the tree. */
    [[nodiscard]] SystemLook lookAtImage(const QString& command) const;
    void verifyDebian(const SystemLook& look) const;

    std::unique_ptr<QTemporaryDir> m_directory;
    QString m_version; ///< Of the kernel for amd64.
};

void TestSystemLook::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(m_directory->isValid());
    m_version = fixtureKernelVersion();
    QVERIFY(QDir().mkpath(path(u"tree"_s)));
}

void TestSystemLook::cleanup()
{
    QVERIFY(removeEntry(AT_FDCWD, QFile::encodeName(m_directory->path())));
}

void TestSystemLook::shell(const QString& script) const
{
    runScript(m_directory->path(), script);
}

SystemLook TestSystemLook::lookAtImage(const QString& command) const
{
    shell(u"rm -f image; "_s + command);
    const auto disk = openDisk(path(u"image"_s));
    const auto opened = disk ? openFileTree(*disk->reader, u"image"_s) : std::unexpected(disk.error());
    if (!opened) {
        QTest::qFail(qPrintable(opened.error().message), __FILE__, __LINE__);
        return {};
    }
    return lookAtSystem(*opened->tree);
}

void TestSystemLook::versions_data()
{
    QTest::addColumn<QString>("older");
    QTest::addColumn<QString>("newer");
    QTest::newRow("numbers") << u"6.9"_s << u"6.10"_s;
    QTest::newRow("longer") << u"6.1"_s << u"6.1.1"_s;
    QTest::newRow("Debian") << u"6.12.9+deb13-amd64"_s << u"6.12.41+deb13-amd64"_s;
    QTest::newRow("abi") << u"5.10.0-9-amd64"_s << u"5.10.0-28-amd64"_s;
    QTest::newRow("candidate") << u"6.7.0-rc8"_s << u"6.7.0"_s;
    QTest::newRow("candidates") << u"6.7.0-rc9"_s << u"6.7.0-rc10"_s;
    QTest::newRow("word") << u"6.7.0"_s << u"6.7.0-custom"_s;
    QTest::newRow("none") << QString() << u"1"_s;
    QTest::newRow("zeros") << u"6.6.009"_s << u"6.6.10"_s;
    QTest::newRow("Fedora") << u"6.8.5-301.fc40.x86_64"_s << u"6.11.4-301.fc41.x86_64"_s;
}

void TestSystemLook::versions()
{
    QFETCH(QString, older);
    QFETCH(QString, newer);
    QVERIFY(compareVersions(older, newer) < 0);
    QVERIFY(compareVersions(newer, older) > 0);
    QVERIFY(compareVersions(newer, newer) == 0);
}

void TestSystemLook::verifyDebian(const SystemLook& look) const
{
    QVERIFY(look.isRootfs);
    QVERIFY2(look.name.startsWith("Debian GNU/Linux 13"_L1), qPrintable(look.name));
    QCOMPARE(look.id, u"debian"_s);
    QCOMPARE(look.version, u"13"_s);
    QCOMPARE(look.architecture, Architecture::X86_64);
    QCOMPARE(look.init, InitSystem::Systemd);
    QCOMPARE(look.initPath, "sbin/init");
    QVERIFY(look.hasConsoleLogin);
    const QList<FstabEntry> fstab{{u"UUID=abc"_s, u"/"_s, u"ext4"_s, u"errors=remount-ro"_s},
                                  {u"/dev/sda1"_s, u"/boot dir"_s, u"vfat"_s, QString()},
                                  {u"LABEL=swap"_s, u"none"_s, u"swap"_s, u"sw"_s}};
    QCOMPARE(look.fstab, fstab);

    QCOMPARE(look.kernels.size(), 2);
    const QByteArray version = m_version.toUtf8();
    const SystemKernel& kernel = look.kernels.first();
    QCOMPARE(kernel.file.path, "boot/vmlinuz-" + version);
    QCOMPARE(kernel.file.size, QFileInfo(path(u"tree/boot/vmlinuz-"_s + m_version)).size());
    QCOMPARE(kernel.version, m_version);
    QCOMPARE(kernel.image.format, KernelImage::Format::BzImage);
    QVERIFY(kernel.image.loadable);
    QCOMPARE(kernel.initrd.path, "boot/initrd.img-" + version);
    QCOMPARE(kernel.initrd.size, QFileInfo(fixture(u"di-netboot/initrd.gz"_s)).size());
    QCOMPARE(kernel.modules, "usr/lib/modules/" + version);
    const KernelConfig expected{Setting::BuiltIn, Setting::BuiltIn, Setting::BuiltIn,
                                Setting::Module,  Setting::BuiltIn, Setting::BuiltIn};
    QVERIFY(kernel.config == expected);
    const SystemKernel& old = look.kernels.last();
    QCOMPARE(old.version, u"5.9.0-2"_s);
    QCOMPARE(old.image.architecture, Architecture::Arm64);
    QVERIFY(old.modules.isEmpty() && old.initrd.path.isEmpty());
    QCOMPARE(old.config.xen, Setting::Unknown);

    QCOMPARE(look.bootEntries.size(), 2);
    const SystemBootEntry& entry = look.bootEntries.first();
    QCOMPARE(entry.title, u"Debian GNU/Linux"_s);
    QCOMPARE(entry.kernel, kernel.file.path);
    QCOMPARE(entry.initrds, QByteArrayList{kernel.initrd.path});
    QCOMPARE(entry.options, u"root=UUID=abc ro console=hvc0"_s);
    QCOMPARE(look.bootEntries.last().title, u"Old"_s);
}

void TestSystemLook::debian()
{
    makeDebianTree(path(u"tree"_s));
    verifyDebian(look());
    verifyDebian(lookAtImage(u"mke2fs -q -t ext4 -d tree image 200M"_s));
    verifyDebian(lookAtImage(u"mksquashfs tree image -quiet -no-progress -comp lz4"_s));
}

/** A partition for /boot with entries of the Boot Loader Specification, as Fedora has it. */
void TestSystemLook::bootPartition()
{
    shell(u"cd tree; mkdir -p loader/entries grub2; cp $F/kernel-amd64/vmlinuz-$V vmlinuz-$V\n"
          "cp $F/di-netboot/vmlinuz vmlinuz-rescue; echo x > initramfs-$V.img; cp $F/kernel-amd64/config-$V ."_s);
    const QByteArray version = m_version.toUtf8();
    put(u"loader/entries/machine-5.1.conf"_s, "title Old\nversion 5.1\nlinux /vmlinuz-5.1\noptions root=/dev/sda1\n");
    put(u"loader/entries/machine-6.12.conf"_s,
        "title New\nversion 6.12\nlinux /vmlinuz-" + version + "\ninitrd /initramfs-" + version
            + ".img $tuned_initrd\noptions $kernelopts \"a b\" ${tuned_params}quiet\ngrub_users $grub_users\n");
    put(u"grub2/grubenv"_s,
        "# GRUB Environment Block\nkernelopts=root=UUID=12 ro rootflags=subvol=root\n"
        "boot_success=0\n################");
    SystemLook look = this->look();
    QVERIFY(!look.isRootfs);
    QCOMPARE(look.init, InitSystem::None);
    QVERIFY(!look.hasConsoleLogin);
    QCOMPARE(look.architecture, Architecture::X86_64);
    QCOMPARE(look.kernels.size(), 2);
    const auto kernel = std::ranges::find(look.kernels, m_version, &SystemKernel::version);
    QCOMPARE(kernel->initrd.path, "initramfs-" + version + ".img");
    QCOMPARE(kernel->config.pvh, Setting::BuiltIn);
    QCOMPARE(look.bootEntries.size(), 2);
    QCOMPARE(look.bootEntries.first().title, u"New"_s);
    QCOMPARE(look.bootEntries.first().loader, Loader::Specification);
    QCOMPARE(look.bootEntries.first().kernel, "vmlinuz-" + version);
    QCOMPARE(look.bootEntries.first().initrds, QByteArrayList{"initramfs-" + version + ".img"});
    QCOMPARE(look.bootEntries.first().options, u"root=UUID=12 ro rootflags=subvol=root a b quiet"_s);
    QCOMPARE(look.bootEntries.last().kernel, "vmlinuz-5.1");

    // The one that GRUB has saved goes first, and what is in /boot is found from the top, too.
    put(u"grub2/grubenv"_s, "saved_entry=machine-5.1\nkernelopts=ro\n");
    QCOMPARE(this->look().bootEntries.first().title, u"Old"_s);
    shell(u"mv tree boot; mkdir tree; mv boot tree"_s);
    look = this->look();
    QCOMPARE(look.bootEntries.size(), 2);
    QCOMPARE(look.bootEntries.last().kernel, "boot/vmlinuz-" + version);
    QCOMPARE(look.bootEntries.last().options, u"ro a b quiet"_s);
}

void TestSystemLook::grubSubmenus()
{
    put(u"boot/grub/grub.cfg"_s,
        "set timeout=5\nset default='Two words'\nset root='hd0,gpt1'\n"
        "menuentry \"One\" {\n linux ($root)/vmlinuz a=1\n}\n"
        "submenu 'More' {\n menuentry 'Inner' {\n  linux /vmlinuz b=2\n }\n submenu 'Deeper' {\n  menuentry 'Innermost' {\n"
        "   linux /vmlinuz c=3\n  }\n }\n}\n"
        "menuentry 'Two words' {\n linuxefi /vmlinuz d=4 \\\n}\n");
    QList<SystemBootEntry> entries = look().bootEntries;
    QCOMPARE(entries.size(), 4);
    QCOMPARE(entries.first().title, u"Two words"_s);
    QCOMPARE(entries.at(1).title, u"One"_s);
    QCOMPARE(entries.at(1).kernel, "vmlinuz");
    QCOMPARE(entries.at(3).options, u"c=3"_s);
    put(u"boot/grub/grub.cfg"_s,
        "set default=2\nmenuentry 'a' {\n linux /a\n}\nsubmenu 's' {\n menuentry 'b' {\n  linux /b\n }\n}\n"
        "menuentry 'c' {\n linux /c\n}\n");
    QCOMPARE(look().bootEntries.first().title, u"c"_s);
}

/** Alpine, with OpenRC on BusyBox's init and extlinux. */
void TestSystemLook::alpine()
{
    shell(
        u"cd tree; mkdir -p bin sbin etc boot lib/modules/$V; cp /usr/bin/busybox bin/busybox; ln -s /bin/busybox sbin/init\n"
        "ln -s /bin/busybox bin/sh; cp bin/busybox sbin/openrc\n"
        "cp $F/kernel-amd64/vmlinuz-$V boot/vmlinuz-virt; cp $F/kernel-amd64/config-$V boot/config-virt\n"
        "echo x > boot/initramfs-virt"_s);
    put(u"etc/os-release"_s, "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.22.1\nPRETTY_NAME='Alpine Linux v3.22'\n");
    put(u"etc/inittab"_s,
        "::sysinit:/sbin/openrc sysinit\ntty1::respawn:/sbin/getty 38400 tty1\n#hvc0::respawn:/sbin/getty 115200 hvc0\n");
    put(u"boot/extlinux.conf"_s,
        "DEFAULT menu.c32\nPROMPT 0\nLABEL other\n  LINUX vmlinuz-other\n  APPEND x\nLABEL virt\n"
        "  MENU DEFAULT\n  MENU LABEL Linux virt\n  LINUX vmlinuz-virt\n  INITRD initramfs-virt\n"
        "  APPEND root=UUID=1 modules=ext4 rootfstype=ext4\n");
    SystemLook look = this->look();
    QCOMPARE(look.name, u"Alpine Linux v3.22"_s);
    QCOMPARE(look.version, u"3.22.1"_s);
    QCOMPARE(look.init, InitSystem::OpenRc);
    QVERIFY(!look.hasConsoleLogin);
    QCOMPARE(look.kernels.size(), 1);
    QCOMPARE(look.kernels.first().version, m_version);
    QCOMPARE(look.kernels.first().initrd.path, "boot/initramfs-virt");
    QCOMPARE(look.kernels.first().modules, "lib/modules/" + m_version.toUtf8());
    QCOMPARE(look.kernels.first().config.xen, Setting::BuiltIn);
    QCOMPARE(look.bootEntries.size(), 2);
    QCOMPARE(look.bootEntries.first().title, u"virt"_s);
    QCOMPARE(look.bootEntries.first().kernel, "boot/vmlinuz-virt");
    QCOMPARE(look.bootEntries.first().initrds, QByteArrayList{"boot/initramfs-virt"});
    QCOMPARE(look.bootEntries.first().options, u"root=UUID=1 modules=ext4 rootfstype=ext4"_s);
    QCOMPARE(look.bootEntries.last().kernel, "vmlinuz-other");

    put(u"etc/inittab"_s, "hvc0::respawn:/sbin/getty 115200 hvc0\n");
    QVERIFY(this->look().hasConsoleLogin);
    shell(u"rm tree/sbin/openrc"_s);
    QCOMPARE(this->look().init, InitSystem::BusyBox);
    shell(u"rm tree/sbin/init"_s);
    QCOMPARE(this->look().init, InitSystem::None);
}

void TestSystemLook::arm64()
{
    shell(u"cd tree; mkdir boot; cp $F/kernel-arm64/* boot"_s);
    const SystemLook look = this->look();
    QCOMPARE(look.architecture, Architecture::Arm64);
    QCOMPARE(look.kernels.size(), 1);
    QCOMPARE(look.kernels.first().image.format, KernelImage::Format::Arm64Image);
    QVERIFY2(look.kernels.first().version.startsWith("6."_L1), qPrintable(look.kernels.first().version));
    QCOMPARE(look.kernels.first().config.xen, Setting::BuiltIn);
}

/** In an EFI system partition; the stub is another EFI program, as only its sections are looked at. */
void TestSystemLook::unifiedKernel()
{
    shell(
        u"grub-mkimage -O x86_64-efi -p / -o stub.efi; printf '%s' $V > uname; printf 'root=/dev/xvda ro\\n\\0' > cmdline\n"
        "objcopy --add-section .osrel=$F/debian-minbase/usr/lib/os-release --add-section .uname=uname "
        "--add-section .cmdline=cmdline --add-section .linux=$F/kernel-amd64/vmlinuz-$V "
        "--add-section .initrd=$F/di-netboot/initrd.gz --change-section-vma .osrel=0x2000000 "
        "--change-section-vma .uname=0x2100000 --change-section-vma .cmdline=0x2200000 "
        "--change-section-vma .linux=0x3000000 --change-section-vma .initrd=0x6000000 stub.efi unified.efi"_s);
    const SystemLook look = lookAtImage(
        u"truncate -s 100M image; mkfs.vfat -F 32 image > /dev/null; mmd -i image ::EFI ::EFI/Linux\n"
        "mcopy -i image unified.efi ::EFI/Linux/debian.efi; mcopy -i image stub.efi ::EFI/Linux"_s);
    QCOMPARE(look.kernels.size(), 1);
    const SystemKernel& kernel = look.kernels.first();
    QCOMPARE(kernel.file.path, "EFI/Linux/debian.efi");
    QCOMPARE(kernel.file.size, QFileInfo(fixture(u"kernel-amd64/vmlinuz-"_s + m_version)).size());
    QCOMPARE(kernel.version, m_version);
    QVERIFY(kernel.image.loadable);
    QCOMPARE(kernel.options, u"root=/dev/xvda ro"_s);
    QCOMPARE(kernel.initrd.path, kernel.file.path);
    const QByteArray unified = readFile(path(u"unified.efi"_s));
    QCOMPARE(unified.sliced(kernel.file.offset, kernel.file.size),
             readFile(fixture(u"kernel-amd64/vmlinuz-"_s + m_version)));
    QCOMPARE(unified.sliced(kernel.initrd.offset, kernel.initrd.size), readFile(fixture(u"di-netboot/initrd.gz"_s)));
}

/** A whole root file system without init and kernel: as a directory, and in a disk image's partition. */
void TestSystemLook::minbase()
{
    const auto disk = openDisk(fixture(u"debian-minbase.raw"_s));
    QVERIFY_RESULT(disk);
    DiskPart part(*disk->reader, MiB, 512 * MiB);
    const auto opened = openFileTree(part, u"image"_s);
    QVERIFY_RESULT(opened);
    QCOMPARE(opened->label, u"debian"_s);
    const auto directory = DirectoryTree::open(fixture(u"debian-minbase"_s));
    QVERIFY_RESULT(directory);
    for (const FileTree* tree :
         {static_cast<const FileTree*>(directory->get()), static_cast<const FileTree*>(opened->tree.get())}) {
        const SystemLook look = lookAtSystem(*tree);
        QVERIFY(look.isRootfs);
        QCOMPARE(look.id, u"debian"_s);
        QCOMPARE(look.architecture, Architecture::X86_64);
        QCOMPARE(look.init, InitSystem::None);
        QVERIFY(look.kernels.isEmpty() && look.bootEntries.isEmpty() && look.fstab.isEmpty());
    }
}

void TestSystemLook::logins_data()
{
    QTest::addColumn<QString>("script"); // in the tree, which has a systemd
    QTest::addColumn<InitSystem>("init");
    QTest::addColumn<bool>("login");
    const QString sysv = u"rm sbin/init; cp usr/bin/sh sbin/init; "_s;
    const QString busybox = u"rm sbin/init; cp usr/bin/sh bin/busybox; ln -s ../bin/busybox sbin/init; "_s;
    QTest::newRow("generator") << u"true"_s << InitSystem::Systemd << true;
    QTest::newRow("masked")
        << u"mkdir -p etc/systemd/system; ln -s /dev/null etc/systemd/system/serial-getty@.service"_s
        << InitSystem::Systemd << false;
    QTest::newRow("no generator") << u"rm -r lib/systemd/system-generators"_s << InitSystem::Systemd << false;
    QTest::newRow("link") << u"rm -r lib/systemd/system-generators; mkdir -p etc/systemd/system/getty.target.wants; "
                             "ln -s /lib/x etc/systemd/system/getty.target.wants/serial-getty@hvc0.service"_s
                          << InitSystem::Systemd << true;
    QTest::newRow("inittab") << sysv + u"echo 'h0:2345:respawn:/sbin/getty 115200 hvc0 vt102' > etc/inittab"_s
                             << InitSystem::SysVInit << true;
    QTest::newRow("inittab for another") << sysv + u"echo '1:2345:respawn:/sbin/getty 38400 tty1' > etc/inittab"_s
                                         << InitSystem::SysVInit << false;
    QTest::newRow("no inittab") << sysv + u"true"_s << InitSystem::Other << false;
    QTest::newRow("BusyBox") << busybox + u"true"_s << InitSystem::BusyBox << true;
    QTest::newRow("BusyBox, console") << busybox + u"echo '::askfirst:-/bin/sh' > etc/inittab"_s << InitSystem::BusyBox
                                      << true;
    QTest::newRow("BusyBox, tty1") << busybox + u"echo 'tty1::respawn:/sbin/getty 0 tty1' > etc/inittab"_s
                                   << InitSystem::BusyBox << false;
    QTest::newRow("no init") << u"rm -r sbin/init lib/systemd/systemd"_s << InitSystem::None << false;
    QTest::newRow("init that is no program")
        << sysv + u"chmod -x sbin/init; rm lib/systemd/systemd"_s << InitSystem::None << false;
}

void TestSystemLook::logins()
{
    QFETCH(QString, script);
    QFETCH(InitSystem, init);
    QFETCH(bool, login);
    makeDebianTree(path(u"tree"_s));
    shell(u"cd tree; "_s + script);
    const SystemLook look = this->look();
    QCOMPARE(look.init, init);
    QCOMPARE(look.hasConsoleLogin, login);
}

void TestSystemLook::nothing()
{
    const SystemLook look = this->look();
    QVERIFY(!look.isRootfs && look.kernels.isEmpty() && look.bootEntries.isEmpty() && look.name.isEmpty());
    // Texts without an end, and what is no text.
    put(u"etc/os-release"_s, QByteArray(3'000'000, 'x'));
    put(u"etc/fstab"_s, QByteArray("a b c\n").repeated(100'000));
    put(u"boot/grub/grub.cfg"_s, QByteArray("menuentry '${x}$' {\n linux /a$ ${ \"'\\\n}\n").repeated(50'000));
    put(u"boot/extlinux/extlinux.conf"_s, QByteArray("LABEL a\nKERNEL b\nAPPEND initrd=\n").repeated(50'000));
    put(u"boot/loader/entries/a.conf"_s, QByteArray(2'000'000, '\xff'));
    put(u"boot/vmlinuz"_s, QByteArray(100'000, 'M'));
    const SystemLook odd = this->look();
    QVERIFY(odd.kernels.isEmpty());
    QVERIFY(odd.bootEntries.size() <= 64 && odd.fstab.size() <= 100);
}

/** What a dropped squashfs is called. */
void TestSystemLook::squashfsProbed()
{
    makeDebianTree(path(u"tree"_s));
    shell(u"mksquashfs tree image -quiet -no-progress -comp lzo; head -c 100000 image > cut"_s);
    const SourceInfo info = probeSource(path(u"image"_s));
    QCOMPARE(info.kind, SourceKind::Squashfs);
    QCOMPARE(info.handler, u"squashfs"_s);
    QCOMPARE(info.refusal, QString());
    QCOMPARE(info.architecture, Architecture::X86_64);
    for (const QString& word : {u"Squashfs"_s, u"compressed with lzo"_s, u"Debian GNU/Linux 13"_s, u"x86_64"_s}) {
        QVERIFY2(info.description.contains(word), qPrintable(info.description));
    }
    const SourceInfo cut = probeSource(path(u"cut"_s));
    QCOMPARE(cut.kind, SourceKind::Squashfs);
    QVERIFY(cut.handler.isEmpty());
    QVERIFY2(cut.refusal.contains("cut off"_L1), qPrintable(cut.refusal));
}

QTEST_GUILESS_MAIN(TestSystemLook)
#include "tst_systemlook.moc"

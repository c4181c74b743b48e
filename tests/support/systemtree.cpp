// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "systemtree.h"

#include "fixtures.h"

#include <QDir>
#include <QFileInfo>
#include <QProcess>

namespace Stowage::Test
{

using namespace Qt::StringLiterals;

QString fixtureKernelVersion()
{
    const QStringList kernels = QDir(fixture(u"kernel-amd64"_s)).entryList({u"vmlinuz-*"_s});
    if (kernels.size() != 1) {
        QTest::qFail("there is not one kernel for amd64", __FILE__, __LINE__);
        return {};
    }
    return kernels.first().sliced(8);
}

void runScript(const QString& directory, const QString& script)
{
    QProcess process;
    process.setWorkingDirectory(directory);
    process.setProcessChannelMode(QProcess::MergedChannels);
    const QString values = u"F='%1'; V='%2'; "_s.arg(QFileInfo(fixture(u"kernel-amd64"_s)).path(),
                                                     fixtureKernelVersion());
    process.start(u"bash"_s, {u"-ec"_s, values + script});
    QVERIFY(process.waitForFinished(-1));
    QVERIFY2(process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0, process.readAll().constData());
}

void makeDebianTree(const QString& top)
{
    QVERIFY(QDir().mkpath(top));
    runScript(
        top,
        u"mkdir -p etc usr/bin usr/sbin usr/lib/systemd/system usr/lib/systemd/system-generators boot/grub "
        "usr/lib/modules/$V; ln -s usr/bin bin; ln -s usr/sbin sbin; ln -s usr/lib lib\n"
        "cp -L $F/debian-minbase/usr/lib/os-release usr/lib/os-release; ln -s ../usr/lib/os-release etc/os-release\n"
        "cp -L $F/debian-minbase/bin/sh usr/bin/dash; ln -s dash usr/bin/sh\n"
        "cp -L $F/debian-minbase/bin/sh usr/lib/systemd/systemd; ln -s ../lib/systemd/systemd usr/sbin/init\n"
        ": > usr/lib/systemd/system/serial-getty@.service; : > usr/lib/systemd/system-generators/systemd-getty-generator\n"
        "cp $F/kernel-amd64/vmlinuz-$V $F/kernel-amd64/config-$V boot; cp $F/di-netboot/initrd.gz boot/initrd.img-$V\n"
        "cp $F/kernel-amd64/vmlinuz-$V boot/vmlinuz-$V.old; cp $F/kernel-arm64/vmlinuz-* boot/vmlinuz-5.9.0-2\n"
        "ln -s boot/vmlinuz-$V vmlinuz; ln -s boot/initrd.img-$V initrd.img; echo 'System map' > boot/vmlinux-notes"_s);
    writeFile(top + u"/etc/fstab"_s,
              "# comment\n\nUUID=abc  /  ext4 errors=remount-ro 0 1\n/dev/sda1\t/boot\\040dir vfat\n"
              "LABEL=swap none swap sw 0 0\nbroken line\n");
    const QByteArray version = fixtureKernelVersion().toUtf8();
    writeFile(
        top + u"/boot/grub/grub.cfg"_s,
        "if [ -s $prefix/grubenv ]; then\n  set have_grubenv=true\n  load_env\nfi\n"
        "if [ \"${next_entry}\" ] ; then\n   set default=\"${next_entry}\"\n   set next_entry=\n   save_env next_entry\n"
        "else\n   set default=\"0\"\nfi\n"
        "function savedefault {\n  if [ -z \"${boot_once}\" ]; then\n    saved_entry=\"${chosen}\"\n  fi\n}\n"
        "menuentry 'Debian GNU/Linux' --class debian $menuentry_id_option 'gnulinux-simple-abc' {\n"
        "\tload_video\n\tinsmod gzio\n\tif [ x$grub_platform = xxen ]; then insmod xzio; insmod lzopio; fi\n"
        "\techo\t'Loading Linux ...'\n\tlinux\t/boot/vmlinuz-"
            + version + " root=UUID=abc ro  console=\"hvc0\" $extra\n\tinitrd\t/boot/initrd.img-" + version
            + "\n}\nsubmenu 'Advanced options' {\n\tmenuentry 'Old' {\n\t\tlinux\t/boot/vmlinuz-5.9.0-2 root=UUID=abc ro single\n\t}\n}\n"
              "menuentry 'Firmware' {\n\tfwsetup\n}\n");
}

} // namespace Stowage::Test

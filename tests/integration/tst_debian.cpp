// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/support/filecopy.h"
#include "core/support/units.h"
#include "fixtures.h"

#include <QDir>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>

#include <unistd.h>

using namespace Stowage;
using namespace Qt::StringLiterals;

namespace
{

struct Outcome {
    int exitCode = -1;
    QByteArray output;
    QByteArray messages;
};

Outcome run(const QString& program, const QStringList& arguments, const QString& directory = {})
{
    constexpr int Minutes = 5 * 60 * 1000;
    QProcess process;
    process.setWorkingDirectory(directory);
    process.start(program, arguments);
    process.waitForFinished(Minutes);
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1, process.readAllStandardOutput(),
            process.readAllStandardError()};
}

} // namespace

/**
 * The whole job by the real program on a real Debian: every handler, both kernels, a ramdisk, a config that Debian
 * ships, a host to start from; the result is judged by the tools that people would use.
 */
class TestDebian : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void probesEverything_data();
    void probesEverything();
    void images_data();
    void images();
    void rootFileSystemIsWhole();
    void configs();
    void bootFiles();
    void hostIsKept();
    void archiveEqualsTree();
    void checkIsClean();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory.filePath(name); }
    [[nodiscard]] QString image(const QString& name) const { return path(u"out/var/lib/xen/images/"_s + name); }
    [[nodiscard]] QStringList input() const;

    QTemporaryDir m_directory;
    QString m_kernel;
};

QStringList TestDebian::input() const
{
    return {path(u"local.conf"_s), u"--deploy-dir"_s, path(u"deploy"_s), u"--unpack-dir"_s,
            path(u"unpack"_s),     u"--machine"_s,    u"genericx86-64"_s};
}

void TestDebian::initTestCase()
{
    QVERIFY(QDir().mkpath(path(u"deploy"_s)) && QDir().mkpath(path(u"unpack/tree"_s)));
    const QDir kernels(Test::fixture(u"kernel-amd64"_s));
    const QStringList names = kernels.entryList({u"vmlinuz-*"_s});
    QVERIFY(!names.isEmpty());
    m_kernel = names.first();
    QVERIFY(QFile::link(kernels.filePath(m_kernel), path(u"deploy/bzImage"_s)));
    const auto unpackLink = [&](const QString& fixture, const QString& name) {
        QVERIFY(QFile::link(Test::fixture(fixture), path(u"unpack/"_s + name)));
    };
    unpackLink(u"debian-minbase.qcow2"_s, u"disk.qcow2"_s);
    unpackLink(u"debian-minbase-zlib.qcow2"_s, u"packed.qcow2"_s);
    unpackLink(u"debian-minbase.ext4"_s, u"root.ext4"_s);
    unpackLink(u"debian-minbase.raw"_s, u"disk.raw"_s);
    unpackLink(u"di-netboot/vmlinuz"_s, u"installer-kernel"_s);
    unpackLink(u"di-netboot/initrd.gz"_s, u"installer-ramdisk"_s);
    unpackLink(u"xen-examples/xlexample.pvlinux"_s, u"example.cfg"_s);
    const Outcome unpacked = run(u"tar"_s,
                                 {u"-xf"_s, Test::fixture(u"debian-minbase.tar"_s), u"--exclude=./dev/*"_s, u"-C"_s,
                                  path(u"unpack/tree"_s)});
    QVERIFY2(unpacked.exitCode == 0, unpacked.messages.constData());

    Test::writeFile(path(u"host/etc/xen/xl.conf"_s), Test::readFile(Test::fixture(u"xen-examples/xl.conf"_s)));
    Test::writeFile(path(u"host/etc/network/interfaces"_s), "iface xenbr0 inet dhcp\n    bridge_ports eth0\n");
    Test::writeFile(path(u"local.conf"_s),
                    "BUNDLED_XEN_GUESTS = \"tree:autostart disk \\\n"
                    "    packed root custom:autostart\"\n"
                    "XEN_GUEST_SOURCE_TYPE[tree] = \"rootfs_dir\"\n"
                    "XEN_GUEST_SOURCE_FILE[tree] = \"tree\"\n"
                    "XEN_GUEST_IMAGE_SIZE[tree] = \"400\"\n"
                    "XEN_GUEST_SOURCE_TYPE[disk] = \"qcow2\"\n"
                    "XEN_GUEST_SOURCE_FILE[disk] = \"disk.qcow2\"\n"
                    "XEN_GUEST_EXTRA[disk] = \"root=/dev/xvda1 ro console=hvc0\"\n"
                    "XEN_GUEST_SOURCE_TYPE[packed] = \"qcow2\"\n"
                    "XEN_GUEST_SOURCE_FILE[packed] = \"packed.qcow2\"\n"
                    "XEN_GUEST_KERNEL[packed] = \"installer-kernel\"\n"
                    "XEN_GUEST_SOURCE_TYPE[root] = \"ext4\"\n"
                    "XEN_GUEST_SOURCE_FILE[root] = \"root.ext4\"\n"
                    "XEN_GUEST_SOURCE_TYPE[custom] = \"raw\"\n"
                    "XEN_GUEST_SOURCE_FILE[custom] = \"disk.raw\"\n"
                    "XEN_GUEST_CONFIG_FILE[custom] = \"${UNPACKDIR}/example.cfg\"\n");
    const Outcome built = run(Test::commandLineProgram(),
                              QStringList{u"build"_s} + input()
                                  + QStringList{u"--host"_s, path(u"host"_s), u"--output"_s,
                                                u"tree:"_s + path(u"out"_s), u"--output"_s,
                                                u"tar:"_s + path(u"out.tar"_s), u"--json"_s});
    QVERIFY2(built.exitCode == 0, (built.output + built.messages).constData());
    QCOMPARE(QJsonDocument::fromJson(built.output).object().value("outputs"_L1).toArray().size(), 2);
}

void TestDebian::probesEverything_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("handler");
    QTest::newRow("directory") << u"debian-minbase"_s << u"rootfs_directory"_s << u"rootfs_dir"_s;
    QTest::newRow("qcow2") << u"debian-minbase.qcow2"_s << u"qcow2"_s << u"qcow2"_s;
    QTest::newRow("compressed qcow2") << u"debian-minbase-zlib.qcow2"_s << u"qcow2"_s << u"qcow2"_s;
    QTest::newRow("ext4") << u"debian-minbase.ext4"_s << u"ext4"_s << u"ext4"_s;
    QTest::newRow("raw disk") << u"debian-minbase.raw"_s << u"raw_disk"_s << u"raw"_s;
    QTest::newRow("ramdisk") << u"di-netboot/initrd.gz"_s << u"ramdisk"_s << QString();
    QTest::newRow("kernel") << u"di-netboot/vmlinuz"_s << u"kernel"_s << QString();
    QTest::newRow("config") << u"xen-examples/xlexample.pvlinux"_s << u"xl_config"_s << QString();
    QTest::newRow("tarball") << u"debian-minbase.tar"_s << u"rootfs_archive"_s << u"rootfs_archive"_s;
}

void TestDebian::probesEverything()
{
    QFETCH(QString, name);
    QFETCH(QString, kind);
    QFETCH(QString, handler);
    const Outcome probed = run(Test::commandLineProgram(), {u"probe"_s, u"--json"_s, Test::fixture(name)});
    QCOMPARE(probed.exitCode, 0);
    const QJsonDocument document = QJsonDocument::fromJson(probed.output);
    const QJsonObject source =
        (document.isArray() ? document.array() : document.object().value("sources"_L1).toArray()).first().toObject();
    QCOMPARE(source.value("kind"_L1).toString(), kind);
    QCOMPARE(source.value("handler"_L1).toString(), handler);
    QVERIFY(!source.value("description"_L1).toString().isEmpty());
}

void TestDebian::images_data()
{
    QTest::addColumn<QString>("made");
    QTest::addColumn<QString>("source");
    QTest::addColumn<bool>("convert");
    QTest::newRow("qcow2") << u"disk.img"_s << u"debian-minbase.qcow2"_s << true;
    QTest::newRow("compressed qcow2") << u"packed.img"_s << u"debian-minbase-zlib.qcow2"_s << true;
    QTest::newRow("ext4") << u"root.img"_s << u"debian-minbase.ext4"_s << false;
    QTest::newRow("raw") << u"custom.img"_s << u"debian-minbase.raw"_s << false;
}

void TestDebian::images()
{
    QFETCH(QString, made);
    QFETCH(QString, source);
    QFETCH(bool, convert);
    QString reference = Test::fixture(source);
    if (convert) {
        reference = path(made + u".reference"_s);
        QCOMPARE(run(u"qemu-img"_s, {u"convert"_s, u"-O"_s, u"raw"_s, Test::fixture(source), reference}).exitCode, 0);
    }
    const Outcome compared = run(u"cmp"_s, {reference, image(made)});
    QVERIFY2(compared.exitCode == 0, (compared.output + compared.messages).constData());
    QVERIFY(allocatedBytes(image(made)) <= allocatedBytes(reference) + 16 * MiB);
}

void TestDebian::rootFileSystemIsWhole()
{
    QCOMPARE(QFile(image(u"tree.img"_s)).size(), 400 * MiB);
    const Outcome checked = run(u"e2fsck"_s, {u"-fn"_s, image(u"tree.img"_s)});
    QVERIFY2(checked.exitCode == 0, checked.output.constData());
    QVERIFY(QDir().mkpath(path(u"dumped"_s)));
    run(u"debugfs"_s, {u"-R"_s, u"rdump / "_s + path(u"dumped"_s), image(u"tree.img"_s)});
    run(u"rmdir"_s, {path(u"dumped/lost+found"_s)});
    const Outcome compared = run(u"diff"_s,
                                 {u"-r"_s, u"--no-dereference"_s, path(u"unpack/tree"_s), path(u"dumped"_s)});
    QVERIFY2(compared.exitCode == 0, compared.output.left(2000).constData());
    const Outcome shadow = run(u"debugfs"_s, {u"-R"_s, u"stat /etc/shadow"_s, image(u"tree.img"_s)});
    QVERIFY(shadow.output.contains("Mode:  0640"));
    QVERIFY(geteuid() != 0 || shadow.output.contains("Group:    42"));
}

void TestDebian::configs()
{
    QCOMPARE(Test::readFile(path(u"out/etc/xen/disk.cfg"_s)),
             "name = \"disk\"\nmemory = 512\nvcpus = 1\ndisk = ['file:/var/lib/xen/images/disk.img,xvda,rw']\n"
             "vif = ['bridge=xenbr0']\nkernel = \"/var/lib/xen/images/"
                 + m_kernel.toUtf8() + "\"\nextra = \"root=/dev/xvda1 ro console=hvc0\"\n");
    const QByteArrayList before = Test::readFile(Test::fixture(u"xen-examples/xlexample.pvlinux"_s)).split('\n');
    const QByteArrayList after = Test::readFile(path(u"out/etc/xen/custom.cfg"_s)).split('\n');
    QCOMPARE(after.size(), before.size());
    QByteArrayList changed;
    for (qsizetype i = 0; i < before.size(); ++i) {
        if (after.at(i) != before.at(i)) {
            changed.append(after.at(i));
        }
    }
    QCOMPARE(changed.size(), 2);
    QVERIFY(changed.at(0).contains("kernel = \"/var/lib/xen/images/" + m_kernel.toUtf8() + '"'));
    QVERIFY(changed.at(1).contains("'/var/lib/xen/images/custom.img,raw,xvda,rw'"));
    QCOMPARE(QDir(path(u"out/etc/xen/auto"_s)).entryList(QDir::System | QDir::Files, QDir::Name),
             QStringList({u"custom.cfg"_s, u"tree.cfg"_s}));
}

void TestDebian::bootFiles()
{
    QCOMPARE(Test::readFile(image(m_kernel)), Test::readFile(Test::fixture(u"kernel-amd64/"_s + m_kernel)));
    QCOMPARE(Test::readFile(image(u"vmlinuz"_s)), Test::readFile(Test::fixture(u"di-netboot/vmlinuz"_s)));
}

void TestDebian::hostIsKept()
{
    QCOMPARE(Test::readFile(path(u"out/etc/xen/xl.conf"_s)), Test::readFile(path(u"host/etc/xen/xl.conf"_s)));
    QVERIFY(QFile::exists(path(u"out/etc/network/interfaces"_s)));
}

void TestDebian::archiveEqualsTree()
{
    const Outcome compared = run(u"tar"_s, {u"--compare"_s, u"-f"_s, path(u"out.tar"_s), u"-C"_s, path(u"out"_s)});
    QByteArrayList differences = compared.output.split('\n');
    differences.removeIf([](const QByteArray& line) {
        return line.isEmpty() || line.endsWith("id differs") || line.endsWith("Mod time differs");
    });
    QVERIFY2(differences.isEmpty(), differences.join('\n').constData());
    QVERIFY2(!compared.messages.contains("No such file"), compared.messages.constData());
}

void TestDebian::checkIsClean()
{
    const Outcome checked = run(Test::commandLineProgram(), QStringList{u"check"_s, u"--json"_s} + input());
    QVERIFY2(checked.exitCode == 0, (checked.output + checked.messages).constData());
    // The same guests on another machine: every kernel and program is for the wrong processor.
    QStringList other = input();
    other.last() = u"qemuarm64"_s;
    const Outcome wrong = run(Test::commandLineProgram(),
                              QStringList{u"check"_s, u"--json"_s} + other
                                  + QStringList{u"--kernel-type"_s, u"bzImage"_s});
    QVERIFY(wrong.output.contains("kernel.architecture"));
    QVERIFY(wrong.output.contains("guest.architecture"));
}

QTEST_GUILESS_MAIN(TestDebian)
#include "tst_debian.moc"

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/import/importhandler.h"
#include "core/sources/elf.h"
#include "core/sources/sourceprobe.h"
#include "core/support/units.h"
#include "fixtures.h"
#include "madecontent.h"

#include <QProcess>
#include <QTemporaryDir>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

class TestSourceFiles : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void fixtures_data();
    void fixtures();
    void kernelFixtures();
    void realTools_data();
    void realTools();
    void directories();
    void linksStayInside();
    void specialFiles();
    void unreadable();
    void links();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestSourceFiles::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(m_directory->isValid());
}

void TestSourceFiles::cleanup()
{
    m_directory.reset();
}

void TestSourceFiles::fixtures_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<SourceKind>("kind");
    QTest::addColumn<QString>("handler");
    QTest::addColumn<Architecture>("architecture");
    QTest::addColumn<qint64>("virtualSize");
    QTest::addColumn<QString>("word");
    const auto row = [](const char* file, SourceKind kind, const char* handler, Architecture architecture, qint64 size,
                        const char* word) {
        QTest::newRow(file) << QString::fromLatin1(file) << kind << QString::fromLatin1(handler) << architecture << size
                            << QString::fromLatin1(word);
    };
    row("debian-minbase", SourceKind::RootfsDirectory, "rootfs_dir", Architecture::X86_64, 0, "Debian GNU/Linux 13");
    row("debian-minbase.ext4", SourceKind::Ext4, "ext4", Architecture::X86_64, 512 * MiB,
        "ext4 file system, \"debian\", 512 MiB");
    row("debian-minbase.qcow2", SourceKind::Qcow2, "qcow2", Architecture::X86_64, 512 * MiB, "Debian GNU/Linux 13");
    row("debian-minbase-zlib.qcow2", SourceKind::Qcow2, "qcow2", Architecture::X86_64, 512 * MiB,
        "Debian GNU/Linux 13");
    row("debian-minbase.raw", SourceKind::RawDisk, "raw", Architecture::X86_64, 514 * MiB, "GPT with 1 partition");
    row("debian-minbase.tar", SourceKind::RootfsArchive, "rootfs_archive", Architecture::Unknown, 0,
        "Archive with a root file system");
    row("di-netboot/vmlinuz", SourceKind::Kernel, "", Architecture::X86_64, 0, "bzImage");
    row("di-netboot/initrd.gz", SourceKind::Ramdisk, "", Architecture::Unknown, 0, "gzip");
    row("xen-examples", SourceKind::Other, "", Architecture::Unknown, 0, "no root file system");
    row("xen-examples/xl.conf", SourceKind::Other, "", Architecture::Unknown, 0, "text file");
    row("xen-examples/xlexample.pvlinux", SourceKind::XlConfig, "", Architecture::Unknown, 0, "example.pvlinux");
    row("xen-examples/xlexample.hvm", SourceKind::XlConfig, "", Architecture::Unknown, 0, "example.hvm");
}

void TestSourceFiles::fixtures()
{
    QFETCH(QString, file);
    QFETCH(SourceKind, kind);
    QFETCH(QString, handler);
    QFETCH(Architecture, architecture);
    QFETCH(qint64, virtualSize);
    QFETCH(QString, word);
    const SourceInfo info = probeSource(fixture(file));
    QVERIFY2(info.kind == kind, qPrintable(sourceKindName(info.kind) + u": "_s + info.refusal));
    QCOMPARE(info.handler, handler);
    QVERIFY(handler.isEmpty() || findHandler(handler));
    QCOMPARE(info.architecture, architecture);
    QCOMPARE(info.virtualSize, virtualSize);
    QVERIFY2((info.description + info.refusal).contains(word), qPrintable(info.description + info.refusal));
}

void TestSourceFiles::kernelFixtures()
{
    for (const auto& [name, architecture] :
         {std::pair(u"kernel-amd64"_s, Architecture::X86_64), std::pair(u"kernel-arm64"_s, Architecture::Arm64)}) {
        const QDir directory(fixture(name));
        const QStringList kernels = directory.entryList({u"vmlinuz-*"_s});
        QVERIFY(!kernels.isEmpty());
        const SourceInfo info = probeSource(directory.filePath(kernels.first()));
        QCOMPARE(info.kind, SourceKind::Kernel);
        QCOMPARE(info.architecture, architecture);
        const SourceInfo config = probeSource(directory.filePath(directory.entryList({u"config-*"_s}).first()));
        QCOMPARE(config.kind, SourceKind::Other);
    }
}

void TestSourceFiles::realTools_data()
{
    QTest::addColumn<QStringList>("command");
    QTest::addColumn<SourceKind>("kind");
    QTest::addColumn<QString>("word");
    const auto qemu = [](const char* format, SourceKind kind, const char* word) {
        QTest::newRow(format) << QStringList{u"qemu-img"_s, u"create"_s, u"-q"_s, u"-f"_s, QString::fromLatin1(format),
                                             u"FILE"_s,     u"8M"_s}
                              << kind << QString::fromLatin1(word);
    };
    qemu("qcow2", SourceKind::Qcow2, "8 MiB");
    qemu("qcow", SourceKind::Other, "QCOW disk image of version 1");
    qemu("vmdk", SourceKind::VirtualDisk, "VMDK disk (monolithicSparse), 8 MiB");
    qemu("vdi", SourceKind::VirtualDisk, "VDI disk (dynamic), 8 MiB");
    qemu("vhdx", SourceKind::VirtualDisk, "VHDX disk (dynamic), 8 MiB");
    qemu("vpc", SourceKind::VirtualDisk, "VHD disk (dynamic), 8");
    qemu("qed", SourceKind::VirtualDisk, "QED disk, 8 MiB");
    qemu("parallels", SourceKind::Other, "Parallels");
    qemu("raw", SourceKind::Other, "zeros");
    QTest::newRow("fixed vhd") << QStringList{u"qemu-img"_s, u"create"_s,          u"-q"_s,   u"-f"_s, u"vpc"_s,
                                              u"-o"_s,       u"subformat=fixed"_s, u"FILE"_s, u"8M"_s}
                               << SourceKind::VirtualDisk << u"VHD disk (fixed), 8"_s;
    QTest::newRow("luks") << QStringList{u"qemu-img"_s,
                                         u"create"_s,
                                         u"-q"_s,
                                         u"-f"_s,
                                         u"luks"_s,
                                         u"--object"_s,
                                         u"secret,id=s,data=x"_s,
                                         u"-o"_s,
                                         u"key-secret=s,iter-time=10"_s,
                                         u"FILE"_s,
                                         u"8M"_s}
                          << SourceKind::Other << u"LUKS"_s;
    for (const char* type : {"ext2", "ext3", "ext4"}) {
        QTest::newRow(type) << QStringList{u"/sbin/mke2fs"_s,         u"-q"_s,   u"-t"_s,
                                           QString::fromLatin1(type), u"FILE"_s, u"16M"_s}
                            << SourceKind::Ext4 << QString::fromLatin1(type);
    }
    QTest::newRow("swap") << QStringList{u"sh"_s, u"-c"_s, u"truncate -s 1M FILE && /sbin/mkswap -q FILE"_s}
                          << SourceKind::Other << u"swap"_s;
    QTest::newRow("dos table") << QStringList{u"sh"_s, u"-c"_s,
                                              u"truncate -s 8M FILE && echo 'type=83' | /sbin/sfdisk -q FILE"_s}
                               << SourceKind::RawDisk << u"MBR with 1 partition"_s;
    QTest::newRow("gpt cut off")
        << QStringList{u"sh"_s, u"-c"_s,
                       u"truncate -s 8M FILE && echo 'label: gpt' | /sbin/sfdisk -q FILE && truncate -s 6M FILE"_s}
        << SourceKind::RawDisk << u"cut off"_s;
    QTest::newRow("gpt, large sectors")
        << QStringList{u"sh"_s, u"-c"_s,
                       u"truncate -s 64M FILE && echo 'size=8M' | /sbin/sfdisk -q --sector-size 4096 -X gpt FILE"_s}
        << SourceKind::RawDisk << u"GPT with 1 partition"_s;
}

void TestSourceFiles::realTools()
{
    QFETCH(QStringList, command);
    QFETCH(SourceKind, kind);
    QFETCH(QString, word);
    const QString file = path(u"image"_s);
    command.replaceInStrings(u"FILE"_s, file);
    QCOMPARE(QProcess::execute(command.first(), command.sliced(1)), 0);
    const SourceInfo info = probeSource(file);
    QVERIFY2(info.kind == kind, qPrintable(sourceKindName(info.kind) + u": "_s + info.description + info.refusal));
    QVERIFY2((info.description + info.refusal).contains(word), qPrintable(info.description + info.refusal));
}

void TestSourceFiles::directories()
{
    QCOMPARE(probeSource(m_directory->path()).kind, SourceKind::Other);
    for (const QString& file : {u"etc/passwd"_s, u"bin/busybox"_s}) {
        writeFile(path(u"small/"_s + file), file.startsWith(u'b') ? elf(2, 183) : "x");
    }
    QVERIFY(QFile::link(u"busybox"_s, path(u"small/bin/sh"_s)));
    SourceInfo info = probeSource(path(u"small"_s));
    QCOMPARE(info.kind, SourceKind::RootfsDirectory);
    QCOMPARE(info.architecture, Architecture::Arm64);
    QCOMPARE(info.handler, u"rootfs_dir"_s);
    QCOMPARE(info.size, 0);
    // Links lead to it, too.
    QVERIFY(QFile::link(path(u"small"_s), path(u"link"_s)));
    QCOMPARE(probeSource(path(u"link"_s)).kind, SourceKind::RootfsDirectory);

    QVERIFY(QDir().mkpath(path(u"outer/rootfs"_s)));
    QVERIFY(QFile::rename(path(u"small"_s), path(u"outer/rootfs/x"_s)));
    QVERIFY(QDir().rmdir(path(u"outer/rootfs/y"_s)) || QDir().rename(path(u"outer/rootfs/x"_s), path(u"outer/y"_s)));
    QVERIFY(QDir().rmdir(path(u"outer/rootfs"_s)));
    QVERIFY(QDir().rename(path(u"outer/y"_s), path(u"outer/rootfs"_s)));
    info = probeSource(path(u"outer"_s));
    QCOMPARE(info.kind, SourceKind::Other);
    QVERIFY2(info.refusal.contains("\"rootfs\""_L1), qPrintable(info.refusal));
    // What a link leads to outside is not inside.
    QVERIFY(QDir().mkpath(path(u"linked/etc"_s)));
    QVERIFY(QFile::link(u"/"_s, path(u"linked/rootfs"_s)));
    QVERIFY(QFile::link(u"/usr/sbin"_s, path(u"linked/sbin"_s)));
    QVERIFY(QDir().rename(path(u"linked/etc"_s), path(u"linked/other"_s)));
    const SourceInfo linked = probeSource(path(u"linked"_s));
    QCOMPARE(linked.handler, QString());
    QVERIFY2(!linked.refusal.contains("\"rootfs\""_L1), qPrintable(linked.refusal));

    for (const auto& [bits, machine, architecture] :
         {std::tuple(1, 3, Architecture::X86_32), std::tuple(2, 62, Architecture::X86_64),
          std::tuple(1, 62, Architecture::X86_64), std::tuple(1, 40, Architecture::Arm32),
          std::tuple(2, 183, Architecture::Arm64), std::tuple(2, 243, Architecture::Unknown)}) {
        const QByteArray header = elf(static_cast<quint8>(bits), static_cast<quint16>(machine));
        QCOMPARE(elfArchitecture(header), architecture);
        for (qsizetype length = 0; length < ElfHeaderSize; ++length) {
            QCOMPARE(elfArchitecture(QByteArrayView(header).first(length)), Architecture::Unknown);
        }
    }
}

void TestSourceFiles::linksStayInside()
{
    // The guest's /bin/sh leads to the guest's own /usr/bin/dash, be it absolute or full of dots.
    writeFile(path(u"outside"_s), elf(1, 3));
    for (const QString& target :
         {u"/outside"_s, u"../../../../../../../../outside"_s, path(u"outside"_s), u"sh"_s, u"/proc/self/exe"_s}) {
        const QString root = path(u"root"_s);
        QVERIFY(QDir(root).removeRecursively());
        writeFile(root + u"/etc/passwd"_s, "x");
        QVERIFY(QDir().mkpath(root + u"/bin"_s));
        QCOMPARE(::symlink(QFile::encodeName(target).constData(), QFile::encodeName(root + u"/bin/sh"_s).constData()),
                 0);
        SourceInfo info = probeSource(root);
        QCOMPARE(info.kind, SourceKind::RootfsDirectory);
        QCOMPARE(info.architecture, Architecture::Unknown);
        if (target.endsWith("outside"_L1) && target != path(u"outside"_s)) {
            writeFile(root + u"/outside"_s, elf(2, 62));
            QCOMPARE(probeSource(root).architecture, Architecture::X86_64);
        }
    }
    // os-release as a link out of the tree, and as a FIFO.
    writeFile(path(u"secret"_s), "PRETTY_NAME=\"secret\"\n");
    QCOMPARE(::symlink(QFile::encodeName(path(u"secret"_s)).constData(),
                       QFile::encodeName(path(u"root/etc/os-release"_s)).constData()),
             0);
    QVERIFY(!probeSource(path(u"root"_s)).description.contains("secret"_L1));
    QVERIFY(QFile::remove(path(u"root/etc/os-release"_s)));
    QCOMPARE(::mkfifo(QFile::encodeName(path(u"root/etc/os-release"_s)).constData(), 0600), 0);
    QCOMPARE(probeSource(path(u"root"_s)).kind, SourceKind::RootfsDirectory);
}

void TestSourceFiles::specialFiles()
{
    QCOMPARE(::mkfifo(QFile::encodeName(path(u"fifo"_s)).constData(), 0600), 0);
    const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    qstrncpy(address.sun_path, QFile::encodeName(path(u"socket"_s)).constData(), sizeof(address.sun_path));
    QCOMPARE(::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    for (const auto& [file, word] :
         {std::pair(path(u"fifo"_s), u"named pipe"_s), std::pair(path(u"socket"_s), u"socket"_s),
          std::pair(u"/dev/zero"_s, u"character device"_s), std::pair(u"/dev/tty"_s, u"character device"_s)}) {
        const SourceInfo info = probeSource(file);
        QCOMPARE(info.kind, SourceKind::Other);
        QVERIFY2(info.refusal.contains(word), qPrintable(info.refusal));
    }
    ::close(socket);
    // Files of the kernel's say a size of 0 or 4096 and are whatever they are.
    QCOMPARE(probeSource(u"/proc/self/mem"_s).kind, SourceKind::Other);
    QCOMPARE(probeSource(u"/proc/version"_s).kind, SourceKind::Other);
}

void TestSourceFiles::unreadable()
{
    writeFile(path(u"secret"_s), "x");
    QCOMPARE(::chmod(QFile::encodeName(path(u"secret"_s)).constData(), 0), 0);
    QVERIFY(QDir().mkpath(path(u"closed/in"_s)));
    QCOMPARE(::chmod(QFile::encodeName(path(u"closed"_s)).constData(), 0), 0);
    QCOMPARE(::chmod(QFile::encodeName(m_directory->path()).constData(), 0755), 0);
    const bool isRoot = ::geteuid() == 0;
    if (isRoot) {
        QCOMPARE(::seteuid(65534), 0);
    }
    const SourceInfo file = probeSource(path(u"secret"_s));
    const SourceInfo inside = probeSource(path(u"closed/in"_s));
    const SourceInfo directory = probeSource(path(u"closed"_s));
    if (isRoot) {
        QCOMPARE(::seteuid(0), 0);
    }
    QCOMPARE(::chmod(QFile::encodeName(path(u"closed"_s)).constData(), 0700), 0);
    for (const SourceInfo& info : {file, inside, directory}) {
        QCOMPARE(info.kind, SourceKind::Other);
        QVERIFY2(info.refusal.contains("ermission"_L1), qPrintable(info.refusal));
    }
}

void TestSourceFiles::links()
{
    QCOMPARE(probeSource(path(u"nothing"_s)).kind, SourceKind::Missing);
    QCOMPARE(probeSource(QString()).kind, SourceKind::Missing);
    QCOMPARE(probeSource(u"a\0b"_s).kind, SourceKind::Missing);
    writeFile(path(u"disk"_s), mbr());
    QCOMPARE(probeSource(path(u"disk/below"_s)).kind, SourceKind::Missing);
    QCOMPARE(::symlink("nowhere", QFile::encodeName(path(u"broken"_s)).constData()), 0);
    const SourceInfo broken = probeSource(path(u"broken"_s));
    QCOMPARE(broken.kind, SourceKind::Missing);
    QVERIFY2(broken.refusal.contains("link"_L1), qPrintable(broken.refusal));
    QCOMPARE(::symlink("loop", QFile::encodeName(path(u"loop"_s)).constData()), 0);
    const SourceInfo loop = probeSource(path(u"loop"_s));
    QCOMPARE(loop.kind, SourceKind::Other);
    QVERIFY2(loop.refusal.contains("link"_L1), qPrintable(loop.refusal));
    QVERIFY(QFile::link(path(u"disk"_s), path(u"good"_s)));
    QCOMPARE(probeSource(path(u"good"_s)).kind, SourceKind::RawDisk);
    QCOMPARE(probeSource(QString(5000, u'x')).kind, SourceKind::Other);
}

QTEST_GUILESS_MAIN(TestSourceFiles)
#include "tst_sourcefiles.moc"

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/import/importhandler.h"
#include "core/project/projectfile.h"
#include "core/sources/elf.h"
#include "core/sources/sourceprobe.h"
#include "core/support/units.h"
#include "fixtures.h"

#include <QProcess>
#include <QTemporaryDir>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

namespace
{

/** @p bytes at @p offset of @p size zeros. */
QByteArray at(qsizetype offset, const QByteArray& bytes, qsizetype size = 128 * 1024)
{
    QByteArray content(size, '\0');
    content.replace(offset, bytes.size(), bytes);
    return content;
}

/** A boot sector with one partition. */
QByteArray mbr(quint8 status = 0x80, quint8 type = 0x83, quint8 start = 1, quint8 sectors = 100)
{
    QByteArray content(128 * 1024, '\0');
    content[446] = static_cast<char>(status);
    content[450] = static_cast<char>(type);
    content[454] = static_cast<char>(start);
    content[458] = static_cast<char>(sectors);
    content.replace(510, 2, "\x55\xaa");
    return content;
}

/** A boot sector as FAT, NTFS and exFAT have it. */
QByteArray bootSector(qsizetype offset, const QByteArray& name)
{
    QByteArray content = mbr();
    content.replace(0, 3, "\xeb\x3c\x90");
    content.replace(offset, name.size(), name);
    return content;
}

/** @p content through a compressor. */
QByteArray compressed(const QString& program, const QByteArray& content)
{
    QProcess process;
    process.start(program, {u"-c"_s});
    process.write(content);
    process.closeWriteChannel();
    if (!process.waitForFinished(-1) || process.exitCode() != 0) {
        QTest::qFail(qPrintable(program + u" failed"_s), __FILE__, __LINE__);
    }
    return process.readAllStandardOutput();
}

QByteArray elf(quint8 bits, quint16 machine)
{
    QByteArray header("\177ELF", 4);
    header.append(static_cast<char>(bits)).append("\1\1", 2).append(QByteArray(9, '\0')).append("\3\0", 2);
    return header.append(static_cast<char>(machine & 0xff))
        .append(static_cast<char>(machine >> 8))
        .append(QByteArray(44, '\0'));
}

QByteArray cpio()
{
    return "070701" + QByteArray(104, '0') + "TRAILER!!!" + QByteArray(392, '\0');
}

} // namespace

class TestSources : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void content_data();
    void content();
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
    void everyHeadShortened();
    void noise();
    void kindNames();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestSources::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(m_directory->isValid());
}

void TestSources::cleanup()
{
    m_directory.reset();
}

void TestSources::content_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<SourceKind>("kind");
    QTest::addColumn<QString>("word"); // of the refusal; of the description where there is none
    const auto other = [](const char* name, const QByteArray& bytes, const char* word) {
        QTest::newRow(name) << bytes << SourceKind::Other << QString::fromLatin1(word);
    };
    other("empty", {}, "empty");
    other("vmdk", at(0, "KDMV"), "VMDK");
    other("vmdk esx", at(0, "COWD"), "VMDK");
    other("vmdk descriptor", "# Disk DescriptorFile\nversion=1\n", "VMDK descriptor");
    other("vdi", at(0x40, "\x7f\x10\xda\xbe"), "VDI");
    other("vhdx", at(0, "vhdxfile"), "VHDX");
    other("vhd dynamic", at(0, "conectix"), "VHD");
    other("vhd fixed", at(128 * 1024 - 512, "conectix"), "fixed size");
    other("vhd fixed with an mbr", mbr().replace(127 * 1024 + 512, 8, "conectix"), "fixed size");
    other("qed", at(0, QByteArray("QED\0", 4)), "QED");
    other("qcow 1", at(0, QByteArray("QFI\xfb\0\0\0\1", 8)), "QCOW");
    other("parallels", at(0, "WithoutFreeSpace"), "Parallels");
    other("dmg", at(128 * 1024 - 512, "koly"), "Apple");
    other("android sparse", at(0, "\x3a\xff\x26\xed"), "simg2img");
    other("iso", at(0x8001, "CD001"), "ISO 9660");
    QByteArray hybrid = mbr();
    other("iso with an mbr", hybrid.replace(0x8001, 5, "CD001"), "ISO 9660");
    other("udf", at(0x8001, "BEA01"), "UDF");
    other("tar", at(257, "ustar"), "tar archive");
    other("zip", at(0, "PK\x03\x04"), "zip");
    other("7z", at(0, "7z\xbc\xaf\x27\x1c"), "7-Zip");
    other("rar", at(0, "Rar!\x1a\x07"), "RAR");
    other("deb", "!<arch>\ndebian-binary   ", "Debian package");
    other("ar", "!<arch>\nfoo.o/", "ar archive");
    other("rpm", at(0, "\xed\xab\xee\xdb"), "RPM");
    other("pdf", "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "PDF");
    other("png", at(0, "\x89PNG\r\n\x1a\n"), "PNG");
    other("jpeg", at(0, "\xff\xd8\xff\xe0"), "JPEG");
    other("gif", at(0, "GIF89a"), "GIF");
    other("sqlite", at(0, QByteArray("SQLite format 3\0", 16)), "SQLite");
    other("elf program", elf(2, 62), "ELF program");
    other("script", "#!/bin/sh\nA=\"b\"\n", "script");
    other("exe", at(0, "MZ"), "EFI or Windows");
    other("device tree", at(0, QByteArray("\xd0\x0d\xfe\xed\0\0\0\x48", 8)), "device tree");
    other("squashfs", at(0, "hsqs"), "squashfs");
    other("xfs", at(0, "XFSB"), "XFS");
    other("btrfs", at(0x10040, "_BHRfS_M"), "Btrfs");
    other("erofs", at(0x400, "\xe2\xe1\xf5\xe0"), "EROFS");
    other("f2fs", at(0x400, "\x10\x20\xf5\xf2"), "F2FS");
    other("luks", at(0, "LUKS\xba\xbe"), "LUKS");
    other("lvm", at(512, "LABELONE"), "LVM");
    other("swap", at(4086, "SWAPSPACE2"), "swap");
    other("raid", at(0x1000, "\xfc\x4e\x2b\xa9"), "RAID");
    other("ntfs", bootSector(3, "NTFS    "), "NTFS");
    other("exfat", bootSector(3, "EXFAT   "), "exFAT");
    other("fat16", bootSector(0x36, "FAT16   "), "FAT file system");
    other("fat32", bootSector(0x52, "FAT32   "), "FAT file system");
    other("zeros", QByteArray(100000, '\0'), "zeros");
    other("noise", QByteArray("\1\2\3\4\x80\xff", 6).repeated(500), "Nothing that Stowage knows");
    other("text", "Dear diary,\ntoday I had a = b.\n", "text file");
    other("shell variables", "A=b\nexport C=d\nif x; then\n", "text file");
    other("kernel configuration", "# CONFIG_A is not set\nCONFIG_XEN=y\nCONFIG_B=\"x\"\n", "text file");
    other("json", "{\"version\": 1}", "text file");
    other("ovf", "<?xml version=\"1.0\"?>\n<Envelope xmlns=\"x\">", "OVF");
    other("tar.gz", compressed(u"gzip"_s, at(257, "ustar")), "tar archive compressed with gzip");
    other("tar.xz", compressed(u"xz"_s, at(257, "ustar")), "tar archive compressed with xz");
    other("tar.zst", compressed(u"zstd"_s, at(257, "ustar")), "tar archive compressed with zstd");
    other("disk.gz", compressed(u"gzip"_s, mbr()), "disk image compressed with gzip");
    other("iso.xz", compressed(u"xz"_s, at(0x8001, "CD001")), "ISO 9660");
    other("squashfs.gz", compressed(u"gzip"_s, at(0, "hsqs")), "squashfs");
    other("text.gz", compressed(u"gzip"_s, "hello"), "compressed with gzip");
    other("broken gz", QByteArray("\x1f\x8b\x08\0\0\0", 6).append(QByteArray(5000, 'x')), "compressed with gzip");
    other("mbr with a wild status", mbr(0x77), "Nothing that Stowage knows");
    other("mbr without partitions", at(510, "\x55\xaa"), "Nothing that Stowage knows");
    other("mbr with a partition behind the end", mbr(0, 0x83, 0), "Nothing that Stowage knows");

    const auto good = [](const char* name, const QByteArray& bytes, SourceKind kind, const char* word) {
        QTest::newRow(name) << bytes << kind << QString::fromLatin1(word);
    };
    good("mbr", mbr(), SourceKind::RawDisk, "MBR");
    good("cpio", cpio(), SourceKind::Ramdisk, "Ramdisk");
    good("cpio.gz", compressed(u"gzip"_s, cpio()), SourceKind::Ramdisk, "gzip");
    good("cpio.xz", compressed(u"xz"_s, cpio()), SourceKind::Ramdisk, "xz");
    good("cpio.zst", compressed(u"zstd"_s, cpio()), SourceKind::Ramdisk, "zstd");
    good("project", "{\n \"version\": 1, \"guests\": []}", SourceKind::Project, "project");
    good("empty project", projectToJson(Project()), SourceKind::Project, "project");
    good("project without guests", "{\n \"machine\": {\"name\": \"m\"}, \"version\": 1\n}", SourceKind::Project,
         "project");
    good("broken project", "{\n \"version\": 1, \"guests\": [,]}", SourceKind::Project, "project");
    good("xl", "name = \"web\"\nmemory = 512\ndisk = [ 'file:/x,xvda,w' ]\n", SourceKind::XlConfig, "\"web\"");
    good("xl with comments", "# a guest\n\n kernel='/x' ; vcpus=2\n", SourceKind::XlConfig, "configuration");
    good("xl broken", "name = \"web\"\nmemory = = 512\n", SourceKind::XlConfig, "2");
    good("local.conf", "BUNDLED_XEN_GUESTS = \"a:autostart\"\nXEN_GUEST_MEMORY[a] = \"1024\"\n", SourceKind::BitBake,
         "BitBake");
    good("recipe", "SUMMARY = \"x\"\nLICENSE = \"MIT\"\ninherit xen-guest-bundle\n", SourceKind::BitBake, "BitBake");
    good("append", "IMAGE_INSTALL:append = \" x\"\n", SourceKind::BitBake, "BitBake");
    good("continued", "XEN_GUEST_BUNDLES = \"a \\\n b \\\n\"\n", SourceKind::BitBake, "BitBake");
    good("function", "A = \"b\"\ndo_install() {\n  install x y\n}\n", SourceKind::BitBake, "BitBake");
    good("odd line", "A ?= \"b\"\nwhat is this\n", SourceKind::BitBake, "BitBake");
    good("carriage returns", "A = \"b\"\r\nC = 'd'\r\n", SourceKind::BitBake, "BitBake");
}

void TestSources::content()
{
    QFETCH(QByteArray, bytes);
    QFETCH(SourceKind, kind);
    QFETCH(QString, word);
    // A name that says something else: only the content counts.
    writeFile(path(u"vm.qcow2"_s), bytes);
    const SourceInfo info = probeSource(path(u"vm.qcow2"_s));
    QVERIFY2(info.kind == kind,
             qPrintable(sourceKindName(info.kind) + u": "_s + info.description + u" / "_s + info.refusal));
    QCOMPARE(info.refusal.isEmpty(),
             kind != SourceKind::Other && QByteArrayView(QTest::currentDataTag()) != "xl broken");
    const QString told = info.refusal.isEmpty() ? info.description : info.refusal;
    QVERIFY2(told.contains(word), qPrintable(told));
    QVERIFY(!info.description.isEmpty());
    QVERIFY(!info.description.contains(u'\n'));
    QCOMPARE(info.handler.isEmpty(), kind != SourceKind::RawDisk);
    QCOMPARE(info.size, bytes.size());
    QCOMPARE(info.path, path(u"vm.qcow2"_s));
}

void TestSources::fixtures_data()
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
    row("debian-minbase.qcow2", SourceKind::Qcow2, "qcow2", Architecture::Unknown, 512 * MiB, "512 MiB");
    row("debian-minbase-zlib.qcow2", SourceKind::Qcow2, "qcow2", Architecture::Unknown, 512 * MiB, "512 MiB");
    row("debian-minbase.raw", SourceKind::RawDisk, "raw", Architecture::Unknown, 514 * MiB, "GPT with 1 partition");
    row("debian-minbase.tar", SourceKind::Other, "", Architecture::Unknown, 0, "tar archive");
    row("di-netboot/vmlinuz", SourceKind::Kernel, "", Architecture::X86_64, 0, "bzImage");
    row("di-netboot/initrd.gz", SourceKind::Ramdisk, "", Architecture::Unknown, 0, "gzip");
    row("xen-examples", SourceKind::Other, "", Architecture::Unknown, 0, "no root file system");
    row("xen-examples/xl.conf", SourceKind::Other, "", Architecture::Unknown, 0, "text file");
    row("xen-examples/xlexample.pvlinux", SourceKind::XlConfig, "", Architecture::Unknown, 0, "example.pvlinux");
    row("xen-examples/xlexample.hvm", SourceKind::XlConfig, "", Architecture::Unknown, 0, "example.hvm");
}

void TestSources::fixtures()
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

void TestSources::kernelFixtures()
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

void TestSources::realTools_data()
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
    qemu("vmdk", SourceKind::Other, "VMDK");
    qemu("vdi", SourceKind::Other, "VDI");
    qemu("vhdx", SourceKind::Other, "VHDX");
    qemu("vpc", SourceKind::Other, "VHD");
    qemu("qed", SourceKind::Other, "QED");
    qemu("parallels", SourceKind::Other, "Parallels");
    qemu("raw", SourceKind::Other, "zeros");
    QTest::newRow("fixed vhd") << QStringList{u"qemu-img"_s, u"create"_s,          u"-q"_s,   u"-f"_s, u"vpc"_s,
                                              u"-o"_s,       u"subformat=fixed"_s, u"FILE"_s, u"8M"_s}
                               << SourceKind::Other << u"fixed size"_s;
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

void TestSources::realTools()
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

void TestSources::directories()
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

void TestSources::linksStayInside()
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

void TestSources::specialFiles()
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

void TestSources::unreadable()
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

void TestSources::links()
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

void TestSources::everyHeadShortened()
{
    // Each kind's file, cut off at many places: an answer every time.
    const QStringList files = {fixture(u"debian-minbase.ext4"_s), fixture(u"debian-minbase.qcow2"_s),
                               fixture(u"debian-minbase.raw"_s), fixture(u"di-netboot/vmlinuz"_s),
                               fixture(u"di-netboot/initrd.gz"_s)};
    for (const QString& name : files) {
        QFile file(name);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray head = file.read(70000);
        for (qsizetype length = 0; length < head.size(); length += length < 1200 ? 37 : 1999) {
            writeFile(path(u"cut"_s), head.first(length));
            const SourceInfo info = probeSource(path(u"cut"_s));
            QVERIFY(info.kind != SourceKind::Missing);
            QVERIFY(!info.description.isEmpty());
        }
    }
}

void TestSources::noise()
{
    QRandomGenerator random(7);
    const QStringList names = {fixture(u"debian-minbase.ext4"_s), fixture(u"debian-minbase.raw"_s),
                               fixture(u"di-netboot/vmlinuz"_s)};
    for (const QString& name : names) {
        QFile file(name);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray head = file.read(70000);
        for (int round = 0; round < 150; ++round) {
            QByteArray broken = head;
            for (int change = random.bounded(1, 12); change > 0; --change) {
                broken[random.bounded(2048)] = static_cast<char>(random.bounded(256));
            }
            writeFile(path(u"noise"_s), broken);
            QVERIFY(QFile::resize(path(u"noise"_s), round % 2 == 0 ? 600 * MiB : broken.size()));
            const SourceInfo info = probeSource(path(u"noise"_s));
            QVERIFY(!info.description.isEmpty());
        }
    }
}

void TestSources::kindNames()
{
    QSet<QString> names;
    for (int kind = 0; kind <= static_cast<int>(SourceKind::Other); ++kind) {
        names.insert(sourceKindName(static_cast<SourceKind>(kind)));
    }
    QCOMPARE(names.size(), static_cast<int>(SourceKind::Other) + 1);
    QVERIFY(names.contains(u"rootfs_directory"_s));
}

QTEST_GUILESS_MAIN(TestSources)
#include "tst_sources.moc"

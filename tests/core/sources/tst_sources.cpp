// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/project/projectfile.h"
#include "core/sources/sourceprobe.h"
#include "core/support/units.h"
#include "fixtures.h"
#include "madecontent.h"

#include <QProcess>
#include <QTemporaryDir>

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
    other("vmdk esx", at(0, "COWD"), "VMDK");
    const auto brokenDisk = [](const char* name, const QByteArray& bytes, const char* word) {
        QTest::newRow(name) << bytes << SourceKind::VirtualDisk << QString::fromLatin1(word);
    };
    brokenDisk("vmdk", at(0, "KDMV"), "VMDK disk of version 0");
    brokenDisk("vmdk descriptor", "# Disk DescriptorFile\nversion=1\n", "names no parts");
    brokenDisk("vdi", at(0x40, "\x7f\x10\xda\xbe"), "VDI disk of version 0");
    brokenDisk("vhdx", at(0, "vhdxfile"), "VHDX disk that is cut off");
    brokenDisk("vhd dynamic", at(0, "conectix"), "VHD disk: the checksum");
    brokenDisk("vhd fixed", at(128 * 1024 - 512, "conectix"), "VHD disk: the checksum");
    brokenDisk("vhd fixed with an mbr", mbr().replace(127 * 1024 + 512, 8, "conectix"), "VHD disk: the checksum");
    brokenDisk("qed", at(0, QByteArray("QED\0", 4)), "QED disk: a disk of 0 bytes");
    brokenDisk("android sparse", at(0, "\x3a\xff\x26\xed"), "sparse Android image of version 0");
    other("qcow 1", at(0, QByteArray("QFI\xfb\0\0\0\1", 8)), "QCOW");
    other("parallels", at(0, "WithoutFreeSpace"), "Parallels");
    other("dmg", at(128 * 1024 - 512, "koly"), "Apple");
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
    QTest::newRow("ovf") << "<?xml version=\"1.0\"?>\n<Envelope xmlns=\"x\">"_ba << SourceKind::VirtualMachine
                         << u"broken description"_s;
    other("tar.gz", compressed(u"gzip"_s, at(257, "ustar")), "tar archive, compressed with gzip");
    other("tar.xz", compressed(u"xz"_s, at(257, "ustar")), "tar archive, compressed with xz");
    other("tar.zst", compressed(u"zstd"_s, at(257, "ustar")), "tar archive, compressed with zstd");
    other("iso.xz", compressed(u"xz"_s, at(0x8001, "CD001")), "ISO 9660");
    other("text.gz", compressed(u"gzip"_s, "hello"), "compressed with gzip");
    other("broken gz", QByteArray("\x1f\x8b\x08\0\0\0", 6).append(QByteArray(5000, 'x')), "compressed with gzip");
    other("mbr with a wild status", mbr(0x77), "Nothing that Stowage knows");
    other("mbr without partitions", at(510, "\x55\xaa"), "Nothing that Stowage knows");
    other("mbr with a partition behind the end", mbr(0, 0x83, 0), "Nothing that Stowage knows");

    const auto good = [](const char* name, const QByteArray& bytes, SourceKind kind, const char* word) {
        QTest::newRow(name) << bytes << kind << QString::fromLatin1(word);
    };
    good("mbr", mbr(), SourceKind::RawDisk, "MBR");
    good("mbr.gz", compressed(u"gzip"_s, mbr()), SourceKind::RawDisk, "MBR with 1 partition, compressed with gzip");
    good("qcow2.gz", compressed(u"gzip"_s, at(0, "QFI\xfb")), SourceKind::Qcow2, "QCOW2 disk, compressed with gzip");
    good("squashfs.gz", compressed(u"gzip"_s, at(0, "hsqs")), SourceKind::Squashfs, "compressed with gzip");
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
             kind != SourceKind::Other && kind != SourceKind::VirtualDisk // made of a signature and no more
                 && kind != SourceKind::VirtualMachine && QByteArrayView(QTest::currentDataTag()) != "xl broken");
    const QString told = info.refusal.isEmpty() ? info.description : info.refusal;
    QVERIFY2(told.contains(word), qPrintable(told));
    QVERIFY(!info.description.isEmpty());
    QVERIFY(!info.description.contains(u'\n'));
    const bool isImage = kind == SourceKind::RawDisk || kind == SourceKind::Qcow2 || kind == SourceKind::Squashfs;
    QCOMPARE(!info.handler.isEmpty(), isImage);
    QCOMPARE(info.size, bytes.size());
    QCOMPARE(info.path, path(u"vm.qcow2"_s));
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

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/ext4/ext4image.h"
#include "core/filetrees/directorytree.h"
#include "core/filetrees/ext4tree.h"
#include "core/filetrees/openfiletree.h"
#include "core/filetrees/squashfstree.h"
#include "core/support/removetree.h"
#include "core/support/units.h"
#include "fixtures.h"
#include "treecase.h"

#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>

#include <fcntl.h>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

/** Every kind of file system tells of a tree what the directory tells that it was made from. */
class TestFileTrees : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanupTestCase();
    void directory();
    void ext4_data();
    void ext4();
    void ext4Refused();
    void ext4ReadError();
    void squashfs_data();
    void squashfs();
    void squashfsMemory();
    void fat_data();
    void fat();
    void iso_data();
    void iso();
    void recognised();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    /** Runs @p script in the test's directory. */
    void shell(const QString& script) const;
    void makeExt4(const QString& options) const;

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestFileTrees::shell(const QString& script) const
{
    QProcess process;
    process.setWorkingDirectory(m_directory->path());
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(u"bash"_s, {u"-ec"_s, script});
    QVERIFY(process.waitForFinished(-1));
    QVERIFY2(process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0, process.readAll().constData());
}

/** Files of every size that matters to one of the file systems, holes, links of every sort and a crowd. */
void TestFileTrees::initTestCase()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(m_directory->isValid());
    shell(
        u"mkdir tree; cd tree; mkdir -p etc usr/lib/deep/er boot/efi many empty; chmod 0750 boot; chmod 1777 empty\n"
        "echo 'NAME=x' > usr/lib/os-release; ln -s ../usr/lib/os-release etc/os-release\n"
        "ln -s /usr/lib lib; ln -s lib/deep/../os-release chained; ln -s ../../../../../etc/os-release usr/lib/deep/up\n"
        "ln -s loop loop; ln -s nowhere dangling; ln -s /../../../../etc/shadow outside; mkfifo fifo\n"
        "ln -s usr/lib/deep/$(printf 'x%.0s' {1..200})/../../os-release long\n"
        "for size in 0 1 60 127 128 4095 4096 4097 131071 131072 131073 1048576 3000001; do\n"
        "    head -c $size /dev/urandom > usr/size-$size; done\n"
        "ln usr/size-4097 usr/lib/hard; truncate -s 40M usr/sparse; printf middle | "
        "dd of=usr/sparse bs=1 seek=20000001 conv=notrunc status=none\n"
        "for i in $(seq 600); do echo $i > many/file-with-a-long-name-of-its-own-$i; done\n"
        "printf '\\303\\244' > \"usr/\"$'\\303\\266'; echo space > 'usr/with space'"_s);
}

void TestFileTrees::cleanupTestCase()
{
    QVERIFY(removeEntry(AT_FDCWD, QFile::encodeName(m_directory->path())));
}

void TestFileTrees::directory()
{
    const auto opened = DirectoryTree::open(path(u"tree"_s));
    QVERIFY_RESULT(opened);
    const FileTree& tree = **opened;
    QCOMPARE(tree.read("etc/os-release", 0, 100).value_or("none"), "NAME=x\n");
    QCOMPARE(tree.read("/usr/lib/deep/up", 5, 100).value_or("none"), "x\n");
    QCOMPARE(tree.linkTarget("etc/os-release").value_or("none"), "../usr/lib/os-release");
    QVERIFY(!tree.linkTarget("etc"));
    QVERIFY(!tree.find("loop"));
    QVERIFY(!tree.find("dangling"));
    QVERIFY(!tree.find("outside"));
    QVERIFY(!tree.read("fifo", 0, 1));
    QVERIFY(!tree.read("etc", 0, 1));
    QCOMPARE(tree.find("fifo")->type, FileTree::Type::Other);
    QCOMPARE(tree.find("boot")->mode, quint16{040750});
    QCOMPARE(tree.find("")->type, FileTree::Type::Directory);
    QCOMPARE(tree.names("").size(), 12);
    QVERIFY(tree.names("chained").isEmpty());
    QVERIFY(!DirectoryTree::open(path(u"tree/fifo"_s)));
}

void TestFileTrees::makeExt4(const QString& options) const
{
    // With data in inodes mke2fs leaves a hole at a file's end out.
    shell(u"rm -f image; mke2fs -q -d tree %1 image 80M; debugfs -w -R 'sif usr/sparse size 41943040' image"_s.arg(
        options));
}

void TestFileTrees::ext4_data()
{
    QTest::addColumn<QString>("options");
    QTest::newRow("ext4") << u"-t ext4"_s;
    QTest::newRow("small blocks") << u"-t ext4 -b 1024"_s;
    QTest::newRow("inline data") << u"-t ext4 -O inline_data -I 256"_s;
    QTest::newRow("ext2") << u"-t ext2"_s;
    QTest::newRow("ext3") << u"-t ext3 -b 2048"_s;
}

/** The same file system at the beginning of a disk and within one. */
void TestFileTrees::ext4()
{
    QFETCH(QString, options);
    makeExt4(options);
    shell(u"{ head -c 1234567 /dev/urandom; cat image; head -c 1000000 /dev/urandom; } > disk"_s);
    TestDisk whole(path(u"image"_s));
    TestDisk disk(path(u"disk"_s));
    DiskPart part(disk, 1234567, 80 * MiB);
    for (DiskReader* reader : {static_cast<DiskReader*>(&whole), static_cast<DiskReader*>(&part)}) {
        auto image = Ext4Image::open(*reader, u"disk"_s);
        QVERIFY_RESULT(image);
        const Ext4Tree tree(*std::move(image), u"disk"_s);
        QCOMPARE(differences(tree, path(u"tree"_s)), QString());
        QCOMPARE(tree.names("").size(), 13); // with lost+found
        QVERIFY(!tree.find("loop") && !tree.find("dangling") && !tree.find("outside") && !tree.find("etc/none"));
        QCOMPARE(tree.linkTarget("outside").value_or("none"), "/../../../../etc/shadow");
    }
}

/** What opening by a path refuses. */
void TestFileTrees::ext4Refused()
{
    makeExt4(u"-t ext4"_s);
    TestDisk disk(path(u"image"_s));
    DiskPart half(disk, 0, 40 * MiB);
    const auto cut = Ext4Image::open(half, u"half"_s);
    QVERIFY(!cut);
    QVERIFY2(cut.error().message.contains("cut off"_L1), qPrintable(cut.error().message));
    DiskPart nothing(disk, 0, 0);
    QVERIFY(!Ext4Image::open(nothing, u"nothing"_s));
    DiskPart other(disk, 5 * MiB, 40 * MiB);
    QVERIFY(!Ext4Image::open(other, u"other"_s));
    shell(u"mke2fs -q -t ext4 -O journal_dev journal 10M"_s);
    TestDisk journal(path(u"journal"_s));
    QVERIFY(!Ext4Image::open(journal, u"journal"_s));
}

/** The disk's own words for what it cannot read. */
void TestFileTrees::ext4ReadError()
{
    makeExt4(u"-t ext4"_s);
    TestDisk disk(path(u"image"_s));
    auto image = Ext4Image::open(disk, u"disk"_s);
    QVERIFY_RESULT(image);
    const Ext4Tree tree(*std::move(image), u"disk"_s);
    QVERIFY_RESULT(tree.read("usr/size-3000001", 0, 10));
    disk.brokenFrom = 0;
    const auto read = tree.read("usr/size-3000001", 1000000, 10);
    QVERIFY(!read);
    QVERIFY2(!read.error().message.isEmpty(), qPrintable(read.error().message));
    QVERIFY(!tree.find("usr/lib/deep/er"));
}

void TestFileTrees::squashfs_data()
{
    QTest::addColumn<QString>("options");
    for (const char* codec : {"gzip", "xz", "zstd", "lz4", "lzo", "lzma"}) {
        QTest::newRow(codec) << u"-comp "_s + QLatin1StringView(codec);
    }
    QTest::newRow("large blocks") << u"-b 1M -comp xz -Xbcj x86"_s;
    QTest::newRow("small blocks") << u"-b 4096"_s;
    QTest::newRow("tails in fragments") << u"-tailends"_s;
    QTest::newRow("no fragments") << u"-no-fragments"_s;
    QTest::newRow("nothing compressed") << u"-no-compression"_s;
    QTest::newRow("holes written out") << u"-no-sparse"_s;
}

void TestFileTrees::squashfs()
{
    QFETCH(QString, options);
    shell(u"rm -f image; mksquashfs tree image -quiet -no-progress %1 &&"
          "{ head -c 1234567 /dev/urandom; cat image; head -c 1000000 /dev/urandom; } > disk"_s.arg(options));
    TestDisk disk(path(u"disk"_s));
    DiskPart part(disk, 1234567, QFileInfo(path(u"image"_s)).size());
    auto image = SquashfsImage::open(part, u"disk"_s);
    QVERIFY_RESULT(image);
    const SquashfsTree tree(*std::move(image), u"disk"_s);
    QCOMPARE(differences(tree, path(u"tree"_s)), QString());
    QVERIFY(!tree.find("loop") && !tree.find("dangling") && !tree.find("outside") && !tree.find("etc/none"));
    QCOMPARE(tree.linkTarget("outside").value_or("none"), "/../../../../etc/shadow");
}

/** A few bytes of a file cost no more than the blocks that they are in. */
void TestFileTrees::squashfsMemory()
{
    shell(u"rm -f image; mksquashfs tree image -quiet -no-progress -no-compression"_s);
    TestDisk disk(path(u"image"_s));
    auto image = SquashfsImage::open(disk, u"disk"_s);
    QVERIFY_RESULT(image);
    const SquashfsTree tree(*std::move(image), u"disk"_s);
    disk.bytesRead = 0;
    QCOMPARE(tree.read("usr/size-3000001", 2'000'000, 10).value_or(QByteArray()).size(), 10);
    QVERIFY2(disk.bytesRead < 256 * KiB, QByteArray::number(disk.bytesRead).constData());
}

void TestFileTrees::fat_data()
{
    QTest::addColumn<QString>("options");
    QTest::addColumn<int>("sizeMiB");
    QTest::newRow("FAT12") << u"-F 12 -s 32"_s << 60;
    QTest::newRow("FAT16") << u"-F 16"_s << 120;
    QTest::newRow("FAT32") << u"-F 32 -s 1"_s << 60;
    QTest::newRow("sectors of 4096 bytes") << u"-F 32 -s 1 -S 4096"_s << 400;
}

/** What mtools put there. */
void TestFileTrees::fat()
{
    QFETCH(QString, options);
    QFETCH(int, sizeMiB);
    shell(
        u"rm -rf image fat; mkdir -p fat/EFI/BOOT fat/loader/entries; cp -r tree/many fat; cp tree/usr/size-* fat/EFI\n"
        "echo x > fat/EFI/BOOT/BOOTX64.EFI; echo y > fat/lower.txt; echo z > 'fat/A name of more than twenty-six letters.conf'\n"
        "printf e > fat/$'\\303\\244\\303\\266'; : > fat/empty\n"
        "truncate -s %1M image; mkfs.vfat -n EFI -i 1234ABCD %2 image > /dev/null\n"
        "LC_ALL=C.UTF-8 mcopy -i image -s fat/* ::"_s.arg(sizeMiB)
            .arg(options));
    TestDisk disk(path(u"image"_s));
    const auto opened = openFileTree(disk, u"disk"_s);
    QVERIFY_RESULT(opened);
    QCOMPARE(opened->type, u"vfat"_s);
    QCOMPARE(opened->label, u"EFI"_s);
    QCOMPARE(opened->uuid, u"1234-ABCD"_s);
    QCOMPARE(opened->size, sizeMiB * MiB);
    QCOMPARE(differences(*opened->tree, path(u"fat"_s), {.modes = true, .links = true}), QString());
    QCOMPARE(opened->tree->read("efi/boot/bootx64.efi", 0, 10).value_or("none"), "x\n");
    QCOMPARE(opened->tree->read("LOWER.TXT", 0, 10).value_or("none"), "y\n");
    QVERIFY(!opened->tree->find("EFI/none") && !opened->tree->find("EFI/BOOT/BOOTX64.EFI/x"));
    QCOMPARE(opened->tree->read("EFI/../EFI/BOOT/../../lower.txt", 0, 10).value_or("none"), "y\n");
}

void TestFileTrees::iso_data()
{
    QTest::addColumn<QString>("options");
    QTest::addColumn<bool>("rockRidge");
    QTest::newRow("Rock Ridge") << u"-r -l"_s << true;
    QTest::newRow("Rock Ridge and Joliet") << u"-r -J -l"_s << true;
    QTest::newRow("Joliet") << u"-J -joliet-long"_s << false;
}

void TestFileTrees::iso()
{
    QFETCH(QString, options);
    QFETCH(bool, rockRidge);
    shell(
        u"rm -rf image iso; mkdir iso; cp -a tree/. iso; rm iso/fifo iso/usr/sparse iso/long iso/many/*[1-9]; chmod -R u+rwX,go+rX iso\n"
        "%2\nxorriso -as mkisofs -quiet -V CDROM %1 -o image iso; { head -c 30000 /dev/urandom; cat image; } > disk"_s
            .arg(options, rockRidge ? u"true"_s : u"find iso -type l -delete"_s));
    TestDisk disk(path(u"disk"_s));
    DiskPart part(disk, 30000, disk.size() - 30000);
    const auto opened = openFileTree(part, u"disk"_s);
    QVERIFY_RESULT(opened);
    QCOMPARE(opened->type, u"iso9660"_s);
    QCOMPARE(opened->label, u"CDROM"_s);
    QVERIFY2(QRegularExpression(u"^20\\d\\d(-\\d\\d){6}$"_s).match(opened->uuid).hasMatch(), qPrintable(opened->uuid));
    QVERIFY(opened->size > 4 * MiB && opened->size <= part.size());
    // -r gives modes of its own.
    QCOMPARE(differences(*opened->tree, path(u"iso"_s), {.modes = true, .links = !rockRidge}), QString());
    QVERIFY(!opened->tree->find("loop") && !opened->tree->find("dangling") && !opened->tree->find("outside"));
}

/** As blkid(8) tells it. */
void TestFileTrees::recognised()
{
    const QString uuid = u"3f6a1d52-7c0e-4b9b-9a55-52e1b4d6a001"_s;
    for (const QString& type : {u"ext2"_s, u"ext3"_s, u"ext4"_s}) {
        shell(u"rm -f image; mke2fs -q -t %1 -L root -U %2 image 20M"_s.arg(type, uuid));
        TestDisk disk(path(u"image"_s));
        const auto opened = openFileTree(disk, u"disk"_s);
        QVERIFY_RESULT(opened);
        QCOMPARE(opened->type, type);
        QCOMPARE(opened->label, u"root"_s);
        QCOMPARE(opened->uuid, uuid);
        QCOMPARE(opened->size, 20 * MiB);
    }
    shell(u"rm -f image; mksquashfs tree image -quiet -no-progress"_s);
    TestDisk squashfs(path(u"image"_s));
    const auto opened = openFileTree(squashfs, u"disk"_s);
    QVERIFY_RESULT(opened);
    QCOMPARE(opened->type, u"squashfs"_s);
    QVERIFY(opened->size > 3 * MiB && opened->size <= squashfs.size());
    for (const QByteArray& bytes : {QByteArray(), QByteArray(100, 'x'), QByteArray(MiB, '\0')}) {
        MemoryDisk none(bytes);
        const auto refused = openFileTree(none, u"disk"_s);
        QCOMPARE(refused.error_or(Error()).code, Error::Code::Unsupported);
    }
}

QTEST_GUILESS_MAIN(TestFileTrees)
#include "tst_filetrees.moc"

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/output/diskplan.h"
#include "core/support/units.h"
#include "layoutbuilder.h"
#include "models/diskpicture.h"

#include <QtTest>

#include <numeric>

using namespace Qt::StringLiterals;
using namespace Stowage;
using namespace Stowage::Test;

using Kind = PicturePiece::Kind;

/** What the picture of an image says of a layout. */
class DiskPictureTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void newDisk();
    void fileSystemAlone();
    void manyGuests();
    void hostsDiskGrows();
    void hostsFileSystemIsKept();
    void tooSmallIsSaid();
    void hostileNamesAreShown();
    void shares_data();
    void shares();
};

namespace
{

/** A host with 300 MiB and two guests with 100 and 200 MiB. */
Layout usualLayout()
{
    Layout layout;
    addFile(layout, "/usr/lib/big", 299 * MiB);
    addFile(layout, "/boot/vmlinuz-6.12-amd64", MiB).state = LayoutNode::State::Kept;
    addFile(layout, "/var/lib/xen/images/db.img", 100 * MiB, {}, u"db"_s).sizeIsEstimate = true;
    addFile(layout, "/var/lib/xen/images/web.img", 199 * MiB, {}, u"web"_s);
    addFile(layout, "/var/lib/xen/images/kernel", MiB, {}, u"web"_s);
    return layout;
}

qint64 bytesOf(const QList<PicturePiece>& pieces)
{
    return std::accumulate(pieces.begin(), pieces.end(), qint64{0},
                           [](qint64 sum, const PicturePiece& piece) { return sum + piece.bytes; });
}

QStringList titlesOf(const QList<PicturePiece>& pieces)
{
    QStringList titles;
    for (const PicturePiece& piece : pieces) {
        titles.append(piece.title);
    }
    return titles;
}

} // namespace

void DiskPictureTest::newDisk()
{
    Layout layout = usualLayout();
    layout.disk = DiskSetup();
    layout.disk->architecture = Architecture::X86_64;
    layout.disk->startsByBios = true;
    layout.disk->startsByUefi = true;
    const OutputSpec output{.kind = u"disk"_s, .path = u"/out/host.img"_s, .sizeMiB = 1024};
    const DiskPicture picture = pictureOf(layout, output);
    QCOMPARE(titlesOf(picture.partitions), (QStringList{u"bios"_s, u"boot"_s, u"root"_s}));
    QCOMPARE(picture.title, u"Disk with GPT, 1.1 GiB; it starts by BIOS and UEFI"_s);
    const PicturePiece& boot = picture.partitions.at(1);
    QCOMPARE(boot.kind, Kind::Firmware);
    QCOMPARE(boot.fileSystem, u"FAT"_s);
    QCOMPARE(boot.bytes, 64 * MiB);
    QVERIFY2(boot.description.contains("EFI/BOOT/BOOTX64.EFI"_L1), qPrintable(boot.description));
    const PicturePiece& root = picture.partitions.at(2);
    QCOMPARE(root.bytes, 1024 * MiB);
    QVERIFY(!root.isEstimate);
    QCOMPARE(titlesOf(root.shares), (QStringList{u"Host"_s, u"web"_s, u"db"_s, u"Free"_s}));
    QCOMPARE(root.shares.at(0).bytes, 300 * MiB);
    QCOMPARE(root.shares.at(1).bytes, 200 * MiB);
    QCOMPARE(root.shares.at(2).bytes, 100 * MiB);
    QCOMPARE(root.shares.at(2).sizeText(), u"about 100 MiB"_s);
    QCOMPARE(bytesOf(root.shares), root.bytes);
    // The words have what the picture has.
    const QStringList lines = picture.text().split(u'\n');
    QCOMPARE(lines.size(), 1 + 3 + 4);
    QCOMPARE(lines.at(5), u"Files of guest web: 200 MiB"_s);
}

void DiskPictureTest::fileSystemAlone()
{
    const Layout layout = usualLayout();
    const DiskPicture picture = pictureOf(layout, {.kind = u"ext4"_s, .path = u"/out/root.ext4.zst"_s});
    QCOMPARE(picture.partitions.size(), 1);
    // The size that a disk's root has, which is as much as the writer means to make.
    QCOMPARE(picture.partitions.first().bytes, planDisk(layout, 0).find(DiskPartition::Purpose::Root)->size);
    QVERIFY(picture.partitions.first().isEstimate);
    QCOMPARE(picture.title, u"File system in a compressed file, about 814 MiB"_s);
}

void DiskPictureTest::manyGuests()
{
    Layout layout;
    for (int i = 0; i < 500; ++i) {
        addFile(layout, "/var/lib/xen/images/" + QByteArray::number(i), (i + 1) * KiB, {}, u"guest%1"_s.arg(i));
    }
    const DiskPicture picture = pictureOf(layout, {.kind = u"ext4"_s, .path = u"/out/root.ext4"_s});
    const QList<PicturePiece>& shares = picture.partitions.first().shares;
    QCOMPARE(titlesOf(shares),
             (QStringList{u"guest499"_s, u"guest498"_s, u"guest497"_s, u"guest496"_s, u"guest495"_s,
                          u"495 other guests"_s, u"Free"_s}));
    QCOMPARE(shares.at(5).bytes, qint64{495} * 496 / 2 * KiB);
    QCOMPARE(bytesOf(shares), picture.partitions.first().bytes);
}

void DiskPictureTest::hostsDiskGrows()
{
    Layout layout = usualLayout();
    layout.hostTable = PartitionTable();
    layout.hostTable->scheme = PartitionTable::Scheme::Mbr;
    Partition efi;
    efi.number = 1;
    efi.type = QByteArray(1, '\xef');
    efi.start = MiB;
    efi.size = 32 * MiB;
    Partition root;
    root.number = 2;
    root.type = QByteArray(1, '\x83');
    root.start = 33 * MiB;
    root.size = 2048 * MiB;
    layout.hostTable->partitions = {efi, root};
    layout.hostTable->end = 2081 * MiB;
    layout.hostTable->size = 2081 * MiB;
    layout.rootNumber = 2;
    layout.hostRoom = FileSystemRoom{2048 * MiB, 1600 * MiB};
    OutputSpec output{.kind = u"disk"_s, .path = u"/out/host.qcow2"_s};
    const DiskPicture roomy = pictureOf(layout, output);
    QCOMPARE(titlesOf(roomy.partitions), (QStringList{u"EFI system"_s, u"root"_s}));
    QCOMPARE(roomy.partitions.at(0).kind, Kind::HostPartition);
    QCOMPARE(roomy.partitions.at(1).bytes, 2048 * MiB);
    QVERIFY(roomy.partitions.at(0).shares.isEmpty());
    QVERIFY2(roomy.title.startsWith("Disk with MBR in a QCOW2 file, about 2.0 GiB"_L1), qPrintable(roomy.title));
    output.sizeMiB = 4096;
    QCOMPARE(pictureOf(layout, output).partitions.at(1).sizeText(), u"4 GiB"_s);
    output.sizeMiB = 0;
    addFile(layout, "/var/lib/xen/images/db.img", 3000 * MiB, {}, u"db"_s);
    const DiskPicture grown = pictureOf(layout, output);
    QVERIFY(grown.partitions.at(1).bytes > 3500 * MiB);
    QCOMPARE(bytesOf(grown.partitions.at(1).shares), grown.partitions.at(1).bytes);
    // With another partition behind it there is no way.
    std::swap(layout.hostTable->partitions[0].start, layout.hostTable->partitions[1].start);
    const DiskPicture stuck = pictureOf(layout, output);
    QCOMPARE(stuck.partitions.at(1).bytes, 2048 * MiB);
    QVERIFY2(stuck.partitions.at(1).description.contains("cannot grow, as partition 1 lies behind it"_L1),
             qPrintable(stuck.text()));
}

void DiskPictureTest::hostsFileSystemIsKept()
{
    Layout layout = usualLayout();
    const OutputSpec output{.kind = u"ext4"_s, .path = u"/out/root.ext4"_s};
    layout.hostRoom = FileSystemRoom{400 * MiB, 60 * MiB};
    QVERIFY(pictureOf(layout, output).partitions.first().bytes > 600 * MiB);
    layout.hostRoom = FileSystemRoom{8 * GiB, 7 * GiB};
    QCOMPARE(pictureOf(layout, output).partitions.first().bytes, 8 * GiB);
    // On a disk of its own it is the same.
    const OutputSpec disk{.kind = u"disk"_s, .path = u"/out/host.img"_s};
    const PicturePiece root = pictureOf(layout, disk).partitions.last();
    QCOMPARE(root.bytes, 8 * GiB);
    QVERIFY(root.isEstimate);
}

void DiskPictureTest::tooSmallIsSaid()
{
    const OutputSpec output{.kind = u"ext4"_s, .path = u"/out/root.ext4"_s, .sizeMiB = 100};
    const PicturePiece root = pictureOf(usualLayout(), output).partitions.first();
    QCOMPARE(titlesOf(root.shares), (QStringList{u"Host"_s, u"web"_s, u"db"_s}));
    QVERIFY2(root.description.contains("larger together"_L1), qPrintable(root.description));
}

void DiskPictureTest::hostileNamesAreShown()
{
    Layout layout;
    addFile(layout, "/var/lib/xen/images/a", MiB, {}, u"a\nb"_s);
    const DiskPicture picture = pictureOf(layout, {.kind = u"ext4"_s, .path = u"/out/root.ext4"_s});
    QCOMPARE(picture.text().split(u'\n').size(), 1 + 1 + 2);
    QVERIFY(!picture.partitions.first().shares.first().title.contains(u'\n'));
    // Nothing at all is a picture too.
    QCOMPARE(titlesOf(pictureOf({}, {.kind = u"ext4"_s, .path = {}}).partitions.first().shares),
             QStringList{u"Free"_s});
}

void DiskPictureTest::shares_data()
{
    QTest::addColumn<QList<qint64>>("amounts");
    QTest::addColumn<int>("length");
    QTest::addColumn<QList<int>>("least");
    QTest::addColumn<QList<int>>("widths");
    using Amounts = QList<qint64>;
    using Widths = QList<int>;
    QTest::newRow("proportional") << Amounts{100, 300} << 400 << Widths{10, 10} << Widths{100, 300};
    QTest::newRow("small") << Amounts{1, 64, 10000} << 600 << Widths{50, 80, 100} << Widths{50, 80, 470};
    QTest::newRow("again") << Amounts{1, 55, 100} << 300 << Widths{200, 40, 10} << Widths{200, 40, 60};
    QTest::newRow("too many") << Amounts{1, 1, 1, 1} << 100 << Widths{50, 50, 50, 50} << Widths{25, 25, 25, 25};
    QTest::newRow("nothing") << Amounts{0, 0} << 100 << Widths{0, 0} << Widths{0, 0};
    QTest::newRow("none") << Amounts{} << 100 << Widths{} << Widths{};
}

void DiskPictureTest::shares()
{
    QFETCH(QList<qint64>, amounts);
    QFETCH(int, length);
    QFETCH(QList<int>, least);
    QTEST(shareOut(amounts, length, least), "widths");
}

QTEST_GUILESS_MAIN(DiskPictureTest)
#include "tst_diskpicture.moc"

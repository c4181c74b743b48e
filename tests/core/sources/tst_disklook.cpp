// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/disks/opendisk.h"
#include "core/sources/disklook.h"
#include "core/sources/sourceprobe.h"
#include "core/sources/sourcetext.h"
#include "core/support/units.h"
#include "fixtures.h"
#include "systemtree.h"

#include <QElapsedTimer>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

namespace
{

/** What @p program prints. */
QByteArray output(const QString& program, const QStringList& arguments)
{
    QProcess process;
    process.start(program, arguments);
    if (!process.waitForFinished(-1) || process.exitCode() != 0) {
        QTest::qFail(process.readAllStandardError().constData(), __FILE__, __LINE__);
    }
    return process.readAllStandardOutput();
}

/** What blkid says of the bytes of @p image from @p offset on: by its keys ("TYPE", "LABEL", "UUID"). */
QHash<QString, QString> blkid(const QString& image, qint64 offset)
{
    QHash<QString, QString> values;
    const QByteArray text = output(u"blkid"_s,
                                   {u"-p"_s, u"-O"_s, QString::number(offset), u"-o"_s, u"export"_s, image});
    for (const QByteArray& line : text.split('\n')) {
        values.insert(QString::fromUtf8(line.split('=').first()), QString::fromUtf8(line.mid(line.indexOf('=') + 1)));
    }
    return values;
}

} // namespace

/** What is told of disks that the real tools made, compared with what blkid and sfdisk tell of them. */
class TestDiskLook : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_directory = std::make_unique<QTemporaryDir>(); }
    void gpt();
    void logicalPartitions();
    void loopsEnd_data();
    void loopsEnd();
    void wholeFileSystems_data();
    void wholeFileSystems();
    void throughFormats_data();
    void throughFormats();
    void hugeDiskIsQuick();
    void packedDisk();
    void remarks_data();
    void remarks();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    void shell(const QString& script) const { runScript(m_directory->path(), script); }
    [[nodiscard]] DiskLook look(const QString& name) const;
    void compareWithTools(const DiskLook& look, const QString& image) const;

    std::unique_ptr<QTemporaryDir> m_directory;
};

DiskLook TestDiskLook::look(const QString& name) const
{
    const auto disk = openDisk(path(name));
    return disk ? lookAtDisk(*disk->reader, name, {}) : DiskLook();
}

/** Partitions as sfdisk lists them, and in each what blkid finds. */
void TestDiskLook::compareWithTools(const DiskLook& look, const QString& image) const
{
    const QJsonObject table =
        QJsonDocument::fromJson(output(u"sfdisk"_s, {u"--json"_s, image}))["partitiontable"_L1].toObject();
    QVERIFY(look.scheme.has_value());
    QCOMPARE(*look.scheme == PartitionTable::Scheme::Gpt, table["label"_L1] == "gpt"_L1);
    QList<VolumeLook> volumes = look.volumes;
    for (const QJsonValue& value : table["partitions"_L1].toArray()) {
        const QString type = value["type"_L1].toString();
        if (type == "5"_L1 || type == "f"_L1) {
            continue;
        }
        QVERIFY(!volumes.isEmpty());
        const VolumeLook volume = volumes.takeFirst();
        QCOMPARE(volume.start, value["start"_L1].toInteger() * 512);
        QCOMPARE(volume.size, value["size"_L1].toInteger() * 512);
        QCOMPARE(QString::number(volume.partition), value["node"_L1].toString().sliced(image.size()));
        QCOMPARE(volume.partitionUuid, value["uuid"_L1].toString(volume.partitionUuid).toLower());
        QCOMPARE(volume.partitionName, value["name"_L1].toString());
        const auto expected = blkid(image, volume.start);
        QCOMPARE(volume.type, expected.value(u"TYPE"_s));
        QCOMPARE(volume.label, expected.value(u"LABEL"_s));
        QCOMPARE(volume.uuid, expected.value(u"UUID"_s));
    }
    QVERIFY(volumes.isEmpty());
}

/** A disk like those of a distribution for clouds: ESP, /boot, root and swap. */
void TestDiskLook::gpt()
{
    makeDebianTree(path(u"tree"_s));
    shell(
        u"truncate -s 700M disk; printf '%s\\n' 'label: gpt' "
        "'start=2048, size=20M, type=uefi, name=\"EFI system\"' 'size=1M, type=21686148-6449-6E6F-744E-656564454649' "
        "'size=300M, type=linux, name=root' 'size=10M, type=swap' 'size=10M' | sfdisk -q disk\n"
        "part() { sfdisk -J disk | python3 -c \"import json,sys; p=json.load(sys.stdin)['partitiontable']['partitions'][$1-1]; print(p['start'])\"; }\n"
        "truncate -s 20M esp; mkfs.vfat -n ESP -i 1234abcd esp > /dev/null; dd if=esp of=disk bs=512 seek=$(part 1) conv=notrunc status=none\n"
        "mke2fs -q -t ext4 -L cloudimg-rootfs -d tree root 300M; dd if=root of=disk bs=512 seek=$(part 3) conv=notrunc,sparse status=none\n"
        "truncate -s 10M swap; mkswap -q -L swap swap; dd if=swap of=disk bs=512 seek=$(part 4) conv=notrunc status=none"_s);
    const DiskLook look = this->look(u"disk"_s);
    QCOMPARE(look.volumes.size(), 5);
    QCOMPARE(look.volumes.at(0).purpose, VolumeLook::Purpose::EfiSystem);
    QCOMPARE(look.volumes.at(1).purpose, VolumeLook::Purpose::BiosBoot);
    QVERIFY(!look.volumes.at(3).refusal.isEmpty());
    QVERIFY(!look.volumes.at(4).refusal.isEmpty());
    const VolumeLook* root = look.root();
    QVERIFY(root != nullptr);
    QCOMPARE(root->partition, 3);
    QCOMPARE(root->system->kernels.size(), 2);
    // blkid finds nothing in empty partitions and says so by its exit status.
    DiskLook named = look;
    named.volumes.removeIf([](const VolumeLook& volume) { return volume.type.isEmpty(); });
    for (const VolumeLook& volume : named.volumes) {
        const auto expected = blkid(path(u"disk"_s), volume.start);
        QCOMPARE(volume.type, expected.value(u"TYPE"_s));
        QCOMPARE(volume.label, expected.value(u"LABEL"_s));
        QCOMPARE(volume.uuid, expected.value(u"UUID"_s));
    }
    const SourceInfo info = probeSource(path(u"disk"_s));
    QCOMPARE(info.disk, look);
    QCOMPARE(info.chain, (QStringList{u"raw"_s, u"gpt"_s}));
    QVERIFY2(info.description.contains("Debian GNU/Linux 13"_L1), qPrintable(info.description));
    QCOMPARE(info.architecture, Architecture::X86_64);
    const QList<SourceFact> facts = sourceFacts(info);
    QVERIFY(std::ranges::any_of(facts, [root](const SourceFact& fact) { return fact.text.contains(root->uuid); }));
}

void TestDiskLook::logicalPartitions()
{
    shell(
        u"truncate -s 200M disk; printf '%s\\n' 'label: dos' 'label-id: 0x12ab34cd' 'size=20M, type=83' 'type=5' 'size=30M, type=83' "
        "'size=40M, type=83' | sfdisk -q disk\n"
        "n=0; for start in $(sfdisk -J disk | python3 -c \"import json,sys; [print(p['start']) for p in json.load(sys.stdin)['partitiontable']['partitions'] if p['type'] != '5']\"); do "
        "n=$((n+1)); rm -f fs; mke2fs -q -t ext2 -L part$n fs 16M; dd if=fs of=disk bs=512 seek=$start conv=notrunc status=none; done"_s);
    const DiskLook look = this->look(u"disk"_s);
    QCOMPARE(look.volumes.size(), 3);
    QCOMPARE(look.volumes.at(1).partition, 5);
    QCOMPARE(look.volumes.at(2).partition, 6);
    QCOMPARE(look.volumes.at(2).partitionUuid, u"12ab34cd-06"_s);
    compareWithTools(look, path(u"disk"_s));
}

void TestDiskLook::loopsEnd_data()
{
    QTest::addColumn<quint32>("next");
    QTest::newRow("to itself") << 0U;
    QTest::newRow("to the first") << 2048U;
    QTest::newRow("out of the disk") << 0x7fffffffU;
}

/** The second table of the chain leads to a place that it must not. */
void TestDiskLook::loopsEnd()
{
    QFETCH(quint32, next);
    shell(
        u"truncate -s 100M disk; printf '%s\\n' 'label: dos' 'type=5' 'size=10M, type=83' 'size=10M, type=83' 'size=10M, type=83' | sfdisk -q disk"_s);
    QFile file(path(u"disk"_s));
    QVERIFY(file.open(QIODevice::ReadWrite));
    const auto tableEntry = [&file](qint64 table) {
        file.seek(table + 446 + 16 + 8);
        return qFromLittleEndian<quint32>(file.read(4).constData());
    };
    constexpr qint64 First = 2048 * 512;
    const qint64 second = First + qint64{tableEntry(First)} * 512;
    QByteArray bytes(4, '\0');
    qToLittleEndian(next == 0 ? static_cast<quint32>((second - First) / 512) : next - 2048, bytes.data());
    file.seek(second + 446 + 16 + 8);
    file.write(bytes);
    file.close();
    QVERIFY(look(u"disk"_s).volumes.size() <= 3);
}

void TestDiskLook::wholeFileSystems_data()
{
    QTest::addColumn<QString>("command");
    QTest::addColumn<bool>("opens");
    QTest::newRow("ext2") << u"mke2fs -q -t ext2 -L data image 8M"_s << true;
    QTest::newRow("ext4") << u"mke2fs -q -t ext4 -L root image 16M"_s << true;
    QTest::newRow("vfat") << u"truncate -s 8M image; mkfs.vfat -n BOOT image > /dev/null"_s << true;
    QTest::newRow("squashfs") << u"mkdir x; mksquashfs x image -quiet -no-progress"_s << true;
    QTest::newRow("iso9660") << u"mkdir x; xorriso -outdev image -volid CD -map x / 2> /dev/null"_s << true;
    QTest::newRow("swap") << u"truncate -s 8M image; mkswap -q -L swap image"_s << false;
}

void TestDiskLook::wholeFileSystems()
{
    QFETCH(QString, command);
    QFETCH(bool, opens);
    shell(command);
    const DiskLook look = this->look(u"image"_s);
    QVERIFY(!look.scheme.has_value());
    QCOMPARE(look.volumes.size(), 1);
    const VolumeLook& volume = look.volumes.first();
    const auto expected = blkid(path(u"image"_s), 0);
    QCOMPARE(volume.type, expected.value(u"TYPE"_s));
    QCOMPARE(volume.label, expected.value(u"LABEL"_s));
    QCOMPARE(volume.uuid, expected.value(u"UUID"_s));
    QCOMPARE(volume.system.has_value(), opens);
    QCOMPARE(volume.refusal.isEmpty(), opens);
}

void TestDiskLook::throughFormats_data()
{
    QTest::addColumn<QString>("options");
    QTest::addColumn<QString>("first");
    for (const char* format : {"qcow2", "vmdk", "vdi", "vpc", "vhdx"}) {
        QTest::newRow(format) << u"-O %1"_s.arg(QLatin1StringView(format))
                              << (qstrcmp(format, "vpc") == 0 ? u"vhd"_s : QString::fromLatin1(format));
    }
    QTest::newRow("compressed qcow2") << u"-c -O qcow2"_s << u"qcow2"_s;
    QTest::newRow("streamOptimized") << u"-O vmdk -o subformat=streamOptimized"_s << u"vmdk"_s;
}

/** The same disk in another format tells the same. */
void TestDiskLook::throughFormats()
{
    QFETCH(QString, options);
    QFETCH(QString, first);
    shell(u"qemu-img convert -f raw %1 $F/debian-minbase.raw disk"_s.arg(options));
    const SourceInfo info = probeSource(path(u"disk"_s));
    QCOMPARE(info.chain, (QStringList{first, u"gpt"_s}));
    const SourceInfo raw = probeSource(fixture(u"debian-minbase.raw"_s));
    QCOMPARE(info.disk.volumes, raw.disk.volumes);
    QVERIFY(info.disk.root() != nullptr);
    QCOMPARE(info.disk.root()->uuid, u"3f6a1d52-7c0e-4b9b-9a55-52e1b4d6a001"_s);
    QCOMPARE(info.disk.root()->partitionUuid, u"3f6a1d52-7c0e-4b9b-9a55-52e1b4d6a003"_s);
    QCOMPARE(info.disk.root()->partitionName, u"debian"_s);
    QVERIFY(info.allocatedSize > 0);
    QVERIFY2(info.description.contains("Debian GNU/Linux 13"_L1), qPrintable(info.description));
}

/** How large a disk is does not matter: next to nothing of it is read. */
void TestDiskLook::hugeDiskIsQuick()
{
    shell(
        u"cp --sparse=always $F/debian-minbase.raw small; qemu-img convert -O qcow2 small disk; qemu-img resize -q disk 100T\n"
        "truncate -s 100G small"_s);
    for (const QString& name : {u"disk"_s, u"small"_s}) {
        QElapsedTimer timer;
        timer.start();
        const SourceInfo info = probeSource(path(name));
        QVERIFY2(timer.elapsed() < 1000, qPrintable(QString::number(timer.elapsed())));
        QVERIFY(info.disk.root() != nullptr);
        QVERIFY(info.virtualSize >= 100 * GiB);
    }
}

void TestDiskLook::packedDisk()
{
    shell(u"xz -0 -c $F/debian-minbase.raw > disk.raw.xz"_s);
    const SourceInfo info = probeSource(path(u"disk.raw.xz"_s));
    QCOMPARE(info.chain, (QStringList{u"xz"_s, u"raw"_s, u"gpt"_s}));
    QCOMPARE(info.disk.volumes.size(), 1);
    QCOMPARE(info.disk.volumes.first().partitionUuid, u"3f6a1d52-7c0e-4b9b-9a55-52e1b4d6a003"_s);
    QVERIFY(!info.disk.volumes.first().refusal.isEmpty());
    QVERIFY(info.remarks.isEmpty());
}

void TestDiskLook::remarks_data()
{
    QTest::addColumn<QString>("command");
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("word");
    QTest::newRow("raw by name of qcow2")
        << u"cp --sparse=always $F/debian-minbase.raw disk.qcow2"_s << u"disk.qcow2"_s << u"QCOW2"_s;
    QTest::newRow("not compressed") << u"cp --sparse=always $F/debian-minbase.ext4 root.ext4.xz"_s << u"root.ext4.xz"_s
                                    << u"xz"_s;
    QTest::newRow("as it should be") << u"cp --sparse=always $F/debian-minbase.qcow2 disk.qcow2"_s << u"disk.qcow2"_s
                                     << QString();
    QTest::newRow("broken MBR")
        << u"head -c 100000 /dev/zero > disk; printf '\\125\\252' | dd of=disk bs=1 seek=510 conv=notrunc status=none; "
           "printf '\\7' | dd of=disk bs=1 seek=446 conv=notrunc status=none"_s
        << u"disk"_s << u"MBR"_s;
    QTest::newRow("broken superblock")
        << u"head -c 100000 /dev/zero > disk; printf '\\123\\357' | dd of=disk bs=1 seek=1080 conv=notrunc status=none"_s
        << u"disk"_s << u"ext4"_s;
}

void TestDiskLook::remarks()
{
    QFETCH(QString, command);
    QFETCH(QString, name);
    QFETCH(QString, word);
    shell(command);
    const QString said = probeSource(path(name)).remarks.join(u' ');
    QVERIFY2(word.isEmpty() ? said.isEmpty() : said.contains(word), qPrintable(said));
}

QTEST_GUILESS_MAIN(TestDiskLook)
#include "tst_disklook.moc"

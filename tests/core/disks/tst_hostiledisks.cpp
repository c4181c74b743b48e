// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "../import/importcase.h"
#include "core/disks/convertdisk.h"
#include "core/disks/opendisk.h"
#include "diskmaker.h"

#include <QtEndian>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

namespace
{

template<typename T>
QByteArray little(T number)
{
    QByteArray bytes(sizeof(T), '\0');
    qToLittleEndian(number, bytes.data());
    return bytes;
}

template<typename T>
QByteArray big(T number)
{
    QByteArray bytes(sizeof(T), '\0');
    qToBigEndian(number, bytes.data());
    return bytes;
}

DiskForm formNamed(const QString& name)
{
    for (const DiskForm& form : diskForms()) {
        if (name == QLatin1StringView(form.name)) {
            return form;
        }
    }
    QTest::qFail("no such form", __FILE__, __LINE__);
    return {};
}

/** Opens, measures and reads a disk, as far as that goes; what there is of it up to @p most bytes. */
Result<QByteArray> tryDisk(const QString& file, qint64 most)
{
    return openDisk(file).and_then([most](const OpenedDisk& disk) {
        return measureDisk(*disk.reader, {}).and_then([&](qint64) { return contentOf(*disk.reader, most); });
    });
}

} // namespace

/** Whatever stands in a file: an answer, never a crash, a hang, or a disk that it is not. */
class TestHostileDisks : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cut_data() { addFormRows(); }
    void cut();
    void changed_data() { addFormRows(); }
    void changed();
    void patched_data();
    void patched();
    void differences_data();
    void differences();
    void foreign();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    [[nodiscard]] QString made(const DiskForm& form) const
    {
        return makeDisk(form, makeMixedDisk(m_directory->path()), m_directory->path());
    }

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestHostileDisks::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(m_directory->isValid());
}

/** The data of a disk in parts lie in the part, which is cut then. */
QString dataFile(const QString& file)
{
    const auto disk = openDisk(file);
    return disk && !disk->otherFiles.isEmpty() ? disk->otherFiles.last() : file;
}

void TestHostileDisks::cut()
{
    const DiskForm form = currentForm();
    const QByteArray content = expectedDisk(form);
    const QString file = made(form);
    const QString cutFile = dataFile(file);
    const qint64 whole = QFileInfo(cutFile).size();
    int refused = 0;
    // In its headers, and all over it; from the end, so that the file need not be made anew.
    QList<qint64> sizes;
    for (qint64 part = 0; part < 100; ++part) {
        sizes << std::min(part * 7, whole - 1) << whole * part / 100 + part % 5;
    }
    std::ranges::sort(sizes, std::greater());
    for (const qint64 part : sizes) {
        QVERIFY(QFile::resize(cutFile, part));
        const auto read = tryDisk(file, content.size());
        refused += read ? 0 : 1;
        if (!read) {
            QVERIFY(!read.error().message.isEmpty());
            continue;
        }
        // Cut behind all that counts; or so that nothing is left to tell it from a raw disk, which has no end of its own.
        const auto disk = openDisk(file);
        QVERIFY2(*read == content || (disk && disk->type == "raw"_L1), qPrintable(QString::number(part)));
        QVERIFY(disk->type == form.type || form.variant == "fixed"_L1 || QFileInfo(cutFile).size() < 0x44);
    }
    QVERIFY2(refused >= 150 || form.type == "raw"_L1 || form.name == "vhd, fixed"_ba,
             qPrintable(QString::number(refused)));
}

void TestHostileDisks::changed()
{
    const DiskForm form = currentForm();
    const QString file = made(form);
    const QString changedFile = dataFile(file);
    const bool isDescriptor = changedFile != file;
    QFile bytes(form.variant.endsWith("Flat"_L1) ? file : changedFile);
    QVERIFY(bytes.open(QIODevice::ReadWrite | QIODevice::Unbuffered));
    // Headers and tables lie near the start and the end; in VHDX files from each megabyte on.
    const qint64 size = bytes.size();
    const QList<std::pair<qint64, qint64>> places{{0, 512},
                                                  {0, 4 * KiB},
                                                  {0, 64 * KiB},
                                                  {0, 512 * KiB},
                                                  {size - 2048, 2048},
                                                  {2 * MiB, 256},
                                                  {3 * MiB, 256},
                                                  {3 * MiB + 64 * KiB, 64},
                                                  {64 * KiB, 80},
                                                  {192 * KiB, 80}};
    QRandomGenerator random(20261127);
    int refused = 0;
    for (int round = 0; round < 1000; ++round) {
        const auto& [start, length] = places.at(random.bounded(places.size()));
        const qint64 at = std::clamp<qint64>(start + random.bounded(length), 0, size - 1);
        char old = 0;
        QVERIFY(bytes.seek(at) && bytes.read(&old, 1) == 1);
        const char now = static_cast<char>(round % 3 == 0 ? 0xff : old ^ (1 << random.bounded(8)));
        QVERIFY(bytes.seek(at) && bytes.write(&now, 1) == 1);
        const auto disk = openDisk(file);
        const bool isMagic = at < 0x44 || at >= size - 512;
        QVERIFY2(!disk || disk->type == form.type || (isMagic && disk->type == "raw"_L1),
                 qPrintable(QString::number(at)));
        const auto read = tryDisk(file, 4 * MiB);
        QVERIFY(read || !read.error().message.isEmpty());
        refused += read ? 0 : 1;
        QVERIFY(bytes.seek(at) && bytes.write(&old, 1) == 1);
    }
    QVERIFY2(refused > 0 || form.type == "raw"_L1 || isDescriptor, qPrintable(QString::number(refused)));
    const auto again = tryDisk(file, MiB);
    QVERIFY_RESULT(again);
    QVERIFY(*again == expectedDisk(form).first(MiB));
}

void TestHostileDisks::patched_data()
{
    QTest::addColumn<QString>("form");
    QTest::addColumn<qint64>("offset");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("word");
    const auto row = [](const char* form, const char* name, qint64 offset, const QByteArray& bytes, const char* word) {
        QTest::addRow("%s: %s", form, name)
            << QString::fromLatin1(form) << offset << bytes << QString::fromLatin1(word);
    };
    constexpr quint64 Far = quint64{1} << 60;

    const auto vmdk = [&row](const char* name, qint64 offset, const QByteArray& bytes, const char* word) {
        row("monolithicSparse", name, offset, bytes, word);
    };
    vmdk("version 4", 4, little<quint32>(4), "version 4");
    vmdk("2^60 sectors", 12, little<quint64>(Far), "sectors is not possible");
    vmdk("no sectors", 12, little<quint64>(0), "sectors is not possible");
    vmdk("smaller than its descriptor", 12, little<quint64>(128), "descriptor tells");
    vmdk("larger than its directory", 12, little<quint64>(quint64{1} << 40), "directory is not in the file");
    vmdk("grains of nothing", 20, little<quint64>(0), "grains");
    vmdk("crooked grains", 20, little<quint64>(129), "grains");
    vmdk("huge grains", 20, little<quint64>(Far), "grains");
    vmdk("no descriptor", 28, little<quint64>(0), "several files");
    vmdk("descriptor far away", 28, little<quint64>(~quint64{0}), "descriptor is not in the file");
    vmdk("huge descriptor", 36, little<quint64>(~quint64{0}), "descriptor is not in the file");
    vmdk("tables of nothing", 44, little<quint32>(0), "tables");
    vmdk("huge tables", 44, little<quint32>(0xffffffff), "tables");
    vmdk("directory nowhere", 56, little<quint64>(0), "directory is not in the file");
    vmdk("directory behind the end", 56, little<quint64>(quint64{1} << 40), "directory is not in the file");
    vmdk("directory at the end, with no footer", 56, little<quint64>(~quint64{0}), "cut off");
    vmdk("compressed without markers", 8, little<quint32>(0x10003), "compression");
    row("streamOptimized", "other compression", 77, little<quint16>(2), "compression");

    const auto vdi = [&row](const char* name, qint64 offset, const QByteArray& bytes, const char* word) {
        row("vdi", name, offset, bytes, word);
    };
    vdi("version 2", 0x44, little<quint32>(0x20000), "version 2");
    vdi("undo", 0x4c, little<quint32>(3), "differences");
    vdi("map nowhere", 0x154, little<quint32>(0), "table of blocks");
    vdi("map behind the end", 0x154, little<quint32>(0xffffff00), "table of blocks");
    vdi("data over the map", 0x158, little<quint32>(0x200), "overlap");
    vdi("sectors", 0x168, little<quint32>(4096), "sectors of 4096");
    vdi("2^60 bytes", 0x170, little<quint64>(Far), "not possible");
    vdi("no bytes", 0x170, little<quint64>(0), "not possible");
    vdi("larger than its map", 0x170, little<quint64>(quint64{1} << 40), "does not cover");
    vdi("blocks of nothing", 0x178, little<quint32>(0), "blocks of 0");
    vdi("crooked blocks", 0x178, little<quint32>(MiB + 1), "blocks of 1048577");
    vdi("extra bytes", 0x17c, little<quint32>(512), "blocks");
    vdi("huge map", 0x180, little<quint32>(0xffffffff), "table of blocks");
    vdi("parent", 0x1a8, "x", "differences");
    vdi("block behind the end", 0x200, little<quint32>(0x1000), "cut off");
    vdi("block far behind", 0x200, little<quint32>(0xfffffffd), "cut off");

    row("vhd", "size, the checksum as it was", 48, big<quint64>(Far), "checksum");
    row("vhd", "header behind the end", 16, big<quint64>(Far), "checksum");
    row("vhd", "table, the checksum as it was", 512 + 16, big<quint64>(Far), "checksum");
    row("vhd, fixed", "size, the checksum as it was", -512 + 48, big<quint64>(Far), "checksum");

    const auto qed = [&row](const char* name, qint64 offset, const QByteArray& bytes, const char* word) {
        row("qed", name, offset, bytes, word);
    };
    qed("clusters of nothing", 4, little<quint32>(0), "clusters of 0");
    qed("crooked clusters", 4, little<quint32>(65537), "clusters of 65537");
    qed("huge clusters", 4, little<quint32>(1U << 31), "clusters of 2147483648");
    qed("tables of nothing", 8, little<quint32>(0), "tables of 0");
    qed("huge tables", 8, little<quint32>(32), "tables of 32");
    qed("backing file", 16, little<quint64>(1), "differences");
    qed("not closed", 16, little<quint64>(2), "not closed");
    qed("unknown feature", 16, little<quint64>(Far), "0x1000000000000000");
    qed("first table nowhere", 40, little<quint64>(0), "first table");
    qed("first table behind the end", 40, little<quint64>(Far), "first table");
    qed("first table crooked", 40, little<quint64>(0x10001), "first table");
    qed("2^60 bytes", 48, little<quint64>(Far), "not possible");
    qed("larger than its tables", 48, little<quint64>(quint64{1} << 55), "do not cover");
    qed("second table behind the end", 0x10000, little<quint64>(Far), "cut off");
    qed("second table at the very end", 0x10000, little<quint64>(~quint64{0} << 16), "cut off");

    row("vhdx", "both headers, the checksum as it was", 64 * KiB + 8, QByteArray(64 * KiB + 8, '\1'),
        "both its headers");
    row("vhdx", "both tables of regions", 192 * KiB + 16, QByteArray(64 * KiB + 16, '\1'),
        "both its tables of regions");
    row("vhdx", "metadata", 3 * MiB, "X", "metadata are damaged");
    row("vhdx", "many metadata", 3 * MiB + 10, little<quint16>(0xffff), "metadata are damaged");
    row("vhdx", "block behind the end", 2 * MiB, little<quint64>(Far | 6), "cut off");
    row("vhdx", "block of an impossible state", 2 * MiB, little<quint64>(5), "impossible entry");

    const auto android = [&row](const char* name, qint64 offset, const QByteArray& bytes, const char* word) {
        row("android sparse", name, offset, bytes, word);
    };
    android("version 2", 4, little<quint16>(2), "version 2");
    android("short header", 8, little<quint16>(12), "not possible");
    android("short chunks", 10, little<quint16>(0), "not possible");
    android("blocks of nothing", 12, little<quint32>(0), "blocks of 0");
    android("crooked blocks", 12, little<quint32>(4095), "blocks of 4095");
    android("huge blocks", 12, little<quint32>(0xfffffffc), "not possible");
    android("more blocks than chunks", 16, little<quint32>(0x7fffffff), "fill");
    android("fewer blocks than chunks", 16, little<quint32>(1), "not possible");
    android("no blocks", 16, little<quint32>(0), "not possible");
    android("more chunks than there are", 20, little<quint32>(1000), "cut off");
    android("chunks without end", 20, little<quint32>(0xffffffff), "chunks");
    android("no chunks", 20, little<quint32>(0), "fill 0");
    android("kind of a chunk", 28, little<quint16>(0xcac9), "0xcac9");
    android("chunk of too many blocks", 32, little<quint32>(0xffffffff), "not possible");
    android("chunk of no bytes", 36, little<quint32>(0), "not possible");
    row("qcow2", "first table behind the end", 40, big<quint64>(quint64{1} << 40), "first table");
    row("qcow2", "2^60 bytes", 24, big<quint64>(Far), "not possible");
}

void TestHostileDisks::patched()
{
    QFETCH(QString, form);
    QFETCH(qint64, offset);
    QFETCH(QByteArray, bytes);
    QFETCH(QString, word);
    const DiskForm made = formNamed(form);
    const QString file = this->made(made);
    const ImportRequest request{.source = file, .output = path(u"out.img"_s), .sizeMiB = 0, .owners = {}};
    QVERIFY_RESULT(ImportCase(made.type).check(request));
    patch(file, offset < 0 ? QFileInfo(file).size() + offset : offset, bytes);
    const auto checked = ImportCase(made.type).check(request);
    QVERIFY(!checked);
    QVERIFY2(checked.error().message.contains(word), qPrintable(checked.error().message));
    QVERIFY(checked.error().message.contains(file));
    QVERIFY(!checked.error().remedy.isEmpty());
    QVERIFY(!ImportCase(made.type).run(request));
    QVERIFY(!QFile::exists(request.output));
}

void TestHostileDisks::differences_data()
{
    QTest::addColumn<QString>("format");
    QTest::newRow("qcow2") << u"qcow2"_s;
    QTest::newRow("qed") << u"qed"_s;
    QTest::newRow("vmdk") << u"vmdk"_s;
}

void TestHostileDisks::differences()
{
    QFETCH(QString, format);
    tool(u"qemu-img"_s, {u"create"_s, u"-q"_s, u"-f"_s, format, path(u"base"_s), u"1M"_s});
    tool(u"qemu-img"_s,
         {u"create"_s, u"-q"_s, u"-f"_s, format, u"-F"_s, format, u"-b"_s, path(u"base"_s), path(u"above"_s)});
    const auto disk = openDisk(path(u"above"_s));
    QVERIFY(!disk);
    QCOMPARE(disk.error().code, Error::Code::Unsupported);
    QVERIFY2(disk.error().message.contains("differences"_L1), qPrintable(disk.error().message));
}

/** Disks in formats that are not read are no raw disks. */
void TestHostileDisks::foreign()
{
    for (const QString& format : {u"qcow"_s, u"parallels"_s}) {
        tool(u"qemu-img"_s, {u"create"_s, u"-q"_s, u"-f"_s, format, path(format), u"1M"_s});
        QCOMPARE(openDisk(path(format)).error_or(Error()).code, Error::Code::Unsupported);
    }
    writeFile(path(u"esx"_s), QByteArray("COWD").append(QByteArray(4096, '\0')));
    QCOMPARE(openDisk(path(u"esx"_s)).error_or(Error()).code, Error::Code::Unsupported);
    writeFile(path(u"empty"_s), {});
    QCOMPARE(openDisk(path(u"empty"_s)).error_or(Error()).code, Error::Code::InvalidInput);
    QVERIFY(!openDisk(m_directory->path()));
    QVERIFY(!openDisk(u"/dev/zero"_s));
    QCOMPARE(openDisk(path(u"gone"_s)).error_or(Error()).code, Error::Code::NotFound);
}

QTEST_GUILESS_MAIN(TestHostileDisks)
#include "tst_hostiledisks.moc"

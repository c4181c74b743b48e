// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "../import/importcase.h"
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

/** CRC-32C (RFC 3720, appendix B.4). */
quint32 crc32c(const QByteArray& bytes)
{
    quint32 crc = ~0U;
    for (const char byte : bytes) {
        crc ^= static_cast<quint8>(byte);
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78 : 0);
        }
    }
    return ~crc;
}

/** The complement of the sum of all bytes, as VHD files have it. */
quint32 complementSum(const QByteArray& bytes)
{
    quint32 sum = 0;
    for (const char byte : bytes) {
        sum += static_cast<quint8>(byte);
    }
    return ~sum;
}

} // namespace

/** What the headers and tables of disks must not say. */
class TestDiskHeaders : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void patched_data();
    void patched();
    void signedStructures_data();
    void signedStructures();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    [[nodiscard]] QString made(const DiskForm& form) const
    {
        return makeDisk(form, makeMixedDisk(m_directory->path()), m_directory->path());
    }

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestDiskHeaders::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(m_directory->isValid());
}

void TestDiskHeaders::patched_data()
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
    // The items of the metadata have no checksum of their own; they begin at 64 KiB of their region.
    constexpr qint64 Items = 3 * MiB + 64 * KiB;
    row("vhdx", "blocks of nothing", Items, little<quint32>(0), "blocks of 0");
    row("vhdx", "blocks too large", Items, little<quint32>(512 * MiB), "blocks of 536870912");
    row("vhdx", "crooked blocks", Items, little<quint32>(3 * MiB), "blocks of 3145728");
    row("vhdx", "parent", Items + 4, little<quint32>(2), "differences");
    row("vhdx", "2^60 bytes", Items + 8, little<quint64>(Far), "not possible");
    row("vhdx", "larger than its table", Items + 8, little<quint64>(quint64{1} << 50), "does not cover");
    row("vhdx", "sectors", Items + 32, little<quint32>(513), "sectors of 513");

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

void TestDiskHeaders::patched()
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

void TestDiskHeaders::signedStructures_data()
{
    QTest::addColumn<QString>("form");
    QTest::addColumn<QList<qint64>>("starts"); // of the copies of one structure
    QTest::addColumn<qint64>("size");
    QTest::addColumn<qint64>("offset"); // in it
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("word");
    constexpr quint64 Far = quint64{1} << 60;
    const auto rows = [](const char* form, const QList<qint64>& starts, qint64 size) {
        return [=](const char* name, qint64 offset, const QByteArray& bytes, const char* word) {
            QTest::addRow("%s: %s", form, name)
                << QString::fromLatin1(form) << starts << size << offset << bytes << QString::fromLatin1(word);
        };
    };
    const auto footer = rows("vhd", {0}, 512);
    footer("2^60 bytes", 48, big<quint64>(Far), "not possible");
    footer("version 2", 12, big<quint32>(0x20000), "version 2");
    footer("header behind the end", 16, big<quint64>(Far), "header is not in the file");
    footer("header is none", 16, big<quint64>(1024), "checksum of its header");
    footer("differencing", 60, big<quint32>(4), "differences");
    footer("fixed", 60, big<quint32>(2), "begins like a dynamic");
    footer("larger than its table", 48, big<quint64>(quint64{1} << 50), "does not cover");
    const auto header = rows("vhd", {512}, 1024);
    header("table behind the end", 16, big<quint64>(Far), "table of blocks");
    header("table at the very end", 16, big<quint64>(~quint64{0}), "table of blocks");
    header("short table", 28, big<quint32>(1), "does not cover");
    header("blocks of nothing", 32, big<quint32>(0), "blocks of 0");
    header("crooked blocks", 32, big<quint32>(1000), "blocks of 1000");
    header("huge blocks", 32, big<quint32>(1U << 31), "blocks of 2147483648");
    const auto fixed = rows("vhd, fixed", {-512}, 512);
    fixed("2^60 bytes", 48, big<quint64>(Far), "not possible");
    fixed("larger than the file", 48, big<quint64>(quint64{1} << 40), "cut off");
    fixed("dynamic", 60, big<quint32>(3), "does not begin so");
    const auto head = rows("vhdx", {64 * KiB, 128 * KiB}, 4 * KiB);
    head("version 2", 66, little<quint16>(2), "version 2");
    head("log", 48, "a log that is used", "log holds changes");
    const auto regions = rows("vhdx", {192 * KiB, 256 * KiB}, 64 * KiB);
    regions("too many", 8, little<quint32>(2048), "regions is damaged");
    regions("none", 8, little<quint32>(0), "table of blocks is not in the file");
    regions("table behind the end", 32, little<quint64>(Far), "table of blocks is not in the file");
    regions("table at the very end", 32, little<quint64>(~quint64{0}), "table of blocks is not in the file");
    regions("short table", 40, little<quint32>(0), "table of blocks is not in the file");
    regions("unknown and required", 16,
            QByteArray(16, 'u') + little<quint64>(MiB) + little<quint32>(1) + little<quint32>(1),
            "region that is not known");
    regions("metadata behind the end", 64, little<quint64>(Far), "metadata are not in the file");
}

/** What a checksum does not tell: hostile files have good ones. */
void TestDiskHeaders::signedStructures()
{
    QFETCH(QString, form);
    QFETCH(QList<qint64>, starts);
    QFETCH(qint64, size);
    QFETCH(qint64, offset);
    QFETCH(QByteArray, bytes);
    QFETCH(QString, word);
    const QString file = made(formNamed(form));
    const QByteArray whole = readFile(file);
    for (qint64 start : starts) {
        start += start < 0 ? whole.size() : 0;
        QByteArray structure = whole.sliced(start, size);
        structure.replace(offset, bytes.size(), bytes);
        const qint64 sumAt = form == "vhdx"_L1 ? 4 : size == 512 ? 64 : 36;
        structure.replace(sumAt, 4, QByteArray(4, '\0'));
        structure.replace(sumAt, 4, form == "vhdx"_L1 ? little(crc32c(structure)) : big(complementSum(structure)));
        patch(file, start, structure);
    }
    const auto read = tryDisk(file, MiB);
    QVERIFY(!read);
    QVERIFY2(read.error().message.contains(word), qPrintable(read.error().message));
    QVERIFY(read.error().message.contains(file) && !read.error().remedy.isEmpty());
}

QTEST_GUILESS_MAIN(TestDiskHeaders)
#include "tst_diskheaders.moc"

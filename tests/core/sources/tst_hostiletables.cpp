// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "../import/importcase.h"
#include "core/disks/opendisk.h"
#include "core/sources/sourceprobe.h"

#include <QElapsedTimer>
#include <QRandomGenerator>
#include <QtEndian>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

/** Partition tables that lead back, lie over each other, or speak of more than there is. */
class TestHostileTables : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_directory = std::make_unique<QTemporaryDir>(); }
    void gpt_data();
    void gpt();
    void mbr_data();
    void mbr();
    void longChain();
    void changed();
    void cut_data();
    void cut();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    void shell(const QString& script) const
    {
        tool(u"bash"_s,
             {u"-ec"_s, u"PATH=$PATH:/usr/sbin:/sbin; cd \"$1\"; "_s + script, u"bash"_s, m_directory->path()});
    }
    /** Overwrites bytes of the disk. */
    void put(qint64 offset, const QByteArray& bytes) const
    {
        QFile file(path(u"disk"_s));
        QVERIFY(file.open(QIODevice::ReadWrite));
        QVERIFY(file.seek(offset));
        QCOMPARE(file.write(bytes), bytes.size());
    }
    /** Looks at the disk, within @p milliseconds; how many partitions are told. */
    [[nodiscard]] qsizetype look(qint64 milliseconds = 5000) const;

    std::unique_ptr<QTemporaryDir> m_directory;
    QByteArray m_gpt; ///< A disk with such a table.
};

namespace
{

QByteArray little(const QList<quint64>& numbers)
{
    QByteArray bytes;
    for (const quint64 number : numbers) {
        QByteArray one(8, '\0');
        qToLittleEndian(number, one.data());
        bytes += one;
    }
    return bytes;
}

/** An entry of an MBR. */
QByteArray entry(char type, quint32 start, quint32 sectors)
{
    QByteArray bytes(16, '\0');
    bytes[4] = type;
    qToLittleEndian(start, bytes.data() + 8);
    qToLittleEndian(sectors, bytes.data() + 12);
    return bytes;
}

constexpr qint64 Sector = 512;
constexpr qint64 Header = Sector;
constexpr qint64 Entries = 2 * Sector;
constexpr quint64 Far = quint64{1} << 60;
constexpr qint64 Size = 4 * MiB; ///< Of the disk that is cut.

} // namespace

qsizetype TestHostileTables::look(qint64 milliseconds) const
{
    QElapsedTimer timer;
    timer.start();
    const SourceInfo info = probeSource(path(u"disk"_s));
    if (timer.elapsed() > milliseconds) {
        QTest::qFail(qPrintable(QString::number(timer.elapsed())), __FILE__, __LINE__);
    }
    if (info.handler.isEmpty() == info.refusal.isEmpty()) {
        QTest::qFail("a disk is taken, or it is told why not", __FILE__, __LINE__);
    }
    return info.disk.volumes.size();
}

/** A table that makes no sense leaves the MBR, with the one entry that keeps other tools away. */
void TestHostileTables::gpt_data()
{
    QTest::addColumn<qint64>("offset");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<qsizetype>("most");
    const auto row = [](const char* name, qint64 offset, const QByteArray& bytes, qsizetype most) {
        QTest::newRow(name) << offset << bytes << most;
    };
    row("entries are the header", Header + 72, little({1}), 128);
    row("entries are the MBR", Header + 72, little({0}), 128);
    row("entries behind the end", Header + 72, little({Far}), 1);
    row("entries at the very end", Header + 72, little({~quint64{0}}), 1);
    row("entries without end", Header + 80, QByteArray("\xff\xff\xff\xff", 4), 128);
    row("entries of no bytes", Header + 84, QByteArray(4, '\0'), 1);
    row("entries of one byte", Header + 84, QByteArray("\1\0\0\0", 4), 1);
    row("the other header is this one", Header + 32, little({1}), 2);
    row("the other header is far away", Header + 32, little({Far}), 1);
    row("last block before the first", Header + 40, little({1000, 10}), 2);
    row("partition of all of the disk", Entries + 32, little({1, 40'959}), 2);
    row("partition that is the table", Entries + 32, little({1, 33}), 2);
    row("partition at nothing", Entries + 32, little({0, 40'959}), 1);
    row("partition that ends before it begins", Entries + 32, little({5000, 4000}), 1);
    row("partition far away", Entries + 32, little({Far, Far + 5}), 1);
    row("partition behind the end", Entries + 32, little({300'000, 400'000}), 2);
    row("partition of 2^64 sectors", Entries + 32, little({1, ~quint64{0}}), 1);
}

void TestHostileTables::gpt()
{
    QFETCH(qint64, offset);
    QFETCH(QByteArray, bytes);
    QFETCH(qsizetype, most);
    if (m_gpt.isEmpty()) {
        shell(u"truncate -s 20M disk; printf '%s\\n' 'label: gpt' 'size=8M' 'size=8M' | sfdisk -q disk; "
              "mke2fs -q -t ext4 fs 4M; dd if=fs of=disk bs=1M seek=1 conv=notrunc,sparse status=none"_s);
        m_gpt = readFile(path(u"disk"_s));
    }
    writeFile(path(u"disk"_s), m_gpt);
    QCOMPARE(look(), 2);
    put(offset, bytes);
    const qsizetype found = look();
    QVERIFY2(found <= most, QByteArray::number(found).constData());
}

void TestHostileTables::mbr_data()
{
    QTest::addColumn<QByteArray>("entries");
    const QByteArray none(16, '\0');
    QTest::newRow("all the same") << entry('\x83', 2048, 100'000).repeated(4);
    QTest::newRow("all the whole disk") << entry('\x83', 1, 204'799).repeated(4);
    QTest::newRow("extended in itself") << entry('\5', 1, 204'799) + none.repeated(3);
    QTest::newRow("four extended ones") << entry('\5', 2048, 100'000).repeated(4);
    QTest::newRow("of 2 TiB") << entry('\x83', 2048, ~0U) + none.repeated(3);
    QTest::newRow("extended of 2 TiB") << entry('\xf', 2048, ~0U) + none.repeated(3);
    QTest::newRow("said to be a GPT") << entry('\xee', 1, ~0U) + none.repeated(3);
}

/** Each partition holds such a table itself. */
void TestHostileTables::mbr()
{
    QFETCH(QByteArray, entries);
    QByteArray table(Sector, '\0');
    table.replace(446, 64, entries);
    table.replace(510, 2, "\x55\xaa");
    writeFile(path(u"disk"_s), {});
    QVERIFY(QFile::resize(path(u"disk"_s), 100 * MiB));
    for (const qint64 sector : {0, 1, 2, 2048, 2049, 4096}) {
        put(sector * Sector, table);
    }
    const qsizetype found = look();
    QVERIFY2(found <= 128, QByteArray::number(found).constData());
}

/** Tables without partitions that lead on and on: not one after the other to the end of the disk. */
void TestHostileTables::longChain()
{
    constexpr int Tables = 200'000;
    QByteArray disk(Sector, '\0');
    disk.replace(446, 16, entry('\5', 1, Tables));
    disk.replace(510, 2, "\x55\xaa");
    for (int i = 1; i < Tables; ++i) {
        QByteArray table(Sector, '\0');
        table.replace(446 + 16, 16, entry('\5', static_cast<quint32>(i), 1));
        table.replace(510, 2, "\x55\xaa");
        disk += table;
    }
    writeFile(path(u"disk"_s), disk);
    QCOMPARE(look(2000), 0);
}

void TestHostileTables::changed()
{
    shell(u"truncate -s 20M disk; printf '%s\\n' 'label: gpt' 'size=8M' 'size=8M' | sfdisk -q disk"_s);
    const QByteArray whole = readFile(path(u"disk"_s)).first(4 * Sector);
    QRandomGenerator random(20261127);
    for (int round = 0; round < 1000; ++round) {
        const qsizetype at = random.bounded(round % 2 == 0 ? Header : 0, Entries + 256);
        put(at, QByteArray(1, static_cast<char>(random.bounded(256))));
        const qsizetype found = look();
        QVERIFY(found <= 128);
        put(at, whole.sliced(at, 1));
    }
    QCOMPARE(look(), 2);
}

void TestHostileTables::cut_data()
{
    QTest::addColumn<QString>("table");
    QTest::addColumn<qint64>("end"); // of the last partition; what is behind may be missing
    constexpr qint64 end = 3584 * KiB;
    QTest::newRow("gpt") << u"'label: gpt' 'start=1M, size=1M' 'start=2560K, size=1M'"_s << Size;
    QTest::newRow("mbr") << u"'label: dos' 'start=1M, size=1M' 'start=2560K, size=1M'"_s << end;
    QTest::newRow("mbr with logical partitions")
        << u"'label: dos' 'start=1M, size=1M' 'start=2M, size=1536K, type=5' 'start=2560K, size=1M'"_s << end;
}

/** A disk of which a part is missing is taken neither as what it is nor as a raw one, packed or not. */
void TestHostileTables::cut()
{
    QFETCH(QString, table);
    QFETCH(qint64, end);
    constexpr int Places = 200;
    shell(u"truncate -s 4M disk; printf '%s\\n' "_s + table
          + u" | sfdisk -q disk; mke2fs -q -t ext2 fs 1M; dd if=fs of=disk bs=1M seek=1 conv=notrunc status=none"_s);
    const ImportRequest request{.source = path(u"disk"_s), .output = path(u"out.img"_s)};
    QCOMPARE(look(), 2);
    QVERIFY_RESULT(ImportCase(u"raw"_s).check(request));
    for (int i = Places - 1; i > 0; --i) {
        const qint64 size = Size * i / Places;
        QVERIFY(QFile::resize(path(u"disk"_s), size));
        const SourceInfo info = probeSource(path(u"disk"_s));
        const bool isWhole = size >= end;
        QVERIFY2(info.handler.isEmpty() != isWhole, QByteArray::number(i).constData());
        QVERIFY(info.refusal.isEmpty() == isWhole);
        const auto made = ImportCase(u"raw"_s).run(request);
        QVERIFY2(made.has_value() == isWhole, QByteArray::number(i).constData());
        QVERIFY(isWhole || made.error().message.contains("cut off"_L1));
        QCOMPARE(QFile::remove(request.output), isWhole);
        if (i % 40 == 1) {
            shell(u"gzip -c disk > disk.gz"_s);
            const auto packed = ImportCase(u"raw"_s).run(
                {.source = path(u"disk.gz"_s), .output = path(u"out.img"_s), .isPacked = true});
            QVERIFY2(packed.has_value() == isWhole, QByteArray::number(i).constData());
            QCOMPARE(QFile::remove(request.output), isWhole);
        }
    }
}

QTEST_GUILESS_MAIN(TestHostileTables)
#include "tst_hostiletables.moc"

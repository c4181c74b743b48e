// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/entries/entrylog.h"
#include "core/ext4/ext4image.h"
#include "core/ext4/ext4source.h"
#include "core/sources/sourceprobe.h"
#include "importcase.h"

#include <QTemporaryDir>
#include <QtEndian>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

namespace
{

constexpr qint64 BlockSize = 4096;
constexpr quint32 Block = 4096; ///< Patched, read as a block of a directory it is one entry.

QByteArray little(const QList<quint32>& numbers)
{
    QByteArray bytes(numbers.size() * 4, '\0');
    qToLittleEndian<quint32>(numbers.constData(), numbers.size(), bytes.data());
    return bytes;
}

constexpr quint32 BlockEntries = 340; ///< Of a tree of extents, for which a block has room.

/** Where a node of a tree of extents begins: its magic number, how many entries of how many, and its depth. In an inode there is room for four. */
QByteArray extentHeader(quint32 entries, quint32 depth, quint32 most = 4)
{
    return little({0xf30a | entries << 16, most | depth << 16, 0});
}

/** An entry that leads to a node in @p block. */
QByteArray extentIndex(quint32 logical, quint32 block)
{
    return little({logical, block, 0});
}

/** Blocks that hold data, or, with 32768 more than there are, were only set aside. */
QByteArray extentLeaf(quint32 logical, quint32 count, quint32 block)
{
    return little({logical, count, block});
}

} // namespace

/** Images that no tool makes: an error, never a crash or a hang. */
class TestExt4Source : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void reads();
    void sizes_data();
    void sizes();
    void maps_data();
    void maps();
    void cycles_data();
    void cycles();
    void sharedBlocks();
    void cut_data();
    void cut();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    /** An image of a file, a link too long for its inode and a directory, with what debugfs then does to it. */
    void makeImage(const QString& features, const QStringList& commands) const;
    /** Makes @p map the block numbers of the inode of @p name, with the @p flags. */
    void setMap(const QString& name, quint32 flags, const QByteArray& map) const;
    [[nodiscard]] Result<void> feed(EntrySink& sink) const
    {
        Progress progress;
        return Ext4Source(path(u"image"_s)).feed(sink, progress, {});
    }
    void verifyDamaged(const QString& name) const;

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestExt4Source::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(m_directory->isValid());
}

void TestExt4Source::makeImage(const QString& features, const QStringList& commands) const
{
    writeFile(path(u"tree/file"_s), "small");
    writeFile(path(u"tree/etc/os-release"_s), "NAME=x\n");
    QFile::remove(path(u"tree/link"_s));
    QVERIFY(QFile::link(QString(100, u't'), path(u"tree/link"_s)));
    tool(u"/sbin/mke2fs"_s,
         {u"-q"_s, u"-F"_s, u"-t"_s, u"ext4"_s, u"-b"_s, QString::number(BlockSize), u"-O"_s, features, u"-d"_s,
          path(u"tree"_s), path(u"image"_s), u"64M"_s});
    writeFile(path(u"commands"_s), commands.join(u'\n').toUtf8() + '\n');
    tool(u"/sbin/debugfs"_s, {u"-w"_s, u"-f"_s, path(u"commands"_s), path(u"image"_s)});
}

void TestExt4Source::setMap(const QString& name, quint32 flags, const QByteArray& map) const
{
    QStringList commands{u"sif %1 flags %2"_s.arg(name).arg(flags)};
    QStringList fields;
    for (int i = 0; i < 12; ++i) {
        fields.append(QString::number(i));
    }
    fields += {u"IND"_s, u"DIND"_s, u"TIND"_s};
    for (qsizetype i = 0; i < fields.size(); ++i) {
        const quint32 number = i * 4 < map.size() ? qFromLittleEndian<quint32>(map.constData() + i * 4) : 0;
        commands.append(u"sif %1 block[%2] %3"_s.arg(name, fields[i]).arg(number));
    }
    makeImage(u"^metadata_csum,^has_journal"_s, commands);
}

void TestExt4Source::verifyDamaged(const QString& name) const
{
    EntryLog log;
    const auto fed = feed(log);
    QVERIFY(!fed);
    QCOMPARE(fed.error().code, Error::Code::InvalidInput);
    QVERIFY2(fed.error().message.contains(u"damaged at /"_s + name), qPrintable(fed.error().message));
}

void TestExt4Source::reads()
{
    for (const QString& features : {u"^has_journal"_s, u"^extents,^64bit"_s, u"inline_data"_s}) {
        makeImage(features, {});
        EntryLog log;
        QVERIFY_RESULT(feed(log));
        QCOMPARE(log.files(), 5); // with the top
        QCOMPARE(log.dataBytes(), 12);
    }
}

void TestExt4Source::sizes_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("size");
    for (const char* size : {"0x8000000000001000", "0xffffffffffffffff", "0x7fffffffffffffff", "0x0000100000001000"}) {
        for (const char* name : {"file", "link", "etc"}) {
            QTest::addRow("%s, %s", name, size) << QString::fromLatin1(name) << QString::fromLatin1(size);
        }
    }
}

void TestExt4Source::sizes()
{
    QFETCH(QString, name);
    QFETCH(QString, size);
    for (const QString& features : {u"^inline_data"_s, u"inline_data"_s}) {
        makeImage(features, {u"sif %1 size %2"_s.arg(name, size)});
        verifyDamaged(name);
    }
}

void TestExt4Source::maps_data()
{
    QTest::addColumn<quint32>("flags");
    QTest::addColumn<QByteArray>("map");
    QTest::addColumn<QByteArray>("block");
    constexpr quint32 Extents = 0x80000;
    constexpr quint32 SetAside = 32768;
    const QByteArray blocks = little(QList<quint32>(1024, Block));
    QTest::newRow("thrice indirect") << 0U << little(QList<quint32>(14, 0) + QList<quint32>{Block}) << blocks;
    QTest::newRow("indirect without end") << 0U << little(QList<quint32>(14, 0) + QList<quint32>{Block})
                                          << little(QList<quint32>(1023, Block) + QList<quint32>{0});
    QTest::newRow("nodes without end") << Extents << extentHeader(1, 40) + extentIndex(0, Block)
                                       << extentHeader(2, 39, BlockEntries) + extentIndex(0, Block)
            + extentIndex(9, Block);
    QTest::newRow("nothing set aside") << Extents << extentHeader(1, 0) + extentLeaf(0, 0, 5000) << QByteArray();
    QTest::newRow("extents over each other")
        << Extents << extentHeader(2, 0) + extentLeaf(0, 8, 5000) + extentLeaf(4, 8, 6000) << QByteArray();
    QTest::newRow("extents backwards") << Extents
                                       << extentHeader(2, 0) + extentLeaf(8, 8, 5000) + extentLeaf(0, 8, 6000)
                                       << QByteArray();
    QTest::newRow("extents behind the end")
        << Extents << extentHeader(1, 0) + extentLeaf(0, 8, 0x7fffffff) << QByteArray();
    QTest::newRow("set aside twice") << Extents
                                     << extentHeader(2, 0) + extentLeaf(0, SetAside + 5, 5000)
            + extentLeaf(4, SetAside + 5, 5000)
                                     << QByteArray();
    QTest::newRow("set aside without end") << Extents
                                           << extentHeader(3, 0) + extentLeaf(0, SetAside + 8000, 5000)
            + extentLeaf(8000, SetAside + 8000, 5000) + extentLeaf(16000, SetAside + 8000, 5000)
                                           << QByteArray();
}

void TestExt4Source::maps()
{
    QFETCH(quint32, flags);
    QFETCH(QByteArray, map);
    QFETCH(QByteArray, block);
    for (const QString& name : {u"file"_s, u"etc"_s}) {
        setMap(name, flags, map);
        QFile file(path(u"image"_s));
        QVERIFY(file.open(QIODevice::ReadWrite));
        QVERIFY(file.seek(Block * BlockSize));
        QCOMPARE(file.write(block), block.size());
        file.close();
        verifyDamaged(name);
        // What looks for names in the image goes through the same directory.
        const auto image = Ext4Image::open(path(u"image"_s), Ext4Image::Access::Read);
        QVERIFY_RESULT(image);
        QCOMPARE(image->read("etc/os-release", 100), name == "etc"_L1 ? QByteArray() : QByteArray("NAME=x\n"));
    }
}

void TestExt4Source::cycles_data()
{
    QTest::addColumn<QStringList>("commands");
    QTest::addColumn<QString>("name");
    QTest::newRow("directory in itself") << QStringList{u"ln etc etc/self"_s} << u"etc/self"_s;
    QTest::newRow("top below itself") << QStringList{u"ln / etc/top"_s} << u"etc/top"_s;
    QTest::newRow("two in each other") << QStringList{u"mkdir a"_s, u"mkdir b"_s, u"ln a b/a"_s, u"ln b a/b"_s}
                                       << u"a/b/a"_s;
    QTest::newRow("directory with two names") << QStringList{u"ln etc lib"_s} << u"lib"_s;
}

/** A directory has one name: one that is met again is not gone into for ever. */
void TestExt4Source::cycles()
{
    QFETCH(QStringList, commands);
    QFETCH(QString, name);
    makeImage(u"^has_journal"_s, commands);
    verifyDamaged(name);
    const auto image = Ext4Image::open(path(u"image"_s), Ext4Image::Access::Read);
    QVERIFY_RESULT(image);
    QCOMPARE(image->read("etc/os-release", 100), "NAME=x\n");
}

/** Files whose extents lie over those of others, or over tables: each is read as it stands, and is no more than it says. */
void TestExt4Source::sharedBlocks()
{
    setMap(u"file"_s, 0x80000, extentHeader(1, 0) + extentLeaf(0, 8, 5000));
    const auto change = [this](const QStringList& commands) {
        writeFile(path(u"commands"_s), commands.join(u'\n').toUtf8() + '\n');
        tool(u"/sbin/debugfs"_s, {u"-w"_s, u"-f"_s, path(u"commands"_s), path(u"image"_s)});
    };
    change({u"sif file size 32768"_s, u"sif etc/os-release size 4096"_s, u"sif etc/os-release block[5] 5003"_s});
    for (const quint32 block : {5000U, 0U, 1U, 40U}) {
        change({u"sif file block[5] %1"_s.arg(block)});
        EntryLog log;
        const auto fed = feed(log);
        QVERIFY2(fed || block == 0, qPrintable(QString::number(block))); // which the library takes for none
        QVERIFY(!fed || log.dataBytes() == 32768 + 4096);
    }
}

void TestExt4Source::cut_data()
{
    QTest::addColumn<QString>("features");
    for (const char* features :
         {"^has_journal", "has_journal", "^extents,^64bit,^has_journal", "inline_data,^has_journal"}) {
        QTest::newRow(features) << QString::fromLatin1(features);
    }
}

/** An image that ends early is refused as what it is, and what reads it for its files finds out, too. */
void TestExt4Source::cut()
{
    QFETCH(QString, features);
    makeImage(features, {});
    const QString file = path(u"image"_s);
    const qint64 whole = QFileInfo(file).size();
    const ImportRequest request{.source = file, .output = path(u"out.img"_s)};
    QVERIFY_RESULT(ImportCase(u"ext4"_s).check(request));
    constexpr int Places = 200;
    for (int i = Places - 1; i >= 0; --i) {
        QVERIFY(QFile::resize(file, i > 40 ? whole * i / Places : qint64{i} * i * 300));
        const auto checked = ImportCase(u"ext4"_s).check(request);
        QVERIFY2(!checked && !checked.error().remedy.isEmpty(), QByteArray::number(i).constData());
        QVERIFY(!ImportCase(u"ext4"_s).run(request));
        QVERIFY(!QFile::exists(request.output));
        const SourceInfo info = probeSource(file);
        QVERIFY2(info.handler.isEmpty() && !info.refusal.isEmpty(), QByteArray::number(i).constData());
        EntryLog log;
        const auto fed = feed(log);
        QVERIFY(fed || !fed.error().message.isEmpty());
        QVERIFY2(!fed || log.files() == 5, QByteArray::number(i).constData());
    }
}

QTEST_GUILESS_MAIN(TestExt4Source)
#include "tst_ext4source.moc"

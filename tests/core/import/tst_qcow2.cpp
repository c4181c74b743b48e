// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/support/filecopy.h"
#include "core/support/units.h"
#include "importcase.h"
#include "recordingrunner.h"

#include <QtEndian>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

namespace
{

void patch(const QString& path, qint64 offset, const QByteArray& bytes)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadWrite));
    QVERIFY(file.seek(offset));
    QCOMPARE(file.write(bytes), bytes.size());
}

QByteArray big32(quint32 number)
{
    QByteArray bytes(4, '\0');
    qToBigEndian(number, bytes.data());
    return bytes;
}

QByteArray big64(quint64 number)
{
    QByteArray bytes(8, '\0');
    qToBigEndian(number, bytes.data());
    return bytes;
}

} // namespace

class TestQcow2 : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void asReference_data();
    void asReference();
    void variants_data();
    void variants();
    void names_data();
    void names();
    void hostile_data();
    void hostile();
    void otherFiles();
    void cutOff_data();
    void cutOff();
    void broken();
    void sharedTables();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    [[nodiscard]] ImportRequest request(const QString& source) const
    {
        return {.source = source, .output = path(u"out.img"_s), .sizeMiB = 0, .owners = OwnerRule::Automatic};
    }

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestQcow2::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(m_directory->isValid());
}

void TestQcow2::asReference_data()
{
    QTest::addColumn<QString>("source");
    QTest::newRow("plain") << u"debian-minbase.qcow2"_s;
    QTest::newRow("zlib") << u"debian-minbase-zlib.qcow2"_s;
}

void TestQcow2::asReference()
{
    QFETCH(QString, source);
    ImportCase import(u"qcow2"_s);
    const auto made = request(fixture(source));
    QCOMPARE(import.check(made).value_or(-1), 512 * MiB);
    QVERIFY_RESULT(import.run(made));
    const QString reference = path(u"reference.img"_s);
    tool(u"qemu-img"_s, {u"convert"_s, u"-f"_s, u"qcow2"_s, u"-O"_s, u"raw"_s, made.source, reference});
    QVERIFY(sameBytes(made.output, reference));
    QVERIFY(allocatedBytes(made.output) <= allocatedBytes(reference) + 8 * MiB);
    QCOMPARE(import.progress.snapshot().total, 512 * MiB);
    QCOMPARE(import.progress.snapshot().done, 512 * MiB);
    QVERIFY(import.report.toText().contains(made.source));
}

void TestQcow2::variants_data()
{
    QTest::addColumn<QStringList>("options");
    QTest::newRow("version 2") << QStringList{u"-o"_s, u"compat=0.10"_s};
    QTest::newRow("small clusters") << QStringList{u"-o"_s, u"cluster_size=512"_s};
    QTest::newRow("large clusters") << QStringList{u"-o"_s, u"cluster_size=2M"_s};
    QTest::newRow("zlib") << QStringList{u"-c"_s};
    QTest::newRow("zlib, small clusters") << QStringList{u"-c"_s, u"-o"_s, u"cluster_size=4k"_s};
    QTest::newRow("zlib, large clusters") << QStringList{u"-c"_s, u"-o"_s, u"cluster_size=2M"_s};
    QTest::newRow("zstd") << QStringList{u"-c"_s, u"-o"_s, u"compression_type=zstd"_s};
    QTest::newRow("subclusters") << QStringList{u"-o"_s, u"extended_l2=on,cluster_size=128k"_s};
    QTest::newRow("lazy reference counts") << QStringList{u"-o"_s, u"lazy_refcounts=on"_s};
    QTest::newRow("metadata preallocated") << QStringList{u"-o"_s, u"preallocation=metadata"_s};
    QTest::newRow("wide reference counts") << QStringList{u"-o"_s, u"refcount_bits=64"_s};
}

void TestQcow2::variants()
{
    QFETCH(QStringList, options);
    const auto made = request(makeQcow2(m_directory->path(), options));
    ImportCase import(u"qcow2"_s);
    QCOMPARE(import.check(made).value_or(-1), diskContent().size());
    QVERIFY_RESULT(import.run(made));
    QVERIFY(readFile(made.output) == diskContent());

    // With a snapshot inside, and the present state changed afterwards.
    tool(u"qemu-img"_s, {u"snapshot"_s, u"-c"_s, u"before"_s, made.source});
    tool(u"qemu-io"_s, {u"-f"_s, u"qcow2"_s, u"-c"_s, u"write -P 0x55 1M 64k"_s, made.source});
    QVERIFY(QFile::remove(made.output));
    QVERIFY_RESULT(ImportCase(u"qcow2"_s).run(made));
    QByteArray expected = diskContent();
    expected.replace(MiB, 64 * KiB, QByteArray(64 * KiB, 0x55));
    QVERIFY(readFile(made.output) == expected);
}

void TestQcow2::names_data()
{
    QTest::addColumn<QString>("name");
    QTest::newRow("comma") << u"a,driver=raw,b"_s;
    QTest::newRow("protocol") << u"nbd:localhost:10809"_s;
    QTest::newRow("json") << u"json:{\"driver\":\"null-co\"}"_s;
    QTest::newRow("option") << u"-rf --help"_s;
    QTest::newRow("newline") << u"two\nlines"_s;
    QTest::newRow("unicode") << u"ü 中 \U0001f600"_s;
    QTest::newRow("percent") << u"100%1 %s"_s;
    QTest::newRow("equals") << u"file.filename=x"_s;
    QTest::newRow("quotes") << u"\"quoted\" 'name' \\"_s;
    QTest::newRow("comma at the end") << u"end,"_s;
}

void TestQcow2::names()
{
    QFETCH(QString, name);
    const QString plain = makeQcow2(m_directory->path());
    const QString source = path(name);
    QVERIFY(QFile::rename(plain, source));
    auto made = request(source);
    made.output = path(name + u".img,"_s);
    QVERIFY_RESULT(ImportCase(u"qcow2"_s).run(made));
    QVERIFY(readFile(made.output) == diskContent());
}

void TestQcow2::hostile_data()
{
    QTest::addColumn<qint64>("offset");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("word");
    const auto row = [](const char* name, qint64 offset, const QByteArray& bytes, const QString& word) {
        QTest::newRow(name) << offset << bytes << word;
    };
    row("magic", 0, "QFI\xfa", u"no QCOW2"_s);
    row("version 1", 4, big32(1), u"version 1"_s);
    row("version 4", 4, big32(4), u"version 4"_s);
    row("backing file", 8, big64(0x200), u"differences"_s);
    row("backing file far away", 8, big64(~quint64{0}), u"differences"_s);
    row("clusters too small", 20, big32(8), u"2^8"_s);
    row("clusters too large", 20, big32(22), u"2^22"_s);
    row("clusters huge", 20, big32(0xffffffff), u"clusters"_s);
    row("size 2^60", 24, big64(quint64{1} << 60), u"not possible"_s);
    row("size 2^64", 24, big64(~quint64{0}), u"not possible"_s);
    row("size beyond the table", 24, big64(quint64{1} << 50), u"does not cover"_s);
    row("encrypted", 32, big32(1), u"encrypted"_s);
    row("encrypted with LUKS", 32, big32(2), u"encrypted"_s);
    row("encrypted with something", 32, big32(77), u"encrypted"_s);
    row("first table too small", 36, big32(0), u"does not cover"_s);
    row("first table huge", 36, big32(0xffffffff), u"first table"_s);
    row("first table larger than the file", 36, big32(1 << 20), u"first table"_s);
    row("first table nowhere", 40, big64(0), u"first table"_s);
    row("first table crooked", 40, big64(0x30001), u"first table"_s);
    row("first table behind the end", 40, big64(quint64{1} << 40), u"first table"_s);
    row("first table at the very end", 40, big64(~quint64{0xffff}), u"first table"_s);
    row("reference counts behind the end", 48, big64(quint64{1} << 40), u"reference counts"_s);
    row("reference counts huge", 56, big32(0xffffffff), u"reference counts"_s);
    row("snapshots", 60, big32(0xffffffff), u"snapshots"_s);
    row("corrupt", 72, big64(2), u"corrupt"_s);
    row("data file", 72, big64(4), u"another file"_s);
    row("compression not given", 72, big64(8), u"compression"_s);
    row("unknown feature", 72, big64(quint64{1} << 63), u"8000000000000000"_s);
    row("unknown feature 5", 72, big64(32), u"0x20"_s);
    row("reference count width", 96, big32(7), u"width"_s);
    row("header too short", 100, big32(72), u"length"_s);
    row("header too long", 100, big32(0xfffffff8), u"length"_s);
    row("compression type", 104, QByteArray("\2", 1), u"compression"_s);
}

void TestQcow2::hostile()
{
    QFETCH(qint64, offset);
    QFETCH(QByteArray, bytes);
    QFETCH(QString, word);
    const QString image = makeQcow2(m_directory->path());
    QVERIFY_RESULT(ImportCase(u"qcow2"_s).check(request(image)));
    patch(image, offset, bytes);
    RecordingRunner runner;
    const auto result = ImportCase(u"qcow2"_s).run(request(image), runner);
    QVERIFY(!result.has_value());
    QVERIFY2(result.error().message.contains(word), qPrintable(result.error().message));
    QVERIFY(result.error().message.contains(image));
    QVERIFY(runner.specs().isEmpty()); // no tool has seen it
    QVERIFY(!QFile::exists(path(u"out.img"_s)));
}

void TestQcow2::otherFiles()
{
    writeFile(path(u"secret.raw"_s), QByteArray(MiB, 's'));
    const QString backed = path(u"backed.qcow2"_s);
    tool(u"qemu-img"_s,
         {u"create"_s, u"-q"_s, u"-f"_s, u"qcow2"_s, u"-F"_s, u"raw"_s, u"-b"_s, path(u"secret.raw"_s), backed});
    auto result = ImportCase(u"qcow2"_s).check(request(backed));
    QVERIFY(!result.has_value());
    QCOMPARE(result.error().code, Error::Code::Unsupported);
    QVERIFY2(result.error().message.contains(path(u"secret.raw"_s)), qPrintable(result.error().message));

    const QString split = path(u"split.qcow2"_s);
    tool(u"qemu-img"_s,
         {u"create"_s, u"-q"_s, u"-f"_s, u"qcow2"_s, u"-o"_s, u"data_file="_s + path(u"data.raw"_s), split, u"1M"_s});
    result = ImportCase(u"qcow2"_s).check(request(split));
    QVERIFY(!result.has_value());
    QCOMPARE(result.error().code, Error::Code::Unsupported);
    QVERIFY2(result.error().message.contains(path(u"data.raw"_s)), qPrintable(result.error().message));

    const QString locked = path(u"locked.qcow2"_s);
    tool(u"qemu-img"_s,
         {u"create"_s, u"-q"_s, u"-f"_s, u"qcow2"_s, u"--object"_s, u"secret,id=s,data=x"_s, u"-o"_s,
          u"encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10"_s, locked, u"1M"_s});
    result = ImportCase(u"qcow2"_s).check(request(locked));
    QVERIFY(!result.has_value());
    QVERIFY2(result.error().message.contains("encrypted"_L1), qPrintable(result.error().message));
}

void TestQcow2::cutOff_data()
{
    QTest::addColumn<QStringList>("options");
    QTest::newRow("plain") << QStringList();
    QTest::newRow("zlib") << QStringList{u"-c"_s, u"-o"_s, u"cluster_size=4k"_s};
    QTest::newRow("subclusters") << QStringList{u"-o"_s, u"extended_l2=on,cluster_size=64k"_s};
}

void TestQcow2::cutOff()
{
    QFETCH(QStringList, options);
    const QString image = makeQcow2(m_directory->path(), options);
    const QByteArray whole = readFile(image);
    int refused = 0;
    for (qint64 part = 0; part < 20; ++part) {
        const qint64 size = whole.size() * part / 20;
        writeFile(image, whole.first(size));
        QFile::remove(path(u"out.img"_s));
        const auto result = ImportCase(u"qcow2"_s).run(request(image));
        QVERIFY2(!result || readFile(path(u"out.img"_s)) == diskContent(), qPrintable(QString::number(size)));
        refused += result ? 0 : 1;
    }
    QVERIFY2(refused >= 18, qPrintable(QString::number(refused)));
    for (qint64 size = 0; size < 120; ++size) {
        writeFile(image, whole.first(size));
        QVERIFY(!ImportCase(u"qcow2"_s).check(request(image)));
    }
}

void TestQcow2::broken()
{
    // Whatever stands in the header and the tables: an answer, never a crash or a hang.
    const QString image = makeQcow2(m_directory->path());
    const QByteArray whole = readFile(image);
    QRandomGenerator random(20261123);
    for (int round = 0; round < 600; ++round) {
        QByteArray broken = whole.first(0x50000);
        for (int change = random.bounded(1, 6); change > 0; --change) {
            const qsizetype at = random.bounded(3) == 0 ? random.bounded(0x50000) : random.bounded(4, 112);
            broken[at] = static_cast<char>(random.bounded(256));
        }
        writeFile(image, broken);
        const auto checked = ImportCase(u"qcow2"_s).check(request(image));
        QVERIFY(checked.has_value() || !checked.error().message.isEmpty());
    }
}

/** A table that stands for many parts of the disk counts for each of them. */
void TestQcow2::sharedTables()
{
    const QString image = makeQcow2(m_directory->path(), {u"-o"_s, u"cluster_size=512"_s});
    const auto plain = ImportCase(u"qcow2"_s).handler().dataBytes(request(image), {});
    QVERIFY_RESULT(plain);
    QVERIFY2(*plain > MiB && *plain < 2 * MiB, QByteArray::number(*plain).constData());
    const QByteArray header = readFile(image).first(64);
    const auto first = qFromBigEndian<qint64>(header.constData() + 40);
    const qsizetype entries = qFromBigEndian<quint32>(header.constData() + 36);
    patch(image, first, readFile(image).sliced(first, 8).repeated(entries));
    QVERIFY_RESULT(ImportCase(u"qcow2"_s).run(request(image)));
    const QByteArray disk = readFile(path(u"out.img"_s));
    QCOMPARE(disk.first(32 * KiB), disk.sliced(2 * MiB, 32 * KiB)); // a table of 64 clusters
    QCOMPARE(ImportCase(u"qcow2"_s).handler().dataBytes(request(image), {}).value_or(-1), disk.size());
}

QTEST_GUILESS_MAIN(TestQcow2)
#include "tst_qcow2.moc"

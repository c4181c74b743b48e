// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/process/tools.h"
#include "core/support/filecopy.h"
#include "core/support/units.h"
#include "importcase.h"
#include "recordingrunner.h"

#include <QtEndian>

#include <thread>

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

/** A disk of 3 MiB and a bit with data, zeros and holes in it. */
QByteArray diskContent()
{
    QByteArray content(3 * MiB + 512, '\0');
    for (qsizetype i = 0; i < MiB; ++i) {
        content[i] = static_cast<char>(i * 7 + i / 1000);
    }
    for (qsizetype i = 2 * MiB; i < 2 * MiB + 100000; ++i) {
        content[i] = static_cast<char>(i % 26 + 'a');
    }
    content.back() = 'e';
    return content;
}

} // namespace

class TestImport : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void registry();
    void copies_data();
    void copies();
    void copyKeepsHoles();
    void rawRefuses_data();
    void rawRefuses();
    void rawRefusesWhatNoToolMakes();
    void ext4Refuses();
    void qcow2AsReference_data();
    void qcow2AsReference();
    void qcow2Variants_data();
    void qcow2Variants();
    void qcow2Names_data();
    void qcow2Names();
    void qcow2Hostile_data();
    void qcow2Hostile();
    void qcow2OtherFiles();
    void qcow2CutOff_data();
    void qcow2CutOff();
    void qcow2Broken();
    void toolFailures();
    void missingTool();
    void cancel_data();
    void cancel();
    void occupiedOutput_data();
    void occupiedOutput();
    void sideBySide();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    [[nodiscard]] ImportRequest request(const QString& source) const
    {
        return {.source = source, .output = path(u"out.img"_s), .sizeMiB = 0, .owners = OwnerRule::Automatic};
    }
    /** A qcow2 image of diskContent(), made by qemu-img with @p options. */
    QString makeQcow2(const QStringList& options = {})
    {
        writeFile(path(u"disk.raw"_s), diskContent());
        const QString image = path(u"disk.qcow2"_s);
        tool(u"qemu-img"_s,
             QStringList{u"convert"_s, u"-f"_s, u"raw"_s, u"-O"_s, u"qcow2"_s} + options
                 + QStringList{path(u"disk.raw"_s), image});
        return image;
    }

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestImport::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(m_directory->isValid());
}

void TestImport::registry()
{
    QStringList types;
    for (const ImportHandler* handler : allHandlers()) {
        types.append(handler->type());
        QCOMPARE(findHandler(handler->type()), handler);
        QVERIFY(!handler->title().isEmpty());
        for (const QString& program : handler->requirements()) {
            const Tool tool = findTool(program);
            QVERIFY2(!tool.package.isEmpty(), qPrintable(program));
            QVERIFY2(!tool.path.isEmpty(), qPrintable(program));
        }
    }
    QCOMPARE(types, QStringList({u"rootfs_dir"_s, u"qcow2"_s, u"ext4"_s, u"raw"_s}));
    QVERIFY(findHandler(u"rootfs_dir"_s)->usesImageSize());
    QVERIFY(!findHandler(u"qcow2"_s)->usesImageSize());
    QCOMPARE(findHandler(u"no_such"_s), nullptr);
}

void TestImport::copies_data()
{
    QTest::addColumn<QString>("type");
    QTest::addColumn<QString>("source");
    QTest::newRow("ext4") << u"ext4"_s << u"debian-minbase.ext4"_s;
    QTest::newRow("raw") << u"raw"_s << u"debian-minbase.raw"_s;
    QTest::newRow("ext4 as raw") << u"raw"_s << u"debian-minbase.ext4"_s;
}

void TestImport::copies()
{
    QFETCH(QString, type);
    QFETCH(QString, source);
    ImportCase import(type);
    const auto made = request(fixture(source));
    const qint64 size = QFileInfo(made.source).size();
    QCOMPARE(import.check(made).value_or(-1), size);
    QVERIFY_RESULT(import.run(made));
    QVERIFY(sameBytes(made.source, made.output));
    QVERIFY(allocatedBytes(made.output) <= allocatedBytes(made.source) + MiB);
    QCOMPARE(import.progress.snapshot().total, size);
    QCOMPARE(import.progress.snapshot().done, size);
}

void TestImport::copyKeepsHoles()
{
    writeFile(path(u"disk.raw"_s), "start");
    QVERIFY(QFile::resize(path(u"disk.raw"_s), 4 * GiB));
    patch(path(u"disk.raw"_s), 4 * GiB, "end");
    const auto made = request(path(u"disk.raw"_s));
    QVERIFY_RESULT(ImportCase(u"raw"_s).run(made));
    QCOMPARE(QFileInfo(made.output).size(), 4 * GiB + 3);
    QVERIFY(allocatedBytes(made.output) < MiB);
}

void TestImport::rawRefuses_data()
{
    QTest::addColumn<QString>("format");
    QTest::addColumn<QString>("word");
    QTest::addColumn<bool>("accepted");
    QTest::newRow("qcow2") << u"qcow2"_s << u"qcow2"_s << false;
    QTest::newRow("qcow") << u"qcow"_s << u"QCOW"_s << false;
    QTest::newRow("vmdk") << u"vmdk"_s << u"VMDK"_s << false;
    QTest::newRow("vdi") << u"vdi"_s << u"VDI"_s << false;
    QTest::newRow("vhdx") << u"vhdx"_s << u"VHDX"_s << false;
    QTest::newRow("vpc") << u"vpc"_s << u"VHD"_s << false;
    QTest::newRow("qed") << u"qed"_s << u"QED"_s << false;
    QTest::newRow("parallels") << u"parallels"_s << u"Parallels"_s << false;
    QTest::newRow("raw") << u"raw"_s << QString() << true;
}

/** Containers that qemu-img does not write: an Android sparse image by its head, an Apple one by its footer. */
void TestImport::rawRefusesWhatNoToolMakes()
{
    for (const auto& [name, offset, magic, word] :
         {std::tuple(u"system.img"_s, qint64{0}, QByteArray("\x3a\xff\x26\xed"), u"simg2img"_s),
          std::tuple(u"disk.dmg"_s, MiB - 512, QByteArray("koly"), u"qemu-img convert"_s)}) {
        writeFile(path(name), QByteArray(MiB, '\0').replace(offset, magic.size(), magic));
        const auto checked = ImportCase(u"raw"_s).check(request(path(name)));
        QVERIFY2(!checked, qPrintable(name));
        QVERIFY2(checked.error().remedy.contains(word), qPrintable(checked.error().remedy));
    }
}

void TestImport::rawRefuses()
{
    QFETCH(QString, format);
    QFETCH(QString, word);
    QFETCH(bool, accepted);
    const QString image = path(u"image"_s);
    tool(u"qemu-img"_s, {u"create"_s, u"-q"_s, u"-f"_s, format, image, u"2M"_s});
    const auto checked = ImportCase(u"raw"_s).check(request(image));
    QCOMPARE(checked.has_value(), accepted);
    if (!accepted) {
        QCOMPARE(checked.error().code, Error::Code::InvalidInput);
        QVERIFY2((checked.error().message + checked.error().remedy).contains(word),
                 qPrintable(checked.error().message));
        QVERIFY(!checked.error().remedy.isEmpty());
        QVERIFY(!ImportCase(u"raw"_s).run(request(image)));
        QVERIFY(!QFile::exists(path(u"out.img"_s)));
    }
    writeFile(path(u"empty"_s), {});
    QCOMPARE(ImportCase(u"raw"_s).check(request(path(u"empty"_s))).error_or(Error()).code, Error::Code::InvalidInput);
    QVERIFY(!ImportCase(u"raw"_s).check(request(m_directory->path())));
    QVERIFY(!ImportCase(u"raw"_s).check(request(u"/dev/zero"_s)));
}

void TestImport::ext4Refuses()
{
    const QString image = path(u"fs.img"_s);
    tool(u"/sbin/mke2fs"_s, {u"-q"_s, u"-t"_s, u"ext2"_s, image, u"4M"_s});
    QCOMPARE(ImportCase(u"ext4"_s).check(request(image)).value_or(-1), 4 * MiB);
    QVERIFY(QFile::resize(image, 5 * MiB + 7)); // room behind the file system is none of our business
    QCOMPARE(ImportCase(u"ext4"_s).check(request(image)).value_or(-1), 5 * MiB + 7);
    for (const qint64 size : {4 * MiB - 1, 2 * MiB, 2048LL, 2047LL, 1024LL, 1LL, 0LL}) {
        QVERIFY(QFile::resize(image, size));
        const auto checked = ImportCase(u"ext4"_s).check(request(image));
        QVERIFY2(!checked, qPrintable(QString::number(size)));
        QCOMPARE(checked.error().code, Error::Code::InvalidInput);
        QVERIFY(checked.error().message.contains(image));
        QVERIFY(!ImportCase(u"ext4"_s).run(request(image)));
        QVERIFY(!QFile::exists(path(u"out.img"_s)));
    }
    const QString journal = path(u"journal.img"_s);
    tool(u"/sbin/mke2fs"_s, {u"-q"_s, u"-O"_s, u"journal_dev"_s, journal, u"8M"_s});
    QCOMPARE(ImportCase(u"ext4"_s).check(request(journal)).error_or(Error()).code, Error::Code::Unsupported);
    QCOMPARE(ImportCase(u"ext4"_s).check(request(fixture(u"debian-minbase.qcow2"_s))).error_or(Error()).code,
             Error::Code::InvalidInput);
}

void TestImport::qcow2AsReference_data()
{
    QTest::addColumn<QString>("source");
    QTest::newRow("plain") << u"debian-minbase.qcow2"_s;
    QTest::newRow("zlib") << u"debian-minbase-zlib.qcow2"_s;
}

void TestImport::qcow2AsReference()
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
    QVERIFY(import.report.toText().contains("qemu-img"_L1));
}

void TestImport::qcow2Variants_data()
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

void TestImport::qcow2Variants()
{
    QFETCH(QStringList, options);
    const auto made = request(makeQcow2(options));
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

void TestImport::qcow2Names_data()
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

void TestImport::qcow2Names()
{
    QFETCH(QString, name);
    const QString plain = makeQcow2();
    const QString source = path(name);
    QVERIFY(QFile::rename(plain, source));
    auto made = request(source);
    made.output = path(name + u".img,"_s);
    QVERIFY_RESULT(ImportCase(u"qcow2"_s).run(made));
    QVERIFY(readFile(made.output) == diskContent());
}

void TestImport::qcow2Hostile_data()
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

void TestImport::qcow2Hostile()
{
    QFETCH(qint64, offset);
    QFETCH(QByteArray, bytes);
    QFETCH(QString, word);
    const QString image = makeQcow2();
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

void TestImport::qcow2OtherFiles()
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

void TestImport::qcow2CutOff_data()
{
    QTest::addColumn<QStringList>("options");
    QTest::newRow("plain") << QStringList();
    QTest::newRow("zlib") << QStringList{u"-c"_s, u"-o"_s, u"cluster_size=4k"_s};
    QTest::newRow("subclusters") << QStringList{u"-o"_s, u"extended_l2=on,cluster_size=64k"_s};
}

void TestImport::qcow2CutOff()
{
    QFETCH(QStringList, options);
    const QString image = makeQcow2(options);
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

void TestImport::qcow2Broken()
{
    // Whatever stands in the header and the tables: an answer, never a crash or a hang.
    const QString image = makeQcow2();
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

void TestImport::toolFailures()
{
    const auto made = request(makeQcow2());
    RecordingRunner runner;
    runner.enqueue(RecordingRunner::exited(1, "first it says this\r\n\x1b[1mqemu-img: error while reading"));
    ImportCase failing(u"qcow2"_s);
    const auto result = failing.run(made, runner);
    QStringList said;
    for (const JobReport::Line& line : failing.report.lines()) {
        if (line.kind == JobReport::Kind::Output) {
            said.append(line.text);
        }
    }
    QCOMPARE(said, (QStringList{u"first it says this"_s, u"[1mqemu-img: error while reading"_s}));
    QVERIFY(!result.has_value());
    QCOMPARE(result.error().code, Error::Code::ToolFailed);
    QVERIFY(result.error().message.contains("error while reading"_L1));
    QVERIFY(!QFile::exists(made.output));
    QCOMPARE(runner.specs().size(), 1);
    QCOMPARE(runner.specs().first().writablePaths, QStringList{made.output});

    // A tool that says it went well and left another size.
    RecordingRunner liar;
    liar.setScript([&made](const CommandSpec&, const std::stop_token&) {
        QFile::resize(made.output, 17);
        return RecordingRunner::succeeded("(100.00/100%)");
    });
    QCOMPARE(ImportCase(u"qcow2"_s).run(made, liar).error_or(Error()).code, Error::Code::ToolFailed);
    QVERIFY(!QFile::exists(made.output));
}

void TestImport::missingTool()
{
    const auto made = request(makeQcow2());
    const QByteArray searchPath = qgetenv("PATH");
    qputenv("PATH", "/nonexistent");
    const auto result = ImportCase(u"qcow2"_s).run(made);
    qputenv("PATH", searchPath);
    QVERIFY(!result.has_value());
    QCOMPARE(result.error().code, Error::Code::ToolMissing);
    QVERIFY2(result.error().message.contains("qemu-img"_L1), qPrintable(result.error().message));
    QVERIFY2(result.error().remedy.contains("qemu-utils"_L1), qPrintable(result.error().remedy));
    QVERIFY(!QFile::exists(made.output));
}

void TestImport::cancel_data()
{
    QTest::addColumn<QString>("type");
    QTest::addColumn<QString>("source");
    QTest::newRow("qcow2") << u"qcow2"_s << u"debian-minbase-zlib.qcow2"_s;
    QTest::newRow("raw") << u"raw"_s << u"debian-minbase.raw"_s;
    QTest::newRow("ext4") << u"ext4"_s << u"debian-minbase.ext4"_s;
}

void TestImport::cancel()
{
    QFETCH(QString, type);
    QFETCH(QString, source);
    const auto made = request(fixture(source));
    ImportCase before(type);
    before.stop.request_stop();
    QCOMPARE(before.run(made).error_or(Error()).code, Error::Code::Cancelled);
    QVERIFY(!QFile::exists(made.output));

    ImportCase during(type);
    std::jthread canceller([&during](const std::stop_token& done) {
        while (!done.stop_requested() && during.progress.snapshot().done == 0) {
            std::this_thread::sleep_for(std::chrono::microseconds(200));
        }
        during.stop.request_stop();
    });
    const auto result = during.run(made);
    canceller.request_stop();
    canceller.join();
    // A copy may have shared its blocks, and been done at once.
    QVERIFY(result.has_value() ? sameBytes(made.source, made.output) : result.error().code == Error::Code::Cancelled);
    QCOMPARE(QFile::exists(made.output), result.has_value());
    QVERIFY(type != "qcow2"_L1 || !result.has_value());
}

void TestImport::occupiedOutput_data()
{
    QTest::addColumn<QString>("type");
    QTest::newRow("qcow2") << u"qcow2"_s;
    QTest::newRow("raw") << u"raw"_s;
}

void TestImport::occupiedOutput()
{
    QFETCH(QString, type);
    const QString image = makeQcow2();
    const auto made = request(type == "raw"_L1 ? path(u"disk.raw"_s) : image);
    writeFile(made.output, "precious");
    QVERIFY(!ImportCase(type).run(made));
    QCOMPARE(readFile(made.output), "precious");
}

void TestImport::sideBySide()
{
    const QString image = makeQcow2();
    std::atomic<int> good = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&, i] {
                auto made = request(image);
                made.output = path(u"out%1.img"_s.arg(i));
                good += ImportCase(u"qcow2"_s).run(made) && readFile(made.output) == diskContent() ? 1 : 0;
            });
        }
    }
    QCOMPARE(good.load(), 4);
}

QTEST_GUILESS_MAIN(TestImport)
#include "tst_import.moc"

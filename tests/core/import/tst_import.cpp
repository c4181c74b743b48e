// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/process/tools.h"
#include "core/support/filecopy.h"
#include "core/support/units.h"
#include "importcase.h"
#include "recordingrunner.h"

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
    QCOMPARE(types,
             QStringList({u"rootfs_dir"_s, u"rootfs_archive"_s, u"squashfs"_s, u"container"_s, u"qcow2"_s, u"vmdk"_s,
                          u"vdi"_s, u"vhd"_s, u"vhdx"_s, u"qed"_s, u"android_sparse"_s, u"ova"_s, u"iso"_s, u"ext4"_s,
                          u"raw"_s, u"empty"_s}));
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
         {std::tuple(u"system.img"_s, qint64{0}, QByteArray("\x3a\xff\x26\xed"), u"android_sparse"_s),
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

void TestImport::toolFailures()
{
    writeFile(path(u"tree/etc/file"_s), "x");
    auto made = request(path(u"tree"_s));
    made.sizeMiB = 8;
    RecordingRunner runner;
    runner.enqueue(RecordingRunner::exited(1, "first it says this\r\n\x1b[1me2fsck: error while reading"));
    ImportCase failing(u"rootfs_dir"_s);
    const auto result = failing.run(made, runner);
    QStringList said;
    for (const JobReport::Line& line : failing.report.lines()) {
        if (line.kind == JobReport::Kind::Output) {
            said.append(line.text);
        }
    }
    QCOMPARE(said, (QStringList{u"first it says this"_s, u"[1me2fsck: error while reading"_s}));
    QVERIFY(!result.has_value());
    QCOMPARE(result.error().code, Error::Code::ToolFailed);
    QVERIFY(result.error().message.contains("error while reading"_L1));
    QVERIFY(!QFile::exists(made.output));
    QCOMPARE(runner.specs().size(), 1);
    QVERIFY(runner.specs().first().writablePaths.isEmpty());
}

void TestImport::missingTool()
{
    writeFile(path(u"tree/etc/file"_s), "x");
    auto made = request(path(u"tree"_s));
    made.sizeMiB = 8;
    RecordingRunner runner;
    CommandOutcome outcome;
    outcome.state = CommandOutcome::State::FailedToStart;
    outcome.errorText = u"No such file or directory"_s;
    runner.enqueue(outcome);
    const auto result = ImportCase(u"rootfs_dir"_s).run(made, runner);
    QVERIFY(!result.has_value());
    QVERIFY2(result.error().message.contains("e2fsck"_L1), qPrintable(result.error().message));
    QVERIFY(!result.error().remedy.isEmpty());
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
    const QString image = makeQcow2(m_directory->path());
    const auto made = request(type == "raw"_L1 ? path(u"disk.raw"_s) : image);
    writeFile(made.output, "precious");
    QVERIFY(!ImportCase(type).run(made));
    QCOMPARE(readFile(made.output), "precious");
}

void TestImport::sideBySide()
{
    const QString image = makeQcow2(m_directory->path());
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

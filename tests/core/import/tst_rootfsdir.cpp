// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/ext4/ext4image.h"
#include "core/support/filecopy.h"
#include "core/support/removetree.h"
#include "core/support/units.h"
#include "imagereader.h"
#include "importcase.h"
#include "oddtree.h"
#include "recordingrunner.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <thread>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

class TestRootfsDir : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void debian();
    void everyKindOfFile();
    void sameBytes();
    void sourceDateEpoch();
    void owners_data();
    void owners();
    void automaticOwners();
    void sizes_data();
    void sizes();
    void impossibleSizes();
    void unreadable();
    void refusedSources();
    void features();
    void failures_data();
    void failures();
    void cancel();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    [[nodiscard]] ImportRequest request(const QString& source, qint64 sizeMiB, OwnerRule owners = OwnerRule::Keep) const
    {
        return {.source = source, .output = path(u"out.img"_s), .sizeMiB = sizeMiB, .owners = owners};
    }

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestRootfsDir::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(m_directory->isValid());
    qunsetenv("SOURCE_DATE_EPOCH");
}

void TestRootfsDir::cleanup()
{
    // QTemporaryDir cannot remove names that are no UTF-8.
    QVERIFY(removeEntry(AT_FDCWD, QFile::encodeName(m_directory->path())));
}

void TestRootfsDir::debian()
{
    const QString source = fixture(u"debian-minbase"_s);
    ImportCase import(u"rootfs_dir"_s);
    const auto made = request(source, 512);
    QCOMPARE(import.check(made).value_or(-1), 512 * MiB);
    QVERIFY_RESULT(import.run(made));
    QCOMPARE(QFileInfo(made.output).size(), 512 * MiB);
    QVERIFY(allocatedBytes(made.output) < 400 * MiB);
    const ImageReader image(made.output);
    compareTrees(source, image, false);
    tool(u"/sbin/e2fsck"_s, {u"-f"_s, u"-n"_s, made.output});
    const ProgressSnapshot progress = import.progress.snapshot();
    QVERIFY(progress.total > 50 * MiB);
    QCOMPARE(progress.done, progress.total);
    QVERIFY(import.report.toText().contains("e2fsck"_L1));
}

void TestRootfsDir::everyKindOfFile()
{
    const QString source = path(u"odd -tree,=x"_s);
    makeOddTree(source);
    ImportCase import(u"rootfs_dir"_s);
    const auto made = request(source, 16);
    QVERIFY_RESULT(import.run(made));
    const ImageReader image(made.output);
    compareTrees(source, image, false);
    QCOMPARE(image.numbers.value("suid"), image.numbers.value("etc/hard"));
    QCOMPARE(image.attributes("suid").value("user.note"), "hello");
    QCOMPARE(image.attributes("tmp").value("user.large"), QByteArray(900, 'v'));
    QCOMPARE(image.attributes("").value("user.top"), "1");
    QVERIFY(image.inode("sparse").i_blocks <= 8);
    QCOMPARE(image.inode("zeros").i_blocks, 0U);
    if (::geteuid() == 0) {
        QCOMPARE(image.inode("null").i_block[0], 0x103U);
        QCOMPARE(image.attributes("$(touch x);`y`").value("security.capability").size(), 20);
        QCOMPARE(image.seen.value("-rf").uid, 100000U);
        QCOMPARE(image.seen.value("-rf").gid, 4'000'000'000U);
        const QByteArray device = tool(u"/sbin/debugfs"_s, {u"-R"_s, u"stat /disk"_s, made.output});
        QVERIFY2(device.contains("major/minor number: 259:70000"), device.constData());
    }
    tool(u"/sbin/e2fsck"_s, {u"-f"_s, u"-n"_s, made.output});
}

void TestRootfsDir::sameBytes()
{
    const QString source = path(u"one"_s);
    makeOddTree(source);
    for (int i = 99; i >= 0; --i) {
        writeFile(source + u"/many/%1"_s.arg(i), QByteArray(i * 100, 'x'));
    }
    // A copy has other inodes, another order on the disk, other change times.
    tool(u"cp"_s, {u"-a"_s, source, path(u"two"_s)});
    tool(u"cp"_s, {u"-a"_s, u"-T"_s, path(u"two"_s), path(u"three"_s)});
    auto first = request(source, 16);
    auto second = request(path(u"three"_s), 16);
    second.output = path(u"again.img"_s);
    QVERIFY_RESULT(ImportCase(u"rootfs_dir"_s).run(first));
    QTest::qWait(1100); // another second by the clock
    QVERIFY_RESULT(ImportCase(u"rootfs_dir"_s).run(second));
    QVERIFY(Test::sameBytes(first.output, second.output));
}

void TestRootfsDir::sourceDateEpoch()
{
    const QString source = path(u"tree"_s);
    writeFile(source + u"/etc/new"_s, "n");
    writeFile(source + u"/bin/old"_s, "o");
    touch(source + u"/bin/old"_s, 1'000'000'000);
    qputenv("SOURCE_DATE_EPOCH", "1500000000");
    const auto made = request(source, 8);
    QVERIFY_RESULT(ImportCase(u"rootfs_dir"_s).run(made));
    const ImageReader image(made.output);
    QCOMPARE(image.seen.value("etc/new").seconds, 1'500'000'000);
    QCOMPARE(image.seen.value("etc/new").nanoseconds, 0);
    QCOMPARE(image.seen.value("bin/old").seconds, 1'000'000'000);
    QCOMPARE(image.seen.value("lost+found").seconds, 1'500'000'000);
    const QByteArray header = tool(u"/sbin/dumpe2fs"_s, {u"-h"_s, made.output});
    QVERIFY2(header.contains("Filesystem created:       Fri Jul 14 02:40:00 2017"), header.constData());
}

void TestRootfsDir::owners_data()
{
    QTest::addColumn<OwnerRule>("rule");
    QTest::addColumn<bool>("rootOwned");
    QTest::newRow("keep") << OwnerRule::Keep << false;
    QTest::newRow("root") << OwnerRule::Root << true;
}

void TestRootfsDir::owners()
{
    QFETCH(OwnerRule, rule);
    QFETCH(bool, rootOwned);
    const QString source = path(u"tree"_s);
    makeOddTree(source);
    if (::geteuid() == 0) {
        tool(u"chown"_s, {u"-R"_s, u"-h"_s, u"1000:1000"_s, source});
    }
    const auto made = request(source, 16, rule);
    QVERIFY_RESULT(ImportCase(u"rootfs_dir"_s).run(made));
    compareTrees(source, ImageReader(made.output), rootOwned);
    tool(u"/sbin/e2fsck"_s, {u"-f"_s, u"-n"_s, made.output});
}

void TestRootfsDir::automaticOwners()
{
    const QString source = path(u"tree"_s);
    writeFile(source + u"/etc/file"_s, "x");
    writeFile(source + u"/home/file"_s, "x");
    auto made = request(source, 8, OwnerRule::Automatic);
    if (::geteuid() != 0) {
        // The user's own directory.
        QVERIFY_RESULT(ImportCase(u"rootfs_dir"_s).run(made));
        QCOMPARE(ImageReader(made.output).seen.value("etc/file").uid, 0U);
        return;
    }
    QCOMPARE(::chown(QFile::encodeName(source + u"/home/file"_s).constData(), 1000, 1000), 0);
    QVERIFY_RESULT(ImportCase(u"rootfs_dir"_s).run(made));
    QCOMPARE(ImageReader(made.output).seen.value("home/file").uid, 1000U);
    // Root takes what an ordinary user unpacked.
    QCOMPARE(::chown(QFile::encodeName(source).constData(), 1000, 1000), 0);
    made.output = path(u"other.img"_s);
    QVERIFY_RESULT(ImportCase(u"rootfs_dir"_s).run(made));
    QCOMPARE(ImageReader(made.output).seen.value("home/file").uid, 0U);
    QCOMPARE(ImageReader(made.output).seen.value("").uid, 0U);
}

void TestRootfsDir::sizes_data()
{
    QTest::addColumn<int>("files");
    QTest::addColumn<int>("bytes");
    QTest::addColumn<int>("nameLength");
    QTest::addColumn<int>("attributeBytes");
    QTest::newRow("one large") << 1 << int(60 * MiB) << 4 << 0;
    QTest::newRow("many small") << 4000 << 300 << 8 << 0;
    QTest::newRow("empty, long names") << 10000 << 0 << 200 << 0;
    QTest::newRow("attributes") << 1500 << 100 << 8 << 400;
    QTest::newRow("middle") << 200 << 100000 << 8 << 0;
}

void TestRootfsDir::sizes()
{
    QFETCH(int, files);
    QFETCH(int, bytes);
    QFETCH(int, nameLength);
    QFETCH(int, attributeBytes);
    const QString source = path(u"tree"_s);
    const QByteArray content(bytes, 'x');
    const QByteArray attribute(attributeBytes, 'a');
    for (int i = 0; i < files; ++i) {
        const QString file = source + u"/%1/"_s.arg(i % 7) + QString::number(i).rightJustified(nameLength, u'n');
        writeFile(file, content);
        if (attributeBytes > 0) {
            QCOMPARE(::setxattr(QFile::encodeName(file).constData(), "user.a",
                                (attribute + QByteArray::number(i)).constData(), static_cast<size_t>(attributeBytes),
                                0),
                     0);
        }
    }
    ImportCase import(u"rootfs_dir"_s);
    auto made = request(source, 1);
    const auto refused = import.check(made);
    QVERIFY(!refused.has_value());
    QCOMPARE(refused.error().code, Error::Code::NoSpace);
    static const QRegularExpression number(u"it needs (\\d+) MiB"_s);
    const qint64 needed = number.match(refused.error().message).captured(1).toLongLong();
    QVERIFY2(needed > 1, qPrintable(refused.error().message));
    QVERIFY(refused.error().remedy.contains(QString::number(needed)));

    // What is said to fit does fit, in truth; one less is refused before anything is started.
    made.sizeMiB = needed;
    QVERIFY_RESULT(import.run(made));
    tool(u"/sbin/e2fsck"_s, {u"-f"_s, u"-n"_s, made.output});
    made.sizeMiB = needed - 1;
    QCOMPARE(import.check(made).error_or(Error()).code, Error::Code::NoSpace);

    // The reference tool by itself needs no less, but for what rounding costs.
    const qint64 least = needed * 95 / 100 - 1;
    const QString image = path(u"reference.img"_s);
    const int status = QProcess::execute(u"/sbin/mkfs.ext4"_s,
                                         {u"-q"_s, u"-F"_s, u"-d"_s, source, image, u"%1M"_s.arg(least)});
    QVERIFY2(status != 0, qPrintable(u"mkfs.ext4 fits it into %1 MiB, Stowage wants %2"_s.arg(least).arg(needed)));
}

void TestRootfsDir::impossibleSizes()
{
    const QString source = path(u"tree"_s);
    writeFile(source + u"/etc/file"_s, "x");
    for (const qint64 size : {qint64{0}, qint64{-5}, qint64{1} << 40, std::numeric_limits<qint64>::max()}) {
        const auto made = request(source, size);
        QCOMPARE(ImportCase(u"rootfs_dir"_s).check(made).error_or(Error()).code, Error::Code::InvalidInput);
        QVERIFY(!ImportCase(u"rootfs_dir"_s).run(made));
        QVERIFY(!QFile::exists(made.output));
    }
    for (const qint64 size : {1, 2, 3, 7, 8, 15, 16, 511, 512, 513, 5000}) {
        const auto made = request(source, size);
        QVERIFY_RESULT(ImportCase(u"rootfs_dir"_s).run(made));
        QCOMPARE(QFileInfo(made.output).size(), size * MiB);
        QVERIFY(QFile::remove(made.output));
    }
}

void TestRootfsDir::unreadable()
{
    const QString source = path(u"tree"_s);
    writeFile(source + u"/etc/open"_s, "x");
    writeFile(source + u"/etc/secret"_s, "x");
    QCOMPARE(::chmod(QFile::encodeName(source + u"/etc/secret"_s).constData(), 0), 0);
    QCOMPARE(::chmod(QFile::encodeName(m_directory->path()).constData(), 0755), 0);
    const bool isRoot = ::geteuid() == 0;
    if (isRoot) {
        QCOMPARE(::seteuid(65534), 0);
    }
    const auto checked = ImportCase(u"rootfs_dir"_s).check(request(source, 8));
    if (isRoot) {
        QCOMPARE(::seteuid(0), 0);
    }
    QVERIFY(!checked.has_value());
    QCOMPARE(checked.error().code, Error::Code::PermissionDenied);
    QVERIFY2(checked.error().message.contains("etc/secret"_L1), qPrintable(checked.error().message));
    QVERIFY(!checked.error().remedy.isEmpty());
}

void TestRootfsDir::refusedSources()
{
    writeFile(path(u"file"_s), "x");
    QCOMPARE(ImportCase(u"rootfs_dir"_s).check(request(path(u"file"_s), 8)).error_or(Error()).code,
             Error::Code::NotFound);
    QCOMPARE(ImportCase(u"rootfs_dir"_s).check(request(path(u"nothing"_s), 8)).error_or(Error()).code,
             Error::Code::NotFound);
    const auto kernels = ImportCase(u"rootfs_dir"_s).check(request(u"/proc"_s, 8));
    QVERIFY(!kernels.has_value());
    QVERIFY2(kernels.error().message.contains("running kernel"_L1), qPrintable(kernels.error().message));
    // A name that is taken already stays what it is.
    writeFile(path(u"tree/etc/file"_s), "x");
    writeFile(path(u"out.img"_s), "precious");
    QVERIFY(!ImportCase(u"rootfs_dir"_s).run(request(path(u"tree"_s), 8)));
    QCOMPARE(readFile(path(u"out.img"_s)), "precious");
}

void TestRootfsDir::features()
{
    const QString source = path(u"tree"_s);
    writeFile(source + u"/etc/file"_s, "x");
    for (const qint64 size : {8, 64, 600}) {
        auto made = request(source, size);
        QVERIFY_RESULT(ImportCase(u"rootfs_dir"_s).run(made));
        const QByteArray header = tool(u"/sbin/dumpe2fs"_s, {u"-h"_s, made.output});
        QVERIFY2(header.contains("has_journal"), header.constData());
        QVERIFY(header.contains("metadata_csum\n"));
        QVERIFY(!header.contains("orphan_file"));
        QVERIFY(!header.contains("metadata_csum_seed"));
        QVERIFY(QFile::remove(made.output));
    }
}

void TestRootfsDir::failures_data()
{
    QTest::addColumn<CommandOutcome>("outcome");
    QTest::addColumn<Error::Code>("code");
    CommandOutcome outcome;
    outcome.state = CommandOutcome::State::ExitedWithError;
    outcome.exitCode = 1;
    outcome.standardError = "e2fsck: no";
    QTest::newRow("exit 1") << outcome << Error::Code::ToolFailed;
    outcome.state = CommandOutcome::State::Crashed;
    QTest::newRow("crash") << outcome << Error::Code::ToolFailed;
    outcome.state = CommandOutcome::State::Cancelled;
    QTest::newRow("cancelled") << outcome << Error::Code::Cancelled;
}

void TestRootfsDir::failures()
{
    QFETCH(CommandOutcome, outcome);
    QFETCH(Error::Code, code);
    const QString source = path(u"tree"_s);
    writeFile(source + u"/etc/file"_s, "x");
    RecordingRunner runner;
    runner.enqueue(outcome);
    const auto made = request(source, 8);
    const auto result = ImportCase(u"rootfs_dir"_s).run(made, runner);
    QVERIFY(!result.has_value());
    QCOMPARE(result.error().code, code);
    QVERIFY(!QFile::exists(made.output));
    QCOMPARE(runner.specs().size(), 1);
    QVERIFY(runner.specs().first().writablePaths.isEmpty());
}

void TestRootfsDir::cancel()
{
    const QString source = fixture(u"debian-minbase"_s);
    for (const int percent : {0, 30, 100}) {
        ImportCase import(u"rootfs_dir"_s);
        const auto made = request(source, 512);
        std::jthread canceller([&import, percent](const std::stop_token& done) {
            while (!done.stop_requested()) {
                const ProgressSnapshot now = import.progress.snapshot();
                if (percent == 0 || (now.total > 0 && now.done * 100 >= now.total * percent)) {
                    import.stop.request_stop();
                    return;
                }
                std::this_thread::sleep_for(std::chrono::milliseconds(5));
            }
        });
        const auto result = import.run(made);
        canceller.request_stop();
        canceller.join();
        QVERIFY(!result.has_value());
        QCOMPARE(result.error().code, Error::Code::Cancelled);
        QVERIFY(!QFile::exists(made.output));
    }
}

QTEST_GUILESS_MAIN(TestRootfsDir)
#include "tst_rootfsdir.moc"

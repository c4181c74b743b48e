// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/ext4/ext4writer.h"
#include "core/support/uniquefd.h"
#include "core/support/units.h"
#include "imagereader.h"
#include "importcase.h"

#include <QTemporaryDir>

#include <fcntl.h>
#include <sys/stat.h>

#include <memory>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

/** What the writer itself promises, whatever its entries come from; e2fsck and libext2fs judge. */
class TestExt4Format : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void leastSize();
    void identity();
    void replacedAndMissing();
    void times();
    void refused();
    void tooSmall();
    void largeDirectory_data();
    void largeDirectory();
    void tooLargeDirectory();
    void manyLinks();
    void sharedAttributes();
    void grows();
    void dryRun();
    void erasedDisk();

private:
    static constexpr InodeFacts File{.mode = S_IFREG | 0644, .seconds = 1'700'000'000};
    static constexpr InodeFacts Directory{.mode = S_IFDIR | 0750, .uid = 7, .seconds = 1'700'000'000};

    void start(const Ext4Options& options);
    void addFile(const QByteArray& path, const QByteArray& content, const QList<ExtendedAttribute>& attributes = {});
    qint64 finish();

    std::unique_ptr<QTemporaryDir> m_directory;
    QString m_image;
    UniqueFd m_file;
    std::unique_ptr<SparseFile> m_target;
    std::unique_ptr<Ext4Writer> m_writer;
};

void TestExt4Format::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    m_image = m_directory->filePath(u"image"_s);
}

void TestExt4Format::start(const Ext4Options& options)
{
    m_file = UniqueFd(::open(qPrintable(m_image), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    QVERIFY(m_file.isValid());
    m_target = std::make_unique<SparseFile>(m_file.get(), m_image);
    m_writer = std::make_unique<Ext4Writer>(m_target.get(), m_image, options);
}

void TestExt4Format::addFile(const QByteArray& path, const QByteArray& content,
                             const QList<ExtendedAttribute>& attributes)
{
    QVERIFY_RESULT(m_writer->beginFile({path, File, attributes}));
    QVERIFY_RESULT(m_writer->write({content.constData(), static_cast<size_t>(content.size())}));
    QVERIFY_RESULT(m_writer->endFile());
}

/** Ends the image and has it checked; its size in bytes. */
qint64 TestExt4Format::finish()
{
    const auto bytes = m_writer->finish({});
    if (!bytes) {
        QTest::qFail(qPrintable(bytes.error().message), __FILE__, __LINE__);
        return 0;
    }
    tool(u"/sbin/e2fsck"_s, {u"-f"_s, u"-n"_s, m_image});
    return *bytes;
}

void TestExt4Format::leastSize()
{
    start({});
    addFile("file", QByteArray(10 * MiB, 'x'));
    const qint64 least = finish();
    QCOMPARE(QFileInfo(m_image).size(), least);
    QVERIFY2(least > 10 * MiB && least < 13 * MiB, QByteArray::number(least).constData());
    QCOMPARE(ImageReader(m_image).content("file"), QByteArray(10 * MiB, 'x'));

    start({.headRoomBytes = 300 * MiB});
    addFile("file", QByteArray(10 * MiB, 'x'));
    const qint64 roomy = finish();
    const QByteArray header = tool(u"/sbin/dumpe2fs"_s, {u"-h"_s, m_image});
    static const QRegularExpression number(u"Free blocks: +(\\d+)"_s);
    const qint64 free = number.match(QString::fromLatin1(header)).captured(1).toLongLong() * 4096;
    QVERIFY2(free >= 300 * MiB && roomy < 330 * MiB, header.constData());

    start({});
    QVERIFY(finish() < 3 * MiB); // nothing at all
}

void TestExt4Format::identity()
{
    Ext4Options options;
    options.label = "sixteen bytes ok";
    options.uuid = {0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0x4d, 0xef, 0x80, 1, 2, 3, 4, 5, 6, 7};
    options.hashSeed = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    options.reservedPercent = 10;
    options.sizeBytes = 100 * MiB;
    start(options);
    finish();
    const QByteArray header = tool(u"/sbin/dumpe2fs"_s, {u"-h"_s, m_image});
    QVERIFY2(header.contains("volume name:   sixteen bytes ok\n"), header.constData());
    QVERIFY2(header.contains("12345678-9abc-4def-8001-020304050607"), header.constData());
    QVERIFY2(header.contains("01020304-0506-0708-090a-0b0c0d0e0f10"), header.constData());
    QVERIFY2(header.contains("Reserved block count:     2560\n"), header.constData());
    QVERIFY(!header.contains("orphan_file") && !header.contains("metadata_csum_seed"));
}

void TestExt4Format::replacedAndMissing()
{
    start({});
    addFile("a/b/c", QByteArray(3 * MiB, 'o'));
    addFile("a/b/c", "new");
    addFile("twice", "file");
    QVERIFY_RESULT(m_writer->add({"twice", {.mode = S_IFLNK | 0777}, {}, "a/b/c"}));
    QVERIFY_RESULT(m_writer->add({"a", Directory, {{"user.small", "s"}}}));
    QVERIFY_RESULT(m_writer->add({"a", Directory, {{"user.large", QByteArray(500, 'l')}}}));
    QVERIFY_RESULT(m_writer->add({"a", Directory}));
    addFile("linked", QByteArray(MiB, 'l'));
    QVERIFY_RESULT(m_writer->addLink("other", "linked"));
    addFile("linked", "short");
    finish();
    const ImageReader image(m_image);
    QCOMPARE(image.content("a/b/c"), "new");
    QCOMPARE(image.content("linked"), "short");
    QCOMPARE(image.content("other"), QByteArray(MiB, 'l'));
    QCOMPARE(image.seen.value("other").links, 1U);
    QCOMPARE(image.seen.value("twice").link, "a/b/c");
    QCOMPARE(image.seen.value("a").mode, quint32{S_IFDIR | 0750});
    QCOMPARE(image.seen.value("a").uid, 7U);
    QVERIFY(image.attributes("a").isEmpty());
    QCOMPARE(image.seen.value("a/b").mode, quint32{S_IFDIR | 0755});
}

/** What other file systems can tell and ext4 cannot becomes the nearest, as when the kernel copies it. */
void TestExt4Format::times()
{
    start({});
    constexpr qint64 First = -2'147'483'648;
    constexpr qint64 Last = 15'032'385'535;
    const QMap<qint64, qint64> times{{First, First},           {Last, Last},
                                     {First - 1, First},       {Last + 1, Last},
                                     {-62'135'596'800, First}, {32'503'680'000, Last}}; // the years 1 and 3000
    for (const qint64 given : times.keys()) {
        QVERIFY_RESULT(m_writer->add({QByteArray::number(given), {.mode = S_IFREG | 0644, .seconds = given}}));
    }
    finish();
    const ImageReader image(m_image);
    for (const auto& [given, kept] : times.asKeyValueRange()) {
        QCOMPARE(image.seen.value(QByteArray::number(given)).seconds, kept);
    }
}

void TestExt4Format::refused()
{
    start({});
    addFile("file", "x");
    QVERIFY_RESULT(m_writer->add({"directory", Directory}));
    for (const QByteArray& path : {QByteArray("file/below"), QByteArray("a/.."), QByteArray("a/."), QByteArray("a//"),
                                   QByteArray(256, 'n'), QByteArray("directory")}) {
        QCOMPARE(m_writer->beginFile({path, File}).error_or(Error()).code, Error::Code::InvalidInput);
    }
    QCOMPARE(m_writer->beginFile({"", File}).error_or(Error()).code, Error::Code::InvalidInput);
    QCOMPARE(m_writer->add({"", {.mode = S_IFLNK | 0777}, {}, "a"}).error_or(Error()).code, Error::Code::InvalidInput);
    QCOMPARE(m_writer->add({"l", {.mode = S_IFLNK | 0777}}).error_or(Error()).code, Error::Code::InvalidInput);
    QCOMPARE(m_writer->add({"file", Directory}).error_or(Error()).code, Error::Code::InvalidInput);
    QCOMPARE(m_writer->addLink("x", "nothing").error_or(Error()).code, Error::Code::InvalidInput);
    QCOMPARE(m_writer->addLink("directory", "file").error_or(Error()).code, Error::Code::InvalidInput);
    QCOMPARE(m_writer->addLink("x", "directory").error_or(Error()).code, Error::Code::InvalidInput);
    QCOMPARE(m_writer->add({"l", {.mode = S_IFLNK | 0777}, {}, QByteArray(4096, 't')}).error_or(Error()).code,
             Error::Code::Unsupported);
    QCOMPARE(m_writer->add({"x", File, {{"user.a", QByteArray(5000, 'v')}}}).error_or(Error()).code,
             Error::Code::Unsupported);
    QCOMPARE(m_writer->add({"x", File, {{"system.posix_acl_access", "broken"}}}).error_or(Error()).code,
             Error::Code::Unsupported);
    // A file of more blocks than an extent can number.
    QVERIFY_RESULT(m_writer->beginFile({"large", File}));
    QVERIFY_RESULT(m_writer->skip((qint64{1} << 32) * 4096));
    QCOMPARE(m_writer->endFile().error_or(Error()).code, Error::Code::Unsupported);
}

void TestExt4Format::tooSmall()
{
    start({.sizeBytes = 4 * MiB});
    QVERIFY_RESULT(m_writer->beginFile({"file", File}));
    const QByteArray content(5 * MiB, 'x');
    QCOMPARE(m_writer->write({content.constData(), static_cast<size_t>(content.size())}).error_or(Error()).code,
             Error::Code::NoSpace);
    for (const qint64 size : {qint64{1}, 4 * KiB, 64 * KiB}) {
        start({.sizeBytes = size});
        QCOMPARE(m_writer->finish({}).error_or(Error()).code, Error::Code::NoSpace);
    }
}

void TestExt4Format::largeDirectory_data()
{
    QTest::addColumn<int>("names");
    QTest::addColumn<int>("length");
    QTest::addColumn<qint64>("block");
    QTest::newRow("one level") << 3000 << 10 << qint64{4096};
    QTest::newRow("two levels") << 200'000 << 20 << qint64{4096};
    QTest::newRow("small blocks") << 20'000 << 40 << qint64{1024};
    QTest::newRow("long names") << 5000 << 255 << qint64{2048};
}

void TestExt4Format::largeDirectory()
{
    QFETCH(int, names);
    QFETCH(int, length);
    QFETCH(qint64, block);
    start({.blockSize = block});
    for (int i = 0; i < names; ++i) {
        QVERIFY_RESULT(m_writer->add({"d/" + QByteArray::number(i).rightJustified(length, 'n'), File}));
    }
    finish();
    QCOMPARE(ImageReader(m_image).seen.size(), names + 3); // with the top, d and lost+found
    // The library finds a name by its hash, so a name in the wrong leaf is not found.
    const QByteArray last = QByteArray::number(names - 1).rightJustified(length, 'n');
    const QByteArray found = tool(u"/sbin/debugfs"_s, {u"-R"_s, u"stat d/"_s + QString::fromLatin1(last), m_image});
    QVERIFY2(found.contains("Type: regular"), found.constData());
}

void TestExt4Format::tooLargeDirectory()
{
    start({.blockSize = 1024});
    for (int i = 0; i < 60'000; ++i) {
        QVERIFY_RESULT(m_writer->add({"var/large/" + QByteArray::number(i).rightJustified(250, 'n'), File}));
    }
    const auto finished = m_writer->finish({});
    QCOMPARE(finished.error_or(Error()).code, Error::Code::Unsupported);
    QVERIFY2(finished.error().message.contains("/var/large with 60000 names"_L1), qPrintable(finished.error().message));
}

void TestExt4Format::manyLinks()
{
    start({});
    addFile("file", "one");
    for (int i = 1; i < 65000; ++i) {
        QVERIFY_RESULT(m_writer->addLink("links/" + QByteArray::number(i), "file"));
    }
    const auto more = m_writer->addLink("links/more", "file");
    QVERIFY(!more && more.error().message.contains("no more than 65000 names"_L1));
    for (int i = 0; i < 66000; ++i) {
        QVERIFY_RESULT(m_writer->add({"directories/" + QByteArray::number(i), Directory}));
    }
    finish();
    QCOMPARE(ImageReader(m_image).seen.value("file").links, 65000U);
}

void TestExt4Format::sharedAttributes()
{
    start({});
    const QList<ExtendedAttribute> large{{"user.large", QByteArray(500, 'v')}, {"security.selinux", "a:b:c"}};
    for (int i = 0; i < 1500; ++i) { // more than share a block
        addFile("file" + QByteArray::number(i), {}, large);
    }
    addFile("replaced", {}, {{"user.large", QByteArray(501, 'v')}});
    addFile("replaced", {});
    addFile("odd", {}, {{"btrfs.compression", "zstd"}});
    finish();
    const ImageReader image(m_image);
    QCOMPARE(image.attributes("file0").value("user.large"), QByteArray(500, 'v'));
    QCOMPARE(image.attributes("file1499").value("security.selinux"), "a:b:c");
    QVERIFY(image.attributes("replaced").isEmpty());
    QCOMPARE(image.inode("file0").i_file_acl, image.inode("file1023").i_file_acl);
    QVERIFY(image.inode("file0").i_file_acl != image.inode("file1024").i_file_acl);
}

void TestExt4Format::grows()
{
    start({});
    addFile("etc/file", QByteArray(MiB, 'x'));
    finish();
    tool(u"/sbin/resize2fs"_s, {m_image, u"5G"_s});
    tool(u"/sbin/e2fsck"_s, {u"-f"_s, u"-n"_s, m_image});
    QCOMPARE(ImageReader(m_image).content("etc/file"), QByteArray(MiB, 'x'));
}

void TestExt4Format::dryRun()
{
    const auto measure = [](const Ext4Options& options) {
        Ext4Writer writer(nullptr, u"nothing"_s, options);
        return writer.beginFile({"file", File})
            .and_then([&] { return writer.reserve(50 * MiB); })
            .and_then([&] { return writer.endFile(); })
            .and_then([&] { return writer.finish({}); });
    };
    const auto least = measure({});
    QVERIFY_RESULT(least);
    start({});
    addFile("file", QByteArray(50 * MiB, 'x'));
    QCOMPARE(finish(), *least);
    QVERIFY_RESULT(measure({.sizeBytes = 60 * MiB}));
    QCOMPARE(measure({.sizeBytes = 50 * MiB}).error_or(Error()).code, Error::Code::NoSpace);
}

/** What is erased of a disk is zeros, whether it had blocks or not. */
void TestExt4Format::erasedDisk()
{
    start({});
    QByteArray expected(64 * MiB, '\0');
    const auto disk = m_writer->beginDisk({.path = "disk", .facts = File, .size = expected.size()});
    QVERIFY_RESULT(disk);
    const QByteArray data(10'000, 'd');
    for (const qint64 at : {qint64{0}, 20 * MiB + 77, 60 * MiB}) {
        QVERIFY_RESULT((*disk)->write(at, {data.constData(), static_cast<size_t>(data.size())}));
        expected.replace(at, data.size(), data);
    }
    QVERIFY_RESULT((*disk)->erase(5000, 60 * MiB));
    expected.replace(5000, 60 * MiB, QByteArray(60 * MiB, '\0'));
    QVERIFY_RESULT(m_writer->endFile());
    finish();
    QVERIFY(ImageReader(m_image).content("disk") == expected);
    // A hole of 15 TiB is passed over at once.
    start({});
    constexpr qint64 Large = 15 * 1024 * GiB;
    const auto large = m_writer->beginDisk({.path = "disk", .facts = File, .size = Large});
    QVERIFY_RESULT(large);
    QVERIFY_RESULT((*large)->write(Large - data.size(), {data.constData(), static_cast<size_t>(data.size())}));
    QVERIFY_RESULT((*large)->erase(0, Large - data.size()));
    QVERIFY_RESULT(m_writer->endFile());
    finish();
}

QTEST_GUILESS_MAIN(TestExt4Format)
#include "tst_ext4format.moc"

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "childprocess.h"
#include "core/support/filecopy.h"
#include "core/support/units.h"
#include "fixtures.h"

#include <QCryptographicHash>
#include <QTemporaryDir>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <thread>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

namespace
{

/** Data ranges of a file, as the file system tells them. */
QList<std::pair<qint64, qint64>> dataRanges(const QString& path)
{
    QList<std::pair<qint64, qint64>> ranges;
    const UniqueFd file(::open(QFile::encodeName(path).constData(), O_RDONLY));
    for (qint64 position = 0;;) {
        const qint64 data = ::lseek(file.get(), position, SEEK_DATA);
        if (data < 0) {
            return ranges;
        }
        position = ::lseek(file.get(), data, SEEK_HOLE);
        ranges.append({data, position});
    }
}

void writeSparse(const QString& path, qint64 size, const QList<qint64>& offsets)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QVERIFY(file.resize(size));
    for (const qint64 offset : offsets) {
        QVERIFY(file.seek(offset));
        QCOMPARE(file.write(QByteArray(4096, static_cast<char>('a' + offset % 23))), 4096);
    }
}

void writeBytes(const QString& path, qint64 size)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    const QByteArray block = QByteArray(MiB / 16, Qt::Uninitialized).fill('x');
    for (qint64 written = 0; written < size; written += block.size()) {
        QCOMPARE(file.write(block), block.size());
    }
}

mode_t modeOf(const QString& path)
{
    struct stat info = {};
    return ::lstat(QFile::encodeName(path).constData(), &info) == 0 ? info.st_mode & 07777 : 0;
}

} // namespace

class TestFileCopy : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void cleanup() { m_directory.reset(); }
    void init();
    void keepsContentAndHoles_data();
    void keepsContentAndHoles();
    void ofSourceWithoutSize();
    void refusesOtherThanRegularFiles_data();
    void refusesOtherThanRegularFiles();
    void neverReplaces();
    void cancelledBeforeTheStart();
    void cancelledInTheMiddle();
    void ofSourceThatGrowsOrShrinks();
    void toFullDisk();
    void followsLinksAndSetsMode();
    void hash();
    void hashCancelled();
    void allocated();

private:
    [[nodiscard]] QString at(const QString& name) const { return m_directory->filePath(name); }

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestFileCopy::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(m_directory->isValid());
    QVERIFY(::chmod(QFile::encodeName(m_directory->path()).constData(), 0777) == 0);
}

void TestFileCopy::keepsContentAndHoles_data()
{
    QTest::addColumn<qint64>("size");
    QTest::addColumn<QList<qint64>>("offsets");
    QTest::newRow("empty") << qint64(0) << QList<qint64>{};
    QTest::newRow("only a hole") << 64 * MiB << QList<qint64>{};
    QTest::newRow("data at the start") << 64 * MiB << QList<qint64>{0};
    QTest::newRow("data at the end") << 64 * MiB << QList<qint64>{64 * MiB - 4096};
    QTest::newRow("data all over") << 40 * MiB << QList<qint64>{0, 5 * MiB, 5 * MiB + 4096, 20 * MiB, 33 * MiB};
    QTest::newRow("odd size") << 3 * MiB + 4097 << QList<qint64>{3 * MiB};
    QTest::newRow("beyond 4 GiB") << 6 * GiB << QList<qint64>{5 * GiB};
}

void TestFileCopy::keepsContentAndHoles()
{
    QFETCH(qint64, size);
    QFETCH(QList<qint64>, offsets);
    writeSparse(at(u"a"_s), size, offsets);
    Progress progress;
    QVERIFY_RESULT(copyFile(at(u"a"_s), at(u"b"_s), {}, progress));
    QCOMPARE(QFileInfo(at(u"b"_s)).size(), size);
    QCOMPARE(dataRanges(at(u"b"_s)), dataRanges(at(u"a"_s)));
    QCOMPARE(allocatedBytes(at(u"b"_s)), allocatedBytes(at(u"a"_s)));
    QCOMPARE(progress.snapshot().done, size);
    for (const qint64 offset : offsets) {
        QFile file(at(u"b"_s));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY(file.seek(offset));
        QCOMPARE(file.read(4096), QByteArray(4096, static_cast<char>('a' + offset % 23)));
    }
}

void TestFileCopy::ofSourceWithoutSize()
{
    // Files of /proc have the size 0 and say nothing of their content; what is promised is the size they state.
    Progress progress;
    QVERIFY_RESULT(copyFile(u"/proc/self/status"_s, at(u"b"_s), {}, progress));
    QCOMPARE(QFileInfo(at(u"b"_s)).size(), 0);
}

void TestFileCopy::refusesOtherThanRegularFiles_data()
{
    QTest::addColumn<QString>("source");
    QTest::addColumn<int>("code");
    QTest::newRow("directory") << u"."_s << static_cast<int>(Error::Code::InvalidInput);
    QTest::newRow("device") << u"/dev/zero"_s << static_cast<int>(Error::Code::InvalidInput);
    QTest::newRow("FIFO without a writer") << u"fifo"_s << static_cast<int>(Error::Code::InvalidInput);
    QTest::newRow("missing") << u"missing"_s << static_cast<int>(Error::Code::NotFound);
    QTest::newRow("below a file") << u"file/x"_s << static_cast<int>(Error::Code::NotFound);
}

void TestFileCopy::refusesOtherThanRegularFiles()
{
    QFETCH(QString, source);
    QFETCH(int, code);
    QCOMPARE(::mkfifo(QFile::encodeName(at(u"fifo"_s)).constData(), 0600), 0);
    writeFile(at(u"file"_s), "x");
    Progress progress;
    const QString path = QDir(m_directory->path()).absoluteFilePath(source);
    const auto copied = copyFile(path, at(u"b"_s), {}, progress);
    QVERIFY(!copied);
    QCOMPARE(static_cast<int>(copied.error().code), code);
    QVERIFY2(copied.error().message.contains(path), qPrintable(copied.error().message));
    QVERIFY(!copied.error().remedy.isEmpty());
    QVERIFY(!QFileInfo::exists(at(u"b"_s)));
    QVERIFY(!hashFile(path, {}));
}

void TestFileCopy::neverReplaces()
{
    writeFile(at(u"a"_s), "new");
    writeFile(at(u"b"_s), "old");
    QVERIFY(QFile::link(at(u"target"_s), at(u"link"_s)));
    Progress progress;
    QVERIFY(!copyFile(at(u"a"_s), at(u"b"_s), {}, progress));
    QCOMPARE(readFile(at(u"b"_s)), "old");
    QVERIFY(!copyFile(at(u"a"_s), at(u"link"_s), {}, progress));
    QVERIFY(!QFileInfo::exists(at(u"target"_s)));
    QVERIFY(!copyFile(at(u"a"_s), at(u"a"_s), {}, progress));
    QCOMPARE(readFile(at(u"a"_s)), "new");
}

void TestFileCopy::cancelledBeforeTheStart()
{
    writeBytes(at(u"a"_s), MiB);
    std::stop_source stop;
    stop.request_stop();
    Progress progress;
    const auto copied = copyFile(at(u"a"_s), at(u"b"_s), stop.get_token(), progress);
    QVERIFY(!copied);
    QCOMPARE(copied.error().code, Error::Code::Cancelled);
    QCOMPARE(progress.snapshot().done, 0);
    QVERIFY(!QFileInfo::exists(at(u"b"_s)));
}

void TestFileCopy::cancelledInTheMiddle()
{
    constexpr qint64 size = 256 * MiB;
    writeBytes(at(u"a"_s), size);
    std::stop_source stop;
    Progress progress;
    std::jthread watcher([&](const std::stop_token& end) {
        while (!end.stop_requested()) {
            if (progress.snapshot().done > 0) {
                stop.request_stop();
                return;
            }
        }
    });
    const auto copied = copyFile(at(u"a"_s), at(u"b"_s), stop.get_token(), progress);
    QVERIFY2(!copied || allocatedBytes(at(u"b"_s)) > 0, "a file system that shares blocks cannot be interrupted");
    if (!copied) {
        QCOMPARE(copied.error().code, Error::Code::Cancelled);
        QCOMPARE_LT(progress.snapshot().done, size);
        QVERIFY(!QFileInfo::exists(at(u"b"_s)));
    }
}

void TestFileCopy::ofSourceThatGrowsOrShrinks()
{
    for (const qint64 newSize : {qint64(4096), 300 * MiB}) {
        writeBytes(at(u"a"_s), 256 * MiB);
        Progress progress;
        std::jthread watcher([&](const std::stop_token& end) {
            while (!end.stop_requested()) {
                if (progress.snapshot().done > 0) {
                    QFile::resize(at(u"a"_s), newSize);
                    return;
                }
            }
        });
        const auto copied = copyFile(at(u"a"_s), at(u"b"_s), {}, progress);
        QVERIFY(!copied);
        QVERIFY2(copied.error().message.contains("changed"_L1), qPrintable(copied.error().message));
        QVERIFY(!QFileInfo::exists(at(u"b"_s)));
    }
}

void TestFileCopy::toFullDisk()
{
    writeBytes(at(u"a"_s), 4 * MiB);
    const int status = runInChild(
        [this] {
            ::signal(SIGXFSZ, SIG_IGN);
            const rlimit limit = {MiB + 100, MiB + 100};
            ::setrlimit(RLIMIT_FSIZE, &limit);
            Progress progress;
            const auto copied = copyFile(at(u"a"_s), at(u"b"_s), {}, progress);
            return !copied && copied.error().message.contains(at(u"b"_s)) ? 7 : 1;
        },
        false);
    QCOMPARE(status, 7);
    QVERIFY(!QFileInfo::exists(at(u"b"_s)));
    // The real thing, where the machine has it: the device that is always full.
    const auto source = openRegularFile(at(u"a"_s));
    QVERIFY_RESULT(source);
    const UniqueFd full(::open("/dev/full", O_WRONLY));
    Progress progress;
    const auto copied = copyContent(source->get(), at(u"a"_s), full.get(), u"/dev/full"_s, {}, progress);
    QVERIFY(!copied);
    QCOMPARE(copied.error().code, Error::Code::NoSpace);
}

void TestFileCopy::followsLinksAndSetsMode()
{
    writeFile(at(u"a"_s), "text");
    QVERIFY(QFile::setPermissions(at(u"a"_s), QFile::ReadOwner));
    QVERIFY(QFile::link(at(u"a"_s), at(u"link"_s)));
    const mode_t old = ::umask(0077);
    Progress progress;
    const auto copied = copyFile(at(u"link"_s), at(u"b"_s), {}, progress);
    ::umask(old);
    QVERIFY_RESULT(copied);
    QCOMPARE(readFile(at(u"b"_s)), "text");
    QCOMPARE(modeOf(at(u"b"_s)), 0644U);
}

void TestFileCopy::hash()
{
    const QByteArray content = QByteArray("stowage").repeated(500000);
    writeFile(at(u"a"_s), content);
    Progress progress;
    const auto result = hashFile(at(u"a"_s), {}, &progress);
    QVERIFY_RESULT(result);
    QCOMPARE(*result, QCryptographicHash::hash(content, QCryptographicHash::Sha256));
    QCOMPARE(progress.snapshot().done, content.size());
    writeFile(at(u"empty"_s), {});
    QCOMPARE(hashFile(at(u"empty"_s), {})->toHex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

void TestFileCopy::hashCancelled()
{
    writeFile(at(u"a"_s), "x");
    std::stop_source stop;
    stop.request_stop();
    const auto result = hashFile(at(u"a"_s), stop.get_token());
    QVERIFY(!result);
    QCOMPARE(result.error().code, Error::Code::Cancelled);
}

void TestFileCopy::allocated()
{
    writeSparse(at(u"a"_s), GiB, {0});
    QVERIFY(allocatedBytes(at(u"a"_s)) > 0);
    QCOMPARE_LE(allocatedBytes(at(u"a"_s)), MiB);
    QCOMPARE(allocatedBytes(at(u"missing"_s)), 0);
}

QTEST_GUILESS_MAIN(TestFileCopy)

#include "tst_filecopy.moc"

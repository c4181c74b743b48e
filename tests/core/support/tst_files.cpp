// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/support/filecopy.h"
#include "core/support/removetree.h"
#include "core/support/stagedpath.h"
#include "core/support/units.h"
#include "fixtures.h"

#include <QTemporaryDir>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

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

/** A file of @p size bytes with one block of data at each of @p offsets. */
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

QStringList everythingIn(const QString& directory)
{
    return QDir(directory).entryList(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot, QDir::Name);
}

/** Runs @p body in a child process, as an ordinary user where the test runs as root; the status it ends with. */
int inChild(const std::function<int()>& body, bool dropRoot)
{
    const pid_t child = ::fork();
    if (child == 0) {
        if (dropRoot && ::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) {
            ::_exit(99);
        }
        ::_exit(body());
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace

class TestFiles : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup() { m_directory.reset(); }

    void copyKeepsContentAndHoles_data();
    void copyKeepsContentAndHoles();
    void copyOfSourceWithoutSize();
    void copyRefusesOtherThanRegularFiles_data();
    void copyRefusesOtherThanRegularFiles();
    void copyNeverReplaces();
    void copyCancelledBeforeTheStart();
    void copyCancelledInTheMiddle();
    void copyOfSourceThatGrowsOrShrinks();
    void copyToFullDisk();
    void copyFollowsLinksAndSetsMode();
    void hash();
    void hashCancelled();
    void allocated();

    void stagedFileAppears();
    void stagedDirectoryAppears();
    void stagedDropped();
    void stagedReplaceAsked_data();
    void stagedReplaceAsked();
    void stagedReplaceFollowsLinks();
    void stagedRefuses_data();
    void stagedRefuses();
    void stagedLockedDirectories();
    void stagedRemovesDeadOnes();
    void stagedKeepsLiveAndForeignOnes();
    void stagedHealsInterruptedSwap();
    void stagedTwoThreads();
    void stagedLongName();

    void removeTreeDeep();
    void removeTreeNeverFollowsLinks();
    void removeTreeLocked();

private:
    [[nodiscard]] QString at(const QString& name) const { return m_directory->filePath(name); }

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestFiles::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(m_directory->isValid());
    QVERIFY(::chmod(QFile::encodeName(m_directory->path()).constData(), 0777) == 0);
}

void TestFiles::copyKeepsContentAndHoles_data()
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

void TestFiles::copyKeepsContentAndHoles()
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

void TestFiles::copyOfSourceWithoutSize()
{
    // Files of /proc have the size 0 and say nothing of their content; what is promised is the size they state.
    Progress progress;
    QVERIFY_RESULT(copyFile(u"/proc/self/status"_s, at(u"b"_s), {}, progress));
    QCOMPARE(QFileInfo(at(u"b"_s)).size(), 0);
}

void TestFiles::copyRefusesOtherThanRegularFiles_data()
{
    QTest::addColumn<QString>("source");
    QTest::addColumn<int>("code");
    QTest::newRow("directory") << u"."_s << static_cast<int>(Error::Code::InvalidInput);
    QTest::newRow("device") << u"/dev/zero"_s << static_cast<int>(Error::Code::InvalidInput);
    QTest::newRow("FIFO without a writer") << u"fifo"_s << static_cast<int>(Error::Code::InvalidInput);
    QTest::newRow("missing") << u"missing"_s << static_cast<int>(Error::Code::NotFound);
    QTest::newRow("below a file") << u"file/x"_s << static_cast<int>(Error::Code::NotFound);
}

void TestFiles::copyRefusesOtherThanRegularFiles()
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

void TestFiles::copyNeverReplaces()
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

void TestFiles::copyCancelledBeforeTheStart()
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

void TestFiles::copyCancelledInTheMiddle()
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

void TestFiles::copyOfSourceThatGrowsOrShrinks()
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

void TestFiles::copyToFullDisk()
{
    writeBytes(at(u"a"_s), 4 * MiB);
    const int status = inChild(
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

void TestFiles::copyFollowsLinksAndSetsMode()
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

void TestFiles::hash()
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

void TestFiles::hashCancelled()
{
    writeFile(at(u"a"_s), "x");
    std::stop_source stop;
    stop.request_stop();
    const auto result = hashFile(at(u"a"_s), stop.get_token());
    QVERIFY(!result);
    QCOMPARE(result.error().code, Error::Code::Cancelled);
}

void TestFiles::allocated()
{
    writeSparse(at(u"a"_s), GiB, {0});
    QVERIFY(allocatedBytes(at(u"a"_s)) > 0);
    QCOMPARE_LE(allocatedBytes(at(u"a"_s)), MiB);
    QCOMPARE(allocatedBytes(at(u"missing"_s)), 0);
}

void TestFiles::stagedFileAppears()
{
    auto staged = StagedPath::create(at(u"out.img"_s), StagedPath::Kind::File);
    QVERIFY_RESULT(staged);
    QCOMPARE(staged->finalPath(), QFileInfo(at(u"out.img"_s)).absoluteFilePath());
    QVERIFY(staged->path().endsWith("/out.img"_L1));
    QVERIFY(!QFileInfo::exists(staged->path()));
    QCOMPARE(modeOf(staged->workDirectory()), 0700U);
    writeFile(staged->path(), "content");
    writeFile(staged->workDirectory() + u"/scratch"_s, "gone afterwards");
    QVERIFY(!QFileInfo::exists(at(u"out.img"_s)));
    QVERIFY_RESULT(staged->commit(StagedPath::Replace::No));
    QCOMPARE(readFile(at(u"out.img"_s)), "content");
    QCOMPARE(everythingIn(m_directory->path()), QStringList{u"out.img"_s});
}

void TestFiles::stagedDirectoryAppears()
{
    auto staged = StagedPath::create(at(u"tree/"_s), StagedPath::Kind::Directory);
    QVERIFY_RESULT(staged);
    QCOMPARE(modeOf(staged->path()), 0755U);
    writeFile(staged->path() + u"/etc/xen/a.cfg"_s, "name");
    QVERIFY_RESULT(staged->commit(StagedPath::Replace::Yes));
    QCOMPARE(readFile(at(u"tree/etc/xen/a.cfg"_s)), "name");
    QCOMPARE(everythingIn(m_directory->path()), QStringList{u"tree"_s});
}

void TestFiles::stagedDropped()
{
    writeFile(at(u"tree/old"_s), "old");
    {
        auto staged = StagedPath::create(at(u"tree"_s), StagedPath::Kind::Directory);
        QVERIFY_RESULT(staged);
        writeFile(staged->path() + u"/a/b/c"_s, "new");
        QCOMPARE(everythingIn(m_directory->path()).size(), 2);
    }
    QCOMPARE(everythingIn(m_directory->path()), QStringList{u"tree"_s});
    QCOMPARE(readFile(at(u"tree/old"_s)), "old");
    // A commit of a file that was never made fails and leaves nothing.
    {
        auto staged = StagedPath::create(at(u"file"_s), StagedPath::Kind::File);
        QVERIFY_RESULT(staged);
        QVERIFY(!staged->commit(StagedPath::Replace::Yes));
    }
    QCOMPARE(everythingIn(m_directory->path()), QStringList{u"tree"_s});
}

void TestFiles::stagedReplaceAsked_data()
{
    QTest::addColumn<bool>("directory");
    QTest::newRow("file") << false;
    QTest::newRow("directory") << true;
}

void TestFiles::stagedReplaceAsked()
{
    QFETCH(bool, directory);
    const auto kind = directory ? StagedPath::Kind::Directory : StagedPath::Kind::File;
    const QString inner = directory ? u"/file"_s : QString();
    writeFile(at(u"out"_s) + inner, "old");
    {
        auto staged = StagedPath::create(at(u"out"_s), kind);
        QVERIFY_RESULT(staged);
        writeFile(staged->path() + inner, "new");
        const auto refused = staged->commit(StagedPath::Replace::No);
        QVERIFY(!refused);
        QVERIFY(refused.error().message.contains("exists already"_L1));
        QCOMPARE(readFile(at(u"out"_s) + inner), "old");
        QVERIFY_RESULT(staged->commit(StagedPath::Replace::Yes));
    }
    QCOMPARE(readFile(at(u"out"_s) + inner), "new");
    QCOMPARE(everythingIn(m_directory->path()), QStringList{u"out"_s});
}

void TestFiles::stagedReplaceFollowsLinks()
{
    writeFile(at(u"big/real/file"_s), "old");
    QVERIFY(QFile::link(at(u"big/real"_s), at(u"out"_s)));
    auto staged = StagedPath::create(at(u"out"_s), StagedPath::Kind::Directory);
    QVERIFY_RESULT(staged);
    QCOMPARE(QFileInfo(staged->finalPath()).fileName(), u"real"_s);
    writeFile(staged->path() + u"/file"_s, "new");
    QVERIFY_RESULT(staged->commit(StagedPath::Replace::Yes));
    QVERIFY(QFileInfo(at(u"out"_s)).isSymLink());
    QCOMPARE(readFile(at(u"big/real/file"_s)), "new");
    QCOMPARE(everythingIn(at(u"big"_s)), QStringList{u"real"_s});
}

void TestFiles::stagedRefuses_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<bool>("directory");
    QTest::addColumn<QString>("why");
    QTest::newRow("no name") << u""_s << false << u"no valid name"_s;
    QTest::newRow("NUL") << u"a%1b"_s.arg(QChar(QChar::Null)) << false << u"no valid name"_s;
    QTest::newRow("root") << u"/"_s << true << u"cannot be replaced"_s;
    QTest::newRow("mount point") << u"/proc"_s << true << u"cannot be replaced"_s;
    QTest::newRow("parent missing") << u"missing/x"_s << false << u"does not exist"_s;
    QTest::newRow("parent's parent missing") << u"missing/y/x"_s << true << u"does not exist"_s;
    QTest::newRow("parent is a file") << u"file/x"_s << false << u"not a directory"_s;
    QTest::newRow("file where a directory is") << u"dir"_s << false << u"is a directory"_s;
    QTest::newRow("directory where a file is") << u"file"_s << true << u"is a file"_s;
    QTest::newRow("device") << u"/dev/null"_s << false << u"special file"_s;
    QTest::newRow("dangling link") << u"dangling"_s << false << u"leads nowhere"_s;
    QTest::newRow("name too long") << QString(256, u'n') << false << u"too long"_s;
}

void TestFiles::stagedRefuses()
{
    QFETCH(QString, path);
    QFETCH(bool, directory);
    QFETCH(QString, why);
    writeFile(at(u"file"_s), "x");
    QVERIFY(QDir().mkpath(at(u"dir"_s)));
    QVERIFY(QFile::link(at(u"nothing"_s), at(u"dangling"_s)));
    const QStringList before = everythingIn(m_directory->path());
    const QString full = path.isEmpty() || path.startsWith(u'/') ? path : m_directory->filePath(path);
    const auto staged = StagedPath::create(full, directory ? StagedPath::Kind::Directory : StagedPath::Kind::File);
    QVERIFY(!staged);
    QVERIFY2(staged.error().message.contains(why), qPrintable(staged.error().message));
    QCOMPARE(everythingIn(m_directory->path()), before);
}

void TestFiles::stagedLockedDirectories()
{
    QVERIFY(QDir().mkpath(at(u"readonly"_s)));
    QCOMPARE(::chmod(QFile::encodeName(at(u"readonly"_s)).constData(), 0555), 0);
    const int status = inChild(
        [this] {
            const auto refused = StagedPath::create(at(u"readonly/out"_s), StagedPath::Kind::File);
            if (refused || refused.error().code != Error::Code::PermissionDenied
                || !refused.error().message.contains(at(u"readonly"_s))) {
                return 1;
            }
            for (int round = 0; round < 2; ++round) {
                auto staged = StagedPath::create(at(u"out"_s), StagedPath::Kind::Directory);
                if (!staged) {
                    return 2;
                }
                writeFile(staged->path() + u"/closed/file"_s, QByteArray::number(round));
                ::chmod(QFile::encodeName(staged->path() + u"/closed"_s).constData(), 0);
                ::chmod(QFile::encodeName(staged->path()).constData(), 0555);
                if (!staged->commit(StagedPath::Replace::Yes)) {
                    return 3;
                }
            }
            return everythingIn(m_directory->path()) == QStringList{u"out"_s, u"readonly"_s} ? 7 : 4;
        },
        true);
    QCOMPARE(status, 7);
    QCOMPARE(modeOf(at(u"out"_s)), 0555U);
    QCOMPARE(modeOf(at(u"out/closed"_s)), 0U);
    QVERIFY_RESULT(removeTree(at(u"out"_s)));
}

void TestFiles::stagedRemovesDeadOnes()
{
    // A process that ends without any destructor is as good as one that was killed.
    const int status = inChild(
        [this] {
            auto staged = StagedPath::create(at(u"out"_s), StagedPath::Kind::Directory);
            writeFile(staged->path() + u"/etc/file"_s, "half");
            ::raise(SIGKILL);
            return 0;
        },
        false);
    QCOMPARE(status, 128 + SIGKILL);
    QCOMPARE(everythingIn(m_directory->path()).size(), 1);
    {
        const auto other = StagedPath::create(at(u"other"_s), StagedPath::Kind::Directory);
        QVERIFY_RESULT(other);
        QCOMPARE(everythingIn(m_directory->path()).size(), 2);
        const auto staged = StagedPath::create(at(u"out"_s), StagedPath::Kind::Directory);
        QVERIFY_RESULT(staged);
        QCOMPARE(everythingIn(m_directory->path()).size(), 2);
    }
    QVERIFY(everythingIn(m_directory->path()).isEmpty());
}

void TestFiles::stagedKeepsLiveAndForeignOnes()
{
    const auto live = StagedPath::create(at(u"out"_s), StagedPath::Kind::File);
    QVERIFY_RESULT(live);
    const QStringList foreign{u".out.stowage-0123456789ab.bak"_s, u".out.stowage-0123456789zz"_s, u".out.stowage-"_s,
                              u"out.stowage-0123456789ab"_s, u".out2.stowage-0123456789ab"_s};
    for (const QString& name : foreign) {
        QVERIFY(QDir().mkpath(at(name)));
    }
    writeFile(at(u".out.stowage-00000000000f"_s), "a file");
    QVERIFY(QFile::link(at(u"x"_s), at(u".out.stowage-00000000000a"_s)));
    const auto second = StagedPath::create(at(u"out"_s), StagedPath::Kind::File);
    QVERIFY_RESULT(second);
    QVERIFY(QFileInfo::exists(live->workDirectory()));
    QCOMPARE(everythingIn(m_directory->path()).size(), foreign.size() + 4);
}

void TestFiles::stagedHealsInterruptedSwap()
{
    // As a kill between the two renames of a file system without RENAME_EXCHANGE leaves it.
    writeFile(at(u".out.stowage-0123456789ab/old/file"_s), "old");
    writeFile(at(u".out.stowage-0123456789ab/out/file"_s), "new");
    {
        const auto staged = StagedPath::create(at(u"out"_s), StagedPath::Kind::Directory);
        QVERIFY_RESULT(staged);
    }
    QCOMPARE(everythingIn(m_directory->path()), QStringList{u"out"_s});
    QCOMPARE(readFile(at(u"out/file"_s)), "old");
}

void TestFiles::stagedTwoThreads()
{
    std::atomic<int> failures = 0;
    const auto work = [&](int id) {
        for (int round = 0; round < 30; ++round) {
            auto staged = StagedPath::create(at(u"out"_s), StagedPath::Kind::Directory);
            if (!staged) {
                ++failures;
                continue;
            }
            writeFile(staged->path() + u"/id"_s, QByteArray::number(id));
            if (round % 3 != 0 && !staged->commit(StagedPath::Replace::Yes)) {
                ++failures;
            }
        }
    };
    {
        const std::jthread first(work, 1);
        const std::jthread second(work, 2);
    }
    QCOMPARE(failures, 0);
    QCOMPARE(everythingIn(m_directory->path()), QStringList{u"out"_s});
}

void TestFiles::stagedLongName()
{
    const QString name = QString(255, u'n');
    auto staged = StagedPath::create(at(name), StagedPath::Kind::Directory);
    QVERIFY_RESULT(staged);
    QVERIFY_RESULT(staged->commit(StagedPath::Replace::No));
    QCOMPARE(everythingIn(m_directory->path()), QStringList{name});
}

void TestFiles::removeTreeDeep()
{
    QVERIFY(QDir().mkpath(at(u"top"_s)));
    UniqueFd directory(::open(QFile::encodeName(at(u"top"_s)).constData(), O_RDONLY | O_DIRECTORY));
    for (int depth = 0; depth < 700; ++depth) {
        QCOMPARE(::mkdirat(directory.get(), "deeper", 0755), 0);
        directory = UniqueFd(::openat(directory.get(), "deeper", O_RDONLY | O_DIRECTORY));
        QVERIFY(directory.isValid());
    }
    QVERIFY_RESULT(removeTree(at(u"top"_s)));
    QVERIFY(everythingIn(m_directory->path()).isEmpty());
}

void TestFiles::removeTreeNeverFollowsLinks()
{
    writeFile(at(u"outside/file"_s), "x");
    QVERIFY(QDir().mkpath(at(u"top/inner"_s)));
    QVERIFY(QFile::link(at(u"outside"_s), at(u"top/inner/link"_s)));
    QVERIFY(QFile::link(at(u"outside"_s), at(u"link"_s)));
    QVERIFY_RESULT(removeTree(at(u"top"_s)));
    QVERIFY_RESULT(removeTree(at(u"link"_s)));
    QVERIFY_RESULT(removeTree(at(u"missing"_s)));
    QCOMPARE(everythingIn(m_directory->path()), QStringList{u"outside"_s});
    QCOMPARE(readFile(at(u"outside/file"_s)), "x");
}

void TestFiles::removeTreeLocked()
{
    QVERIFY(QDir().mkpath(at(u"closed"_s)));
    QCOMPARE(::chmod(QFile::encodeName(at(u"closed"_s)).constData(), 0777), 0);
    const int status = inChild(
        [this] {
            for (const mode_t mode : {0U, 0555U, 0111U}) {
                const QString top = at(u"closed/top"_s);
                writeFile(top + u"/a/b/file"_s, "x");
                writeFile(top + u"/a/c/file"_s, "x");
                for (const QString& name : {u"/a/b"_s, u"/a/c"_s, u"/a"_s, u""_s}) {
                    ::chmod(QFile::encodeName(top + name).constData(), mode);
                }
                if (!removeTree(top) || QFileInfo::exists(top)) {
                    return 1;
                }
            }
            // What cannot be removed is told, and nothing in it is touched.
            writeFile(at(u"closed/kept/file"_s), "x");
            ::chmod(QFile::encodeName(at(u"closed/kept"_s)).constData(), 0755);
            return 7;
        },
        true);
    QCOMPARE(status, 7);
    QCOMPARE(::chmod(QFile::encodeName(at(u"closed"_s)).constData(), 0555), 0);
    const int refused = inChild([this] { return removeTree(at(u"closed/kept"_s)) ? 1 : 7; }, true);
    QCOMPARE(refused, 7);
    QVERIFY(QFileInfo::exists(at(u"closed/kept/file"_s)));
    QCOMPARE(::chmod(QFile::encodeName(at(u"closed"_s)).constData(), 0755), 0);
}

QTEST_GUILESS_MAIN(TestFiles)

#include "tst_files.moc"

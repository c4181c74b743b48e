// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "childprocess.h"
#include "core/support/directoryentries.h"
#include "core/support/removetree.h"
#include "core/support/stagedpath.h"
#include "fixtures.h"

#include <QElapsedTimer>
#include <QTemporaryDir>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

namespace
{

mode_t modeOf(const QString& path)
{
    struct stat info = {};
    return ::lstat(QFile::encodeName(path).constData(), &info) == 0 ? info.st_mode & 07777 : 0;
}

bool removeTree(const QString& path)
{
    return removeEntry(AT_FDCWD, QFile::encodeName(path));
}

QStringList everythingIn(const QString& directory)
{
    return QDir(directory).entryList(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot, QDir::Name);
}

} // namespace

class TestStagedPath : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void cleanup() { m_directory.reset(); }
    void init();
    void fileAppears();
    void directoryAppears();
    void dropped();
    void replaceAsked_data();
    void replaceAsked();
    void judgeKeepsWhatItRefuses();
    void worksUnderAnyUmask();
    void withoutDescriptors();
    void replaceFollowsLinks();
    void refuses_data();
    void refuses();
    void lockedDirectories();
    void removesDeadOnes();
    void waitsForLingeringLock();
    void keepsLiveAndForeignOnes();
    void healsInterruptedSwap();
    void twoThreads();
    void longName();
    void removeTreeDeep();
    void removeTreeNeverFollowsLinks();
    void removeTreeLocked();
    void unreadableIsNotEmpty();

private:
    [[nodiscard]] QString at(const QString& name) const { return m_directory->filePath(name); }

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestStagedPath::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(m_directory->isValid());
    QVERIFY(::chmod(QFile::encodeName(m_directory->path()).constData(), 0777) == 0);
}

void TestStagedPath::fileAppears()
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

void TestStagedPath::directoryAppears()
{
    auto staged = StagedPath::create(at(u"tree/"_s), StagedPath::Kind::Directory);
    QVERIFY_RESULT(staged);
    QCOMPARE(modeOf(staged->path()), 0755U);
    writeFile(staged->path() + u"/etc/xen/a.cfg"_s, "name");
    QVERIFY_RESULT(staged->commit(StagedPath::Replace::Yes));
    QCOMPARE(readFile(at(u"tree/etc/xen/a.cfg"_s)), "name");
    QCOMPARE(everythingIn(m_directory->path()), QStringList{u"tree"_s});
}

void TestStagedPath::dropped()
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

void TestStagedPath::replaceAsked_data()
{
    QTest::addColumn<bool>("directory");
    QTest::newRow("file") << false;
    QTest::newRow("directory") << true;
}

void TestStagedPath::replaceAsked()
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

void TestStagedPath::judgeKeepsWhatItRefuses()
{
    auto staged = StagedPath::create(at(u"tree"_s), StagedPath::Kind::Directory);
    QVERIFY_RESULT(staged);
    writeFile(staged->path() + u"/new"_s, "new");
    // It appears while the output is made, and its owner may not even look into it.
    writeFile(at(u"tree/precious"_s), "mine");
    QVERIFY(::chmod(QFile::encodeName(at(u"tree"_s)).constData(), 0) == 0);
    QString seen;
    const auto refused = staged->commit(StagedPath::Replace::Yes, [&](const QString& displaced) {
        seen = displaced;
        return readFile(displaced + u"/precious"_s) == "mine" && readFile(at(u"tree/new"_s)) == "new"
            ? Result<void>(fail(Error::Code::InvalidInput, u"not yours"_s))
            : Result<void>();
    });
    QVERIFY(!refused);
    QCOMPARE(refused.error().message, u"not yours"_s);
    QVERIFY2(seen.startsWith(staged->workDirectory()), qPrintable(seen));
    QCOMPARE(modeOf(at(u"tree"_s)), 0U);
    QVERIFY(::chmod(QFile::encodeName(at(u"tree"_s)).constData(), 0755) == 0);
    QCOMPARE(everythingIn(at(u"tree"_s)), QStringList{u"precious"_s});
    QCOMPARE(readFile(staged->path() + u"/new"_s), "new");
    QVERIFY_RESULT(staged->commit(StagedPath::Replace::Yes, [](const QString&) { return Result<void>(); }));
    QCOMPARE(everythingIn(at(u"tree"_s)), QStringList{u"new"_s});
    QCOMPARE(everythingIn(m_directory->path()), QStringList{u"tree"_s});
}

void TestStagedPath::worksUnderAnyUmask()
{
    const int result = runInChild(
        [this] {
            ::umask(0777);
            auto staged = StagedPath::create(at(u"tree"_s), StagedPath::Kind::Directory);
            return staged && staged->commit(StagedPath::Replace::No) ? 0 : 1;
        },
        true);
    QCOMPARE(result, 0);
    QCOMPARE(modeOf(at(u"tree"_s)), 0755U);
}

void TestStagedPath::withoutDescriptors()
{
    const int result = runInChild(
        [this] {
            // One descriptor is left: enough for the parent, not for the work directory.
            const int next = ::dup(STDIN_FILENO);
            ::close(next);
            const auto limit = static_cast<rlim_t>(next) + 1;
            const struct rlimit few = {limit, limit};
            ::setrlimit(RLIMIT_NOFILE, &few);
            return StagedPath::create(at(u"out"_s), StagedPath::Kind::File) ? 1 : 0;
        },
        false);
    QCOMPARE(result, 0);
    QCOMPARE(everythingIn(m_directory->path()), QStringList());
}

void TestStagedPath::replaceFollowsLinks()
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

void TestStagedPath::refuses_data()
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

void TestStagedPath::refuses()
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

void TestStagedPath::lockedDirectories()
{
    QVERIFY(QDir().mkpath(at(u"readonly"_s)));
    QCOMPARE(::chmod(QFile::encodeName(at(u"readonly"_s)).constData(), 0555), 0);
    const int status = runInChild(
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
    QVERIFY(removeTree(at(u"out"_s)));
}

void TestStagedPath::removesDeadOnes()
{
    // A process that ends without any destructor is as good as one that was killed.
    const int status = runInChild(
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

void TestStagedPath::waitsForLingeringLock()
{
    // As when a process is killed just after it forked: its child has the lock still.
    const int status = runInChild(
        [this] {
            const auto staged = StagedPath::create(at(u"out"_s), StagedPath::Kind::Directory);
            if (::fork() == 0) {
                std::this_thread::sleep_for(std::chrono::milliseconds(1500)); // a busy machine's
                ::_exit(0);
            }
            ::raise(SIGKILL);
            return 0;
        },
        false);
    QCOMPARE(status, 128 + SIGKILL);
    const auto staged = StagedPath::create(at(u"out"_s), StagedPath::Kind::Directory);
    QVERIFY_RESULT(staged);
    QCOMPARE(everythingIn(m_directory->path()).size(), 1);
}

void TestStagedPath::keepsLiveAndForeignOnes()
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
    QElapsedTimer clock;
    clock.start();
    const auto second = StagedPath::create(at(u"out"_s), StagedPath::Kind::File);
    QVERIFY_RESULT(second);
    QVERIFY(clock.elapsed() < 1000); // who lives is not waited for
    QVERIFY(QFileInfo::exists(live->workDirectory()));
    QCOMPARE(everythingIn(m_directory->path()).size(), foreign.size() + 4);
}

void TestStagedPath::healsInterruptedSwap()
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

void TestStagedPath::twoThreads()
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

void TestStagedPath::longName()
{
    const QString name = QString(255, u'n');
    auto staged = StagedPath::create(at(name), StagedPath::Kind::Directory);
    QVERIFY_RESULT(staged);
    QVERIFY_RESULT(staged->commit(StagedPath::Replace::No));
    QCOMPARE(everythingIn(m_directory->path()), QStringList{name});
}

void TestStagedPath::removeTreeDeep()
{
    QVERIFY(QDir().mkpath(at(u"top"_s)));
    UniqueFd directory(::open(QFile::encodeName(at(u"top"_s)).constData(), O_RDONLY | O_DIRECTORY));
    QVERIFY(directory.isValid());
    for (int depth = 0; depth < 700; ++depth) {
        QCOMPARE(::mkdirat(directory.get(), "deeper", 0755), 0);
        directory = UniqueFd(::openat(directory.get(), "deeper", O_RDONLY | O_DIRECTORY));
        QVERIFY(directory.isValid());
    }
    QVERIFY(removeTree(at(u"top"_s)));
    QVERIFY(everythingIn(m_directory->path()).isEmpty());
}

void TestStagedPath::removeTreeNeverFollowsLinks()
{
    writeFile(at(u"outside/file"_s), "x");
    QVERIFY(QDir().mkpath(at(u"top/inner"_s)));
    QVERIFY(QFile::link(at(u"outside"_s), at(u"top/inner/link"_s)));
    QVERIFY(QFile::link(at(u"outside"_s), at(u"link"_s)));
    QVERIFY(removeTree(at(u"top"_s)));
    QVERIFY(removeTree(at(u"link"_s)));
    QVERIFY(removeTree(at(u"missing"_s)));
    QCOMPARE(everythingIn(m_directory->path()), QStringList{u"outside"_s});
    QCOMPARE(readFile(at(u"outside/file"_s)), "x");
}

void TestStagedPath::removeTreeLocked()
{
    QVERIFY(QDir().mkpath(at(u"closed"_s)));
    QCOMPARE(::chmod(QFile::encodeName(at(u"closed"_s)).constData(), 0777), 0);
    const int status = runInChild(
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
    const int refused = runInChild([this] { return removeTree(at(u"closed/kept"_s)) ? 1 : 7; }, true);
    QCOMPARE(refused, 7);
    QVERIFY(QFileInfo::exists(at(u"closed/kept/file"_s)));
    QCOMPARE(::chmod(QFile::encodeName(at(u"closed"_s)).constData(), 0755), 0);
}

void TestStagedPath::unreadableIsNotEmpty()
{
    writeFile(at(u"top/file"_s), "x");
    const UniqueFd top(::open(QFile::encodeName(at(u"top"_s)).constData(), O_RDONLY | O_DIRECTORY));
    QCOMPARE(directoryEntries(top.get()), QByteArrayList{"file"});
    QCOMPARE(directoryEntries(top.get()), QByteArrayList{"file"}); // as often as one likes
    const UniqueFd file(::open(QFile::encodeName(at(u"top/file"_s)).constData(), O_RDONLY));
    QVERIFY(!directoryEntries(file.get()));
    QCOMPARE(errno, ENOTDIR);
    QVERIFY(!removeContent(file.get()));
    // No descriptor is left for reading it: it must not look empty, and its removal must end.
    const int status = runInChild(
        [&] {
            while (::open("/dev/null", O_RDONLY) >= 0) {
            }
            return removeContent(top.get()) ? 1 : 7;
        },
        false);
    QCOMPARE(status, 7);
    QVERIFY(QFileInfo::exists(at(u"top/file"_s)));
}

QTEST_GUILESS_MAIN(TestStagedPath)

#include "tst_stagedpath.moc"

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "childprocess.h"
#include "core/layout/layout.h"
#include "core/output/outputwriter.h"
#include "core/output/ownerslist.h"
#include "core/process/processrunner.h"
#include "core/support/filecopy.h"
#include "core/support/units.h"
#include "fixtures.h"

#include <QDir>
#include <QDirIterator>
#include <QProcess>
#include <QTemporaryDir>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <thread>

using namespace Stowage;
using namespace Qt::StringLiterals;

namespace
{

/** Runs a tool and gives its output; the test fails when the tool does. */
QByteArray run(const QString& program, const QStringList& arguments)
{
    QProcess process;
    process.start(program, arguments);
    process.waitForFinished();
    if (process.exitStatus() != QProcess::NormalExit || process.exitCode() != 0) {
        QTest::qFail(qPrintable(program + u": "_s + QString::fromLocal8Bit(process.readAllStandardError())), __FILE__,
                     __LINE__);
    }
    return process.readAllStandardOutput();
}

QStringList namesBelow(const QString& path)
{
    QStringList names;
    QDirIterator it(path, QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot,
                    QDirIterator::Subdirectories);
    while (it.hasNext()) {
        names.append(it.next().mid(path.size() + 1));
    }
    names.sort();
    return names;
}

struct stat facts(const QString& path)
{
    struct stat result{};
    if (lstat(QFile::encodeName(path).constData(), &result) != 0) {
        QTest::qFail(qPrintable(u"no "_s + path), __FILE__, __LINE__);
    }
    return result;
}

} // namespace

/** Both writers on one layout: two guests over a host that has every kind of file. */
class TestWriters : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void tree();
    void treeOverHost();
    void treeOfAnOrdinaryUser();
    void treeReplacesOnlyItsOwn();
    void whatAppearsMeanwhileStays();
    void staleOwnersListProvesNothing();
    void ownersListHasEveryName();
    void failureLeavesTheOldTree();
    void failureLeavesNoOwnersList();
    void cancelLeavesNothing_data();
    void cancelLeavesNothing();
    void artifactsAreMovedWhenAllowed();
    void archive_data();
    void archive();
    void archiveOverHost();
    void archiveLeavesSocketsOut();
    void archiveKeepsHoles();
    void archiveIsReproducible();
    void archiveWithoutSuffixIsRefused();
    void conflictIsNotWritten();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    [[nodiscard]] Result<OutputReport> write(const QString& kind, const QString& to, bool mayMove = false);
    void makeHost();

    std::unique_ptr<QTemporaryDir> m_directory;
    ResolvedProject m_project;
    Layout m_layout;
    std::stop_source m_stop;
    Progress m_progress;
};

void TestWriters::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    m_stop = {};
    Test::writeFile(path(u"in/web.ext4"_s), QByteArray(100'000, 'w'));
    Test::writeFile(path(u"in/Image"_s), QByteArray(5'000, 'k'));
    Test::writeFile(path(u"in/imported"_s), QByteArray(70'000, 'i'));
    QVERIFY(QFile::resize(path(u"in/imported"_s), 8 * MiB)); // a hole at the end
    Test::writeFile(path(u"in/made"_s), QByteArray(70'000, 'i')); // what its import has made of it
    QVERIFY(QFile::resize(path(u"in/made"_s), 8 * MiB));
    const auto file = [this](const QString& name) {
        const QString full = path(u"in/"_s + name);
        return ResolvedFile{full, full, name, QFile(full).size(), allocatedBytes(full)};
    };
    ResolvedGuest web;
    web.index = 0;
    web.entry = u"web"_s;
    web.autostart = true;
    web.disks = {{.file = file(u"web.ext4"_s),
                  .handler = {},
                  .member = {},
                  .firstBoot = {},
                  .device = {},
                  .source = {},
                  .found = true}};
    web.kernel = file(u"Image"_s);
    web.config = "name = \"web\"\n";
    ResolvedGuest other = web;
    other.index = 1;
    other.entry = u"ünï code"_s;
    other.autostart = false;
    other.disks = {{.file = file(u"imported"_s),
                    .handler = u"raw"_s,
                    .member = {},
                    .firstBoot = {},
                    .device = {},
                    .source = {},
                    .found = true}};
    other.disks.first().file.targetName = u"ünï code.img"_s;
    other.config = "name = \"other\"\n";
    m_project = {};
    m_project.guests = {web, other};
    m_layout = planLayout(m_project, {});
}

Result<OutputReport> TestWriters::write(const QString& kind, const QString& to, bool mayMove)
{
    JobReport report;
    JobContext context{m_stop.get_token(), m_progress, report};
    ProcessRunner runner;
    return findWriter(kind)->write(m_layout, {{{u"ünï code.img"_s, path(u"in/made"_s)}}, mayMove},
                                   {.kind = kind, .path = to}, context, runner);
}

void TestWriters::makeHost()
{
    Test::writeFile(path(u"host/etc/xen/xl.conf"_s), "autoballoon=0\n");
    Test::writeFile(path(u"host/etc/xen/web.cfg"_s), "the old one\n");
    Test::writeFile(path(u"host/bin/su"_s), "program");
    QCOMPARE(chmod(qPrintable(path(u"host/bin/su"_s)), 04755), 0);
    QCOMPARE(link(qPrintable(path(u"host/bin/su"_s)), qPrintable(path(u"host/bin/su2"_s))), 0);
    QCOMPARE(symlink("su", qPrintable(path(u"host/bin/sulink"_s))), 0);
    QCOMPARE(mkfifo(qPrintable(path(u"host/fifo"_s)), 0600), 0);
    QCOMPARE(setxattr(qPrintable(path(u"host/bin/su"_s)), "user.test", "value", 5, 0), 0);
    QVERIFY(QDir().mkpath(path(u"host/locked"_s)));
    QCOMPARE(chmod(qPrintable(path(u"host/locked"_s)), 0555), 0);
    const timespec times[2] = {{1'000'000'000, 5}, {1'000'000'000, 5}};
    QCOMPARE(utimensat(AT_FDCWD, qPrintable(path(u"host/etc/xen/xl.conf"_s)), times, 0), 0);
    m_project.hostPath = path(u"host"_s);
    const auto host = readHostTree(m_project.hostPath, {});
    QVERIFY_RESULT(host);
    m_layout = planLayout(m_project, *host);
}

void TestWriters::tree()
{
    const auto report = write(u"tree"_s, path(u"out"_s));
    QVERIFY_RESULT(report);
    QCOMPARE(report->files, 5);
    QCOMPARE(namesBelow(path(u"out"_s)),
             QStringList({u"etc"_s, u"etc/xen"_s, u"etc/xen/auto"_s, u"etc/xen/auto/web.cfg"_s, u"etc/xen/web.cfg"_s,
                          u"etc/xen/ünï code.cfg"_s, u"var"_s, u"var/lib"_s, u"var/lib/xen"_s, u"var/lib/xen/images"_s,
                          u"var/lib/xen/images/Image"_s, u"var/lib/xen/images/web.ext4"_s,
                          u"var/lib/xen/images/ünï code.img"_s}));
    const QString out = path(u"out"_s);
    QCOMPARE(Test::readFile(out + u"/etc/xen/web.cfg"_s), QByteArray("name = \"web\"\n"));
    QCOMPARE(Test::readFile(out + u"/var/lib/xen/images/web.ext4"_s), Test::readFile(path(u"in/web.ext4"_s)));
    QCOMPARE(Test::readFile(out + u"/var/lib/xen/images/ünï code.img"_s), Test::readFile(path(u"in/imported"_s)));
    QVERIFY(allocatedBytes(out + u"/var/lib/xen/images/ünï code.img"_s) < MiB);
    QCOMPARE(QFile::symLinkTarget(out + u"/etc/xen/auto/web.cfg"_s), u"/etc/xen/web.cfg"_s);
    QCOMPARE(facts(out).st_mode & 07777U, 0755U);
    QCOMPARE(facts(out + u"/etc/xen/web.cfg"_s).st_mode & 07777U, 0644U);
    QCOMPARE(facts(out + u"/var/lib/xen/images/web.ext4"_s).st_uid, geteuid());
    QCOMPARE(report->ownersFile.isEmpty(), geteuid() == 0);
    QVERIFY(QFile::exists(path(u"in/imported"_s)));
    const QStringList beside =
        QDir(m_directory->path()).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot);
    QCOMPARE(beside.filter(u"stowage-"_s),
             QStringList(geteuid() == 0 ? QStringList{} : QStringList{u"out.stowage-owners"_s}));
}

void TestWriters::treeOverHost()
{
    makeHost();
    QVERIFY_RESULT(write(u"tree"_s, path(u"out"_s)));
    const QString out = path(u"out"_s);
    QCOMPARE(Test::readFile(out + u"/etc/xen/xl.conf"_s), QByteArray("autoballoon=0\n"));
    QCOMPARE(Test::readFile(out + u"/etc/xen/web.cfg"_s), QByteArray("name = \"web\"\n"));
    QCOMPARE(facts(out + u"/etc/xen/xl.conf"_s).st_mtim.tv_sec, 1'000'000'000);
    QCOMPARE(facts(out + u"/bin/su"_s).st_mode & 07777U, 04755U);
    QCOMPARE(facts(out + u"/bin/su"_s).st_ino, facts(out + u"/bin/su2"_s).st_ino);
    QCOMPARE(facts(out + u"/locked"_s).st_mode & 07777U, 0555U);
    QVERIFY(S_ISFIFO(facts(out + u"/fifo"_s).st_mode));
    QCOMPARE(QFile::symLinkTarget(out + u"/bin/sulink"_s), out + u"/bin/su"_s);
    char value[8] = {};
    QCOMPARE(getxattr(qPrintable(out + u"/bin/su"_s), "user.test", value, sizeof value), 5);
    QCOMPARE(Test::readFile(path(u"host/etc/xen/web.cfg"_s)), QByteArray("the old one\n"));
}

void TestWriters::treeOfAnOrdinaryUser()
{
    const uid_t before = geteuid();
    if (before == 0) {
        QCOMPARE(chmod(qPrintable(m_directory->path()), 0777), 0);
        QCOMPARE(seteuid(65534), 0);
    }
    const auto report = write(u"tree"_s, path(u"out"_s));
    const QByteArray list = Test::readFile(path(u"out.stowage-owners"_s));
    if (before == 0) {
        QCOMPARE(seteuid(0), 0);
    }
    QVERIFY_RESULT(report);
    QCOMPARE(report->ownersFile, path(u"out.stowage-owners"_s));
    QVERIFY(list.contains("./etc/xen/web.cfg type=file uid=0 gid=0 mode=0644\n"));
    QVERIFY(list.contains("./etc/xen/auto/web.cfg type=link uid=0 gid=0 mode=0777 link=/etc/xen/web.cfg\n"));
    QVERIFY(list.contains("./etc/xen/\\303\\274n\\303\\257\\040code.cfg type=file"));
}

void TestWriters::treeReplacesOnlyItsOwn()
{
    const QString out = path(u"out"_s);
    Test::writeFile(out + u"/precious"_s, "mine");
    const auto refused = write(u"tree"_s, out);
    QVERIFY(!refused);
    QVERIFY(refused.error().message.contains(out));
    QVERIFY(!refused.error().remedy.isEmpty());
    QCOMPARE(namesBelow(out), QStringList{u"precious"_s});

    QVERIFY(QFile::remove(out + u"/precious"_s));
    QVERIFY_RESULT(write(u"tree"_s, out)); // empty: taken
    m_project.guests.removeFirst();
    m_layout = planLayout(m_project, {});
    QVERIFY_RESULT(write(u"tree"_s, out)); // our own: replaced as a whole
    QVERIFY(!QFile::exists(out + u"/etc/xen/web.cfg"_s));
    QVERIFY(QFile::exists(out + u"/etc/xen/ünï code.cfg"_s));

    Test::writeFile(path(u"file"_s), "a file");
    QVERIFY(!write(u"tree"_s, path(u"file"_s)));
    QCOMPARE(Test::readFile(path(u"file"_s)), QByteArray("a file"));
    QVERIFY(!write(u"tree"_s, path(u"no/such/parent"_s)));
}

/** Somebody fills the directory while the tree is made, which takes a moment for that many bytes. */
void TestWriters::whatAppearsMeanwhileStays()
{
    const QString out = path(u"out"_s);
    Test::writeFile(path(u"in/web.ext4"_s), QByteArray(64 * MiB, 'w'));
    const std::jthread somebody([this, &out](const std::stop_token& stop) {
        const QDir directory(m_directory->path());
        while (!stop.stop_requested()) {
            if (!directory.entryList({u".out.stowage-*"_s}, QDir::Dirs | QDir::Hidden).isEmpty()) {
                Test::writeFile(out + u"/precious"_s, "mine");
                return;
            }
        }
    });
    const auto refused = write(u"tree"_s, out);
    QVERIFY(!refused);
    QVERIFY2(refused.error().message.startsWith(out), qPrintable(refused.error().message));
    QCOMPARE(namesBelow(out), QStringList{u"precious"_s});
    QVERIFY(!QFile::exists(path(u"out.stowage-owners"_s)));
}

void TestWriters::staleOwnersListProvesNothing()
{
    const QString out = path(u"out"_s);
    const auto report = write(u"tree"_s, out);
    QVERIFY_RESULT(report);
    // Of a file system that keeps no marks, the list alone tells a tree of ours.
    const QString list = OwnersList::pathFor(out);
    Test::writeFile(list, OwnersList().text(facts(out).st_ino));
    QCOMPARE(removexattr(qPrintable(out), "user.stowage.output"), 0);
    QVERIFY_RESULT(findWriter(u"tree"_s)->check({.kind = u"tree"_s, .path = out}));
    QVERIFY(QFile::rename(out, path(u"elsewhere"_s)));
    Test::writeFile(out + u"/precious"_s, "mine");
    QVERIFY(!write(u"tree"_s, out));
    QCOMPARE(namesBelow(out), QStringList{u"precious"_s});
    // A file that is no such list is not written over either.
    Test::writeFile(list, "mine, too");
    QVERIFY(QFile::remove(out + u"/precious"_s));
    const auto refused = write(u"tree"_s, out);
    QVERIFY(!refused);
    QVERIFY2(refused.error().message.startsWith(list), qPrintable(refused.error().message));
    QCOMPARE(Test::readFile(list), QByteArray("mine, too"));
}

void TestWriters::ownersListHasEveryName()
{
    makeHost();
    QCOMPARE(chmod(qPrintable(m_directory->path()), 0777), 0);
    const int status = Test::runInChild([&] { return write(u"tree"_s, path(u"out"_s)) ? 0 : 1; }, true);
    QCOMPARE(status, 0);
    const QByteArray list = Test::readFile(path(u"out.stowage-owners"_s));
    for (const QString& name : namesBelow(path(u"out"_s))) {
        QByteArray written = "./" + name.toUtf8() + " type=";
        written.replace("ünï code", "\\303\\274n\\303\\257\\040code");
        QVERIFY2(list.contains(written), written.constData());
    }
    QVERIFY(list.contains("./bin/su type=file uid=0 gid=0 mode=4755\n"));
    QVERIFY(list.contains("./bin/su2 type=file uid=0 gid=0 mode=4755\n"));
}

void TestWriters::failureLeavesTheOldTree()
{
    QVERIFY_RESULT(write(u"tree"_s, path(u"out"_s)));
    const QStringList before = namesBelow(m_directory->path());
    QVERIFY(QFile::rename(path(u"in/web.ext4"_s), path(u"in/gone"_s)));
    const auto failed = write(u"tree"_s, path(u"out"_s));
    QVERIFY(!failed);
    QVERIFY(failed.error().message.contains(path(u"in/web.ext4"_s)));
    QVERIFY(QFile::rename(path(u"in/gone"_s), path(u"in/web.ext4"_s)));
    QCOMPARE(namesBelow(m_directory->path()), before);
}

/** A tree of another user's cannot be replaced, and does not get a list of owners for it. */
void TestWriters::failureLeavesNoOwnersList()
{
    const QString out = path(u"out"_s);
    QVERIFY_RESULT(write(u"tree"_s, out));
    QFile::remove(path(u"out.stowage-owners"_s));
    QCOMPARE(chmod(qPrintable(m_directory->path()), 01777), 0); // sticky: others may add, not rename
    const QStringList before = namesBelow(m_directory->path());
    const int status = Test::runInChild([&] { return write(u"tree"_s, out) ? 1 : 0; }, true);
    if (geteuid() == 0) {
        QCOMPARE(status, 0); // it failed, as it must
        QCOMPARE(namesBelow(m_directory->path()), before);
    }
}

void TestWriters::cancelLeavesNothing_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("name");
    QTest::newRow("tree") << u"tree"_s << u"out"_s;
    QTest::newRow("tar") << u"tar"_s << u"out.tar.gz"_s;
}

void TestWriters::cancelLeavesNothing()
{
    QFETCH(QString, kind);
    QFETCH(QString, name);
    const QStringList before = namesBelow(m_directory->path());
    m_stop.request_stop();
    const auto stopped = write(kind, path(name));
    QVERIFY(!stopped);
    QCOMPARE(stopped.error().code, Error::Code::Cancelled);
    QCOMPARE(namesBelow(m_directory->path()), before);
}

void TestWriters::artifactsAreMovedWhenAllowed()
{
    const ino_t inode = facts(path(u"in/made"_s)).st_ino;
    QVERIFY_RESULT(write(u"tree"_s, path(u"out"_s), true));
    QVERIFY(!QFile::exists(path(u"in/made"_s)));
    QCOMPARE(facts(path(u"out/var/lib/xen/images/ünï code.img"_s)).st_ino, inode);
    QCOMPARE(facts(path(u"out/var/lib/xen/images/ünï code.img"_s)).st_mode & 07777U, 0644U);
}

void TestWriters::archive_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("magic");
    QTest::newRow("tar") << u"out.tar"_s << QByteArray("etc/");
    QTest::newRow("gzip") << u"out.tar.gz"_s << QByteArray("\x1f\x8b");
    QTest::newRow("tgz") << u"out.tgz"_s << QByteArray("\x1f\x8b");
    QTest::newRow("xz") << u"out.tar.xz"_s
                        << QByteArray("\xfd"
                                      "7zXZ");
    QTest::newRow("zstd") << u"out.tar.zst"_s << QByteArray("\x28\xb5\x2f\xfd");
    QTest::newRow("bzip2") << u"out.tar.bz2"_s << QByteArray("BZh");
}

void TestWriters::archive()
{
    QFETCH(QString, name);
    QFETCH(QByteArray, magic);
    QVERIFY_RESULT(write(u"tar"_s, path(name)));
    QVERIFY(Test::readFile(path(name)).startsWith(magic));
    const QByteArray list = run(u"tar"_s, {u"--numeric-owner"_s, u"-tvf"_s, path(name)});
    QCOMPARE(list.count('\n'), 13);
    QCOMPARE(list.count(" 0/0 "), 13);
    QVERIFY(list.contains("etc/xen/auto/web.cfg -> /etc/xen/web.cfg"));
    QVERIFY(QDir().mkpath(path(u"unpacked"_s)));
    run(u"tar"_s, {u"-xf"_s, path(name), u"-C"_s, path(u"unpacked"_s)});
    QVERIFY_RESULT(write(u"tree"_s, path(u"tree"_s)));
    run(u"diff"_s, {u"-r"_s, u"--no-dereference"_s, path(u"tree"_s), path(u"unpacked"_s)});
}

void TestWriters::archiveOverHost()
{
    makeHost();
    QVERIFY_RESULT(write(u"tar"_s, path(u"out.tar"_s)));
    const QByteArray list = run(u"tar"_s, {u"-tvf"_s, path(u"out.tar"_s)});
    QVERIFY(list.contains("bin/su2 link to bin/su"));
    QVERIFY(list.contains("-rwsr-xr-x root/root"));
    QVERIFY(list.contains("prw-------"));
    QVERIFY(list.contains("2001-09-09"));
}

void TestWriters::archiveLeavesSocketsOut()
{
    QVERIFY(QDir().mkpath(path(u"host/run"_s)));
    QCOMPARE(mknod(qPrintable(path(u"host/run/socket"_s)), S_IFSOCK | 0600, 0), 0);
    makeHost();
    QVERIFY_RESULT(write(u"tar"_s, path(u"out.tar"_s)));
    const QByteArray list = run(u"tar"_s, {u"-tf"_s, path(u"out.tar"_s)});
    QVERIFY(list.contains("run/\n"));
    QVERIFY(!list.contains("socket"));
}

void TestWriters::archiveKeepsHoles()
{
    QVERIFY_RESULT(write(u"tar"_s, path(u"out.tar"_s)));
    QVERIFY(QFile(path(u"out.tar"_s)).size() < MiB);
    QVERIFY(QDir().mkpath(path(u"unpacked"_s)));
    run(u"tar"_s, {u"-xf"_s, path(u"out.tar"_s), u"-C"_s, path(u"unpacked"_s)});
    const QString image = path(u"unpacked/var/lib/xen/images/ünï code.img"_s);
    QCOMPARE(Test::readFile(image), Test::readFile(path(u"in/imported"_s)));
    QVERIFY(allocatedBytes(image) < MiB);
}

void TestWriters::archiveIsReproducible()
{
    QVERIFY_RESULT(write(u"tar"_s, path(u"one.tar.gz"_s)));
    QTest::qWait(1100); // a clock that leaks into the file shows within a second
    QVERIFY_RESULT(write(u"tar"_s, path(u"two.tar.gz"_s)));
    QCOMPARE(Test::readFile(path(u"one.tar.gz"_s)), Test::readFile(path(u"two.tar.gz"_s)));
    qputenv("SOURCE_DATE_EPOCH", "1000000000");
    const auto dated = write(u"tar"_s, path(u"three.tar"_s));
    qunsetenv("SOURCE_DATE_EPOCH");
    QVERIFY_RESULT(dated);
    QCOMPARE(run(u"tar"_s, {u"-tvf"_s, path(u"three.tar"_s)}).count("2001-09-09"), 13);
}

void TestWriters::archiveWithoutSuffixIsRefused()
{
    const auto refused = write(u"tar"_s, path(u"out.zip"_s));
    QVERIFY(!refused);
    QVERIFY(refused.error().remedy.contains(u".tar.gz"_s));
}

void TestWriters::conflictIsNotWritten()
{
    m_project.guests[1].kernel = ResolvedFile{path(u"in/web.ext4"_s), path(u"in/web.ext4"_s), u"Image"_s, 100'000,
                                              100'000};
    m_layout = planLayout(m_project, {});
    QVERIFY(!write(u"tree"_s, path(u"out"_s)));
    QVERIFY(!QFile::exists(path(u"out"_s)));
}

QTEST_GUILESS_MAIN(TestWriters)
#include "tst_writers.moc"

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "childprocess.h"
#include "core/ext4/ext4source.h"
#include "core/ext4/sourceimage.h"
#include "core/import/importhandler.h"
#include "core/process/processrunner.h"
#include "core/support/removetree.h"
#include "core/support/sparsetarget.h"
#include "core/support/uniquefd.h"
#include "core/support/units.h"
#include "corpustrees.h"
#include "fixtures.h"
#include "loopmount.h"
#include "peakmemory.h"
#include "treefacts.h"

#include <QDir>
#include <QProcess>
#include <QTemporaryDir>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

/**
 * Images of many trees, judged by e2fsck, and compared with their source in every fact: by libext2fs, and as root through
 * the kernel, too.
 */
class TestCorpus : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void trees_data();
    void trees();
    void sources_data();
    void sources();
    void sameBytes();
    void tooLargeFile();
    void debian_data();
    void debian();
    void systems_data();
    void systems();
    void manyEntries_data();
    void manyEntries();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    [[nodiscard]] QString image() const { return path(u"image"_s); }
    /** Makes an image, as whatever user this is. */
    [[nodiscard]] static Result<void> import(const QString& type, const QString& source, const QString& output,
                                             qint64 sizeMiB);
    /** Puts the tree into the empty file system "source": by the kernel, or by what has been shown to do the same. */
    void fillSource() const;
    void shell(const QString& script, const QStringList& arguments = {}) const;
    void compare(const TreeFacts& source) const;
    void unpackAndCompare(const QString& archive, qint64 sizeMiB) const;

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestCorpus::initTestCase()
{
    QVERIFY(!canMount() || hideMounts());
    rlimit files = {};
    QCOMPARE(::getrlimit(RLIMIT_NOFILE, &files), 0); // a descriptor for each level of the deepest tree
    files.rlim_cur = files.rlim_max;
    QCOMPARE(::setrlimit(RLIMIT_NOFILE, &files), 0);
    qunsetenv("SOURCE_DATE_EPOCH");
}

void TestCorpus::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(m_directory->isValid());
    QVERIFY(QDir().mkpath(path(u"mount"_s)));
    QCOMPARE(::chmod(QFile::encodeName(m_directory->path()).constData(), 0755), 0);
}

void TestCorpus::cleanup()
{
    QVERIFY(removeEntry(AT_FDCWD, QFile::encodeName(m_directory->path())));
}

Result<void> TestCorpus::import(const QString& type, const QString& source, const QString& output, qint64 sizeMiB)
{
    const ImportHandler* handler = findHandler(type);
    ProcessRunner runner;
    Progress progress;
    JobReport report;
    JobContext context{.stop = {}, .progress = progress, .report = report};
    return handler->run({.source = source, .output = output, .sizeMiB = sizeMiB, .owners = OwnerRule::Keep}, context,
                        runner);
}

/** Runs @p script in the test's directory. */
void TestCorpus::shell(const QString& script, const QStringList& arguments) const
{
    QProcess process;
    process.setWorkingDirectory(m_directory->path());
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(u"bash"_s, QStringList{u"-ec"_s, script, u"bash"_s} + arguments);
    QVERIFY(process.waitForFinished(-1));
    QVERIFY2(process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0, process.readAll().constData());
}

/** The image is clean, and is @p source in every fact. */
void TestCorpus::compare(const TreeFacts& source) const
{
    shell(u"e2fsck -fn \"$1\""_s, {image()});
    QVERIFY(!source.isEmpty());
    QCOMPARE(difference(source, readImage(image())), QString());
    if (canMount()) {
        LoopMount mounted(image(), path(u"mount"_s), true);
        QCOMPARE(mounted.error(), QString());
        QCOMPARE(difference(source, readTree(path(u"mount"_s), true)), QString());
        QVERIFY(mounted.unmount());
    }
}

namespace
{

using MakeTree = std::function<void(const QString&)>;

void makeEmpty(const QString& top)
{
    QVERIFY(QDir().mkpath(top));
}

} // namespace

void TestCorpus::trees_data()
{
    QTest::addColumn<MakeTree>("make");
    QTest::addColumn<qint64>("sizeMiB");
    QTest::newRow("empty") << MakeTree(makeEmpty) << qint64{1};
    QTest::newRow("empty, large") << MakeTree(makeEmpty) << qint64{3000};
    QTest::newRow("every kind") << MakeTree([](const QString& top) { makeEveryKind(top, true); }) << qint64{64};
    QTest::newRow("many files") << MakeTree([](const QString& top) { makeManyFiles(top, 5000); }) << qint64{64};
    QTest::newRow("small blocks") << MakeTree([](const QString& top) { makeManyFiles(top, 2000); }) << qint64{6};
    QTest::newRow("sparse, 20 GB") << MakeTree([](const QString& top) { makeSparse(top, 20 * GiB); }) << qint64{32};
    QTest::newRow("65,000 links") << MakeTree([](const QString& top) { makeLinks(top, 65'000); }) << qint64{32};
    QTest::newRow("deep") << MakeTree([](const QString& top) { makeDeep(top, 700); }) << qint64{16};
    QTest::newRow("crowded") << MakeTree([](const QString& top) { makeCrowded(top, 20'000); }) << qint64{128};
}

void TestCorpus::trees()
{
    QFETCH(const MakeTree, make);
    QFETCH(qint64, sizeMiB);
    const QString tree = path(u"tree"_s);
    make(tree);
    QVERIFY_RESULT(import(u"rootfs_dir"_s, tree, image(), sizeMiB));
    QCOMPARE(QFileInfo(image()).size(), sizeMiB * MiB);
    compare(readTree(tree, false));
}

void TestCorpus::sources_data()
{
    QTest::addColumn<QString>("script"); // makes "source" of "tree"
    const QString tar = u"tar --sort=name --format=pax --acls --xattrs --xattrs-include='*' --sparse -C tree -c . "_s;
    QTest::newRow("tar") << tar + u"> source"_s;
    QTest::newRow("tar.gz") << tar + u"| gzip > source"_s;
    QTest::newRow("tar.xz") << tar + u"| xz -T2 --block-size=1MiB > source"_s;
    QTest::newRow("tar.zst") << tar + u"| zstd > source"_s;
    QTest::newRow("cpio") << u"rm -rf tree/attributes tree/owners/o4294967294; "
                             "find tree -exec setfattr -h -x user.top {} \\; 2> /dev/null || true; "
                             "find tree -exec touch -h -d @1500000000 {} +; cd tree; find . -print0 | sort -z | "
                             "cpio --quiet -0 -o -H newc > ../source"_s;
    // What squashfs cannot hold: fractions of seconds, times before 1970, ACLs, and, of mksquashfs, links with a second name.
    for (const char* codec : {"gzip", "lzo", "lz4", "xz", "zstd"}) {
        QTest::addRow("squashfs, %s", codec)
            << u"rm 'tree/links/name of a link'; setfacl -R -P -b tree; find tree -exec touch -h -d @1500000000 {} +; "
               "mksquashfs tree source -quiet -no-progress -comp %1"_s.arg(QLatin1StringView(codec));
    }
    for (const char* options : {"-t ext4", "-t ext4 -O inline_data", "-t ext3 -I 256"}) {
        QTest::addRow("mke2fs %s", options) << u"mke2fs -q -b 4096 %1 source 64M"_s.arg(QLatin1StringView(options));
    }
}

void TestCorpus::fillSource() const
{
    if (!canMount()) {
        QVERIFY(QFile::remove(path(u"source"_s)));
        QVERIFY_RESULT(import(u"rootfs_dir"_s, path(u"tree"_s), path(u"source"_s), 64));
        return;
    }
    LoopMount mounted(path(u"source"_s), path(u"mount"_s), false);
    QCOMPARE(mounted.error(), QString());
    shell(u"rmdir mount/lost+found; cp -a tree/. mount"_s);
    QVERIFY(mounted.unmount());
}

/** Every source tells of the same tree the same. */
void TestCorpus::sources()
{
    QFETCH(QString, script);
    makeEveryKind(path(u"tree"_s), false);
    const QString kind = QString::fromLatin1(QTest::currentDataTag());
    shell(script);
    const TreeFacts facts = readTree(path(u"tree"_s), false);
    if (kind.startsWith("squashfs"_L1)) {
        QVERIFY_RESULT(import(u"squashfs"_s, path(u"source"_s), image(), 64));
    } else if (!kind.startsWith("mke2fs"_L1)) {
        QVERIFY_RESULT(import(u"rootfs_archive"_s, path(u"source"_s), image(), 64));
    } else {
        fillSource();
        const UniqueFd file(::open(QFile::encodeName(image()).constData(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
        const Ext4Source source(path(u"source"_s), 0);
        Progress progress;
        SparseFile target(file.get(), image());
        QVERIFY_RESULT(writeSourceImage({source, OwnerRule::Keep, false, 64}, &target, image(), progress, {}));
    }
    compare(facts);
}

/** Twice the same; from the directory and its archive; by root and by an ordinary user. */
void TestCorpus::sameBytes()
{
    makeEveryKind(path(u"tree"_s), false);
    shell(u"tar --sort=name --format=pax --acls --xattrs --xattrs-include='*' --sparse -C tree -cf tree.tar ."_s);
    QVERIFY_RESULT(import(u"rootfs_dir"_s, path(u"tree"_s), image(), 64));
    QVERIFY_RESULT(import(u"rootfs_dir"_s, path(u"tree"_s), path(u"again"_s), 64));
    QVERIFY_RESULT(import(u"rootfs_archive"_s, path(u"tree.tar"_s), path(u"archive"_s), 64));
    QVERIFY(QDir().mkpath(path(u"user"_s)));
    QCOMPARE(::chmod(qPrintable(path(u"user"_s)), 0777), 0);
    const auto asUser = [this](const QString& type, const QString& source, const QString& output) {
        return runInChild(
            [&] {
                const auto made = import(type, path(source), path(output), 64);
                if (!made) {
                    qWarning("%s", qPrintable(made.error().message));
                }
                return made ? 0 : 1;
            },
            true);
    };
    QCOMPARE(asUser(u"rootfs_dir"_s, u"tree"_s, u"user/directory"_s), 0);
    QCOMPARE(asUser(u"rootfs_archive"_s, u"tree.tar"_s, u"user/archive"_s), 0);
    for (const QString& other : {u"again"_s, u"archive"_s, u"user/directory"_s, u"user/archive"_s}) {
        shell(u"cmp image \"$1\""_s, {other});
    }
}

/** More blocks than an extent can number: in small blocks that is 4 TiB, which blocks of the usual size hold. */
void TestCorpus::tooLargeFile()
{
    shell(u"mkdir tree small; truncate -s 5T tree/file"_s);
    const auto refused = import(u"rootfs_dir"_s, path(u"tree"_s), image(), 8);
    QCOMPARE(refused.error_or(Error()).code, Error::Code::NoSpace);
    QVERIFY2(refused.error().message.contains("it needs 16 MiB"_L1), qPrintable(refused.error().message));
    QVERIFY_RESULT(import(u"rootfs_dir"_s, path(u"tree"_s), image(), 16));
    compare(readTree(path(u"tree"_s), false));
    // No file system here need hold what an archive tells of: a file of 2^32 blocks, all of them a hole.
    shell(u"printf '%b' \"$(python3 -c '"
          "import tarfile,sys;t=tarfile.TarInfo(\"file\");t.size=1024;"
          "t.pax_headers={\"GNU.sparse.name\":\"file\","
          "\"GNU.sparse.size\":str(2**44),\"GNU.sparse.numblocks\":\"1\",\"GNU.sparse.map\":\"0,1024\"};"
          "sys.stdout.write(\"\".join(\"\\\\0%03o\"%b for b in t.tobuf(tarfile.PAX_FORMAT)))')\" > large.tar; "
          "head -c 1024 /dev/urandom >> large.tar; head -c 1024 /dev/zero >> large.tar"_s);
    const auto tooLarge = import(u"rootfs_archive"_s, path(u"large.tar"_s), path(u"large"_s), 64);
    QCOMPARE(tooLarge.error_or(Error()).code, Error::Code::Unsupported);
    QVERIFY2(tooLarge.error().message.contains("too large"_L1), qPrintable(tooLarge.error().message));
    QVERIFY(!QFile::exists(path(u"large"_s)));
}

/** The archive unpacked, as a directory, and the archive itself. */
void TestCorpus::unpackAndCompare(const QString& archive, qint64 sizeMiB) const
{
    shell(u"mkdir tree; tar -x -f \"$1\" -C tree --numeric-owner --xattrs --xattrs-include='*' $2"_s,
          {archive, canMount() ? QString() : u"--exclude=./dev/*"_s});
    QVERIFY_RESULT(import(u"rootfs_dir"_s, path(u"tree"_s), image(), sizeMiB));
    const TreeFacts facts = readTree(path(u"tree"_s), false);
    compare(facts);
    if (canMount()) { // others have unpacked it as their own
        QVERIFY(QFile::remove(image()));
        QVERIFY_RESULT(import(u"rootfs_archive"_s, archive, image(), sizeMiB));
        compare(facts);
    }
}

void TestCorpus::debian_data()
{
    QTest::addColumn<QString>("archive");
    QTest::newRow("minbase, amd64") << fixture(u"debian-minbase.tar"_s);
}

void TestCorpus::debian()
{
    QFETCH(QString, archive);
    unpackAndCompare(archive, 400);
}

void TestCorpus::systems_data()
{
    QTest::addColumn<QString>("name");
    QTest::newRow("minbase, arm64") << u"minbase-arm64.tar"_s;
    QTest::newRow("system, amd64") << u"system-amd64.tar"_s;
    QTest::newRow("system, arm64") << u"system-arm64.tar"_s;
}

void TestCorpus::systems()
{
    QFETCH(QString, name);
    const QString archive = qEnvironmentVariable("STOWAGE_CORPUS_INPUT") + u'/' + name;
    QVERIFY2(QFile::exists(archive), "STOWAGE_CORPUS_INPUT names no trees; ./dev test -L corpus makes them");
    unpackAndCompare(archive, QFileInfo(archive).size() / MiB * 5 / 4 + 64);
}

void TestCorpus::manyEntries_data()
{
    QTest::addColumn<MakeTree>("make");
    QTest::addColumn<qint64>("sizeMiB");
    QTest::addColumn<qint64>("entries");
    QTest::newRow("100,000 small files") << MakeTree([](const QString& top) { makeManyFiles(top, 100'000); })
                                         << qint64{600} << qint64{100'201};
    QTest::newRow("a million names") << MakeTree([](const QString& top) { makeCrowded(top, 1'000'000); })
                                     << qint64{4500} << qint64{1'000'002};
}

/** Also by the real program, whose memory stays within 64 MiB and 150 bytes an entry. */
void TestCorpus::manyEntries()
{
    QFETCH(const MakeTree, make);
    QFETCH(qint64, sizeMiB);
    QFETCH(qint64, entries);
    const QString tree = path(u"tree"_s);
    make(tree);
    const qint64 peak = peakMemory(
        {u"import"_s, tree, image(), u"--type"_s, u"rootfs_dir"_s, u"--size"_s, QString::number(sizeMiB)});
    const TreeFacts facts = readTree(tree, false);
    QCOMPARE(facts.size(), entries);
    compare(facts);
    QVERIFY(QFile::remove(image()));
    shell(u"tar --sort=name -C tree -cf tree.tar ."_s);
    const qint64 ofArchive = peakMemory({u"import"_s, path(u"tree.tar"_s), image(), u"--type"_s, u"rootfs_archive"_s,
                                         u"--size"_s, QString::number(sizeMiB)});
    const qint64 most = 64 * MiB + 150 * entries;
    qInfo("peak memory %lld and %lld KiB of %lld", peak / KiB, ofArchive / KiB, most / KiB);
    QVERIFY2(peak <= most, QByteArray::number(peak).constData());
    QVERIFY2(ofArchive <= most, QByteArray::number(ofArchive).constData());
}

QTEST_GUILESS_MAIN(TestCorpus)
#include "tst_corpus.moc"

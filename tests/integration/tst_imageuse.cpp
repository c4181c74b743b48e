// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/import/importhandler.h"
#include "core/process/processrunner.h"
#include "core/support/removetree.h"
#include "core/support/units.h"
#include "corpustrees.h"
#include "fixtures.h"
#include "loopmount.h"
#include "treefacts.h"

#include <QDir>
#include <QProcess>
#include <QTemporaryDir>

#include <fcntl.h>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

/** What happens to an image in its life: it grows, crashes, is written to. e2fsck judges, and the tree's facts. */
class TestImageUse : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void grows();
    void journalIsReplayed();
    void kernelCrash();
    void kernelWrites();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    [[nodiscard]] QString image() const { return path(u"image"_s); }
    /** Runs @p script in the test's directory; its output. */
    QByteArray shell(const QString& script) const;
    void checkTree() const;

    std::unique_ptr<QTemporaryDir> m_directory;
    TreeFacts m_facts; ///< Of the tree that the image was made of.
};

void TestImageUse::initTestCase()
{
    QVERIFY(!canMount() || hideMounts());
    qunsetenv("SOURCE_DATE_EPOCH");
}

void TestImageUse::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(m_directory->isValid());
    QVERIFY(QDir().mkpath(path(u"mount"_s)));
    makeEveryKind(path(u"tree"_s), true);
    makeCrowded(path(u"tree"_s), 5000);
    m_facts = readTree(path(u"tree"_s), false);
    ProcessRunner runner;
    Progress progress;
    JobReport report;
    JobContext context{.stop = {}, .progress = progress, .report = report};
    QVERIFY_RESULT(findHandler(u"rootfs_dir"_s)
                       ->run({.source = path(u"tree"_s), .output = image(), .sizeMiB = 300, .owners = OwnerRule::Keep},
                             context, runner));
}

void TestImageUse::cleanup()
{
    QVERIFY(removeEntry(AT_FDCWD, QFile::encodeName(m_directory->path())));
}

QByteArray TestImageUse::shell(const QString& script) const
{
    QProcess process;
    process.setWorkingDirectory(m_directory->path());
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(u"bash"_s, {u"-ec"_s, script});
    process.waitForFinished(-1);
    const QByteArray output = process.readAll();
    if (process.exitStatus() != QProcess::NormalExit || process.exitCode() != 0) {
        QTest::qFail((script.toUtf8() + ": " + output).constData(), __FILE__, __LINE__);
    }
    return output;
}

/** The image is clean, and all that was in it is there. */
void TestImageUse::checkTree() const
{
    shell(u"e2fsck -fn image"_s);
    QCOMPARE(difference(m_facts, readImage(image())), QString());
    if (canMount()) {
        LoopMount mounted(image(), path(u"mount"_s), true);
        QCOMPARE(mounted.error(), QString());
        QCOMPARE(difference(m_facts, readTree(path(u"mount"_s), true)), QString());
        QVERIFY(mounted.unmount());
    }
}

/** To more groups, to more descriptors than one block has, and back to the least. */
void TestImageUse::grows()
{
    for (const QString& size : {u"400M"_s, u"1G"_s, u"20G"_s}) {
        shell(u"resize2fs image "_s + size);
        checkTree();
    }
    shell(u"e2fsck -fp image; resize2fs -M image"_s);
    checkTree();
}

/** What a journal has that debugfs wrote into it gets to its place, by e2fsck and by the kernel. */
void TestImageUse::journalIsReplayed()
{
    const QByteArray block = shell(u"debugfs -R 'blocks /data/size4096' image 2> /dev/null"_s).trimmed();
    QVERIFY(block.toLongLong() > 0);
    shell(u"head -c 4096 /dev/zero | tr '\\0' j > new; printf 'jo\\njw -b %1 new\\njc\\n' > commands; "
          "debugfs -w -f commands image; dumpe2fs -h image | grep needs_recovery; cp image other"_s.arg(
              QString::fromLatin1(block)));
    QVERIFY(shell(u"debugfs -R 'cat /data/size4096' image 2> /dev/null"_s).startsWith("ssss"));
    shell(u"e2fsck -fp image || test $? -eq 1"_s); // it has corrected something
    QCOMPARE(shell(u"debugfs -R 'cat /data/size4096' image 2> /dev/null"_s), QByteArray(4096, 'j'));
    shell(u"e2fsck -fn image"_s);
    if (canMount()) {
        LoopMount mounted(path(u"other"_s), path(u"mount"_s), false);
        QCOMPARE(mounted.error(), QString());
        QCOMPARE(readFile(path(u"mount/data/size4096"_s)), QByteArray(4096, 'j'));
        QVERIFY(mounted.unmount());
        shell(u"e2fsck -fn other"_s);
    }
}

/** The kernel's own journal, after a crash, replayed by both. */
void TestImageUse::kernelCrash()
{
    if (!canMount()) {
        return; // only root has the kernel write to it
    }
    {
        LoopMount mounted(image(), path(u"mount"_s), false);
        QCOMPARE(mounted.error(), QString());
        shell(
            u"mkdir mount/after; for i in $(seq 500); do echo $i > mount/after/$i; done; rm -r mount/names; "
            "mv mount/data/comb mount/after; sync -f mount; for i in $(seq 500); do touch mount/after/late$i; done"_s);
        QVERIFY(mounted.crash());
        QVERIFY(mounted.unmount());
    }
    shell(u"dumpe2fs -h image | grep needs_recovery; cp --sparse=always image other; "
          "e2fsck -fp other || test $? -eq 1; e2fsck -fn other"_s);
    {
        LoopMount mounted(image(), path(u"mount"_s), false);
        QCOMPARE(mounted.error(), QString());
        shell(u"test \"$(cat mount/after/500)\" = 500; test ! -e mount/names; test -e mount/after/late500; "
              "cmp tree/data/comb mount/after/comb"_s);
        QVERIFY(mounted.unmount());
    }
    shell(u"e2fsck -fn image"_s);
    QCOMPARE(difference(readImage(image()), readImage(path(u"other"_s))), QString());
}

/** Much is made, changed, renamed and removed, in the hash trees, too; the rest is as it was. */
void TestImageUse::kernelWrites()
{
    if (!canMount()) {
        return; // only root has the kernel write to it
    }
    LoopMount mounted(image(), path(u"mount"_s), false);
    QCOMPARE(mounted.error(), QString());
    shell(u"cd mount; cp -a ../tree copy; mkdir new; "
          "for i in $(seq 2000); do echo $i > crowded/a-new-entry-with-a-longer-name-$i; done; "
          "for i in $(seq 1 2 1999); do mv crowded/a-new-entry-with-a-longer-name-$i new/$i; done; "
          "cat /dev/urandom | head -c 9000000 > new/large; fallocate -p -o 4096 -l 1000000 new/large; "
          "setfattr -n user.later -v changed data/empty; setfattr -x user.large 'attributes/block'; "
          "setfattr -n user.more -v $(head -c 3000 /dev/zero | tr '\\0' x) 'attributes/same block'; "
          "echo more >> data/comb; ln data/odd new/odd; chmod 600 data/size1; sync -f .; "
          "rm -r copy crowded; mkdir crowded; rm -r names; echo over > data/size65536; truncate -s 10 'data/comb'"_s);
    QVERIFY(mounted.unmount());
    shell(u"e2fsck -fn image"_s);
    const TreeFacts after = readImage(image());
    QCOMPARE(after.value("attributes/block").attributes.keys(), QByteArrayList{"security.selinux"});
    QCOMPARE(after.value("attributes/same block").attributes.value("user.large"), QByteArray(900, 'v'));
    QCOMPARE(after.value("new/1999").size, 5);
    TreeFacts untouched = m_facts;
    for (const char* changed : {"", "names", "crowded", "data", "attributes/block", "attributes/same block"}) {
        untouched.removeIf([changed](const auto& entry) {
            return entry.key() == changed || (*changed != '\0' && entry.key().startsWith(QByteArray(changed) + '/'));
        });
    }
    QVERIFY(untouched.size() > 50);
    TreeFacts kept = after;
    kept.removeIf([&untouched](const auto& entry) { return !untouched.contains(entry.key()); });
    untouched.insert("lost+found", after.value("lost+found")); // it is the source's own
    kept.insert("lost+found", after.value("lost+found"));
    QCOMPARE(difference(untouched, kept), QString());
}

QTEST_GUILESS_MAIN(TestImageUse)
#include "tst_imageuse.moc"

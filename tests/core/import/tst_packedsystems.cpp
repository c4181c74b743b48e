// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/support/removetree.h"
#include "core/support/uniquefd.h"
#include "imagereader.h"
#include "importcase.h"
#include "oddtree.h"

#include <QDir>
#include <QTemporaryDir>

#include <fcntl.h>

#include <thread>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

/** Root file systems in archives that are not simply the archive of one: squashfs in images of Incus, backups, cpio. */
class TestPackedSystems : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void squashfs_data();
    void squashfs();
    void squashfsRefused_data();
    void squashfsRefused();
    void noRoom();
    void cancelUnpacking();
    void backup();
    void otherBackups_data();
    void otherBackups();
    void cpio_data();
    void cpio();
    void severalCpios_data();
    void severalCpios();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    [[nodiscard]] ImportRequest request(const QString& source, const QString& output, qint64 sizeMiB) const
    {
        return {.source = path(source), .output = path(output), .sizeMiB = sizeMiB, .owners = OwnerRule::Keep};
    }
    /** Runs @p script in the test's directory. */
    void shell(const QString& script) const;
    /** Times are whole seconds, as squashfs and cpio have them. */
    void makeTree() const;

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestPackedSystems::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(m_directory->isValid());
    QVERIFY(QDir(m_directory->path()).mkdir(u"work"_s));
    qputenv("TMPDIR", QFile::encodeName(path(u"work"_s)));
    qunsetenv("SOURCE_DATE_EPOCH");
}

void TestPackedSystems::cleanup()
{
    qunsetenv("TMPDIR");
    QVERIFY(removeEntry(AT_FDCWD, QFile::encodeName(m_directory->path())));
}

void TestPackedSystems::shell(const QString& script) const
{
    tool(u"bash"_s, {u"-ec"_s, u"cd \"$1\"; "_s + script, u"bash"_s, m_directory->path()});
}

void TestPackedSystems::makeTree() const
{
    makeOddTree(path(u"tree"_s));
    QByteArray content(5 * MiB + 77, '\0');
    for (qsizetype i = 0; i < content.size(); ++i) {
        content[i] = static_cast<char>(i * 31 + i / 4099);
    }
    writeFile(path(u"tree/usr/data"_s), content);
    for (int i = 0; i < 200; ++i) {
        writeFile(path(u"tree/many/%1/file"_s.arg(i)), content.first(i * 20));
    }
    shell(u"find tree -exec touch -h -d @1500000000 {} +"_s);
}

constexpr auto Squash =
    "mkdir -p box/templates; mksquashfs tree box/rootfs.squashfs -quiet -no-progress; "
    "echo 'architecture: x86_64' > box/metadata.yaml; echo {{ container.name }} > box/templates/hostname.tpl; ";

void TestPackedSystems::squashfs_data()
{
    QTest::addColumn<QString>("make");
    QTest::addColumn<QStringList>("chain");
    const QStringList plain{u"tar"_s, u"squashfs"_s};
    const QString members = u" metadata.yaml templates rootfs.squashfs"_s;
    QTest::newRow("plain") << u"tar -C box -cf x"_s + members << plain;
    QTest::newRow("behind a long name") << u"tar -C box --format=pax --pax-option=comment:=%1 -cf x"_s.arg(
                                               QString(2000, u'c'))
            + members << plain;
    QTest::newRow("dot in front") << u"tar -C box -cf x ."_s << plain;
    QTest::newRow("squashfs first") << u"tar -C box -cf x rootfs.squashfs metadata.yaml"_s << plain;
    for (const char* codec : {"gzip", "xz", "zstd"}) {
        QTest::newRow(codec) << u"tar -C box --%1 -cf x"_s.arg(QLatin1StringView(codec)) + members
                             << QStringList{QString::fromLatin1(codec)} + plain;
    }
    QTest::newRow("gzip, squashfs first")
        << u"tar -C box --gzip -cf x rootfs.squashfs metadata.yaml"_s << QStringList{u"gzip"_s} + plain;
}

void TestPackedSystems::squashfs()
{
    QFETCH(QString, make);
    QFETCH(QStringList, chain);
    makeTree();
    shell(QString::fromLatin1(Squash) + make);
    const SourceInfo info = probeSource(path(u"x"_s));
    QCOMPARE(info.kind, SourceKind::RootfsArchive);
    QCOMPARE(info.handler, u"rootfs_archive"_s);
    QCOMPARE(info.chain, chain);
    QCOMPARE(info.refusal, QString());
    QVERIFY2(info.description.contains(u"\"rootfs.squashfs\""_s), qPrintable(info.description));

    QVERIFY_RESULT(ImportCase(u"squashfs"_s).run(request(u"box/rootfs.squashfs"_s, u"squashfs.img"_s, 32)));
    ImportCase import(u"rootfs_archive"_s);
    const auto made = request(u"x"_s, u"out.img"_s, 32);
    QCOMPARE(import.check(made).value_or(-1), 32 * MiB);
    QVERIFY_RESULT(import.run(made));
    compareTrees(path(u"tree"_s), ImageReader(made.output), false);
    QVERIFY(Test::sameBytes(made.output, path(u"squashfs.img"_s)));
    QCOMPARE(import.check(request(u"x"_s, u"small.img"_s, 1)).error_or(Error()).code, Error::Code::NoSpace);

    const UniqueFd file(::open(qPrintable(path(u"place.img"_s)), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    SparseFile target(file.get(), path(u"place.img"_s));
    ProcessRunner runner;
    JobContext context{.stop = {}, .progress = import.progress, .report = import.report};
    QVERIFY_RESULT(import.handler().runInto(request(u"x"_s, u"copy"_s, 32), target, context, runner));
    shell(u"truncate -s 32M place.img; cmp out.img place.img"_s);
    QVERIFY(QDir(path(u"work"_s)).isEmpty(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot));
}

void TestPackedSystems::squashfsRefused_data()
{
    QTest::addColumn<QString>("make");
    QTest::addColumn<QString>("message");
    const QString made = u"mkdir tree; head -c 1000000 /dev/urandom > tree/file; "_s + QString::fromLatin1(Squash);
    for (const QString& compress : {QString(), u"gzip -n x; mv x.gz x"_s}) {
        const QByteArray how = compress.isEmpty() ? "plain" : "gzip";
        const auto row = [&](const char* name, const QString& make, const QString& message) {
            QTest::addRow("%s: %s", name, how.constData()) << made + make + u"; "_s + compress << message;
        };
        row("twice", u"tar -C box -cf x rootfs.squashfs metadata.yaml; tar -C box -rf x rootfs.squashfs"_s,
            u"does not hold one file \"rootfs.squashfs\""_s);
        row("link", u"cd box; mv rootfs.squashfs ..; ln -s /etc/shadow rootfs.squashfs; tar -cf ../x .; cd .."_s,
            u"does not hold one file \"rootfs.squashfs\""_s);
        row("directory", u"cd box; rm rootfs.squashfs; mkdir rootfs.squashfs; tar -cf ../x .; cd .."_s,
            u"does not hold one file \"rootfs.squashfs\""_s);
        row("other content", u"head -c 100000 /dev/urandom > box/rootfs.squashfs; tar -C box -cf x ."_s, u"damaged"_s);
        row("squashfs cut off", u"truncate -s -8192 box/rootfs.squashfs; tar -C box -cf x ."_s, u"cut off"_s);
        row("empty", u": > box/rootfs.squashfs; tar -C box -cf x ."_s, u"rootfs.squashfs"_s);
        row("archive cut off", u"tar -C box -cf y metadata.yaml rootfs.squashfs; head -c 700000 y > x"_s,
            u"Cannot read the archive"_s);
    }
    QTest::newRow("gzip cut off") << made + u"tar -C box -czf y .; head -c 700000 y > x"_s << u"ends too early"_s;
    QTest::newRow("gzip checksum") << made
            + u"tar -C box -czf x .; s=$(stat -c %s x); printf 'abcd' | dd of=x bs=1 seek=$((s-8)) conv=notrunc"_s
                                   << u"another checksum"_s;
}

void TestPackedSystems::squashfsRefused()
{
    QFETCH(QString, make);
    QFETCH(QString, message);
    shell(make);
    ImportCase import(u"rootfs_archive"_s);
    const auto made = request(u"x"_s, u"out.img"_s, 16);
    const auto checked = import.check(made);
    QVERIFY(!checked.has_value());
    QVERIFY2(checked.error().message.contains(message), qPrintable(checked.error().message));
    QVERIFY(!checked.error().remedy.isEmpty());
    QVERIFY(!import.run(made).has_value());
    QVERIFY(!QFile::exists(made.output));
    QVERIFY(QDir(path(u"work"_s)).isEmpty(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot));
}

/** A file of a size that no disk has room for is refused by its header. */
void TestPackedSystems::noRoom()
{
    shell(u"truncate -s 1P box.squashfs || truncate -s 7T box.squashfs; echo > metadata.yaml; "
          "tar --transform='s,box.squashfs,rootfs.squashfs,' -cf - metadata.yaml box.squashfs 2>/dev/null | "
          "head -c 100000 | gzip > x"_s);
    const auto checked = ImportCase(u"rootfs_archive"_s).check(request(u"x"_s, u"out.img"_s, 16));
    QVERIFY(!checked);
    QCOMPARE(checked.error().code, Error::Code::Io); // not one of images that are too small
    QVERIFY2(checked.error().message.contains(path(u"work"_s)), qPrintable(checked.error().message));
    QVERIFY2(checked.error().remedy.contains(u"TMPDIR"_s), qPrintable(checked.error().remedy));
}

void TestPackedSystems::cancelUnpacking()
{
    shell(u"mkdir tree; head -c 60000000 /dev/urandom > tree/file; "_s + QString::fromLatin1(Squash)
          + u"tar -C box -czf x ."_s);
    ImportCase import(u"rootfs_archive"_s);
    std::jthread canceller([&import] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        import.stop.request_stop();
    });
    const auto result = import.run(request(u"x"_s, u"out.img"_s, 100));
    canceller.join();
    QCOMPARE(result.error_or(Error()).code, Error::Code::Cancelled);
    QVERIFY(!QFile::exists(path(u"out.img"_s)));
    QVERIFY(QDir(path(u"work"_s)).isEmpty(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot));
}

/** What "incus export" writes of a container. */
void TestPackedSystems::backup()
{
    makeTree();
    shell(u"rm tree/socket; mkdir -p box/backup/container; echo 'name: c1' > box/backup/index.yaml; "
          "mv tree box/backup/container/rootfs; echo > box/backup/container/metadata.yaml; "
          "tar --sort=name --format=pax --xattrs --xattrs-include='*' --sparse -C box -czf x backup/index.yaml "
          "backup/container; mv box/backup/container/rootfs tree"_s);
    const SourceInfo info = probeSource(path(u"x"_s));
    QCOMPARE(info.handler, u"rootfs_archive"_s);
    QVERIFY2(info.description.contains(u"\"backup/container/rootfs\""_s), qPrintable(info.description));
    QVERIFY_RESULT(ImportCase(u"rootfs_dir"_s).run(request(u"tree"_s, u"directory.img"_s, 32)));
    QVERIFY_RESULT(ImportCase(u"rootfs_archive"_s).run(request(u"x"_s, u"out.img"_s, 32)));
    QVERIFY(Test::sameBytes(path(u"out.img"_s), path(u"directory.img"_s)));
}

void TestPackedSystems::otherBackups_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("advice");
    QTest::newRow("optimized") << u"container.bin"_s << u"--optimized-storage"_s;
    QTest::newRow("virtual machine") << u"virtual-machine.img"_s << u"virtual-machine.img"_s;
}

void TestPackedSystems::otherBackups()
{
    QFETCH(QString, file);
    QFETCH(QString, advice);
    shell(u"mkdir backup; echo > backup/index.yaml; echo data > backup/%1; "
          "tar -cf x backup/index.yaml backup/%1"_s.arg(file));
    const SourceInfo info = probeSource(path(u"x"_s));
    QCOMPARE(info.kind, SourceKind::Other);
    QVERIFY2(info.refusal.contains(advice), qPrintable(info.refusal));
}

void TestPackedSystems::cpio_data()
{
    QTest::addColumn<QString>("make");
    const QString cpio = u"(cd tree; find . | sort | cpio --quiet -o -H %1) > x; "_s;
    for (const char* format : {"newc", "crc", "odc"}) {
        QTest::newRow(format) << cpio.arg(QLatin1StringView(format));
    }
    QTest::newRow("padded") << cpio.arg(u"newc"_s) + u"truncate -s +5000000 x"_s;
    for (const char* codec : {"gzip", "xz", "zstd -q --rm", "bzip2"}) {
        QTest::newRow(codec) << cpio.arg(u"newc"_s) + u"%1 x; mv x.* x"_s.arg(QLatin1StringView(codec));
    }
}

/** An archive for cpio gives the image that one of tar gives, and is a ramdisk where nothing else is said. */
void TestPackedSystems::cpio()
{
    QFETCH(QString, make);
    shell(u"mkdir -p tree/etc tree/bin tree/usr/lib; echo data > tree/etc/file; ln -s ../etc/file tree/bin/link; "
          "head -c 3000001 /dev/urandom > tree/usr/lib/data; mkfifo tree/fifo; : > tree/etc/empty; "
          "chmod 4755 tree/etc/file; find tree -exec touch -h -d @1500000000 {} +; "
          "tar --sort=name --format=ustar -C tree -cf tree.tar .; "_s
          + make);
    QCOMPARE(probeSource(path(u"x"_s)).kind, SourceKind::Ramdisk);
    QVERIFY_RESULT(ImportCase(u"rootfs_archive"_s).run(request(u"tree.tar"_s, u"tar.img"_s, 16)));
    ImportCase import(u"rootfs_archive"_s);
    const auto made = request(u"x"_s, u"out.img"_s, 16);
    QCOMPARE(import.check(made).value_or(-1), 16 * MiB);
    QVERIFY_RESULT(import.run(made));
    compareTrees(path(u"tree"_s), ImageReader(made.output), false);
    QVERIFY(Test::sameBytes(made.output, path(u"tar.img"_s)));
}

void TestPackedSystems::severalCpios_data()
{
    QTest::addColumn<QString>("make");
    QTest::newRow("microcode first") << u"cat early.cpio main.cpio > x"_s;
    QTest::newRow("microcode, padded") << u"truncate -s 3M early.cpio; cat early.cpio main.cpio > x"_s;
    QTest::newRow("compressed behind") << u"gzip main.cpio; cat early.cpio main.cpio.gz > x"_s;
    QTest::newRow("compressed behind, padded") << u"zstd -q main.cpio; truncate -s %4K early.cpio; "
                                                  "cat early.cpio main.cpio.zst > x"_s;
    QTest::newRow("in one stream") << u"cat early.cpio main.cpio | gzip > x"_s;
    QTest::newRow("in streams") << u"gzip *.cpio; cat early.cpio.gz main.cpio.gz > x"_s;
    QTest::newRow("a byte") << u"truncate -s +3000000 main.cpio; { cat main.cpio; echo -n x; } > x"_s;
}

void TestPackedSystems::severalCpios()
{
    QFETCH(QString, make);
    shell(
        u"mkdir -p early/kernel/x86/microcode main/etc; head -c 300000 /dev/urandom > early/kernel/x86/microcode/a.bin; "
        "echo x > main/etc/file; for i in early main; do "
        "(cd $i; find . | sort | cpio --quiet -o -H newc) > $i.cpio; done; "_s
        + make);
    ImportCase import(u"rootfs_archive"_s);
    const auto made = request(u"x"_s, u"out.img"_s, 16);
    const auto checked = import.check(made);
    QCOMPARE(checked.error_or(Error()).code, Error::Code::Unsupported);
    QVERIFY2(checked.error().message.contains(u"goes on behind its end"_s), qPrintable(checked.error().message));
    QCOMPARE(import.run(made).error_or(Error()).message, checked.error().message);
    QVERIFY(!QFile::exists(made.output));
}

QTEST_GUILESS_MAIN(TestPackedSystems)
#include "tst_packedsystems.moc"

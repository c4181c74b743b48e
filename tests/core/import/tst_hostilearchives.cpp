// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/entries/archivesource.h"
#include "core/entries/entrylog.h"
#include "core/sources/sourceprobe.h"
#include "core/support/removetree.h"
#include "fixtures.h"
#include "imagereader.h"
#include "importcase.h"

#include <QElapsedTimer>
#include <QTemporaryDir>

#include <fcntl.h>
#include <sys/stat.h>

#include <thread>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

/** Archives of strangers: nothing of them gets out, fills the disk, or is taken for whole where a part is missing. */
class TestHostileArchives : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void names_data();
    void names();
    void duplicates();
    void hugeSparseFile();
    void millionEntries();
    void cut_data();
    void cut();
    void cutBetweenEntries();
    void bombs_data();
    void bombs();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    [[nodiscard]] ImportRequest request(const QString& source, qint64 sizeMiB) const
    {
        return {.source = path(source), .output = path(u"out.img"_s), .sizeMiB = sizeMiB, .owners = OwnerRule::Keep};
    }
    void shell(const QString& script) const
    {
        tool(u"bash"_s, {u"-ec"_s, u"cd \"$1\"; "_s + script, u"bash"_s, m_directory->path()});
    }

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestHostileArchives::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(m_directory->isValid());
    writeFile(path(u"secret"_s), "secret\n");
}

void TestHostileArchives::cleanup()
{
    QVERIFY(removeEntry(AT_FDCWD, QFile::encodeName(m_directory->path())));
}

void TestHostileArchives::names_data()
{
    QTest::addColumn<QString>("make");
    const QString hard = u"mkdir a; echo x > a/first; ln a/first a/second; "_s;
    QTest::newRow("hard link to an absolute name")
        << hard + u"tar -Pcf x --sort=name --transform \"s,^a/first,$PWD/secret,RSh\" a; tar -f x --delete a/first"_s;
    QTest::newRow("hard link above") << hard + u"tar -Pcf x --sort=name --transform 's,^a/first,../../secret,RSh' a"_s;
    QTest::newRow("hard link through a link")
        << hard + u"ln -s .. a/0; tar -cf x --sort=name --transform 's,^a/first,a/0/secret,RSh' a"_s;
    QTest::newRow("hard link to nothing") << hard + u"tar -cf x --sort=name --transform 's,^a/first,a/none,RSh' a"_s;
    QTest::newRow("hard link to a directory") << hard + u"tar -cf x --sort=name --transform 's,^a/first,a,RSh' a"_s;
    QTest::newRow("hard link to itself") << hard + u"tar -cf x --sort=name --transform 's,^a/first,a/second,RSh' a"_s;
    QTest::newRow("file through a link above")
        << u"mkdir a; ln -s .. a/l; tar -cf x a; rm a/l; mkdir a/l; echo evil > a/l/secret; tar -rf x a/l/secret"_s;
    QTest::newRow("dots in the middle") << u"mkdir a b; echo evil > b/f; tar -Pcf x a/../b/f"_s;
}

/** Refused, with nothing made. */
void TestHostileArchives::names()
{
    QFETCH(QString, make);
    shell(make);
    ImportCase import(u"rootfs_archive"_s);
    const auto made = import.run(request(u"x"_s, 8));
    QVERIFY(!made);
    QVERIFY(!made.error().message.isEmpty() && !made.error().remedy.isEmpty());
    QVERIFY(!import.check(request(u"x"_s, 8)));
    QVERIFY(!QFile::exists(path(u"out.img"_s)));
    QCOMPARE(readFile(path(u"secret"_s)), "secret\n");
}

/** As tar unpacks it: what comes later counts, whatever it is. */
void TestHostileArchives::duplicates()
{
    shell(u"mkdir -p d/sub; echo one > d/f; echo one > d/g; ln -s f d/l; echo one > d/sub/h; tar -cf x d; "
          "echo two > d/f; rm d/g d/l; ln -s f d/g; echo three > d/l; tar -rf x d/f d/g d/l; "
          "for i in $(seq 300); do echo d/f; done > names; tar -rf x -T names"_s);
    const auto made = request(u"x"_s, 8);
    ImportCase import(u"rootfs_archive"_s);
    QVERIFY_RESULT(import.run(made));
    tool(u"e2fsck"_s, {u"-fn"_s, made.output});
    const ImageReader image(made.output);
    QCOMPARE(image.content("d/f"), "two\n");
    QCOMPARE(image.seen.value("d/g").link, "f");
    QCOMPARE(image.content("d/l"), "three\n");
    QCOMPARE(image.content("d/sub/h"), "one\n");
    QCOMPARE(image.seen.size(), 8); // with the top and lost+found
}

/** 10 TB that the archive says are a hole take no room; with data in them they do not fit. */
void TestHostileArchives::hugeSparseFile()
{
    shell(u"mkdir d; truncate -s 10T d/huge; echo end >> d/huge; tar -Scf holes --format=pax d; "
          "tar -Scf old --format=gnu d"_s);
    for (const QString& name : {u"holes"_s, u"old"_s}) {
        const auto made = request(name, 16);
        ImportCase import(u"rootfs_archive"_s);
        QElapsedTimer timer;
        timer.start();
        QVERIFY_RESULT(import.check(made));
        QVERIFY_RESULT(import.run(made));
        QVERIFY2(timer.elapsed() < 5000, QByteArray::number(timer.elapsed()).constData());
        tool(u"e2fsck"_s, {u"-fn"_s, made.output});
        QCOMPARE(QFileInfo(made.output).size(), 16 * MiB);
        QVERIFY(QFile::remove(made.output));
        // As the disk in an archive it is larger than what is unpacked.
        shell(u"tar -Scf disk --format=pax -C d huge"_s);
        const auto disk = ImportCase(u"raw"_s).run(
            {.source = path(u"disk"_s), .output = path(u"out.img"_s), .isPacked = true});
        QVERIFY(!disk);
        QVERIFY2(disk.error().message.contains(u"has more than"_s), qPrintable(disk.error().message));
        QVERIFY(!QFile::exists(path(u"out.img"_s)));
    }
}

/** In an archive of some MB: a look does not count them, and counting them can be stopped. */
void TestHostileArchives::millionEntries()
{
    constexpr int Entries = 1'000'000;
    QByteArray header(512, '\0');
    const auto put = [&header](qsizetype at, const QByteArray& bytes) { header.replace(at, bytes.size(), bytes); };
    put(0, "etc/0000000");
    put(100, QByteArray("0000644\0000000000\0000000000\00000000000000\00014000000000", 48));
    put(148, "        0");
    put(257, QByteArray("ustar\00000", 8));
    int sum = 0;
    for (const char byte : std::as_const(header)) {
        sum += static_cast<quint8>(byte);
    }
    QProcess zstd;
    zstd.setStandardOutputFile(path(u"x"_s));
    zstd.start(u"zstd"_s, {u"-qc"_s});
    QByteArray piece;
    for (int i = 0; i < Entries; ++i) {
        const QByteArray number = QByteArray::number(i).rightJustified(7, '0');
        put(4, number);
        int digits = 0;
        for (const char digit : number) {
            digits += digit - '0';
        }
        put(148, QByteArray::number(sum + digits, 8).rightJustified(6, '0'));
        piece += header;
        if (piece.size() >= MiB || i + 1 == Entries) {
            zstd.write(piece);
            QVERIFY(zstd.waitForBytesWritten(-1));
            piece.clear();
        }
    }
    zstd.write(QByteArray(1024, '\0'));
    zstd.closeWriteChannel();
    QVERIFY(zstd.waitForFinished(-1) && zstd.exitCode() == 0);

    QElapsedTimer timer;
    timer.start();
    const SourceInfo info = probeSource(path(u"x"_s));
    QVERIFY2(!info.description.isEmpty(), qPrintable(info.refusal));
    QVERIFY2(timer.elapsed() < 5000, QByteArray::number(timer.elapsed()).constData());
    // Counting them takes its time, which ends when it is to, whether it is the reading or the measuring.
    for (const int milliseconds : {100, 2500}) {
        ImportCase import(u"rootfs_archive"_s);
        const std::jthread later([&import, milliseconds] {
            std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
            import.stop.request_stop();
        });
        timer.restart();
        const auto checked = import.check(request(u"x"_s, 64));
        QCOMPARE(checked.error_or(Error()).code, Error::Code::Cancelled);
        QVERIFY2(timer.elapsed() < milliseconds + 3000, QByteArray::number(timer.elapsed()).constData());
    }
    ImportCase stopped(u"rootfs_archive"_s);
    const std::jthread later([&stopped] {
        std::this_thread::sleep_for(std::chrono::milliseconds(1000));
        stopped.stop.request_stop();
    });
    timer.restart();
    const auto run = stopped.run(request(u"x"_s, 2048));
    QCOMPARE(run.error_or(Error()).code, Error::Code::Cancelled);
    QVERIFY2(timer.elapsed() < 5000, QByteArray::number(timer.elapsed()).constData());
    QVERIFY(!QFile::exists(path(u"out.img"_s)));
}

void TestHostileArchives::cut_data()
{
    QTest::addColumn<QString>("pack");
    const QString tar = u"tar -b 1 -cf - tree"_s;
    QTest::newRow("tar") << tar;
    QTest::newRow("pax") << u"tar -b 1 --format=pax -cf - tree"_s;
    for (const char* codec : {"gzip", "xz", "zstd", "bzip2", "lz4", "xz --format=lzma"}) {
        QTest::addRow("tar, %s", codec) << tar + u" | "_s + QLatin1StringView(codec);
    }
    const QString cpio = u"find tree | sort | cpio --quiet -o -H newc"_s;
    QTest::newRow("cpio") << cpio;
    QTest::newRow("cpio, gzip") << cpio + u" | gzip"_s;
    QTest::newRow("cpio, xz") << cpio + u" | xz"_s;
}

/** Wherever the archive ends, it is whole only where nothing but its padding is missing. */
void TestHostileArchives::cut()
{
    QFETCH(QString, pack);
    constexpr int Places = 200;
    constexpr qint64 Files = 3 + 20 + 2; // the directories, what is in them, the link and the last; a hard link is none
    shell(
        u"mkdir -p tree/etc tree/bin; for i in $(seq 20); do head -c $((i * 250)) /dev/urandom > tree/etc/$i; done; "
        "ln tree/etc/1 tree/bin/hard; ln -s etc tree/link; echo last > tree/zz; set -o pipefail; { %1; } > whole"_s.arg(
            pack));
    const QByteArray whole = readFile(path(u"whole"_s));
    QVERIFY_RESULT(ImportCase(u"rootfs_archive"_s).run(request(u"whole"_s, 4)));
    QVERIFY(QFile::remove(path(u"out.img"_s)));
    for (int i = 0; i < Places; ++i) {
        writeFile(path(u"part"_s), whole.first(whole.size() * i / Places));
        EntryLog log;
        Progress progress;
        const auto fed = ArchiveSource(path(u"part"_s)).feed(log, progress, {});
        QVERIFY2(!fed || log.files() == Files, QByteArray::number(i).constData());
        QVERIFY(fed || !fed.error().remedy.isEmpty());
        if (i % 20 != 0) {
            continue;
        }
        QVERIFY(!probeSource(path(u"part"_s)).description.isEmpty());
        ImportCase import(u"rootfs_archive"_s);
        QCOMPARE(import.check(request(u"part"_s, 4)).has_value(), fed.has_value());
        QCOMPARE(import.run(request(u"part"_s, 4)).has_value(), fed.has_value());
        QCOMPARE(QFile::remove(path(u"out.img"_s)), fed.has_value());
    }
}

/** Between two entries the rest of an archive looks like a whole one, but for the mark at the end. */
void TestHostileArchives::cutBetweenEntries()
{
    shell(
        u"mkdir -p tree/etc; for i in 1 2 3 4; do echo $i > tree/etc/$i; done; tar -b 1 --sort=name -cf whole tree"_s);
    const QByteArray whole = readFile(path(u"whole"_s));
    QCOMPARE(whole.size(), (2 + 4 * 2 + 2) * 512);
    for (qsizetype blocks = 1; blocks <= 10; ++blocks) {
        for (const QString& pack : {u"cat"_s, u"gzip -c"_s}) {
            writeFile(path(u"part"_s), whole.first(blocks * 512));
            shell(pack + u" part > packed"_s);
            const auto made = ImportCase(u"rootfs_archive"_s).run(request(u"packed"_s, 4));
            QVERIFY2(!made, QByteArray::number(blocks).constData());
            QVERIFY(!QFile::exists(path(u"out.img"_s)));
        }
    }
    // Half of the mark is enough.
    writeFile(path(u"part"_s), whole.first(11 * 512));
    QVERIFY_RESULT(ImportCase(u"rootfs_archive"_s).run(request(u"part"_s, 4)));
}

void TestHostileArchives::bombs_data()
{
    QTest::addColumn<QString>("type");
    QTest::addColumn<QString>("make");
    // 16 MiB of one byte as a part of a stream, many times.
    const QString piece = u"head -c 16M /dev/zero | tr '\\0' '\\377' | gzip -1 > piece; "_s;
    const QString pieces = u"for i in $(seq 250); do cat piece; done"_s;
    QTest::newRow("gzip of a disk") << u"raw"_s << piece + pieces + u" > x"_s;
    QTest::newRow("gzip of a root file system") << u"rootfs_archive"_s
                                                << piece
            + u"mkdir etc; truncate -s 4000M etc/f; { tar -c etc 2>/dev/null | head -c 1024 | gzip; %1; } > x"_s.arg(
                pieces);
    QTest::newRow("zip of a disk")
        << u"raw"_s
        << u"python3 -c \"import struct, zlib; deflate = zlib.compressobj(9, wbits=-15); "
           "data = (deflate.compress(bytes(16 << 20)) + deflate.flush(zlib.Z_FULL_FLUSH)) * 250 + b'\\3\\0'; "
           "facts = struct.pack('<HHHHHIIIHH', 20, 0, 8, 0, 33, 0, len(data), 4000 << 20, 1, 0); "
           "local = b'PK\\3\\4' + facts + b'f'; "
           "central = b'PK\\1\\2' + struct.pack('<H', 20) + facts + struct.pack('<HHHII', 0, 0, 0, 0, 0) + b'f'; "
           "open('x', 'wb').write(local + data + central + b'PK\\5\\6' + struct.pack('<HHHHIIH', 0, 0, 1, 1, "
           "len(central), len(local) + len(data), 0))\""_s;
}

/** Small files of gigabytes: what is in them does not fit, or is stopped, and nothing is left. */
void TestHostileArchives::bombs()
{
    QFETCH(QString, type);
    QFETCH(QString, make);
    shell(make);
    QVERIFY(QFileInfo(path(u"x"_s)).size() < 20 * MiB);
    auto made = request(u"x"_s, 64);
    made.isPacked = type == "raw"_L1;
    QElapsedTimer timer;
    timer.start();
    QVERIFY(!probeSource(path(u"x"_s)).description.isEmpty());
    QVERIFY2(timer.elapsed() < 5000, QByteArray::number(timer.elapsed()).constData());
    ImportCase import(type);
    const std::jthread later([&import] {
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        import.stop.request_stop();
    });
    timer.restart();
    const auto run = import.run(made);
    QVERIFY(!run);
    QVERIFY(run.error().code == Error::Code::Cancelled || run.error().code == Error::Code::NoSpace);
    QVERIFY2(timer.elapsed() < 5000, QByteArray::number(timer.elapsed()).constData());
    QVERIFY(!QFile::exists(path(u"out.img"_s)));
    QCOMPARE(QDir(m_directory->path()).entryList({u"*out*"_s}, QDir::Files | QDir::Hidden), QStringList());
}

QTEST_GUILESS_MAIN(TestHostileArchives)
#include "tst_hostilearchives.moc"

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/entries/entrysink.h"
#include "core/support/removetree.h"
#include "fixtures.h"
#include "imagereader.h"
#include "importcase.h"
#include "oddtree.h"

#include <QTemporaryDir>
#include <QtEndian>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <clocale>
#include <limits>
#include <thread>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

/** The archive of a directory gives the image of the directory; broken and hostile ones give an error. */
class TestRootfsArchive : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void sameAsDirectory_data();
    void sameAsDirectory();
    void inDirectory();
    void debian();
    void withoutLocale();
    void accessControlLists_data();
    void accessControlLists();
    void largeAclNumber();
    void cpio();
    void sizes();
    void paths();
    void refused_data();
    void refused();
    void sparseHeaders_data();
    void sparseHeaders();
    void afterTheStream();
    void cancel();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    [[nodiscard]] ImportRequest request(const QString& source, qint64 sizeMiB) const
    {
        return {.source = source, .output = path(u"out.img"_s), .sizeMiB = sizeMiB, .owners = OwnerRule::Keep};
    }
    /** Runs @p script in the test's directory. */
    void shell(const QString& script) const;
    void makeTree() const;

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestRootfsArchive::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(m_directory->isValid());
    qunsetenv("SOURCE_DATE_EPOCH");
}

void TestRootfsArchive::cleanup()
{
    QVERIFY(removeEntry(AT_FDCWD, QFile::encodeName(m_directory->path())));
}

void TestRootfsArchive::shell(const QString& script) const
{
    tool(u"bash"_s, {u"-ec"_s, u"cd \"$1\"; "_s + script, u"bash"_s, m_directory->path()});
}

/** Every kind of file that tar takes, odd names and much data. */
void TestRootfsArchive::makeTree() const
{
    makeOddTree(path(u"tree"_s));
    QVERIFY(QFile::remove(path(u"tree/socket"_s)));
    QByteArray content(5 * MiB + 77, '\0');
    for (qsizetype i = 0; i < content.size(); ++i) {
        content[i] = static_cast<char>(i * 31 + i / 4099);
    }
    writeFile(path(u"tree/usr/data"_s), content);
    for (int i = 0; i < 500; ++i) {
        writeFile(path(u"tree/many/%1/file"_s.arg(i)), content.first(i * 20));
    }
    writeFile(path(u"tree/holes"_s), QByteArray(3 * MiB, '\0') + "end" + QByteArray(MiB, '\0') + "x");
    shell(u"cp --sparse=always tree/holes tree/punched"_s);
}

constexpr auto Tar = "tar --sort=name --format=pax --xattrs --xattrs-include='*' --sparse -C tree -cf tree.tar . ; ";

void TestRootfsArchive::sameAsDirectory_data()
{
    QTest::addColumn<QString>("compress");
    QTest::addColumn<QString>("name");
    QTest::newRow("plain") << u"true"_s << u"tree.tar"_s;
    QTest::newRow("gzip") << u"gzip tree.tar"_s << u"tree.tar.gz"_s;
    QTest::newRow("gzip, two streams")
        << u"{ head -c 1000000 tree.tar | gzip; tail -c +1000001 tree.tar | gzip -1; } > two.gz"_s << u"two.gz"_s;
    QTest::newRow("gzip, a stream that ends before the last byte of what is read at once")
        << u"python3 -c \"import gzip, struct, zlib; data = open('tree.tar', 'rb').read(); head = data[:300000]; "
           "deflate = zlib.compressobj(wbits=-15); raw = deflate.compress(head) + deflate.flush(); "
           "name = b'n' * (524287 - 19 - len(raw)); end = struct.pack('<II', zlib.crc32(head), len(head)); "
           "open('two.gz', 'wb').write(b'\\x1f\\x8b\\x08\\x08' + bytes(6) + name + b'\\0' + raw + end + "
           "gzip.compress(data[300000:]))\""_s
        << u"two.gz"_s;
    QTest::newRow("xz") << u"xz -1 tree.tar"_s << u"tree.tar.xz"_s;
    QTest::newRow("xz, blocks") << u"xz -1 -T2 --block-size=1MiB tree.tar"_s << u"tree.tar.xz"_s;
    QTest::newRow("zstd") << u"zstd -q tree.tar"_s << u"tree.tar.zst"_s;
    QTest::newRow("zstd, two frames")
        << u"{ head -c 1000000 tree.tar | zstd; tail -c +1000001 tree.tar | zstd -19; } > two.zst"_s << u"two.zst"_s;
    QTest::newRow("bzip2") << u"bzip2 tree.tar"_s << u"tree.tar.bz2"_s;
    QTest::newRow("Incus") << u"mkdir box; mv tree box/rootfs; echo 'architecture: x86_64' >box/metadata.yaml; "_s
            + QString::fromLatin1(Tar).replace(u"-C tree -cf tree.tar ."_s,
                                               u"-C box -cf tree.tar metadata.yaml rootfs"_s)
            + u"mv box/rootfs tree; gzip tree.tar"_s
                           << u"tree.tar.gz"_s;
}

void TestRootfsArchive::sameAsDirectory()
{
    QFETCH(QString, compress);
    QFETCH(QString, name);
    makeTree();
    shell(QString::fromLatin1(Tar) + compress);
    auto fromDirectory = request(path(u"tree"_s), 32);
    fromDirectory.output = path(u"directory.img"_s);
    QVERIFY_RESULT(ImportCase(u"rootfs_dir"_s).run(fromDirectory));
    const auto fromArchive = request(path(name), 32);
    ImportCase import(u"rootfs_archive"_s);
    QCOMPARE(import.check(fromArchive).value_or(-1), 32 * MiB);
    QVERIFY_RESULT(import.run(fromArchive));
    const ImageReader image(fromArchive.output);
    compareTrees(path(u"tree"_s), image, false);
    QCOMPARE(image.attributes("tmp").value("user.large"), QByteArray(900, 'v'));
    QVERIFY(Test::sameBytes(fromArchive.output, fromDirectory.output));
    const ProgressSnapshot progress = import.progress.snapshot();
    QCOMPARE(progress.total, QFileInfo(path(name)).size());
    QCOMPARE(progress.done, progress.total);
}

/** What lies beside the directory with the root file system is no part of it. */
void TestRootfsArchive::inDirectory()
{
    shell(
        u"mkdir -p box/system/{bin,etc,usr,lib,var} box/other; echo in >box/system/etc/issue; echo out >box/other/file; "
        "ln box/system/etc/issue box/system/var/issue; ln -s ../../other/file box/system/lib/link; "
        "tar --format=pax -C box -czf box.tar.gz ."_s);
    const SourceInfo info = probeSource(path(u"box.tar.gz"_s));
    QCOMPARE(info.handler, u"rootfs_archive"_s);
    QVERIFY2(info.description.contains(u"\"system\""_s), qPrintable(info.description));
    const auto made = request(path(u"box.tar.gz"_s), 16);
    QVERIFY_RESULT(ImportCase(u"rootfs_archive"_s).run(made));
    compareTrees(path(u"box/system"_s), ImageReader(made.output), false);
    QVERIFY(QFile::remove(made.output));
    // A name of it that is one of something outside.
    shell(u"ln box/other/file box/system/var/other; tar --sort=name -C box -cf out.tar ."_s);
    const auto linked = ImportCase(u"rootfs_archive"_s).run(request(path(u"out.tar"_s), 16));
    QVERIFY(!linked);
    QVERIFY2(linked.error().message.contains(u"system/var/other"_s), qPrintable(linked.error().message));
    QVERIFY(!QFile::exists(made.output));
}

void TestRootfsArchive::debian()
{
    const auto made = request(fixture(u"debian-minbase.tar"_s), 512);
    QVERIFY_RESULT(ImportCase(u"rootfs_archive"_s).run(made));
    tool(u"/sbin/e2fsck"_s, {u"-f"_s, u"-n"_s, made.output});
    if (::geteuid() == 0) {
        compareTrees(fixture(u"debian-minbase"_s), ImageReader(made.output), false); // unpacked by root
    }
    QCOMPARE(ImageReader(made.output).seen.value("dev/null").mode, quint32{S_IFCHR | 0666});
}

void TestRootfsArchive::withoutLocale()
{
    makeTree();
    shell(QString::fromLatin1(Tar));
    const QByteArray before = std::setlocale(LC_ALL, nullptr);
    std::setlocale(LC_ALL, "C");
    const auto result = ImportCase(u"rootfs_archive"_s).run(request(path(u"tree.tar"_s), 32));
    std::setlocale(LC_ALL, before.constData());
    QVERIFY_RESULT(result);
    compareTrees(path(u"tree"_s), ImageReader(path(u"out.img"_s)), false);
}

void TestRootfsArchive::accessControlLists_data()
{
    QTest::addColumn<QString>("options");
    QTest::newRow("as text") << u"--acls"_s;
    QTest::newRow("as bytes") << u"--xattrs --xattrs-include='*'"_s;
    QTest::newRow("as both") << u"--acls --xattrs --xattrs-include='*'"_s;
}

void TestRootfsArchive::accessControlLists()
{
    QFETCH(QString, options);
    shell(u"mkdir -p tree/d; echo x > tree/f; setfacl -m u:1234:rw,g:77:r tree/f; setfacl -d -m u:5:rwx tree/d;"
          "tar --sort=name --format=pax %1 -C tree -cf tree.tar ."_s.arg(options));
    auto made = request(path(u"tree"_s), 8);
    QVERIFY_RESULT(ImportCase(u"rootfs_dir"_s).run(made));
    const auto expected = ImageReader(made.output).attributes("f");
    QVERIFY(expected.contains("system.posix_acl_access"));
    const auto expectedDefault = ImageReader(made.output).attributes("d");
    made = request(path(u"tree.tar"_s), 8);
    made.output = path(u"archive.img"_s);
    QVERIFY_RESULT(ImportCase(u"rootfs_archive"_s).run(made));
    QCOMPARE(ImageReader(made.output).attributes("f"), expected);
    QCOMPARE(ImageReader(made.output).attributes("d"), expectedDefault);
    compareTrees(path(u"tree"_s), ImageReader(made.output), false); // the mode has the mask
    QVERIFY(Test::sameBytes(path(u"out.img"_s), made.output));
}

/** libarchive has numbers of 31 bits for them. */
void TestRootfsArchive::largeAclNumber()
{
    shell(u"mkdir tree; echo x > tree/f; setfacl -m u:4000000000:rw tree/f; tar --format=pax --acls -cf x tree"_s);
    const auto refused = ImportCase(u"rootfs_archive"_s).run(request(path(u"x"_s), 8));
    QCOMPARE(refused.error_or(Error()).code, Error::Code::Unsupported);
    shell(u"tar --format=pax --acls --xattrs --xattrs-include='*' -C tree -cf x ."_s);
    QVERIFY_RESULT(ImportCase(u"rootfs_archive"_s).run(request(path(u"x"_s), 8)));
    compareTrees(path(u"tree"_s), ImageReader(path(u"out.img"_s)), false);
}

void TestRootfsArchive::cpio()
{
    shell(u"mkdir -p tree/etc tree/bin; echo data > tree/etc/file; ln tree/etc/file tree/bin/one; "
          "ln tree/etc/file tree/bin/two; ln -s etc/file tree/link; mkfifo tree/fifo; : > tree/etc/empty; "
          "ln tree/etc/empty tree/etc/none; find tree -exec touch -h -d @1500000000 {} +; "
          "cd tree; find . | sort | cpio --quiet -o -H newc > ../tree.cpio"_s);
    const auto made = request(path(u"tree.cpio"_s), 8);
    QVERIFY_RESULT(ImportCase(u"rootfs_archive"_s).run(made));
    compareTrees(path(u"tree"_s), ImageReader(made.output), false);
}

void TestRootfsArchive::sizes()
{
    makeTree();
    shell(QString::fromLatin1(Tar) + u"gzip tree.tar"_s);
    ImportCase import(u"rootfs_archive"_s);
    const auto refused = import.check(request(path(u"tree.tar.gz"_s), 1));
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, Error::Code::NoSpace);
    const qint64 needed = refused.error().neededBytes / MiB;
    QVERIFY2(needed > 10 && needed < 30, qPrintable(refused.error().message));
    QVERIFY_RESULT(import.check(request(path(u"tree.tar.gz"_s), needed)));
    QVERIFY_RESULT(import.run(request(path(u"tree.tar.gz"_s), needed)));
    QVERIFY(QFile::remove(path(u"out.img"_s)));
    QCOMPARE(import.run(request(path(u"tree.tar.gz"_s), 3)).error_or(Error()).neededBytes, needed * MiB);
    QVERIFY(!QFile::exists(path(u"out.img"_s)));
    // Another file of the name is another archive.
    shell(u"mkdir small; echo x > small/f; tar -C small -cf - . | gzip > tree.tar.gz"_s);
    QVERIFY_RESULT(import.check(request(path(u"tree.tar.gz"_s), 1)));
}

void TestRootfsArchive::paths()
{
    shell(u"mkdir -p tree/sub; echo inside > tree/sub/file; ln -s sub tree/link; "
          "tar -P --transform='s,^tree,/abs//./dir,' -cf tree.tar tree"_s);
    QVERIFY_RESULT(ImportCase(u"rootfs_archive"_s).run(request(path(u"tree.tar"_s), 8)));
    QCOMPARE(ImageReader(path(u"out.img"_s)).content("abs/dir/sub/file"), "inside\n");
}

void TestRootfsArchive::refused_data()
{
    QTest::addColumn<QString>("make");
    QTest::addColumn<QString>("message");
    const QString tree = u"mkdir -p tree/sub; head -c 3000000 /dev/urandom > tree/sub/file; "_s;
    QTest::newRow("empty file") << u": > x"_s << u"Cannot read the archive"_s;
    QTest::newRow("no archive") << u"head -c 100000 /dev/urandom > x"_s << u"Cannot read the archive"_s;
    QTest::newRow("no entry") << u"tar -cf x -T /dev/null"_s << u"is empty"_s;
    QTest::newRow("above") << u"mkdir a b; echo x > a/f; cd b; tar -P -cf ../x ../a/f"_s
                           << u"leads to another directory"_s;
    QTest::newRow("link above") << tree
            + u"ln tree/sub/file tree/b; tar -P --transform='flags=h;s,^,../,' -cf x tree/sub tree/b"_s
                                << u"leads to another directory"_s;
    QTest::newRow("through a link")
        << u"mkdir d; ln -s /etc d/l; tar -cf x d; rm d/l; mkdir d/l; echo y > d/l/passwd; tar -rf x d/l/passwd"_s
        << u"its directory is a file there"_s;
    QTest::newRow("top is a file") << tree + u"tar --transform='s,.*,.,' -cf x tree/sub/file"_s
                                   << u"\".\", the top of the file system, is no directory"_s;
    QTest::newRow("top is a link") << u"ln -s a l; tar --transform='flags=r;s,.*,.,' -cf x l"_s
                                   << u"\".\", the top of the file system, is no directory"_s;
    QTest::newRow("link to nothing") << u"mkdir d; ln -s a d/l; tar --transform='flags=s;s,.*,,' -cf x d"_s
                                     << u"The link d/l leads nowhere"_s;
    for (const char* keyword : {"SCHILY.acl.access", "SCHILY.acl.default", "SUN.holesdata"}) {
        QTest::addRow("broken %s", keyword)
            << tree + u"tar --format=pax --pax-option='%1:=?' -cf x tree"_s.arg(QLatin1StringView(keyword))
            << u"Parse error"_s;
    }
    QTest::newRow("cut tar") << tree + u"tar -cf y tree; head -c 2000000 y > x"_s << u"Truncated"_s;
    QTest::newRow("cut gzip") << tree + u"tar -czf y tree; head -c 2000000 y > x"_s << u"ends too early"_s;
    QTest::newRow("cut xz") << tree + u"tar -cJf y tree; head -c 2000000 y > x"_s << u"ends too early"_s;
    QTest::newRow("cut zstd") << tree + u"tar -c tree | zstd > y; head -c 2000000 y > x"_s << u"ends too early"_s;
    QTest::newRow("gzip checksum") << tree
            + u"tar -czf x tree; s=$(stat -c %s x); printf 'abcd' | dd of=x bs=1 seek=$((s-8)) conv=notrunc"_s
                                   << u"another checksum"_s;
    for (const char* format : {"gzip", "xz", "zstd"}) {
        QTest::addRow("bad %s", format) << tree
                + u"tar -c tree | %1 > x; head -c 60000 /dev/zero | tr '\\0' '\\377' | "
                  "dd of=x bs=1000 seek=1000 conv=notrunc"_s.arg(QLatin1StringView(format))
                                        << u"is broken"_s;
    }
    QTest::newRow("a program's format") << tree + u"{ printf 'LRZI\\0\\6'; tar -c tree; } > x"_s
                                        << u"Unrecognized archive format"_s;
    QTest::newRow("zstd window") << tree + u"tar -c tree | zstd --long=31 > x"_s << u"needs more than"_s;
    QTest::newRow("directory") << u"mkdir x"_s << u"x"_s;
    QTest::newRow("FIFO") << u"mkfifo x"_s << u"x"_s;
    QTest::newRow("missing") << u"true"_s << u"x"_s;
}

void TestRootfsArchive::refused()
{
    QFETCH(QString, make);
    QFETCH(QString, message);
    shell(make);
    ImportCase import(u"rootfs_archive"_s);
    const auto made = request(path(u"x"_s), 16);
    const auto checked = import.check(made);
    QVERIFY(!checked.has_value());
    QVERIFY2(checked.error().message.contains(message), qPrintable(checked.error().message));
    QVERIFY(!checked.error().remedy.isEmpty());
    const auto ran = import.run(made);
    QVERIFY(!ran.has_value());
    QVERIFY2(ran.error().message.contains(message), qPrintable(ran.error().message));
    QVERIFY(!QFile::exists(made.output));
}

namespace
{

/** A number of 12 bytes in the header of a tar archive, in the binary form that GNU tar has for large ones. */
QByteArray tarNumber(qint64 number)
{
    QByteArray bytes(12, '\0');
    bytes[0] = '\x80';
    qToBigEndian(number, bytes.data() + 4);
    return bytes;
}

/** The header of a file of @p size bytes that says it has the part @p data of them, which the archive does not have. */
QByteArray sparseHeader(const QByteArray& name, qint64 size, const DataRange& data)
{
    QByteArray header(512, '\0');
    const auto put = [&header](qsizetype at, const QByteArray& bytes) { header.replace(at, bytes.size(), bytes); };
    put(0, name);
    put(100, "0000644");
    put(108, "0000000");
    put(116, "0000000");
    put(124, "00000000000");
    put(136, "14000000000");
    put(148, "        ");
    put(156, "S"); // sparse, as GNU tar had it first
    put(257, "ustar  ");
    put(386, tarNumber(data.start) + tarNumber(data.size));
    put(483, tarNumber(size));
    qint64 sum = 0;
    for (const char byte : std::as_const(header)) {
        sum += static_cast<quint8>(byte);
    }
    put(148, QByteArray::number(sum, 8).rightJustified(6, '0') + '\0' + ' ');
    return header;
}

} // namespace

void TestRootfsArchive::sparseHeaders_data()
{
    QTest::addColumn<int>("files");
    QTest::addColumn<qint64>("size");
    QTest::addColumn<DataRange>("data");
    QTest::addColumn<Error::Code>("code");
    QTest::addColumn<QString>("message");
    constexpr qint64 TiB = 1024 * GiB;
    QTest::newRow("one file") << 1 << (qint64{1} << 61) << DataRange{5, qint64{1} << 60} << Error::Code::InvalidInput
                              << u"No ext4 image can hold"_s;
    QTest::newRow("many files") << 20 << (qint64{1} << 61) << DataRange{5, qint64{1} << 60} << Error::Code::InvalidInput
                                << u"than any disk can hold"_s;
    QTest::newRow("many whole files") << 20 << (qint64{1} << 60) << DataRange{0, qint64{1} << 60}
                                      << Error::Code::InvalidInput << u"than any disk can hold"_s;
    QTest::newRow("15 TiB") << 3 << 5 * TiB << DataRange{0, 5 * TiB} << Error::Code::NoSpace
                            << u"does not fit into an image of 16 MiB"_s;
    QTest::newRow("2 TiB") << 1 << 2 * TiB << DataRange{0, 2 * TiB} << Error::Code::NoSpace
                           << u"does not fit into an image of 16 MiB"_s;
}

/** What a header of 512 bytes says takes no memory for it. */
void TestRootfsArchive::sparseHeaders()
{
    QFETCH(int, files);
    QFETCH(qint64, size);
    QFETCH(DataRange, data);
    QFETCH(Error::Code, code);
    QFETCH(QString, message);
    QByteArray archive;
    for (int i = 0; i < files; ++i) {
        archive += sparseHeader("file" + QByteArray::number(i), size, data);
    }
    writeFile(path(u"x"_s), archive + QByteArray(1024, '\0'));
    const auto checked = ImportCase(u"rootfs_archive"_s).check(request(path(u"x"_s), 16));
    QVERIFY(!checked);
    QVERIFY2(checked.error().message.contains(message), qPrintable(checked.error().message));
    QCOMPARE(checked.error().code, code);
    if (code == Error::Code::NoSpace) {
        const qint64 bytes = files * data.size;
        QVERIFY(checked.error().neededBytes > bytes && checked.error().neededBytes < bytes / 32 * 33);
    }
}

/** What firmware makers append to a compressed image does no harm. */
void TestRootfsArchive::afterTheStream()
{
    shell(u"mkdir tree; echo x > tree/f; tar -czf x tree; echo metadata >> x"_s);
    QVERIFY_RESULT(ImportCase(u"rootfs_archive"_s).run(request(path(u"x"_s), 8)));
    QCOMPARE(ImageReader(path(u"out.img"_s)).content("tree/f"), "x\n");
}

void TestRootfsArchive::cancel()
{
    shell(u"gzip -1 < '%1' > x.gz"_s.arg(fixture(u"debian-minbase.tar"_s)));
    for (const int percent : {0, 30, 90}) {
        ImportCase import(u"rootfs_archive"_s);
        const auto made = request(path(u"x.gz"_s), 512);
        const std::jthread canceller([&import, percent](const std::stop_token& done) {
            while (!done.stop_requested()) {
                const ProgressSnapshot now = import.progress.snapshot();
                if (percent == 0 || (now.total > 0 && now.done * 100 >= now.total * percent)) {
                    import.stop.request_stop();
                    return;
                }
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            }
        });
        const auto result = import.run(made);
        QCOMPARE(result.error_or(Error()).code, Error::Code::Cancelled);
        QVERIFY(!QFile::exists(made.output));
    }
}

QTEST_GUILESS_MAIN(TestRootfsArchive)
#include "tst_rootfsarchive.moc"

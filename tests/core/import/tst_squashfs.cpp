// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/entries/entrylog.h"
#include "core/squashfs/squashfssource.h"
#include "core/support/removetree.h"
#include "core/support/uniquefd.h"
#include "imagereader.h"
#include "importcase.h"
#include "oddtree.h"

#include <QTemporaryDir>

#include <fcntl.h>

#include <thread>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

/** The squashfs of a directory gives the image of the directory; broken and hostile ones give an error. */
class TestSquashfs : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void sameAsDirectory_data();
    void sameAsDirectory();
    void attributes();
    void sizes();
    void refused_data();
    void refused();
    void cut_data();
    void cut();
    void cancel();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    [[nodiscard]] ImportRequest request(const QString& source, const QString& output, qint64 sizeMiB) const
    {
        return {.source = path(source), .output = path(output), .sizeMiB = sizeMiB, .owners = OwnerRule::Keep};
    }
    /** Runs @p script in the test's directory. */
    void shell(const QString& script) const;
    void makeTree() const;

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestSquashfs::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(m_directory->isValid());
    qunsetenv("SOURCE_DATE_EPOCH");
}

void TestSquashfs::cleanup()
{
    QVERIFY(removeEntry(AT_FDCWD, QFile::encodeName(m_directory->path())));
}

void TestSquashfs::shell(const QString& script) const
{
    tool(u"bash"_s, {u"-ec"_s, u"cd \"$1\"; "_s + script, u"bash"_s, m_directory->path()});
}

/** Every kind of entry, much data, many ends of files, and times as squashfs has them: whole seconds from 1970 on. */
void TestSquashfs::makeTree() const
{
    makeOddTree(path(u"tree"_s));
    QByteArray content(5 * MiB + 77, '\0');
    for (qsizetype i = 0; i < content.size(); ++i) {
        content[i] = static_cast<char>(i * 31 + i / 4099);
    }
    writeFile(path(u"tree/usr/data"_s), content);
    for (int i = 0; i < 500; ++i) {
        writeFile(path(u"tree/many/%1/file"_s.arg(i)), content.first(i * 20));
    }
    writeFile(path(u"tree/holes"_s), QByteArray(3 * MiB, '\0') + "end" + QByteArray(MiB, '\0') + "x");
    shell(u"cp --sparse=always tree/holes tree/punched; find tree -exec touch -h -d @1500000000 {} +; "
          "touch -d @0 tree/zeros; touch -d @4294967295 tree/sparse"_s);
}

void TestSquashfs::sameAsDirectory_data()
{
    QTest::addColumn<QString>("options");
    for (const char* codec : {"gzip", "xz", "zstd", "lz4", "lzo", "lzma"}) {
        QTest::newRow(codec) << u"-comp "_s + QLatin1StringView(codec);
    }
    QTest::newRow("tails in fragments") << u"-tailends"_s;
    QTest::newRow("no fragments") << u"-no-fragments -b 1M"_s;
    QTest::newRow("nothing compressed") << u"-no-compression -b 4096"_s;
}

void TestSquashfs::sameAsDirectory()
{
    QFETCH(QString, options);
    makeTree();
    shell(u"mksquashfs tree tree.squashfs -quiet -no-progress "_s + options);
    QVERIFY_RESULT(ImportCase(u"rootfs_dir"_s).run(request(u"tree"_s, u"directory.img"_s, 32)));
    ImportCase import(u"squashfs"_s);
    const auto made = request(u"tree.squashfs"_s, u"out.img"_s, 32);
    QCOMPARE(import.check(made).value_or(-1), 32 * MiB);
    QVERIFY_RESULT(import.run(made));
    const ImageReader image(made.output);
    compareTrees(path(u"tree"_s), image, false);
    QCOMPARE(image.attributes("tmp").value("user.large"), QByteArray(900, 'v'));
    QVERIFY(Test::sameBytes(made.output, path(u"directory.img"_s)));

    // In the place where it is to be, too.
    const UniqueFd file(::open(qPrintable(path(u"place.img"_s)), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    SparseFile target(file.get(), path(u"place.img"_s));
    ProcessRunner runner;
    JobContext context{.stop = {}, .progress = import.progress, .report = import.report};
    QVERIFY_RESULT(import.handler().runInto(request(u"tree.squashfs"_s, u"work"_s, 32), target, context, runner));
    shell(u"cmp -n $((32 << 20)) out.img place.img || { truncate -s 32M place.img; cmp out.img place.img; }"_s);
    const auto bytes = import.handler().dataBytes(made, {});
    QVERIFY_RESULT(bytes);
    QVERIFY(*bytes > 5 * MiB && *bytes < 20 * MiB);
}

/** Values that inodes share lie once in the image; of a kind that squashfs does not know none are there. */
void TestSquashfs::attributes()
{
    shell(
        u"mkdir tree; for i in $(seq 300); do echo $i > tree/$i; setfattr -n user.same -v $(printf 'v%.0s' {1..700}) tree/$i; "
        "setfattr -n user.own -v \"of $i\" tree/$i; done; find tree -exec touch -d @1500000000 {} +; "
        "mksquashfs tree x -quiet -no-progress"_s);
    QVERIFY_RESULT(ImportCase(u"rootfs_dir"_s).run(request(u"tree"_s, u"directory.img"_s, 8)));
    QVERIFY_RESULT(ImportCase(u"squashfs"_s).run(request(u"x"_s, u"out.img"_s, 8)));
    QVERIFY(Test::sameBytes(path(u"out.img"_s), path(u"directory.img"_s)));
    QCOMPARE(ImageReader(path(u"out.img"_s)).attributes("17").value("user.own"), "of 17");
}

void TestSquashfs::sizes()
{
    makeTree();
    shell(u"mksquashfs tree x -quiet -no-progress"_s);
    ImportCase import(u"squashfs"_s);
    const auto refused = import.check(request(u"x"_s, u"out.img"_s, 1));
    QCOMPARE(refused.error_or(Error()).code, Error::Code::NoSpace);
    const qint64 needed = refused.error().neededBytes / MiB;
    QVERIFY2(needed > 6 && needed < 20, qPrintable(refused.error().message));
    QVERIFY_RESULT(import.run(request(u"x"_s, u"out.img"_s, needed)));
    compareTrees(path(u"tree"_s), ImageReader(path(u"out.img"_s)), false);
}

void TestSquashfs::refused_data()
{
    QTest::addColumn<QString>("make");
    QTest::addColumn<QString>("message");
    const QString made = u"mkdir tree; head -c 3000000 /dev/urandom > tree/file; echo x > tree/small; "
                         "mksquashfs tree x -quiet -no-progress; "_s;
    const auto patch = [&made](const QString& at, const QString& bytes) {
        return made + u"printf '%1' | dd of=x bs=1 seek=%2 conv=notrunc status=none"_s.arg(bytes, at);
    };
    QTest::newRow("empty") << u": > x"_s << u"is empty"_s;
    QTest::newRow("other") << u"head -c 100000 /dev/urandom > x"_s << u"damaged"_s;
    QTest::newRow("cut off") << made + u"truncate -s -4096 x"_s << u"cut off"_s;
    QTest::newRow("cut in the superblock") << made + u"truncate -s 90 x"_s << u"damaged"_s;
    QTest::newRow("unknown compression") << patch(u"20"_s, u"\\x09"_s) << u"damaged"_s;
    QTest::newRow("version 3") << patch(u"28"_s, u"\\x03"_s) << u"damaged"_s;
    QTest::newRow("2^60 bytes") << patch(u"40"_s, u"\\0\\0\\0\\0\\0\\0\\0\\x10"_s) << u"cut off"_s;
    QTest::newRow("many fragments") << patch(u"16"_s, u"\\xff\\xff\\xff\\xff"_s) << u"damaged"_s;
    QTest::newRow("top elsewhere") << patch(u"32"_s, u"\\xff\\xff"_s) << u"damaged at /"_s;
    QTest::newRow("tables exchanged") << patch(u"64"_s, u"\\xff\\xff\\x7f"_s) << u"damaged"_s;
    QTest::newRow("data") << made
            + u"dd if=/dev/zero of=x bs=1 seek=200 count=100 conv=notrunc status=none; "
              "head -c 3000000 /dev/zero > tree/file; mksquashfs tree x -noappend -no-sparse "
              "-quiet -no-progress; dd if=/dev/zero of=x bs=1 seek=100 count=200 conv=notrunc status=none"_s
                          << u"damaged at /file"_s;
}

void TestSquashfs::refused()
{
    QFETCH(QString, make);
    QFETCH(QString, message);
    shell(make);
    ImportCase import(u"squashfs"_s);
    const auto ran = import.run(request(u"x"_s, u"out.img"_s, 16));
    QVERIFY(!ran.has_value());
    QVERIFY2(ran.error().message.contains(message), qPrintable(ran.error().message));
    QVERIFY(!ran.error().remedy.isEmpty());
    QVERIFY(!QFile::exists(path(u"out.img"_s)));
}

void TestSquashfs::cut_data()
{
    QTest::addColumn<QString>("codec");
    for (const char* codec : {"gzip", "xz", "zstd", "lz4", "lzo", "lzma"}) {
        QTest::newRow(codec) << QString::fromLatin1(codec);
    }
}

void TestSquashfs::cut()
{
    QFETCH(QString, codec);
    shell(
        u"mkdir -p tree/sub; head -c 50000 /dev/urandom > tree/file; for i in $(seq 30); do echo $i > tree/sub/$i; done; "
        "mksquashfs tree x -quiet -no-progress -nopad -b 8192 -comp "_s
        + codec);
    const qint64 whole = QFileInfo(path(u"x"_s)).size();
    ImportCase import(u"squashfs"_s);
    QVERIFY_RESULT(import.check(request(u"x"_s, u"out.img"_s, 4)));
    constexpr int Places = 200;
    for (int i = Places - 1; i >= 0; --i) {
        QVERIFY(QFile::resize(path(u"x"_s), whole * i / Places));
        const auto checked = import.check(request(u"x"_s, u"out.img"_s, 4));
        QVERIFY2(!checked && !checked.error().remedy.isEmpty(), QByteArray::number(i).constData());
        QVERIFY(i % 8 != 0 || !import.run(request(u"x"_s, u"out.img"_s, 4)));
        QVERIFY(!QFile::exists(path(u"out.img"_s)));
    }
}

void TestSquashfs::cancel()
{
    shell(u"mkdir tree; head -c 60000000 /dev/urandom > tree/file; mksquashfs tree x -quiet -no-progress"_s);
    for (const qint64 bytes : {qint64{0}, qint64{20'000'000}}) {
        ImportCase import(u"squashfs"_s);
        const std::jthread canceller([&import, bytes](const std::stop_token& done) {
            while (!done.stop_requested()) {
                if (import.progress.snapshot().done >= bytes) {
                    import.stop.request_stop();
                    return;
                }
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            }
        });
        const auto result = import.run(request(u"x"_s, u"out.img"_s, 100));
        QCOMPARE(result.error_or(Error()).code, Error::Code::Cancelled);
        QVERIFY(!QFile::exists(path(u"out.img"_s)));
    }
}

QTEST_GUILESS_MAIN(TestSquashfs)
#include "tst_squashfs.moc"

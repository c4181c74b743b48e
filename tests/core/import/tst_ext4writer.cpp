// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/entries/directorysource.h"
#include "core/entries/entryqueue.h"
#include "core/ext4/ext4writer.h"
#include "core/support/removetree.h"
#include "core/support/uniquefd.h"
#include "core/support/units.h"
#include "fixtures.h"
#include "imagereader.h"
#include "importcase.h"
#include "oddtree.h"

#include <QTemporaryDir>

#include <fcntl.h>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

class TestExt4Writer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_directory = std::make_unique<QTemporaryDir>(); }
    void cleanup() { QVERIFY(removeEntry(AT_FDCWD, QFile::encodeName(m_directory->path()))); }
    void geometries_data();
    void geometries();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    void writeImage(const QString& source, const QString& image, const Ext4Options& options);

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestExt4Writer::writeImage(const QString& source, const QString& image, const Ext4Options& options)
{
    const UniqueFd file(::open(qPrintable(image), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    SparseFile target(file.get(), image);
    Ext4Writer writer(&target, image, options);
    Progress progress;
    QVERIFY_RESULT(feedInParallel(DirectorySource(source), writer, progress, {}));
    QVERIFY_RESULT(writer.finish({}));
}

void TestExt4Writer::geometries_data()
{
    QTest::addColumn<qint64>("size");
    QTest::addColumn<qint64>("block");
    QTest::addColumn<qint64>("journal");
    for (const qint64 block : {1024, 2048, 4096}) {
        for (const qint64 size : {qint64{0}, 20 * MiB, 64 * MiB, 1500 * MiB}) {
            for (const qint64 journal : {0, 1024}) {
                QTest::addRow("%lld MiB, %lld, %lld", size / MiB, block, journal) << size << block << journal;
            }
        }
    }
}

void TestExt4Writer::geometries()
{
    QFETCH(qint64, size);
    QFETCH(qint64, block);
    QFETCH(qint64, journal);
    const QString source = path(u"tree"_s);
    makeOddTree(source);
    for (int i = 0; i < 300; ++i) {
        writeFile(source + u"/many/a file with the number %1"_s.arg(i),
                  QByteArray(i * 37, static_cast<char>('a' + i % 26)));
    }
    writeFile(source + u"/big"_s, QByteArray(9 * MiB, 'b'));
    writeFile(source + u"/holes"_s, QByteArray(3 * MiB, '\0') + "end" + QByteArray(MiB, '\0') + "x");
    if (block < 4096) {
        QVERIFY(QFile::remove(source + u"/link4000"_s)); // longer than a block
    }
    Ext4Options options;
    options.sizeBytes = size;
    options.blockSize = block;
    options.journalBlocks = journal;
    const QString image = path(u"image"_s);
    writeImage(source, image, options);
    tool(u"/sbin/e2fsck"_s, {u"-f"_s, u"-n"_s, image});
    const ImageReader reader(image);
    compareTrees(source, reader, false);
    QCOMPARE(reader.attributes("suid").value("user.note"), "hello");
    QCOMPARE(reader.attributes("tmp").value("user.large"), QByteArray(900, 'v'));
}

QTEST_GUILESS_MAIN(TestExt4Writer)
#include "tst_ext4writer.moc"

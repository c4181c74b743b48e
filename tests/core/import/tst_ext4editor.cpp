// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/ext4/ext4editor.h"
#include "core/support/uniquefd.h"
#include "core/support/units.h"
#include "fixtures.h"
#include "imagereader.h"
#include "importcase.h"

#include <QRegularExpression>
#include <QTemporaryDir>

#include <fcntl.h>
#include <sys/stat.h>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

/** Files put into a file system that exists; e2fsck and libext2fs judge. */
class TestExt4Editor : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void intoFreedBlocks_data();
    void intoFreedBlocks();

private:
    void shell(const QString& script) const
    {
        tool(u"bash"_s, {u"-ec"_s, u"PATH=$PATH:/sbin; cd \"$1\"; "_s + script, u"bash"_s, m_directory.path()});
    }

    QTemporaryDir m_directory;
};

void TestExt4Editor::intoFreedBlocks_data()
{
    QTest::addColumn<QString>("features");
    QTest::newRow("extents") << u"extent"_s;
    QTest::newRow("block map") << u"^extent,^64bit"_s;
}

/** A file that takes the blocks of the one it replaces, those that told where its data were included. */
void TestExt4Editor::intoFreedBlocks()
{
    QFETCH(QString, features);
    shell(u"rm -rf tree image; mkdir tree; python3 -c \"f = open('tree/file', 'wb'); f.truncate(1 << 24); "
          "[(f.seek(8192 * i), f.write(b'old')) for i in range(2000)]\"; "
          "mkfs.ext4 -q -b 4096 -m 0 -O %1 -d tree image 16M"_s.arg(features));
    const QString image = m_directory.filePath(u"image"_s);
    static const QRegularExpression number(u"Free blocks: +(\\d+)"_s);
    const QString dump = QString::fromLatin1(tool(u"/sbin/dumpe2fs"_s, {u"-h"_s, image}));
    constexpr qint64 Spare = 40; // for what tells where the new data are
    QByteArray content((number.match(dump).captured(1).toInt() + 2000 - Spare) * 4096, 'n');
    {
        const UniqueFd file(::open(QFile::encodeName(image).constData(), O_RDWR | O_CLOEXEC));
        auto editor = Ext4Editor::open(image, file.get(), 0, 1'700'000'000);
        QVERIFY_RESULT(editor);
        const InodeFacts facts{.mode = S_IFREG | 0644, .seconds = 1'700'000'000};
        QVERIFY_RESULT((*editor)->beginFile({.path = "file", .facts = facts, .size = content.size()}));
        QVERIFY_RESULT((*editor)->write(content));
        QVERIFY_RESULT((*editor)->endFile());
        QVERIFY_RESULT((*editor)->close());
    }
    QVERIFY(ImageReader(image).content("file") == content);
    tool(u"/sbin/e2fsck"_s, {u"-fn"_s, image});
}

QTEST_GUILESS_MAIN(TestExt4Editor)
#include "tst_ext4editor.moc"

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/containers/layercatalog.h"
#include "core/containers/layersource.h"
#include "core/entries/entrylog.h"
#include "core/support/removetree.h"
#include "imagereader.h"
#include "importcase.h"

#include <QElapsedTimer>

#include <fcntl.h>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

/** Container images whose layers were made to lead elsewhere, to take long, or were cut off. */
class TestHostileLayers : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void refused_data();
    void refused();
    void staysInside();
    void manyMarks();
    void cut_data();
    void cut();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    void shell(const QString& script) const
    {
        tool(u"bash"_s, {u"-euc"_s, u"cd \"$0\"; "_s + script, m_directory->path()});
    }
    /** As "docker save" makes it, of the layers one.tar and two.tar that @p script makes. */
    void makeImage(const QString& script) const
    {
        shell(script + uR"(; echo '{"architecture":"amd64","config":{"Cmd":["/bin/sh"]}}' > config.json
              echo '[{"Config":"config.json","RepoTags":["a:b"],"Layers":["one.tar","two.tar"]}]' > manifest.json
              tar -b 1 -cf saved.tar manifest.json config.json one.tar two.tar)"_s);
    }
    [[nodiscard]] Result<void> import(const QString& source) const
    {
        return ImportCase(u"container"_s).run({.source = path(source), .output = path(u"out.img"_s), .sizeMiB = 16});
    }

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestHostileLayers::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    writeFile(path(u"secret"_s), "secret\n");
    shell(u"mkdir -p low/etc low/bin; echo low > low/etc/file; echo sh > low/bin/sh; tar -C low -cf one.tar ."_s);
}

void TestHostileLayers::cleanup()
{
    QVERIFY(removeEntry(AT_FDCWD, QFile::encodeName(m_directory->path())));
}

void TestHostileLayers::refused_data()
{
    QTest::addColumn<QString>("make");
    QTest::newRow("above") << u"mkdir up; cd up; tar -Pcf ../two.tar ../secret; cd .."_s;
    QTest::newRow("hard link above")
        << u"mkdir up; echo x > up/a; ln up/a up/b; tar -Pcf two.tar --sort=name --transform 's,^up/a,../../secret,RSh' up"_s;
    QTest::newRow("hard link to nothing")
        << u"mkdir up; echo x > up/a; ln up/a up/b; tar -cf two.tar --sort=name --transform 's,^up/a,none,RSh' up"_s;
    QTest::newRow("10 TB of data")
        << u"mkdir up; truncate -s 10T up/huge; tar -cf - up 2>/dev/null | head -c 1024 > two.tar"_s;
    QTest::newRow("mark of what is above") << u"mkdir up; cd up; touch .wh.f; tar -Pcf ../two.tar ../up/.wh.f; cd .."_s;
    QTest::newRow("cut between entries") << u"mkdir up; echo x > up/a; tar -cf - up | head -c 512 > two.tar"_s;
}

void TestHostileLayers::refused()
{
    QFETCH(QString, make);
    makeImage(make);
    const auto made = import(u"saved.tar"_s);
    QVERIFY(!made);
    QVERIFY(!made.error().message.isEmpty() && !made.error().remedy.isEmpty());
    QVERIFY(!QFile::exists(path(u"out.img"_s)));
    QCOMPARE(readFile(path(u"secret"_s)), "secret\n");
}

/** Links and marks are followed in the image alone; 10 TB that are a hole take no room; of two the later counts. */
void TestHostileLayers::staysInside()
{
    makeImage(
        u"mkdir -p up/d; ln -s $PWD up/d/out; ln -s ../../../../../.. up/up; ln -s loop up/loop; truncate -s 10T up/hole; "
        "touch up/.wh... up/.wh.. up/.wh.etc; echo one > up/two; tar -C up -Scf two.tar .; rm -r up; "
        "mkdir -p up/d/out up/up up/loop; echo in > up/d/out/secret; echo in > up/up/secret2; echo in > up/loop/x; echo 2 > up/two; "
        "tar -C up -rf two.tar two ./d/out/secret ./up/secret2"_s);
    QVERIFY_RESULT(import(u"saved.tar"_s));
    QCOMPARE(readFile(path(u"secret"_s)), "secret\n");
    tool(u"e2fsck"_s, {u"-fn"_s, path(u"out.img"_s)});
    const ImageReader image(path(u"out.img"_s));
    QCOMPARE(image.content("secret2"), "in\n");
    QCOMPARE(image.content(path(u"secret"_s).sliced(1).toUtf8()), "in\n");
    QCOMPARE(image.content("two"), "2\n");
    QVERIFY(!image.seen.contains("etc") && image.seen.contains("bin/sh"));
    QVERIFY(!image.seen.contains(".wh..") && !image.seen.contains(".wh..."));
    QCOMPARE(QFileInfo(path(u"out.img"_s)).size(), 16 * MiB);
}

/** A directory that is said to be emptied again and again, or to be a file, beside many files: each time costs little. */
void TestHostileLayers::manyMarks()
{
    constexpr int Many = 30'000;
    QElapsedTimer timer;
    timer.start();
    for (const int layer : {0, 1}) {
        LayerCatalog catalog;
        catalog.add({0, 1}, "d", true, {});
        catalog.add({0, 2}, "d/low", false, {});
        qint64 number = 2;
        for (int i = 0; i < Many; ++i) {
            catalog.add({layer, ++number}, "d/" + QByteArray::number(i), false, {});
        }
        for (int i = 0; i < Many; ++i) {
            catalog.addWhiteout(layer, "d/.wh..wh..opq");
            catalog.add({layer, ++number}, "d", i % 2 == 0, {});
        }
        QVERIFY(catalog.find("d/17") != nullptr);
        QCOMPARE(catalog.find("d/low") != nullptr, layer == 0);
    }
    QVERIFY2(timer.elapsed() < 3000, QByteArray::number(timer.elapsed()).constData());
}

void TestHostileLayers::cut_data()
{
    QTest::addColumn<QString>("file");
    QTest::newRow("OCI archive") << u"layout.tar"_s;
    QTest::newRow("compressed layer of an OCI layout") << u"layer"_s;
    QTest::newRow("plain layer of an OCI layout") << u"plain"_s;
}

/** Cut anywhere: no image, and no file. */
void TestHostileLayers::cut()
{
    QFETCH(QString, file);
    shell(
        u"head -c 20000 /dev/urandom > low/etc/data; ln -s x low/zz; umoci init --layout image; umoci new --image image:t; "
        "umoci unpack --image image:t work > /dev/null; cp -a low/. work/rootfs; umoci repack --image image:t work > /dev/null; "
        "umoci unpack --image image:t work2 > /dev/null; echo x > work2/rootfs/more; umoci repack --image image:t work2 > /dev/null; "
        "tar -b 1 -C image -cf layout.tar ."_s);
    QString source = u"layout.tar"_s;
    QString cutFile = file;
    if (file != "layout.tar"_L1) {
        source = u"image"_s;
        shell(u"f=$(ls -S image/blobs/sha256/* | head -n 1); echo -n $f > name"_s);
        cutFile = QString::fromUtf8(readFile(path(u"name"_s)));
        if (file == "plain"_L1) {
            // Uncompressed, as its manifest then says, too.
            shell(
                u"f=$(cat name); old=$(stat -c %s $f); mv $f layer.gz; gunzip -c layer.gz > $f; new=$(stat -c %s $f); "
                "sed -i \"s/\\\"size\\\":$old/\\\"size\\\":$new/\" $(grep -l \"\\\"size\\\":$old\" image/blobs/sha256/*)"_s);
        }
    }
    QVERIFY_RESULT(import(source));
    QVERIFY(QFile::remove(path(u"out.img"_s)));
    const QByteArray whole = readFile(path(cutFile));
    constexpr int Places = 200;
    for (int i = 0; i < Places; ++i) {
        writeFile(path(cutFile), whole.first(whole.size() * i / Places));
        EntryLog log;
        Progress progress;
        const auto fed = LayerSource(path(source)).feed(log, progress, {});
        QVERIFY2(!fed || (file == "layout.tar"_L1 && whole.size() * i / Places >= whole.size() - 1024),
                 QByteArray::number(i).constData());
        if (i % 8 == 0) {
            QVERIFY(import(source).has_value() == fed.has_value());
            QVERIFY(QFile::remove(path(u"out.img"_s)) == fed.has_value());
        }
    }
}

QTEST_GUILESS_MAIN(TestHostileLayers)
#include "tst_hostilelayers.moc"

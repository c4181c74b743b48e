// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/support/filecopy.h"
#include "importcase.h"

#include <QDir>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

/**
 * Compressed sources whose formats lead from place to place in them, as disks of other formats, squashfs and container images:
 * they are unpacked into the user's store first.
 */
class TestPackedSources : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void sources_data();
    void sources();
    void known();
    void cut_data();
    void cut();
    void refused_data();
    void refused();
    void descriptionAlone();
    void cancel();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    [[nodiscard]] ImportRequest request(const QString& source) const
    {
        return {.source = source, .output = path(u"out.img"_s), .sizeMiB = 32, .isPacked = true};
    }
    void shell(const QString& command) const { tool(u"bash"_s, {u"-ec"_s, command, u"bash"_s, m_sources.path()}); }
    [[nodiscard]] QString make(const QString& command) const
    {
        tool(u"bash"_s,
             {u"-ec"_s, u"cd \"$1\"; out=\"$2\"; "_s + command, u"bash"_s, m_sources.path(), path(u"packed"_s)});
        return path(u"packed"_s);
    }
    /** What lies in the store. */
    [[nodiscard]] QStringList kept() const
    {
        return QDir(path(u"cache/stowage/artifacts"_s))
            .entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot);
    }

    std::unique_ptr<QTemporaryDir> m_directory;
    QTemporaryDir m_sources;
};

void TestPackedSources::initTestCase()
{
    writeFile(m_sources.filePath(u"disk.raw"_s), diskContent() + QByteArray(MiB - 512, '\0'));
    shell(
        u"cd \"$1\"; for format in qcow2 vdi vpc vhdx qed; do qemu-img convert -f raw -O $format disk.raw disk.$format; done; "
        "qemu-img convert -f raw -O vmdk -o subformat=streamOptimized disk.raw disk.vmdk; "
        "qemu-img convert -f raw -O vmdk -o subformat=monolithicFlat disk.raw flat.vmdk; "
        "qemu-img create -q -f qcow2 -b disk.qcow2 -F qcow2 over.qcow2; "
        "img2simg disk.raw disk.simg; truncate -s 514M large.raw; echo label: gpt | sfdisk -q large.raw; qemu-img convert -f raw -O vpc large.raw large.vpc; "
        "mkdir -p root/etc root/bin; echo 'ID=test' > root/etc/os-release; head -c 300000 /dev/urandom > root/bin/sh; "
        "mksquashfs root root.squashfs -quiet -no-progress; "
        "umoci init --layout oci; umoci new --image oci:v1; umoci unpack --image oci:v1 work >/dev/null; cp -r root/. work/rootfs; umoci repack --image oci:v1 work >/dev/null; "
        "skopeo --insecure-policy copy -q oci:oci:v1 docker-archive:docker.tar:test:v1"_s);
}

void TestPackedSources::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    qputenv("XDG_CACHE_HOME", QFile::encodeName(path(u"cache"_s)));
}

void TestPackedSources::sources_data()
{
    QTest::addColumn<QString>("source");
    QTest::addColumn<QString>("command");
    QTest::addColumn<QString>("type");
    QTest::addColumn<QString>("chain");
    const auto row = [](const char* name, const QString& source, const QString& command, const QString& type,
                        const QString& chain) { QTest::newRow(name) << source << command << type << chain; };
    row("qcow2.gz", u"disk.qcow2"_s, u"gzip -c disk.qcow2 > $out"_s, u"qcow2"_s, u"gzip qcow2"_s);
    row("qcow2.7z", u"disk.qcow2"_s, u"7z a $out disk.qcow2 >&2; mv $out.7z $out"_s, u"qcow2"_s, u"7z qcow2"_s);
    row("qcow2.tar", u"disk.qcow2"_s, u"tar -cf $out disk.qcow2"_s, u"qcow2"_s, u"tar qcow2"_s);
    row("qcow2.tar.xz", u"disk.qcow2"_s, u"tar -cJf $out disk.qcow2"_s, u"qcow2"_s, u"xz tar qcow2"_s);
    row("vmdk.zip", u"disk.vmdk"_s, u"zip -q $out.zip disk.vmdk; mv $out.zip $out"_s, u"vmdk"_s, u"zip vmdk"_s);
    row("vdi.xz", u"disk.vdi"_s, u"xz -0 -c disk.vdi > $out"_s, u"vdi"_s, u"xz vdi"_s);
    row("vhd.bz2", u"disk.vpc"_s, u"bzip2 -c disk.vpc > $out"_s, u"vhd"_s, u"bzip2 vhd"_s);
    // The table of the disk in it lies where that of a disk with sectors of 4 KiB would.
    row("large vhd.gz", u"large.vpc"_s, u"gzip -c large.vpc > $out"_s, u"vhd"_s, u"gzip vhd"_s);
    row("vhdx.zst", u"disk.vhdx"_s, u"zstd -qc disk.vhdx > $out"_s, u"vhdx"_s, u"zstd vhdx"_s);
    row("qed.lz4", u"disk.qed"_s, u"lz4 -qc disk.qed > $out"_s, u"qed"_s, u"lz4 qed"_s);
    row("simg.gz", u"disk.simg"_s, u"gzip -c disk.simg > $out"_s, u"android_sparse"_s, u"gzip android_sparse"_s);
    row("squashfs.gz", u"root.squashfs"_s, u"gzip -c root.squashfs > $out"_s, u"squashfs"_s, u"gzip squashfs"_s);
    row("docker.tar.gz", u"docker.tar"_s, u"gzip -c docker.tar > $out"_s, u"container"_s, u"gzip tar container"_s);
    row("docker.tar.zst", u"docker.tar"_s, u"zstd -qc docker.tar > $out"_s, u"container"_s, u"zstd tar container"_s);
}

/** Each makes the image that its source makes when it is not compressed. */
void TestPackedSources::sources()
{
    QFETCH(const QString, source);
    QFETCH(const QString, command);
    QFETCH(const QString, type);
    QFETCH(const QString, chain);
    const QString packed = make(command);

    const SourceInfo info = probeSource(packed);
    QCOMPARE(info.refusal, QString());
    QCOMPARE(info.handler, type);
    QCOMPARE(info.chain.join(u' '), chain);
    QVERIFY2(info.description.contains(chain.section(u' ', 0, 0)), qPrintable(info.description));
    QCOMPARE(kept(), QStringList()); // a look unpacks nothing

    ImportCase import(type);
    const qint64 size = import.check(request(packed)).value_or(-1);
    QCOMPARE(kept().size(), 1);
    QVERIFY_RESULT(import.run(request(packed)));
    QCOMPARE(QFileInfo(path(u"out.img"_s)).size(), size);
    QCOMPARE(kept().size(), 1);

    ImportRequest plain = request(m_sources.filePath(source));
    plain.isPacked = false;
    plain.output = path(u"plain.img"_s);
    QVERIFY_RESULT(ImportCase(type).run(plain));
    QVERIFY(sameBytes(plain.output, path(u"out.img"_s)));
    QCOMPARE(kept().size(), 1);
}

/** What was unpacked once is looked into, under the name of the source. */
void TestPackedSources::known()
{
    const QString packed = make(u"gzip -c root.squashfs > $out"_s);
    QVERIFY(probeSource(packed).disk.volumes.isEmpty());
    QVERIFY_RESULT(ImportCase(u"squashfs"_s).check(request(packed)));
    const SourceInfo info = probeSource(packed);
    QCOMPARE(info.path, packed);
    QCOMPARE(info.size, QFileInfo(packed).size());
    QCOMPARE(info.codec, u"gzip"_s);
    QCOMPARE(info.chain.join(u' '), u"gzip squashfs"_s);
    QVERIFY(info.system() != nullptr);
    QVERIFY2(info.description.endsWith(u"compressed with gzip"_s), qPrintable(info.description));
}

void TestPackedSources::cut_data()
{
    QTest::addColumn<QString>("type");
    QTest::addColumn<QString>("command");
    QTest::newRow("qcow2.gz") << u"qcow2"_s << u"gzip -c disk.qcow2 > $out"_s;
    QTest::newRow("vmdk.xz") << u"vmdk"_s << u"xz -0 -c disk.vmdk > $out"_s;
    QTest::newRow("squashfs.zst") << u"squashfs"_s << u"zstd -qc root.squashfs > $out"_s;
    QTest::newRow("docker.gz") << u"container"_s << u"gzip -c docker.tar > $out"_s;
}

void TestPackedSources::cut()
{
    QFETCH(const QString, type);
    QFETCH(const QString, command);
    const QByteArray whole = readFile(make(command));
    const QString part = path(u"part"_s);
    for (int i = 1; i < 200; ++i) {
        writeFile(part, whole.first(whole.size() * i / 200));
        const auto made = ImportCase(type).run(request(part));
        QVERIFY2(!made, QByteArray::number(i).constData());
        QVERIFY2(made.error().message.contains(part), qPrintable(made.error().message));
        QVERIFY(!QFile::exists(path(u"out.img"_s)));
        QCOMPARE(kept(), QStringList());
    }
}

void TestPackedSources::refused_data()
{
    QTest::addColumn<QString>("type");
    QTest::addColumn<QString>("command");
    QTest::addColumn<QString>("word");
    QTest::newRow("differences") << u"qcow2"_s << u"gzip -c over.qcow2 > $out"_s << u"another image"_s;
    QTest::newRow("packed twice") << u"qcow2"_s << u"gzip -c disk.qcow2 | gzip > $out"_s << u"QCOW2"_s;
    QTest::newRow("another type") << u"vdi"_s << u"gzip -c disk.qcow2 > $out"_s << u"VDI"_s;
}

/** The error names the source, not what was made of it. */
void TestPackedSources::refused()
{
    QFETCH(const QString, type);
    QFETCH(const QString, command);
    QFETCH(const QString, word);
    const QString packed = make(command);
    const auto checked = ImportCase(type).check(request(packed));
    const auto made = ImportCase(type).run(request(packed));
    QVERIFY(!checked && !made);
    QCOMPARE(made.error().message, checked.error().message);
    QVERIFY2(made.error().message.contains(word), qPrintable(made.error().message));
    QVERIFY2(made.error().message.contains(packed), qPrintable(made.error().message));
    QVERIFY2(!made.error().message.contains(path(u"cache"_s)), qPrintable(made.error().message));
    QVERIFY(!QFile::exists(path(u"out.img"_s)));
}

/** What only says where the disk is has nothing beside it once it is unpacked. */
void TestPackedSources::descriptionAlone()
{
    const QString packed = make(u"gzip -c flat.vmdk > $out"_s);
    const SourceInfo info = probeSource(packed);
    QCOMPARE(info.handler, QString());
    QVERIFY2(info.refusal.contains(u"Decompress it"_s), qPrintable(info.refusal));
    QVERIFY(!ImportCase(u"vmdk"_s).check(request(packed)));
}

void TestPackedSources::cancel()
{
    ImportCase import(u"qcow2"_s);
    import.stop.request_stop();
    const auto made = import.run(request(make(u"gzip -c disk.qcow2 > $out"_s)));
    QVERIFY(!made);
    QCOMPARE(made.error().code, Error::Code::Cancelled);
    QCOMPARE(kept(), QStringList());
    QVERIFY(!QFile::exists(path(u"out.img"_s)));
}

QTEST_GUILESS_MAIN(TestPackedSources)
#include "tst_packedsources.moc"

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "../disks/diskmaker.h"
#include "core/layout/layout.h"
#include "core/layout/machineguest.h"
#include "core/layout/resolve.h"
#include "importcase.h"

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

/** CD images, made by the tools of their own, and the guests that install their systems from them. */
class TestCdImages : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void cd_data();
    void cd();
    void cdIsCopied();
    void hostileCd();
    void emptyDisk();
    void guestOfCd();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    QByteArray shell(const QString& command) const
    {
        return tool(u"sh"_s, {u"-ec"_s, u"cd \"$0\"; "_s + command, m_directory->path()});
    }
    /** A CD with files on it, that starts as @p options say. */
    void makeCd(const QString& options) const;

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestCdImages::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(m_directory->isValid());
}

void TestCdImages::cleanup()
{
    m_directory.reset();
}

void TestCdImages::makeCd(const QString& options) const
{
    // A boot image only has to be there to be named in the catalogue.
    shell(
        u"mkdir -p cd/boot; head -c 2048 /dev/urandom > cd/boot/bios.img; head -c 100000 /dev/urandom > cd/boot/efi.img; "
        "head -c 700000 /dev/urandom > cd/pool; xorriso -as mkisofs -quiet -V 'Debian 13.1.0 amd64 1' %1 -o cd.iso cd"_s
            .arg(options));
}

void TestCdImages::cd_data()
{
    QTest::addColumn<QString>("options");
    QTest::addColumn<QString>("start");
    const QString bios = u"-b boot/bios.img -no-emul-boot -boot-load-size 4"_s;
    const QString efi = u"-e boot/efi.img -no-emul-boot"_s;
    QTest::newRow("none") << u"-r"_s << u"does not start by itself"_s;
    QTest::newRow("bios") << bios << u"starts by BIOS"_s;
    QTest::newRow("uefi") << efi << u"starts by UEFI"_s;
    QTest::newRow("both") << QString(bios + " -eltorito-alt-boot "_L1 + efi) << u"starts by BIOS and UEFI"_s;
    QTest::newRow("both, joliet, partitions") << QString(u"-J -r "_s + bios + " -eltorito-alt-boot "_L1 + efi
                                                         + " -isohybrid-gpt-basdat -partition_offset 16"_L1)
                                              << u"starts by BIOS and UEFI"_s;
}

void TestCdImages::cd()
{
    QFETCH(QString, options);
    QFETCH(QString, start);
    makeCd(options);
    const SourceInfo info = probeSource(path(u"cd.iso"_s));
    QVERIFY2(info.refusal.isEmpty(), qPrintable(info.refusal));
    QCOMPARE(info.kind, SourceKind::Iso);
    QCOMPARE(info.handler, u"iso"_s);
    QCOMPARE(info.description,
             u"CD image \"Debian 13.1.0 amd64 1\", ISO 9660, %1, %2"_s.arg(formatBytes(info.size), start));
    // As the program that made it reads the catalogue.
    const QByteArray report = shell(u"xorriso -indev cd.iso -report_el_torito plain 2>/dev/null"_s);
    QCOMPARE(info.cd->startsByBios, report.contains("BIOS  y"));
    QCOMPARE(info.cd->startsByUefi, report.contains("UEFI  y"));
}

/** A CD as GRUB's own tool makes it for both firmwares, with partition tables over it: no disk, but a CD. */
void TestCdImages::cdIsCopied()
{
    shell(u"mkdir -p tree/boot/grub; echo 'set timeout=1' > tree/boot/grub/grub.cfg; "
          "grub-mkrescue -o cd.iso tree -- -volid GRUB_CD >/dev/null 2>&1"_s);
    const SourceInfo info = probeSource(path(u"cd.iso"_s));
    QVERIFY2(info.refusal.isEmpty(), qPrintable(info.refusal));
    QCOMPARE(info.description,
             u"CD image \"GRUB_CD\", ISO 9660, %1, starts by BIOS and UEFI"_s.arg(formatBytes(info.size)));
    ImportCase import(u"iso"_s);
    const ImportRequest request{.source = path(u"cd.iso"_s), .output = path(u"copy.iso"_s)};
    QCOMPARE(import.check(request).value_or(0), QFileInfo(request.source).size());
    QCOMPARE(import.handler().inPlace(request), ImportHandler::InPlace::Copy);
    QVERIFY_RESULT(import.run(request));
    QVERIFY(sameBytes(request.source, request.output));
    writeFile(path(u"disk.raw"_s), diskContent());
    const auto other = import.check({.source = path(u"disk.raw"_s), .output = {}});
    QVERIFY(!other && other.error().message.contains("no CD image"_L1));
}

void TestCdImages::hostileCd()
{
    makeCd(u"-b boot/bios.img -no-emul-boot -boot-load-size 4 -eltorito-alt-boot -e boot/efi.img -no-emul-boot"_s);
    const QString file = path(u"cd.iso"_s);
    const QByteArray good = readFile(file);
    const qsizetype catalogue = qFromLittleEndian<quint32>(good.constData() + 17 * 2048 + 0x47) * 2048;
    QRandomGenerator random(7);
    int other = 0;
    for (int round = 0; round < 1000; ++round) {
        const qsizetype at = round % 3 == 0 ? catalogue + random.bounded(160)
            : round % 3 == 1                ? 16 * 2048 + random.bounded(200)
                                            : 17 * 2048 + random.bounded(80);
        patch(file, at, QByteArray(1, static_cast<char>(random.bounded(256))));
        const SourceInfo info = probeSource(file);
        QVERIFY(!info.handler.isEmpty() || !info.refusal.isEmpty());
        other += info.kind != SourceKind::Iso || !info.cd->startsByBios || !info.cd->startsByUefi ? 1 : 0;
        patch(file, at, good.sliced(at, 1));
    }
    QVERIFY(other > 100);
    // A catalogue outside of the file, and one of headers without end.
    for (const QByteArray& place : {QByteArray("\xff\xff\xff\xff", 4), QByteArray("\0\0\0\0", 4)}) {
        patch(file, 17 * 2048 + 0x47, place);
        QVERIFY(!probeSource(file).cd->starts());
    }
    patch(file, 17 * 2048 + 0x47, good.sliced(17 * 2048 + 0x47, 4));
    patch(file, catalogue + 64, QByteArray("\x90\xef\xff\xff", 4).append(QByteArray(28, '\0')).repeated(60));
    QVERIFY(probeSource(file).cd->startsByBios);
    for (qint64 part = 199; part >= 1; --part) {
        QVERIFY(QFile::resize(file, good.size() * part / 200));
        const SourceInfo info = probeSource(file);
        QVERIFY2(!info.refusal.isEmpty(), qPrintable(info.description));
        QVERIFY(info.handler.isEmpty());
        QVERIFY(!ImportCase(u"iso"_s).check({.source = file, .output = {}}));
    }
}

void TestCdImages::emptyDisk()
{
    ImportCase import(u"empty"_s);
    ImportRequest request;
    request.output = path(u"empty.img"_s);
    QVERIFY(!import.check(request));
    QVERIFY(!import.run(request));
    QVERIFY(!QFile::exists(request.output));
    request.sizeMiB = 8192;
    QCOMPARE(import.check(request).value_or(0), 8 * GiB);
    QCOMPARE(import.handler().dataBytes(request, {}).value_or(-1), 0);
    ProcessRunner runner;
    JobContext context{.stop = {}, .progress = import.progress, .report = import.report};
    QVERIFY_RESULT(runImport(import.handler(), request, context, runner));
    QCOMPARE(QFileInfo(request.output).size(), 8 * GiB);
    QCOMPARE(tool(u"du"_s, {u"-k"_s, request.output}).split('\t').first(), "0");
}

void TestCdImages::guestOfCd()
{
    makeCd(u"-b boot/bios.img -no-emul-boot -boot-load-size 4"_s);
    const SourceInfo info = probeSource(path(u"cd.iso"_s));
    Project project;
    project.directory = m_directory->path();
    project.machine.architecture = Architecture::X86_64;
    Guest guest;
    guest.entry = u"new"_s;
    applySource(info, project.defaults, guest);
    project.guests = {guest};
    const ResolvedProject resolved = resolve(project, {}, {});
    for (const Problem& problem : resolved.problems) {
        QVERIFY2(problem.severity != Problem::Severity::Error, qPrintable(problem.text));
    }
    QCOMPARE(resolved.guests.first().config,
             "name = \"new\"\ntype = \"hvm\"\nmemory = 1024\nvcpus = 1\n"
             "disk = ['file:/var/lib/xen/images/new.img,xvda,rw', "
             "'/var/lib/xen/images/new-hdc.img,raw,hdc,cdrom']\n"
             "vif = ['bridge=xenbr0']\nboot = \"dc\"\nvnc = 1\n"_ba);
    const Layout layout = planLayout(resolved, {});
    QCOMPARE(layout.imports.size(), 2);
    QCOMPARE(layout.imports.at(0).handler, u"empty"_s);
    QCOMPARE(layout.imports.at(0).expectedBytes, 8 * GiB);
    QCOMPARE(layout.imports.at(1).handler, u"iso"_s);
    QCOMPARE(layout.imports.at(1).expectedBytes, info.size);
}

QTEST_GUILESS_MAIN(TestCdImages)
#include "tst_cdimages.moc"

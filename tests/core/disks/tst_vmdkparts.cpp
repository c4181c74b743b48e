// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "../import/importcase.h"
#include "core/disks/opendisk.h"
#include "diskmaker.h"

#include <sys/stat.h>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

namespace
{

QByteArray descriptor(const QByteArray& parts, const QByteArray& more = "parentCID=ffffffff\n")
{
    return "# Disk DescriptorFile\nversion=1\nCID=12345678\n" + more + "createType=\"custom\"\n\n# Extent description\n"
        + parts + "\n\n# The Disk Data Base\n#DDB\nddb.adapterType = \"ide\"\n";
}

} // namespace

/** VMDK disks in several files: what their descriptor may name. */
class TestVmdkParts : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void taken_data();
    void taken();
    void refused_data();
    void refused();
    void onePartAlone();
    void renamed();
    void throughALink();
    void differences();
    void transferredAsText();
    void directoryAtTheEnd();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestVmdkParts::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(m_directory->isValid());
    QByteArray four;
    for (const char letter : {'a', 'b', 'c', 'd'}) {
        four += QByteArray(512, letter);
    }
    writeFile(path(u"vm/four.img"_s), four);
    writeFile(path(u"vm/two words.img"_s), QByteArray(1024, 'w'));
    writeFile(path(u"secret"_s), QByteArray(4096, 's'));
    QVERIFY(QFile::link(path(u"secret"_s), path(u"vm/link.img"_s)));
    QVERIFY(QDir(path(u"vm"_s)).mkdir(u"directory.img"_s));
    QCOMPARE(::mkfifo(QFile::encodeName(path(u"vm/pipe.img"_s)).constData(), 0600), 0);
}

void TestVmdkParts::taken_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("letters"); // a sector each; a point for zeros
    const auto row = [](const char* name, const QByteArray& text, const char* letters) {
        QTest::newRow(name) << text << QByteArray(letters);
    };
    row("flat", descriptor("RW 4 FLAT \"four.img\" 0"), "abcd");
    row("without an offset", descriptor("RW 4 FLAT \"four.img\""), "abcd");
    row("a part of a file", descriptor("RW 2 FLAT \"four.img\" 1"), "bc");
    row("of ESX", descriptor("RW 4 VMFS \"four.img\""), "abcd");
    row("zeros", descriptor("RW 3 ZERO"), "...");
    row("several", descriptor("RW 1 FLAT \"four.img\" 3\nRW 2 ZERO\nRDONLY 2 FLAT \"two words.img\" 0"), "d..ww");
    row("the same twice", descriptor("RW 4 FLAT \"four.img\" 0\nRW 1 FLAT \"four.img\" 0"), "abcda");
    row("carriage returns", descriptor("RW 4 FLAT \"four.img\" 0").replace("\n", "\r\n"), "abcd");
    row("indented", descriptor("  RW\t4  FLAT   \"four.img\"  0  "), "abcd");
    row("no parent told", descriptor("RW 4 FLAT \"four.img\" 0", {}), "abcd");
    row("parent in capitals", descriptor("RW 4 FLAT \"four.img\" 0", "parentCID = FFFFFFFF\n"), "abcd");
}

void TestVmdkParts::taken()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, letters);
    writeFile(path(u"vm/disk.vmdk"_s), text);
    const auto disk = openDisk(path(u"vm/disk.vmdk"_s));
    QVERIFY_RESULT(disk);
    QCOMPARE(disk->variant, u"custom"_s);
    QByteArray content;
    for (const char letter : letters) {
        content += QByteArray(512, letter == '.' ? '\0' : letter);
    }
    QCOMPARE(disk->reader->size(), content.size());
    const auto read = contentOf(*disk->reader, content.size());
    QVERIFY_RESULT(read);
    QVERIFY(*read == content);
}

void TestVmdkParts::refused_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("word");
    const auto row = [](const char* name, const QByteArray& text, const char* word) {
        QTest::newRow(name) << text << QString::fromLatin1(word);
    };
    const auto part = [&row](const char* name, const QByteArray& line, const char* word) {
        row(name, descriptor(line), word);
    };
    part("absolute", "RW 1 FLAT \"/etc/shadow\" 0", "/etc/shadow");
    part("absolute, sparse", "RW 1 SPARSE \"/etc/shadow\"", "/etc/shadow");
    part("directory above", "RW 1 FLAT \"../secret\" 0", "slash");
    part("directory below", "RW 1 FLAT \"a/b\" 0", "slash");
    part("dots", "RW 1 FLAT \"..\" 0", "another directory");
    part("no name", "RW 1 FLAT \"\" 0", "empty");
    part("no name at all", "RW 1 FLAT", "empty");
    part("control characters", "RW 1 FLAT \"a\x01\" 0", "control");
    part("link", "RW 1 FLAT \"link.img\" 0", "is a link");
    part("directory", "RW 1 FLAT \"directory.img\" 0", "no regular file");
    part("pipe", "RW 1 FLAT \"pipe.img\" 0", "no regular file");
    part("missing", "RW 1 FLAT \"gone.img\" 0", "does not exist");
    part("device", "RW 1 FLAT \"/dev/sda\" 0", "/dev/sda");
    part("device of Windows", "RW 1 FLAT \"\\\\.\\PhysicalDrive0\" 0", "does not exist");
    part("no sparse file", "RW 1 SPARSE \"four.img\"", "four.img");
    part("file too short", "RW 5 FLAT \"four.img\" 0", "cut off");
    part("offset behind the end", "RW 1 FLAT \"four.img\" 4", "cut off");
    part("offset far behind", "RW 1 FLAT \"four.img\" 140737488355328", "cut off");
    part("offset 2^64", "RW 1 FLAT \"four.img\" 18446744073709551615", "not possible");
    part("offset no number", "RW 1 FLAT \"four.img\" x", "not possible");
    part("2^60 bytes", "RW 2251799813685248 ZERO", "not possible");
    part("2^64 sectors", "RW 18446744073709551615 ZERO", "not possible");
    part("sum too large", "RW 140737488355328 ZERO\nRW 1 ZERO", "not possible");
    part("no sectors", "RW 0 ZERO", "not possible");
    part("negative", "RW -1 ZERO", "not possible");
    part("sectors no number", "RW many ZERO", "not possible");
    part("no access", "NOACCESS 1 FLAT \"four.img\" 0", "must not be read");
    part("ESX sparse", "RW 1 VMFSSPARSE \"four.img\"", "VMFSSPARSE");
    part("ESX sparse of the newer kind", "RW 1 SESPARSE \"four.img\"", "SESPARSE");
    part("a device of ESX", "RW 1 VMFSRDM \"four.img\"", "VMFSRDM");
    part("too many", QByteArray("RW 1 ZERO\n").repeated(257), "256");
    part("nothing", {}, "names no parts");
    row("parent", descriptor("RW 4 FLAT \"four.img\" 0", "parentCID=1234abcd\nparentFileNameHint=\"base.vmdk\"\n"),
        "base.vmdk");
    row("endless", descriptor("RW 4 FLAT \"four.img\" 0") + QByteArray(2 * MiB, '#'), "2.0 MiB");
}

void TestVmdkParts::refused()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, word);
    const QString file = path(u"vm/disk.vmdk"_s);
    writeFile(file, text);
    const auto disk = openDisk(file);
    QVERIFY(!disk);
    QVERIFY2(disk.error().message.contains(word), qPrintable(disk.error().message));
    QVERIFY(disk.error().message.contains(path(u"vm/"_s)));
    QVERIFY(!disk.error().remedy.isEmpty());
    const SourceInfo info = probeSource(file);
    QCOMPARE(info.kind, SourceKind::VirtualDisk);
    QVERIFY(info.refusal.contains(word) && info.handler.isEmpty());
    const ImportRequest request{.source = file, .output = path(u"out.img"_s), .sizeMiB = 0, .owners = {}};
    QVERIFY(!ImportCase(u"vmdk"_s).check(request));
    QVERIFY(!ImportCase(u"vmdk"_s).run(request));
    QVERIFY(!QFile::exists(request.output));
}

/** A part of a sparse disk begins like a whole one. */
void TestVmdkParts::onePartAlone()
{
    const QString raw = makeMixedDisk(m_directory->path());
    tool(u"qemu-img"_s,
         {u"convert"_s, u"-f"_s, u"raw"_s, u"-O"_s, u"vmdk"_s, u"-o"_s, u"subformat=twoGbMaxExtentSparse"_s, raw,
          path(u"disk.vmdk"_s)});
    const auto part = openDisk(path(u"disk-s001.vmdk"_s));
    QVERIFY(!part);
    QVERIFY2(part.error().message.contains("several files"_L1), qPrintable(part.error().message));
    QVERIFY(part.error().remedy.contains("descriptor"_L1));
    // Shorter than its descriptor says.
    QByteArray text = readFile(path(u"disk.vmdk"_s));
    QVERIFY(text.contains("RW 6146 SPARSE"));
    writeFile(path(u"disk.vmdk"_s), text.replace("RW 6146 SPARSE", "RW 6147 SPARSE"));
    const auto longer = openDisk(path(u"disk.vmdk"_s));
    QVERIFY(!longer);
    QVERIFY2(longer.error().message.contains("disk-s001.vmdk"_L1), qPrintable(longer.error().message));
}

/** The descriptor inside a disk of one file says the name that the file had when it was made. */
void TestVmdkParts::renamed()
{
    const QString raw = makeMixedDisk(m_directory->path());
    tool(u"qemu-img"_s, {u"convert"_s, u"-f"_s, u"raw"_s, u"-O"_s, u"vmdk"_s, raw, path(u"disk.vmdk"_s)});
    QVERIFY(QFile::rename(path(u"disk.vmdk"_s), path(u"other name"_s)));
    const auto disk = openDisk(path(u"other name"_s));
    QVERIFY_RESULT(disk);
    QVERIFY(disk->otherFiles.isEmpty());
}

/** The parts lie beside the descriptor, not beside a link to it. */
void TestVmdkParts::throughALink()
{
    writeFile(path(u"vm/disk.vmdk"_s), descriptor("RW 4 FLAT \"four.img\" 0"));
    QVERIFY(QFile::link(path(u"vm/disk.vmdk"_s), path(u"link.vmdk"_s)));
    const auto disk = openDisk(path(u"link.vmdk"_s));
    QVERIFY_RESULT(disk);
    QCOMPARE(disk->otherFiles, QStringList{QFileInfo(path(u"vm/four.img"_s)).canonicalFilePath()});
}

void TestVmdkParts::differences()
{
    tool(u"qemu-img"_s, {u"create"_s, u"-q"_s, u"-f"_s, u"vmdk"_s, path(u"base.vmdk"_s), u"1M"_s});
    tool(u"qemu-img"_s,
         {u"create"_s, u"-q"_s, u"-f"_s, u"vmdk"_s, u"-F"_s, u"vmdk"_s, u"-b"_s, path(u"base.vmdk"_s),
          path(u"above.vmdk"_s)});
    const auto disk = openDisk(path(u"above.vmdk"_s));
    QVERIFY(!disk);
    QCOMPARE(disk.error().code, Error::Code::Unsupported);
    QVERIFY2(disk.error().message.contains(path(u"base.vmdk"_s)), qPrintable(disk.error().message));
}

void TestVmdkParts::transferredAsText()
{
    const QString file = path(u"disk.vmdk"_s);
    tool(u"qemu-img"_s, {u"create"_s, u"-q"_s, u"-f"_s, u"vmdk"_s, file, u"1M"_s});
    QVERIFY_RESULT(openDisk(file));
    writeFile(file, readFile(file).replace("\r\n", "\n"));
    const auto disk = openDisk(file);
    QVERIFY(!disk);
    QVERIFY2(disk.error().message.contains("as a text"_L1), qPrintable(disk.error().message));
}

/** As VMware and VirtualBox write streams: the header is not yet complete, its other copy at the end is. */
void TestVmdkParts::directoryAtTheEnd()
{
    const QString raw = makeMixedDisk(m_directory->path());
    const QString file = path(u"disk.vmdk"_s);
    tool(u"qemu-img"_s,
         {u"convert"_s, u"-f"_s, u"raw"_s, u"-O"_s, u"vmdk"_s, u"-o"_s, u"subformat=streamOptimized"_s, raw, file});
    QByteArray bytes = readFile(file);
    QByteArray marker(512, '\0');
    marker[0] = 1; // sectors
    marker[12] = 3; // a footer
    const QByteArray footer = bytes.first(512);
    bytes.replace(56, 8, QByteArray(8, '\xff'));
    bytes += marker + footer + QByteArray(512, '\0');
    writeFile(file, bytes);
    tool(u"qemu-img"_s, {u"compare"_s, u"-f"_s, u"vmdk"_s, u"-F"_s, u"raw"_s, file, raw});
    const auto disk = openDisk(file);
    QVERIFY_RESULT(disk);
    const auto content = contentOf(*disk->reader, mixedDisk().size());
    QVERIFY_RESULT(content);
    QVERIFY(*content == mixedDisk());
    for (const qsizetype cut : {1, 511, 512, 1024, 1536, 2048}) {
        writeFile(file, bytes.chopped(cut));
        const auto shorter = openDisk(file);
        QVERIFY(!shorter);
        QVERIFY2(shorter.error().message.contains("cut off"_L1), qPrintable(shorter.error().message));
    }
}

QTEST_GUILESS_MAIN(TestVmdkParts)
#include "tst_vmdkparts.moc"

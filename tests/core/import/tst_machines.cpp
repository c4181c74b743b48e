// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "../disks/diskmaker.h"
#include "../sources/ovftexts.h"
#include "core/layout/layout.h"
#include "core/layout/machineguest.h"
#include "core/layout/resolve.h"
#include "importcase.h"

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

namespace
{

/** How a machine is put into one archive, or is not. */
struct Packing {
    const char* name;
    QString command; ///< For the shell, in the directory of the machine's files; it makes ../web.ova.
    QString source; ///< What is imported then, from the directory above.
};

QList<Packing> packings()
{
    return {
        {"ova", u"tar --format=ustar -cf ../web.ova web.ovf web.mf web.cert *.vmdk"_s, u"web.ova"_s},
        {"ova, pax", u"tar --format=pax -cf ../web.ova web.ovf web.mf web.cert *.vmdk"_s, u"web.ova"_s},
        {"ova, gnu, dotted", u"tar --format=gnu -cf ../web.ova ./web.ovf ./web.mf ./web.cert ./*.vmdk"_s, u"web.ova"_s},
        {"ova, description not first", u"tar --format=ustar -cf ../web.ova web.mf web.cert web.ovf *.vmdk"_s,
         u"web.ova"_s},
        {"ovf", u"true"_s, u"files/web.ovf"_s},
        {"directory", u"true"_s, u"files"_s},
        {"link to an ovf", u"ln -s files/web.ovf ../link.ovf"_s, u"link.ovf"_s},
    };
}

QString sourceText(const SourceInfo& info)
{
    return info.description + " / "_L1 + info.refusal;
}

} // namespace

/** Virtual machines, made by the tools of their own: what they are found to be, and what becomes of their disks. */
class TestMachines : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void packed_data();
    void packed();
    void members();
    void formats_data();
    void formats();
    void parts();
    void wrongHash();
    void wrongHashOfTheDescription();
    void unknownHash();
    void hostile_data();
    void hostile();
    void cut();
    void changed();
    void changedWithoutManifest();
    void cancelled();
    void guestOfMachine();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    QByteArray shell(const QString& command) const
    {
        return tool(u"sh"_s, {u"-ec"_s, u"cd \"$0\"; "_s + command, m_directory->path()});
    }
    /** The machine of @p parts in the directory "files", each disk being that of mixedDisk() as a stream. */
    void makeMachine(const OvfParts& parts = {}, bool hasManifest = true) const;
    /** The disk in @p file as QEMU reads it. */
    [[nodiscard]] QByteArray reference(const QString& file, const QString& format) const;
    /** What the handler makes of @p source. */
    Result<QByteArray> imported(const QString& source, const QString& member = {}) const;

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestMachines::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(m_directory->isValid());
}

void TestMachines::cleanup()
{
    m_directory.reset();
}

void TestMachines::makeMachine(const OvfParts& parts, bool hasManifest) const
{
    const QString raw = makeMixedDisk(m_directory->path());
    writeFile(path(u"files/web.ovf"_s), ovfText(parts));
    writeFile(path(u"files/web.cert"_s), "SHA256(web.mf)= 00\n-----BEGIN CERTIFICATE-----\n");
    for (const QByteArray& name : parts.hrefs) {
        const QString file = path(u"files/"_s + QString::fromUtf8(name));
        if (!QFile::exists(file)) {
            tool(u"qemu-img"_s,
                 {u"convert"_s, u"-f"_s, u"raw"_s, u"-O"_s, u"vmdk"_s, u"-o"_s, u"subformat=streamOptimized"_s, raw,
                  file});
        }
    }
    if (hasManifest) {
        shell(u"cd files; sha256sum --tag web.ovf *.vmdk > web.mf"_s);
    } else {
        shell(u"cd files; rm web.cert"_s);
    }
}

QByteArray TestMachines::reference(const QString& file, const QString& format) const
{
    const QString raw = path(u"reference.raw"_s);
    tool(u"qemu-img"_s, {u"convert"_s, u"-f"_s, format, u"-O"_s, u"raw"_s, file, raw});
    return readFile(raw);
}

Result<QByteArray> TestMachines::imported(const QString& source, const QString& member) const
{
    ImportCase import(u"ova"_s);
    ImportRequest request;
    request.source = path(source);
    request.output = path(u"output.img"_s);
    request.member = member;
    const auto checked = import.check(request);
    auto done = import.run(request);
    if (!done) {
        if (QFile::exists(request.output)) {
            return fail(Error::Code::Io, u"an output was left"_s);
        }
        return std::unexpected(done.error());
    }
    QByteArray content = readFile(request.output);
    QFile::remove(request.output);
    if (!checked || *checked != content.size()) {
        return fail(Error::Code::Io, u"the check said something else"_s);
    }
    return content;
}

void TestMachines::packed_data()
{
    QTest::addColumn<QString>("command");
    QTest::addColumn<QString>("source");
    for (const Packing& packing : packings()) {
        QTest::newRow(packing.name) << packing.command << packing.source;
    }
}

void TestMachines::packed()
{
    QFETCH(QString, command);
    QFETCH(QString, source);
    OvfParts parts;
    parts.firmware = "efi";
    makeMachine(parts);
    shell(u"cd files; "_s + command);
    const SourceInfo info = probeSource(path(source));
    QVERIFY2(info.refusal.isEmpty(), qPrintable(info.refusal));
    QCOMPARE(info.kind, SourceKind::VirtualMachine);
    QCOMPARE(info.description,
             u"Virtual machine \"web\", OVF, 2 vCPUs, 2 GiB memory, 1 disk, 1 network card, UEFI, "
             "Debian GNU/Linux 12 (64-bit)"_s);
    QCOMPARE(info.handler, u"ova"_s);
    QVERIFY(info.machine.has_value());
    QCOMPARE(info.machine->notes, QStringList{u"Its certificate, web.cert, is not checked."_s});
    const QByteArray expected = reference(path(u"files/web-disk1.vmdk"_s), u"vmdk"_s);
    QCOMPARE(info.virtualSize, expected.size());
    const auto content = imported(source);
    QVERIFY_RESULT(content);
    QVERIFY(*content == expected);
    QVERIFY(content->startsWith(mixedDisk()));
}

void TestMachines::members()
{
    OvfParts parts;
    parts.hrefs = {"one.vmdk", "with%20space.vmdk", "two.vmdk"};
    writeFile(path(u"other.raw"_s), diskContent());
    QDir().mkpath(path(u"files"_s));
    shell(u"qemu-img convert -f raw -O vmdk -o subformat=streamOptimized other.raw files/two.vmdk; "
          "cp files/two.vmdk 'files/with space.vmdk'; cp files/two.vmdk files/with%20space.vmdk"_s);
    makeMachine(parts);
    shell(u"cd files; rm with%20space.vmdk; tar -cf ../web.ova web.ovf *.vmdk"_s);
    const auto first = imported(u"web.ova"_s);
    const auto named = imported(u"web.ova"_s, u"two.vmdk"_s);
    const auto spaced = imported(u"web.ova"_s, u"with%20space.vmdk"_s);
    QVERIFY_RESULT(first);
    QVERIFY_RESULT(named);
    QVERIFY_RESULT(spaced);
    QVERIFY(*first == reference(path(u"files/one.vmdk"_s), u"vmdk"_s));
    QVERIFY(*named == reference(path(u"files/two.vmdk"_s), u"vmdk"_s));
    QVERIFY(*named != *first);
    QVERIFY(*spaced == *named);
    const auto none = imported(u"web.ova"_s, u"three.vmdk"_s);
    QVERIFY(!none && none.error().remedy.contains("one.vmdk, with%20space.vmdk, two.vmdk"_L1));
}

void TestMachines::formats_data()
{
    QTest::addColumn<QString>("format");
    QTest::addColumn<QString>("options");
    QTest::newRow("monolithic vmdk") << u"vmdk"_s << u"subformat=monolithicSparse"_s;
    QTest::newRow("vhd") << u"vpc"_s << u"force_size=on"_s;
    QTest::newRow("fixed vhd") << u"vpc"_s << u"force_size=on,subformat=fixed"_s;
    QTest::newRow("vhdx") << u"vhdx"_s << QString();
    QTest::newRow("vdi") << u"vdi"_s << QString();
    QTest::newRow("qcow2") << u"qcow2"_s << QString();
    QTest::newRow("raw") << u"raw"_s << QString();
}

/** Whatever a disk is, it is read in its place in the archive, between other files. */
void TestMachines::formats()
{
    QFETCH(QString, format);
    QFETCH(QString, options);
    const QString raw = makeMixedDisk(m_directory->path());
    QDir().mkpath(path(u"files"_s));
    tool(u"qemu-img"_s,
         QStringList{u"convert"_s, u"-f"_s, u"raw"_s, u"-O"_s, format}
             + (options.isEmpty() ? QStringList() : QStringList{u"-o"_s, options})
             + QStringList{raw, path(u"files/disk.img"_s)});
    OvfParts parts;
    parts.hrefs = {"disk.img"};
    writeFile(path(u"files/web.ovf"_s),
              ovfText(parts).replace(" ovf:format=\"http://www.vmware.com/interfaces/specifications/"
                                     "vmdk.html#streamOptimized\"",
                                     ""));
    shell(u"cd files; sha256sum disk.img > sums; tar -cf ../web.ova web.ovf sums disk.img sums; rm sums"_s);
    const auto content = imported(u"web.ova"_s);
    QVERIFY_RESULT(content);
    QVERIFY(*content == reference(path(u"files/disk.img"_s), format));
}

/** A disk in several files is read beside a description, and refused in an archive, whose members have no names on this system. */
void TestMachines::parts()
{
    QVERIFY(makeMixedDisk(m_directory->path()).endsWith("/mixed.raw"_L1));
    QDir().mkpath(path(u"files"_s));
    OvfParts parts;
    parts.hrefs = {"disk.vmdk"};
    shell(u"qemu-img convert -f raw -O vmdk -o subformat=twoGbMaxExtentSparse mixed.raw files/disk.vmdk"_s);
    makeMachine(parts);
    const auto content = imported(u"files/web.ovf"_s);
    QVERIFY_RESULT(content);
    QVERIFY(content->startsWith(mixedDisk()));
    shell(u"cd files; cp disk-s001.vmdk ..; tar -cf ../web.ova web.ovf web.mf disk.vmdk disk-s001.vmdk"_s);
    const auto packed = imported(u"web.ova"_s);
    QVERIFY(!packed && packed.error().message.contains("it lies in an archive"_L1));
    QVERIFY(probeSource(path(u"web.ova"_s)).refusal.contains("it lies in an archive"_L1));
    // The manifest counts for all of its files.
    shell(u"printf x | dd of=files/disk-s001.vmdk bs=1 seek=200000 conv=notrunc status=none"_s);
    const auto changed = imported(u"files/web.ovf"_s);
    QVERIFY(!changed && changed.error().message.contains("disk-s001.vmdk"_L1));
}

void TestMachines::wrongHash()
{
    makeMachine();
    const QString disk = path(u"files/web-disk1.vmdk"_s);
    // In the header, which still is a good one: the version of a writer's descriptor.
    QByteArray bytes = readFile(disk);
    const qsizetype at = bytes.indexOf("ddb.adapterType");
    QVERIFY(at > 0);
    patch(disk, at, "x");
    shell(u"cd files; tar -cf ../web.ova web.ovf web.mf *.vmdk"_s);
    for (const QString& source : {u"web.ova"_s, u"files/web.ovf"_s}) {
        QVERIFY(probeSource(path(source)).refusal.isEmpty()); // the disks are too large to be hashed at each look
        const auto content = imported(source);
        QVERIFY(!content);
        QCOMPARE(content.error().code, Error::Code::InvalidInput);
        QVERIFY2(content.error().message.contains("\"web-disk1.vmdk\""_L1), qPrintable(content.error().message));
        QVERIFY(content.error().remedy.contains("manifest"_L1));
    }
}

void TestMachines::wrongHashOfTheDescription()
{
    makeMachine();
    shell(u"cd files; sed -i 's/VM Network/VM network/' web.ovf; tar -cf ../web.ova web.ovf web.mf *.vmdk"_s);
    for (const QString& source : {u"web.ova"_s, u"files/web.ovf"_s}) {
        const SourceInfo info = probeSource(path(source));
        QCOMPARE(info.kind, SourceKind::VirtualMachine);
        QCOMPARE(info.handler, QString());
        QVERIFY2(info.refusal.contains("\"web.ovf\""_L1), qPrintable(info.refusal));
        QVERIFY(!imported(source));
    }
}

void TestMachines::unknownHash()
{
    makeMachine();
    shell(u"cd files; md5sum --tag web.ovf *.vmdk > web.mf; sha1sum --tag web.ovf >> web.mf"_s);
    const SourceInfo info = probeSource(path(u"files/web.ovf"_s));
    QVERIFY2(info.refusal.isEmpty(), qPrintable(info.refusal));
    QVERIFY(info.machine->notes.first().contains("MD5"_L1));
    ImportCase import(u"ova"_s);
    QVERIFY_RESULT(import.run({.source = path(u"files/web.ovf"_s), .output = path(u"out"_s)}));
    const QList<JobReport::Line> lines = import.report.lines();
    QVERIFY(std::ranges::any_of(lines, [](const JobReport::Line& line) {
        return line.kind == JobReport::Kind::Warning && line.text.contains("no hash of \"web-disk1.vmdk\""_L1);
    }));
}

void TestMachines::hostile_data()
{
    QTest::addColumn<QString>("command");
    QTest::addColumn<QString>("word");
    const auto row = [](const char* name, const char* command, const char* word) {
        QTest::newRow(name) << QString::fromLatin1(command) << QString::fromLatin1(word);
    };
    row("not there", "tar -cf ../web.ova web.ovf", "no file \"web-disk1.vmdk\"");
    row("symbolic link", "cp *.vmdk ../secret; ln -sf ../secret web-disk1.vmdk; tar -cf ../web.ova web.ovf *.vmdk",
        "is a link");
    row("hard link", "mv *.vmdk ..; ln -f web.ovf web-disk1.vmdk; tar -cf ../web.ova web.ovf *.vmdk", "is a link");
    row("device", "rm *.vmdk; mkfifo web-disk1.vmdk; tar -cf ../web.ova web.ovf *.vmdk", "is a link");
    row("directory", "rm *.vmdk; mkdir web-disk1.vmdk; tar -cf ../web.ova web.ovf *.vmdk", "is a link");
    row("sparse", "rm *.vmdk; cp --sparse=always ../mixed.raw web-disk1.vmdk; tar -S -cf ../web.ova web.ovf *.vmdk",
        "is a link");
    row("twice", "cp *.vmdk ..; tar -cf ../web.ova web.ovf *.vmdk; tar -rf ../web.ova *.vmdk", "has two files");
    row("description twice", "tar -cf ../web.ova web.ovf *.vmdk web.ovf; tar -rf ../web.ova web.ovf", "has two files");
    row("in a directory", "mkdir sub; mv *.vmdk sub; tar -cf ../web.ova web.ovf sub", "no file \"web-disk1.vmdk\"");
    row("below the top",
        "mkdir sub; mv *.vmdk sub; cd sub; tar -P --transform 's,^,../,' -cf ../../web.ova ../web.ovf *.vmdk", "tar");
    row("no disk", "head -c 300000 ../mixed.raw > web-disk1.vmdk; tar -cf ../web.ova web.ovf *.vmdk", "no VMDK disk");
    row("compressed", "gzip *.vmdk; mv *.gz web-disk1.vmdk; tar -cf ../web.ova web.ovf *.vmdk", "compressed with gzip");
    row("said to be compressed",
        "sed -i 's/<File /<File ovf:compression=\"gzip\" /' web.ovf; tar -cf ../web.ova web.ovf *.vmdk",
        "compressed with gzip");
    row("in chunks", "sed -i 's/<File /<File ovf:chunkSize=\"1000\" /' web.ovf; tar -cf ../web.ova web.ovf *.vmdk",
        "cut into several files");
    row("differences",
        "rm *.vmdk; qemu-img create -q -f vmdk base 1M; "
        "qemu-img create -q -f vmdk -F vmdk -b base web-disk1.vmdk; tar -cf ../web.ova web.ovf *.vmdk",
        "differences");
    row("no description", "echo > readme; tar -cf ../web.ova readme *.vmdk", "tar archive");
    row("compressed archive", "tar -czf ../web.ova web.ovf *.vmdk", "decompress it first");
    row("large description", "head -c 5000000 /dev/zero | tr '\\0' ' ' >> web.ovf; tar -cf ../web.ova web.ovf *.vmdk",
        "4 MiB");
    row("large manifest", "head -c 2000000 /dev/zero | tr '\\0' ' ' > web.mf; tar -cf ../web.ova web.ovf web.mf *.vmdk",
        "1 MiB");
    row("beside: not there", "rm *.vmdk; ln -s files/web.ovf ../web.ova", "web-disk1.vmdk");
    row("beside: link", "cp *.vmdk ../secret; ln -sf ../secret web-disk1.vmdk; ln -s files/web.ovf ../web.ova",
        "is a link");
    row("beside: device", "rm *.vmdk; mkfifo web-disk1.vmdk; ln -s files/web.ovf ../web.ova", "no regular file");
    row("link to nothing", "ln -s nothing.ovf ../web.ova", "link to a file that does not exist");
}

void TestMachines::hostile()
{
    QFETCH(QString, command);
    QFETCH(QString, word);
    makeMachine({}, false);
    shell(u"cd files; "_s + command);
    const SourceInfo info = probeSource(path(u"web.ova"_s));
    QVERIFY2(info.refusal.contains(word), qPrintable(sourceText(info)));
    QCOMPARE(info.handler, QString());
    const auto content = imported(u"web.ova"_s);
    QVERIFY(!content && !content.error().message.isEmpty());
}

void TestMachines::cut()
{
    makeMachine();
    shell(u"cd files; tar -b 1 -cf ../web.ova web.ovf web.mf *.vmdk"_s);
    const QByteArray expected = reference(path(u"files/web-disk1.vmdk"_s), u"vmdk"_s);
    const QString archive = path(u"web.ova"_s);
    const qint64 whole = QFileInfo(archive).size();
    int refused = 0;
    for (qint64 part = 199; part >= 0; --part) {
        QVERIFY(QFile::resize(archive, whole * part / 200 + part % 3));
        const SourceInfo info = probeSource(archive);
        QVERIFY(!info.handler.isEmpty() || !info.refusal.isEmpty());
        const auto content = imported(u"web.ova"_s);
        QVERIFY2(!content || *content == expected, qPrintable(QString::number(part)));
        refused += content ? 0 : 1;
    }
    QVERIFY2(refused >= 199, qPrintable(QString::number(refused)));
}

/** With a manifest no byte that counts can be another one. */
void TestMachines::changed()
{
    makeMachine();
    shell(u"cd files; tar -b 1 -cf ../web.ova web.ovf web.mf *.vmdk"_s);
    const QByteArray expected = reference(path(u"files/web-disk1.vmdk"_s), u"vmdk"_s);
    QFile bytes(path(u"web.ova"_s));
    QVERIFY(bytes.open(QIODevice::ReadWrite | QIODevice::Unbuffered));
    QRandomGenerator random(20261127);
    int refused = 0;
    for (int round = 0; round < 1000; ++round) {
        const qint64 at = random.bounded(round % 2 == 0 ? 12 * KiB : bytes.size());
        char old = 0;
        QVERIFY(bytes.seek(at) && bytes.read(&old, 1) == 1);
        const char now = static_cast<char>(round % 3 == 0 ? 0xff : old ^ (1 << random.bounded(8)));
        QVERIFY(bytes.seek(at) && bytes.write(&now, 1) == 1);
        const auto content = imported(u"web.ova"_s);
        // A change of the manifest's own name, or of a hash's, is as if there were none.
        QVERIFY2(!content || *content == expected, qPrintable(QString::number(at)));
        refused += content ? 0 : 1;
        QVERIFY(bytes.seek(at) && bytes.write(&old, 1) == 1);
    }
    QVERIFY2(refused >= 700, qPrintable(QString::number(refused)));
}

void TestMachines::changedWithoutManifest()
{
    makeMachine({}, false);
    shell(u"cd files; tar -b 1 -cf ../web.ova web.ovf *.vmdk"_s);
    QFile bytes(path(u"web.ova"_s));
    QVERIFY(bytes.open(QIODevice::ReadWrite | QIODevice::Unbuffered));
    QRandomGenerator random(4);
    int refused = 0;
    for (int round = 0; round < 500; ++round) {
        const qint64 at = random.bounded(round % 2 == 0 ? 10 * KiB : bytes.size());
        char old = 0;
        QVERIFY(bytes.seek(at) && bytes.read(&old, 1) == 1);
        const char now = static_cast<char>(round % 3 == 0 ? 0xff : old ^ (1 << random.bounded(8)));
        QVERIFY(bytes.seek(at) && bytes.write(&now, 1) == 1);
        const SourceInfo info = probeSource(bytes.fileName());
        QVERIFY(!info.handler.isEmpty() || !info.refusal.isEmpty());
        const auto content = imported(u"web.ova"_s);
        QVERIFY(content || !content.error().message.isEmpty());
        refused += content ? 0 : 1;
        QVERIFY(bytes.seek(at) && bytes.write(&old, 1) == 1);
    }
    QVERIFY2(refused > 50, qPrintable(QString::number(refused)));
}

void TestMachines::cancelled()
{
    makeMachine();
    ImportCase import(u"ova"_s);
    import.stop.request_stop();
    const ImportRequest request{.source = path(u"files/web.ovf"_s), .output = path(u"out"_s)};
    const auto done = import.run(request);
    QVERIFY(!done);
    QCOMPARE(done.error().code, Error::Code::Cancelled);
    QVERIFY(!QFile::exists(request.output));
}

void TestMachines::guestOfMachine()
{
    OvfParts parts;
    parts.hrefs = {"one.vmdk", "two.vmdk"};
    parts.cards = 2;
    parts.firmware = "efi";
    makeMachine(parts);
    shell(u"cd files; tar -cf ../web.ova web.ovf web.mf *.vmdk"_s);
    const SourceInfo info = probeSource(path(u"web.ova"_s));
    Project project;
    project.directory = m_directory->path();
    project.machine.architecture = Architecture::X86_64;
    Guest guest;
    guest.sourceType = info.handler;
    guest.sourceFile = info.path;
    applySource(info, project.defaults, guest);
    project.guests = {guest};
    const ResolvedProject resolved = resolve(project, {}, {});
    for (const Problem& problem : resolved.problems) {
        QVERIFY2(problem.severity != Problem::Severity::Error, qPrintable(problem.text));
    }
    QCOMPARE(resolved.guests.first().config,
             "name = \"web\"\ntype = \"hvm\"\nmemory = 2048\nvcpus = 2\n"
             "disk = ['file:/var/lib/xen/images/web.img,xvda,rw', "
             "'file:/var/lib/xen/images/web-xvdb.img,xvdb,rw']\n"
             "vif = ['bridge=xenbr0', 'bridge=xenbr0']\nfirmware = \"ovmf\"\n"_ba);
    const Layout layout = planLayout(resolved, {});
    QCOMPARE(layout.imports.size(), 2);
    QCOMPARE(layout.imports.at(0).handler, u"ova"_s);
    QCOMPARE(layout.imports.at(0).request.member, QString());
    QCOMPARE(layout.imports.at(1).request.member, u"two.vmdk"_s);
    QCOMPARE(layout.imports.at(1).expectedBytes, info.virtualSize);
}

QTEST_GUILESS_MAIN(TestMachines)
#include "tst_machines.moc"

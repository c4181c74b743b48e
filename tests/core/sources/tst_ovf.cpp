// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/layout/machineguest.h"
#include "core/sources/machinemanifest.h"
#include "core/sources/ovf.h"
#include "core/support/units.h"
#include "fixtures.h"
#include "ovftexts.h"

#include <QElapsedTimer>
#include <QTest>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

namespace
{

/** As VirtualBox 7 exports a machine, in its order and with its own part. */
QByteArray virtualBoxText()
{
    return readFile(sourceFile(u"tests/core/sources/virtualbox.ovf"_s));
}

/** OVF 2: other elements for disks and cards, several configurations, and prefixes that are not declared. */
QByteArray ovf2Text()
{
    return readFile(sourceFile(u"tests/core/sources/ovf2.ovf"_s));
}

QString errorOf(const Result<MachineDescription>& read)
{
    return read ? u"no error"_s : read.error().message;
}

} // namespace

/** Descriptions of virtual machines, good and hostile ones, and the guests that they become. */
class TestOvf : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void units_data();
    void units();
    void vmware();
    void virtualBox();
    void ovf2();
    void firmware();
    void refused_data();
    void refused();
    void entitiesDoNotGrow();
    void deep();
    void everyTextCutAndChanged();
    void manifest();
    void longManifest();
    void guest();
    void guestWithAnEmptyDisk();
    void installer();
};

void TestOvf::units_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<qint64>("bytes");
    const auto row = [](const char* text, qint64 bytes) { QTest::newRow(text) << QString::fromLatin1(text) << bytes; };
    row("byte", 1);
    row("bytes", 1);
    row("byte * 2^20", MiB);
    row("byte*2^30", GiB);
    row("byte * 1024", 1024);
    row("byte * 2^10 * 2^10", MiB);
    row("byte * 10^6", 1'000'000);
    row("MegaBytes", MiB);
    row("Megabyte", MiB);
    row("KiloBytes", KiB);
    row("GigaBytes", GiB);
    row("MB", MiB);
    row("byte * 2^62", qint64{1} << 62);
    row("byte * 2^63", 0);
    row("byte * 2^999999999", 0);
    row("GigaBytes * 2^40", 0);
    row("byte * -1", 0);
    row("byte * 2^-3", 0);
    row("byte * 2^2^2", 0);
    row("byte *", 0);
    row("hertz * 10^6", 0);
    row("", 0);
}

void TestOvf::units()
{
    QFETCH(QString, text);
    QTEST(bytesOfUnit(text), "bytes");
}

void TestOvf::vmware()
{
    OvfParts parts;
    parts.hrefs = {"web-disk1.vmdk", "web-disk2.vmdk"};
    parts.cards = 2;
    const auto read = readOvf(ovfText(parts), u"web.ovf"_s);
    QVERIFY_RESULT(read);
    MachineDescription expected;
    expected.name = u"web"_s;
    expected.system = u"Debian GNU/Linux 12 (64-bit)"_s;
    expected.memoryMiB = 2048;
    expected.vcpus = 2;
    const QString format = u"http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"_s;
    expected.disks = {MachineDisk{u"web-disk1.vmdk"_s, 8 * GiB, format, {}, false},
                      MachineDisk{u"web-disk2.vmdk"_s, 8 * GiB, format, {}, false}};
    expected.cards = {MachineCard{}, MachineCard{}};
    QVERIFY(*read == expected);
}

void TestOvf::virtualBox()
{
    const auto read = readOvf(virtualBoxText(), u"mail.ovf"_s);
    QVERIFY_RESULT(read);
    QCOMPARE(read->name, u"Mail server"_s);
    QCOMPARE(read->system, u"Debian_64"_s);
    QCOMPARE(read->memoryMiB, 1024);
    QCOMPARE(read->vcpus, 4);
    QVERIFY(read->isUefi);
    QCOMPARE(read->cards.size(), 1);
    // By the numbers at their controller, not by the order of the text; the CD is left out.
    QCOMPARE(read->disks.size(), 2);
    QCOMPARE(read->disks.at(0).file, u"Mail server-disk003.vmdk"_s);
    QCOMPARE(read->disks.at(1).file, u"Mail server-disk001.vmdk"_s);
    QCOMPARE(read->disks.at(1).capacity, 20 * GiB);
}

void TestOvf::ovf2()
{
    const auto read = readOvf(ovf2Text(), u"db.ovf"_s);
    QVERIFY_RESULT(read);
    QCOMPARE(read->name, u"db"_s);
    QCOMPARE(read->vcpus, 8);
    QCOMPARE(read->memoryMiB, 4096);
    QCOMPARE(read->disks.size(), 2);
    QCOMPARE(read->disks.at(0).file, QString());
    QCOMPARE(read->disks.at(0).capacity, 512 * MiB);
    QCOMPARE(read->disks.at(1).file, u"root.qcow2"_s);
    QCOMPARE(read->cards.size(), 2);
    QCOMPARE(read->cards.at(0).mac, u"52:54:00:ab:cd:ef"_s);
    QCOMPARE(read->cards.at(1).mac, QString());
    QVERIFY(!read->isUefi);
}

void TestOvf::firmware()
{
    OvfParts parts;
    for (const auto& [value, isUefi] : {std::pair("efi", true), std::pair("EFI", true), std::pair("bios", false)}) {
        parts.firmware = value;
        const auto read = readOvf(ovfText(parts), u"web.ovf"_s);
        QVERIFY_RESULT(read);
        QCOMPARE(read->isUefi, isUefi);
    }
}

void TestOvf::refused_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("word");
    const auto row = [](const char* name, const QByteArray& text, const char* word) {
        QTest::newRow(name) << text << QString::fromLatin1(word);
    };
    const auto with = [](auto change) {
        OvfParts parts;
        change(parts);
        return ovfText(parts);
    };
    const auto href = [&](const QByteArray& name) { return with([&](OvfParts& parts) { parts.hrefs = {name}; }); };
    for (const char* name : {"../../etc/passwd", "/etc/shadow", "file:///etc/shadow", "http://example.org/disk.vmdk",
                             "sub/disk.vmdk", "..", ".", "", "a&#10;b"}) {
        row(name, href(name), "does not lie beside it");
    }
    row("long name", href(QByteArray(5000, 'a')), "does not lie beside it");
    row("document type", with([](OvfParts& parts) { parts.before = "<!DOCTYPE Envelope>\n"; }), "document type");
    row("external entity", with([](OvfParts& parts) {
            parts.before = "<!DOCTYPE Envelope [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n";
            parts.name = "&x;";
        }),
        "document type");
    row("undeclared entity", with([](OvfParts& parts) { parts.name = "&x;"; }), "ntit");
    row("no disk of that name", ovfText().replace("ovf:/disk/vmdisk1", "ovf:/disk/vmdisk7"),
        "it has no disk \"vmdisk7\"");
    row("no file of that name", ovfText().replace("ovf:fileRef=\"file1\"", "ovf:fileRef=\"file7\""),
        "it has no file \"file7\"");
    row("differences", ovfText().replace("ovf:fileRef=", "ovf:parentRef=\"base\" ovf:fileRef="), "differences");
    row("several machines", ovfText().replace("</Envelope>", "<VirtualSystem ovf:id=\"b\"/></Envelope>"), "several");
    row("no machine", "<Envelope/>", "describes none");
    row("no envelope", "<html><body/></html>", "no envelope");
    row("no xml", "Envelope", "broken");
    row("nothing", "", "broken");
    row("no size of memory", with([](OvfParts& parts) { parts.memory = "much"; }), "memory");
    row("negative memory", with([](OvfParts& parts) { parts.memory = "-1"; }), "memory");
    row("too much memory", with([](OvfParts& parts) { parts.memory = "9223372036854775807"; }), "memory");
    row("unit of memory", with([](OvfParts& parts) { parts.memoryUnits = "byte * 2^99"; }), "memory");
    row("processors", with([](OvfParts& parts) { parts.vcpus = "4097"; }), "processors");
    row("capacity", with([](OvfParts& parts) { parts.capacity = "9223372036854775807"; }), "disk of");
    row("negative capacity", with([](OvfParts& parts) { parts.capacity = "-8"; }), "disk of");
    row("many disks", with([](OvfParts& parts) { parts.hrefs = QByteArrayList(65, "disk.vmdk"); }),
        "more than 64 disks");
    row("many cards", with([](OvfParts& parts) { parts.cards = 65; }), "more than 64 network cards");
    row("many files",
        ovfText().replace(
            "<References>",
            "<References>" +
                [] {
                    QByteArray files;
                    for (int i = 0; i < 5000; ++i) {
                        files += "<File ovf:id=\"x" + QByteArray::number(i) + "\"/>";
                    }
                    return files;
                }()),
        "more than 4096 files");
    row("large", ovfText().append(QByteArray(MostOvfBytes, ' ')), "larger than 4 MiB");
}

void TestOvf::refused()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, word);
    const auto read = readOvf(text, u"web.ovf"_s);
    QVERIFY2(!read && read.error().message.contains(word), qPrintable(errorOf(read)));
    QVERIFY(read.error().message.contains("web.ovf"_L1));
    QVERIFY(!read.error().remedy.isEmpty());
    QVERIFY(!read.error().message.contains("root:"_L1)); // of a file that was named
}

/** "Billion laughs": entities that are made of entities. */
void TestOvf::entitiesDoNotGrow()
{
    OvfParts parts;
    parts.before = "<!DOCTYPE lolz [<!ENTITY a0 \"ha\">";
    for (int i = 1; i < 30; ++i) {
        const QByteArray last = "&a" + QByteArray::number(i - 1) + ";";
        parts.before += "<!ENTITY a" + QByteArray::number(i) + " \"" + last.repeated(10) + "\">";
    }
    parts.before += "]>\n";
    parts.name = "&a29;";
    QElapsedTimer timer;
    timer.start();
    const auto read = readOvf(ovfText(parts), u"web.ovf"_s);
    QVERIFY2(!read && read.error().message.contains("document type"_L1), qPrintable(errorOf(read)));
    QVERIFY(timer.elapsed() < 1000);
}

void TestOvf::deep()
{
    const auto read = readOvf("<Envelope>" + QByteArray("<a>").repeated(1'000'000), u"web.ovf"_s);
    QVERIFY2(!read && read.error().message.contains("deep in each other"_L1), qPrintable(errorOf(read)));
}

void TestOvf::everyTextCutAndChanged()
{
    QRandomGenerator random(20261127);
    for (const QByteArray& text : {ovfText(), virtualBoxText(), ovf2Text()}) {
        for (int part = 0; part < 200; ++part) {
            const auto read = readOvf(text.first(text.size() * part / 201), u"web.ovf"_s);
            QVERIFY(!read && !read.error().message.isEmpty());
        }
        int refusals = 0;
        for (int round = 0; round < 1000; ++round) {
            QByteArray changed = text;
            const qsizetype at = random.bounded(changed.size());
            changed[at] = static_cast<char>(round % 3 == 0 ? random.bounded(256)
                                                           : changed[at] ^ (1 << random.bounded(8)));
            const auto read = readOvf(changed, u"web.ovf"_s);
            QVERIFY(read || !read.error().message.isEmpty());
            refusals += read ? 0 : 1;
            for (const MachineDisk& disk : read ? read->disks : QList<MachineDisk>()) {
                QVERIFY(!disk.file.contains(u'/') && disk.file != ".."_L1 && disk.capacity >= 0);
            }
        }
        QVERIFY(refusals > 100);
    }
}

void TestOvf::manifest()
{
    const QByteArray content = "some bytes\n";
    const auto hash = [&](QCryptographicHash::Algorithm algorithm) {
        return QCryptographicHash::hash(content, algorithm).toHex();
    };
    const MachineManifest manifest("SHA256(a b(1).vmdk)= " + hash(QCryptographicHash::Sha256)
                                   + "\r\n"
                                     "SHA-512 (b) = "
                                   + hash(QCryptographicHash::Sha512).toUpper()
                                   + "\n"
                                     "SHA1(c)= "
                                   + hash(QCryptographicHash::Sha1)
                                   + "\n"
                                     "MD5(d)= 0123\nWHIRLPOOL(d)= 12\nMD5(e)= 0123\n\nnonsense\n(\n)=(\nSHA256(f)=\n");
    for (const QString& name : {u"a b(1).vmdk"_s, u"b"_s, u"c"_s}) {
        QVERIFY(manifest.covers(name));
        QVERIFY_RESULT(manifest.check(name, content, u"web.ova"_s));
        const auto wrong = manifest.check(name, content + 'x', u"web.ova"_s);
        QVERIFY(!wrong && wrong.error().message.contains(name));
        QVERIFY(wrong.error().message.contains("web.ova"_L1));
    }
    QVERIFY(!manifest.covers(u"d"_s));
    QVERIFY_RESULT(manifest.check(u"d"_s, content, u"web.ova"_s));
    QCOMPARE(manifest.unknownAlgorithms(), (QStringList{u"MD5"_s, u"WHIRLPOOL"_s}));
    QVERIFY(!manifest.check(u"f"_s, content, u"web.ova"_s)); // no hash at all is none that fits
    QVERIFY(MachineManifest().isEmpty());
}

/** As many lines as there may be for one file, all of them right. */
void TestOvf::longManifest()
{
    const QByteArray content(MostOvfBytes, ' ');
    const QByteArray hash = QCryptographicHash::hash(content, QCryptographicHash::Sha512).toHex();
    const MachineManifest manifest(("SHA512(web.ovf)= " + hash + '\n').repeated(5000));
    QElapsedTimer timer;
    timer.start();
    QVERIFY_RESULT(manifest.check(u"web.ovf"_s, content, u"web.ova"_s));
    QVERIFY(!manifest.check(u"web.ovf"_s, content.chopped(1), u"web.ova"_s));
    QVERIFY2(timer.elapsed() < 2000, qPrintable(QString::number(timer.elapsed())));
}

void TestOvf::guest()
{
    OvfParts parts;
    parts.name = "W\xc3\xa9"
                 "b  server/1";
    parts.hrefs = {"d1.vmdk", "d2.vmdk", "d3.vmdk"};
    parts.cards = 2;
    parts.firmware = "efi";
    auto machine = readOvf(ovfText(parts), u"web.ovf"_s);
    QVERIFY_RESULT(machine);
    machine->cards[1].mac = u"00:16:3e:00:00:01"_s;
    Guest guest;
    guest.sourceType = u"ova"_s;
    guest.sourceFile = u"/images/web.ova"_s;
    applyMachine(*machine, GuestDefaults(), guest);
    QCOMPARE(guest.entry, u"Web-server-1"_s);
    QCOMPARE(guest.memoryMiB, 2048);
    QCOMPARE(guest.vcpus, 2);
    QCOMPARE(guest.type, GuestType::Hvm);
    QCOMPARE(guest.kernelMode(), KernelMode::None);
    QCOMPARE(guest.sourceFile, u"/images/web.ova"_s);
    QCOMPARE(guest.sourceMember, QString()); // the first
    QCOMPARE(guest.extraDisks.size(), 2);
    QCOMPARE(guest.extraDisks.at(0).file, u"/images/web.ova"_s);
    QCOMPARE(guest.extraDisks.at(0).member, u"d2.vmdk"_s);
    QCOMPARE(guest.extraDisks.at(0).device, u"xvdb"_s);
    QCOMPARE(guest.extraDisks.at(1).member, u"d3.vmdk"_s);
    QCOMPARE(guest.extraDisks.at(1).device, u"xvdc"_s);
    QVERIFY(!guest.vif.has_value());
    QCOMPARE(guest.extraVifs, QStringList{u"mac=00:16:3e:00:00:01,bridge=xenbr0"_s});
    QCOMPARE(guest.options, (QList<XlOption>{{u"firmware"_s, u"\"ovmf\""_s}}));
}

void TestOvf::guestWithAnEmptyDisk()
{
    const auto machine = readOvf(ovf2Text(), u"db.ovf"_s);
    QVERIFY_RESULT(machine);
    Guest guest;
    guest.sourceType = u"ova"_s;
    guest.sourceFile = u"db.ovf"_s;
    applyMachine(*machine, GuestDefaults(), guest);
    QCOMPARE(guest.sourceType, u"empty"_s);
    QCOMPARE(guest.sourceFile, QString());
    QCOMPARE(guest.imageSizeMiB, 512);
    QCOMPARE(guest.extraDisks.size(), 1);
    QCOMPARE(guest.extraDisks.first().file, u"db.ovf"_s);
    QCOMPARE(guest.extraDisks.first().member, u"root.qcow2"_s);
    QCOMPARE(guest.vif, u"mac=52:54:00:ab:cd:ef,bridge=xenbr0"_s);
    QCOMPARE(guest.options, QList<XlOption>());
}

void TestOvf::installer()
{
    SourceInfo cd;
    cd.path = u"/images/debian.iso"_s;
    cd.kind = SourceKind::Iso;
    cd.handler = u"iso"_s;
    cd.cd = CdImage{u"Debian"_s, true, true};
    Guest guest;
    applySource(cd, GuestDefaults(), guest);
    QCOMPARE(guest.sourceType, u"empty"_s);
    QCOMPARE(guest.imageSizeMiB, 8192);
    QCOMPARE(guest.memoryMiB, 1024);
    QCOMPARE(guest.type, GuestType::Hvm);
    QCOMPARE(guest.kernelMode(), KernelMode::None);
    QCOMPARE(guest.extraDisks.size(), 1);
    QVERIFY(guest.extraDisks.first().cdrom);
    QCOMPARE(guest.extraDisks.first().device, u"hdc"_s);
    QCOMPARE(guest.options, (QList<XlOption>{{u"boot"_s, u"\"dc\""_s}, {u"vnc"_s, u"1"_s}}));
    QCOMPARE(guestRefusal(cd, Architecture::X86_64), QString());
    QVERIFY(guestRefusal(cd, Architecture::Arm64).contains("HVM"_L1));
    cd.cd->startsByBios = false;
    Guest uefi;
    applySource(cd, GuestDefaults(), uefi);
    QCOMPARE(uefi.options.first(), (XlOption{u"firmware"_s, u"\"ovmf\""_s}));
    cd.cd->startsByUefi = false;
    QVERIFY(guestRefusal(cd, Architecture::X86_64).contains("does not start"_L1));
}

QTEST_GUILESS_MAIN(TestOvf)
#include "tst_ovf.moc"

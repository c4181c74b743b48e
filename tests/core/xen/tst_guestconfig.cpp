// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/xen/guestconfig.h"
#include "core/xen/xlconfig.h"
#include "fixtures.h"
#include "mutate.h"
#include "xlutil.h"

#include <QtTest>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

namespace
{

const QString ImagePath = u"/var/lib/xen/images/web.img"_s;
const QString KernelPath = u"/var/lib/xen/images/Image"_s;
const QString RamdiskPath = u"/var/lib/xen/images/initrd.gz"_s;

GuestConfig webGuest()
{
    GuestConfig guest;
    guest.name = u"web"_s;
    guest.memoryMiB = 512;
    guest.vcpus = 1;
    guest.disks = {u"file:/var/lib/xen/images/web.img,xvda,rw"_s};
    guest.vifs = {u"bridge=xenbr0"_s};
    guest.kernel = KernelPath;
    guest.extra = u"root=/dev/xvda ro ip=dhcp"_s;
    return guest;
}

/** Values of @p text as xl reads them. */
QMap<QByteArray, XlValue> xlValues(const QByteArray& text)
{
    const auto values = readByXl(text,
                                 {"name", "type", "memory", "vcpus", "disk", "vif", "kernel", "ramdisk", "extra"});
    if (!values) {
        QTest::qFail("xl refuses: " + text, __FILE__, __LINE__);
    }
    return values.value_or(QMap<QByteArray, XlValue>());
}

} // namespace

class TestGuestConfig : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void generated_data();
    void generated();
    void generatedComesBackFromXl();
    void rewritten_data();
    void rewritten();
    void rewrittenIsWhatXlReads();
    void rewrittenExamples();
    void warnings_data();
    void warnings();
    void refused_data();
    void refused();
    void options_data();
    void options();
};

void TestGuestConfig::generated_data()
{
    QTest::addColumn<GuestConfig>("guest");
    QTest::addColumn<QByteArray>("text");
    const QByteArray head = "name = \"web\"\n";
    const QByteArray sizes = "memory = 512\nvcpus = 1\n";
    const QByteArray devices = "disk = ['file:/var/lib/xen/images/web.img,xvda,rw']\nvif = ['bridge=xenbr0']\n";
    const QByteArray kernel = "kernel = \"/var/lib/xen/images/Image\"\n";
    const QByteArray extra = "extra = \"root=/dev/xvda ro ip=dhcp\"\n";
    GuestConfig guest = webGuest();
    QTest::newRow("as the classes write it") << guest << head + sizes + devices + kernel + extra;
    guest.ramdisk = RamdiskPath;
    QTest::newRow("ramdisk") << guest
                             << head + sizes + devices + kernel + "ramdisk = \"/var/lib/xen/images/initrd.gz\"\n"
            + extra;
    guest.ramdisk.clear();
    guest.type = GuestType::Pvh;
    guest.options = {{u"on_crash"_s, u"'restart'"_s}, {u"cpus"_s, u"[1, 2]"_s}};
    QTest::newRow("type and options") << guest
                                      << head + sizes + devices + kernel + extra
            + "type = \"pvh\"\non_crash = 'restart'\ncpus = [1, 2]\n";
    guest = webGuest();
    guest.type = GuestType::Hvm;
    QTest::newRow("HVM with a kernel") << guest << head + sizes + devices + kernel + extra + "type = \"hvm\"\n";
    guest.kernel.clear();
    QTest::newRow("HVM stated") << guest << head + "type = \"hvm\"\n" + sizes + devices;
    guest.type = GuestType::Automatic;
    QTest::newRow("no kernel") << guest << head + "type = \"hvm\"\n" + sizes + devices;
    guest.type = GuestType::Pv;
    guest.options = {{u"bootloader"_s, u"\"pygrub\""_s}};
    QTest::newRow("boot loader") << guest << head + sizes + devices + "type = \"pv\"\nbootloader = \"pygrub\"\n";
    guest = webGuest();
    guest.disks.append(u"phy:/dev/vg/data,xvdb,r"_s);
    guest.vifs.append(u"mac=00:16:3e:00:00:01"_s);
    QTest::newRow("several devices") << guest
                                     << head + sizes
            + "disk = ['file:/var/lib/xen/images/web.img,xvda,rw', 'phy:/dev/vg/data,xvdb,r']\n"
              "vif = ['bridge=xenbr0', 'mac=00:16:3e:00:00:01']\n"
            + kernel + extra;
    guest = webGuest();
    guest.name = u"w\u00e4b"_s;
    guest.extra = u"say=\"it's\" \\ x"_s;
    guest.vifs = {u"script=it's"_s};
    QTest::newRow("quotes") << guest
                            << "name = \"w\xc3\xa4"
                               "b\"\n"
            + sizes + "disk = ['file:/var/lib/xen/images/web.img,xvda,rw']\n" + "vif = ['script=it\\'s']\n" + kernel
            + "extra = \"say=\\\"it's\\\" \\\\ x\"\n";
}

void TestGuestConfig::generated()
{
    QFETCH(GuestConfig, guest);
    QFETCH(QByteArray, text);
    QCOMPARE(generateGuestConfig(guest), text);
    const QMap<QByteArray, XlValue> values = xlValues(text);
    QCOMPARE(values["name"].text, guest.name.toUtf8());
    QCOMPARE(values.contains("kernel"), !guest.kernel.isEmpty());
    QCOMPARE(numberByXl(text, "memory"), 512);
}

void TestGuestConfig::generatedComesBackFromXl()
{
    QRandomGenerator random(5);
    const QByteArrayList words{"'", "\"", "\\", "\n",  "\t",       "\r",   "#",   ";",
                               "=", "[",  "]",  "\\n", "\xc3\xa4", "\x01", "\\\\"};
    const auto odd = [&](const char* sample) { return QString::fromUtf8(mutated(sample, words, random)); };
    for (int i = 0; i < 3000; ++i) {
        GuestConfig guest = webGuest();
        guest.name = odd("web");
        guest.disks = {odd("file:/a,xvda,rw"), odd("b")};
        guest.vifs = {odd("bridge=x"), QString()};
        guest.kernel = u'/' + odd("k");
        guest.ramdisk = u'/' + odd("ramdisk");
        guest.extra = odd("root=/dev/xvda ro");
        guest.options = {{u"on_crash"_s, QString::fromUtf8(XlConfig::quoted(odd("x").toUtf8()))}};
        const QByteArray text = generateGuestConfig(guest);
        const QMap<QByteArray, XlValue> values = xlValues(text);
        QCOMPARE(values["name"].text, guest.name.toUtf8());
        QCOMPARE(values["kernel"].text, guest.kernel.toUtf8());
        QCOMPARE(values["ramdisk"].text, guest.ramdisk.toUtf8());
        QCOMPARE(values["extra"].text, guest.extra.toUtf8());
        QCOMPARE(values["disk"].items.size(), 2);
        QCOMPARE(values["disk"].items[0].text, guest.disks[0].toUtf8());
        QCOMPARE(values["disk"].items[1].text, guest.disks[1].toUtf8());
        QCOMPARE(values["vif"].items[0].text, guest.vifs[0].toUtf8());
        QCOMPARE(values["vif"].items[1].text, QByteArray());
    }
}

void TestGuestConfig::rewritten_data()
{
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("after");
    const auto row = [](const char* name, const QByteArray& before, const QByteArray& after) {
        QTest::newRow(name) << before + "kernel='k'\n" << after + "kernel='/var/lib/xen/images/Image'\n";
    };
    row("as the classes do", "disk = ['file:/x,xvda,w']\n", "disk = ['file:/var/lib/xen/images/web.img,xvda,w']\n");
    row("device", "disk = [ 'phy:/dev/vg/x,xvda,w' ]\n", "disk = [ 'file:/var/lib/xen/images/web.img,xvda,w' ]\n");
    row("two prefixes", "disk=[\"tap:aio:/x,xvda,w\"]\n", "disk=[\"file:/var/lib/xen/images/web.img,xvda,w\"]\n");
    row("prefix with a format", "disk=['qcow2:/x.qcow2,xvda,w']\n",
        "disk=['file:/var/lib/xen/images/web.img,xvda,w']\n");
    row("several lines", "disk = [\n  # root\n  'file:/x,xvda,w', # one\n  'file:/y,xvdb,w',\n]\n",
        "disk = [\n  # root\n  'file:/var/lib/xen/images/web.img,xvda,w', # one\n  'file:/y,xvdb,w',\n]\n");
    row("positional format", "disk = ['/x,raw,xvda,rw']\n", "disk = ['/var/lib/xen/images/web.img,raw,xvda,rw']\n");
    row("empty format", "disk = ['/dev/vg/x,,hda']\n", "disk = ['/var/lib/xen/images/web.img,,hda']\n");
    row("key=value", "disk = ['format=raw, vdev=xvda, access=rw, target=/x,y']\n",
        "disk = ['format=raw, vdev=xvda, access=rw, target=/var/lib/xen/images/web.img']\n");
    row("target and keys", "disk = ['/x,vdev=xvda,format=raw']\n",
        "disk = ['file:/var/lib/xen/images/web.img,vdev=xvda,format=raw']\n");
    row("CD drive first", "disk = ['/x.iso,raw,hdc,cdrom','file:/x,xvda,w']\n",
        "disk = ['/x.iso,raw,hdc,cdrom','file:/var/lib/xen/images/web.img,xvda,w']\n");
    row("only a CD drive", "disk = [',hdc:cdrom,r']\n", "disk = ['file:/var/lib/xen/images/web.img,hdc:cdrom,r']\n");
    row("added by +=", "disk = []\ndisk += ['/a.iso,,hdc,cdrom']\ndisk+=['file:/x,xvda,w']\n",
        "disk = []\ndisk += ['/a.iso,,hdc,cdrom']\ndisk+=['file:/var/lib/xen/images/web.img,xvda,w']\n");
    row("set twice", "disk = ['file:/x,xvda,w']\ndisk = ['file:/y,xvda,w']\n",
        "disk = ['file:/x,xvda,w']\ndisk = ['file:/var/lib/xen/images/web.img,xvda,w']\n");
    row("escape inside the target", "disk = ['file:/\\'x,xvda,w']\n",
        "disk = ['file:/var/lib/xen/images/web.img,xvda,w']\n");
    row("escapes behind the target stay", "disk = [\"file:/x,xvda,w,script=\\\"a\\tb\\\"\"]\n",
        "disk = [\"file:/var/lib/xen/images/web.img,xvda,w,script=\\\"a\\tb\\\"\"]\n");
    row("comment that looks like it", "# disk = ['file:/old,xvda,w']\ndisk = ['file:/x,xvda,w'] # disk\n",
        "# disk = ['file:/old,xvda,w']\ndisk = ['file:/var/lib/xen/images/web.img,xvda,w'] # disk\n");
    QTest::newRow("kernel quotes, comments, order")
        << QByteArray(
               "\tkernel  =  \"/boot/vmlinuz\" ;# kernel = \"x\"\n\n name='x' #\ndisk=['file:/x,xvda,w'];extra=''")
        << QByteArray("\tkernel  =  \"/var/lib/xen/images/Image\" ;# kernel = \"x\"\n\n name='x' #\n"
                      "disk=['file:/var/lib/xen/images/web.img,xvda,w'];extra=''");
}

void TestGuestConfig::rewritten()
{
    QFETCH(QByteArray, before);
    QFETCH(QByteArray, after);
    const Result<RewrittenConfig> result = rewriteGuestConfig(before, u"web.cfg"_s, ImagePath, KernelPath, {});
    QVERIFY_RESULT(result);
    QCOMPARE(result->text, after);
    QVERIFY2(result->warnings.isEmpty(),
             result->warnings.isEmpty() ? "" : qPrintable(result->warnings.first().message));
    xlValues(after);
    const Result<RewrittenConfig> untouched = rewriteGuestConfig(before, u"web.cfg"_s, {}, {}, {});
    QVERIFY_RESULT(untouched);
    QCOMPARE(untouched->text, before);
}

/** Whatever form a disk has: xl then finds the image in the first one, and everything else as before. */
void TestGuestConfig::rewrittenIsWhatXlReads()
{
    const QByteArrayList words{"'",          "\\'",     "\\n",       "\\t",           ",",
                               "file:",      "raw:",    "phy:",      "qcow2,",        "raw,",
                               "cdrom",      "target=", "vdev=xvdb", "format=qcow2,", "discard,",
                               "backend=d,", " ",       "\n",        "#c\n",          "disk+=['/z,,xvdz']\n"};
    const QByteArray sample =
        "name='x'\ndisk = [ 'file:/x,xvda,w', '/y,raw,xvdb,r,discard' ]\nkernel=\"k\"\nextra='e' # end\n";
    const QStringList paths{ImagePath, u"/i/it's.img"_s, u"/i/a,b=c.img"_s, u"/i/a:b \u00e4\\.img"_s, u"/i/x,"_s};
    QRandomGenerator random(11);
    int compared = 0;
    for (int i = 0; i < 30000; ++i) {
        const QByteArray before = mutated(sample, words, random);
        const QString path = paths[i % paths.size()];
        const Result<RewrittenConfig> result = rewriteGuestConfig(before, {}, path, KernelPath, {});
        if (!result) {
            continue;
        }
        const auto old = *readByXl(before, {"name", "disk", "extra", "vif"});
        const auto values = readByXl(result->text, {"name", "disk", "extra", "vif"});
        QVERIFY2(values, result->text);
        QCOMPARE(values->value("name"), old.value("name"));
        QCOMPARE(values->value("extra"), old.value("extra"));
        QCOMPARE(values->value("disk").items.size(), old.value("disk").items.size());
        int changed = 0;
        for (qsizetype disk = 0; disk < values->value("disk").items.size(); ++disk) {
            const QByteArray text = values->value("disk").items[disk].text;
            if (text == old.value("disk").items[disk].text) {
                continue;
            }
            ++changed;
            std::optional<XlDisk> was = diskByXl(old.value("disk").items[disk].text);
            const std::optional<XlDisk> is = diskByXl(text);
            QVERIFY2(was && is, text);
            was->target = path.toUtf8();
            was->format = is->format;
            QVERIFY2(*was == *is && (is->format == "raw" || path.endsWith(u'.' + QString::fromLatin1(is->format))),
                     text);
        }
        QVERIFY2(changed == 1 || !values->value("disk").isList || !result->warnings.isEmpty(), result->text);
        compared += changed;
    }
    QVERIFY2(compared > 3000, QByteArray::number(compared));
}

void TestGuestConfig::rewrittenExamples()
{
    for (const QFileInfo& file : QDir(fixture(u"xen-examples"_s)).entryInfoList({u"xlexample*"_s})) {
        const QByteArray before = readFile(file.filePath());
        const Result<RewrittenConfig> result = rewriteGuestConfig(before, file.filePath(), ImagePath, KernelPath, {});
        QVERIFY_RESULT(result);
        const QList<QByteArray> old = before.split('\n');
        const QList<QByteArray> now = result->text.split('\n');
        QCOMPARE(now.size(), old.size());
        for (qsizetype line = 0; line < now.size(); ++line) {
            if (now[line] != old[line]) {
                QVERIFY2(old[line].startsWith("disk =") || old[line].startsWith("kernel ="), old[line]);
                QVERIFY2(now[line].contains("/var/lib/xen/images/"), now[line]);
            }
        }
        const QMap<QByteArray, XlValue> values = xlValues(result->text);
        QCOMPARE(diskByXl(values["disk"].items[0].text)->target, ImagePath.toUtf8());
        QCOMPARE(values.contains("kernel"), result->warnings.isEmpty());
        if (values.contains("kernel")) {
            QCOMPARE(values["kernel"].text, KernelPath.toUtf8());
        }
    }
}

void TestGuestConfig::warnings_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("part");
    QTest::addColumn<int>("line");
    const QByteArray kernel = "kernel='k'\nramdisk='r'\n";
    const QByteArray disk = "disk=['file:/x,xvda,w']\n";
    QTest::newRow("no disk") << kernel << u"no disk"_s << 0;
    QTest::newRow("empty list") << kernel + "disk=[]\n" << u"no disk"_s << 3;
    QTest::newRow("text for a disk") << kernel + "disk='file:/x,xvda,w'\n" << u"not a list"_s << 3;
    QTest::newRow("nested disk") << kernel + "disk=[['file:/x,xvda,w']]\n" << u"no disk"_s << 3;
    QTest::newRow("format") << kernel + "disk=[\n'/x.qcow2,qcow2,xvda,w']\n" << u"qcow2"_s << 4;
    QTest::newRow("no kernel") << disk + "ramdisk='r'\n" << u"\"kernel\""_s << 0;
    QTest::newRow("boot loader") << disk + "bootloader='pygrub'\nramdisk='r'\n" << u"boot loader"_s << 0;
    QTest::newRow("no ramdisk") << disk + "kernel='k'\n" << u"\"ramdisk\""_s << 0;
    QTest::newRow("kernel is a list") << disk + "ramdisk='r'\nkernel=['k']\n" << u"not a text"_s << 3;
}

void TestGuestConfig::warnings()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, part);
    QFETCH(int, line);
    const Result<RewrittenConfig> result = rewriteGuestConfig(text, u"web.cfg"_s, ImagePath, KernelPath, RamdiskPath);
    QVERIFY_RESULT(result);
    QCOMPARE(result->warnings.size(), 1);
    const Error warning = result->warnings.first();
    QVERIFY2(warning.message.contains(part), qPrintable(warning.message));
    QCOMPARE(warning.place.file, u"web.cfg"_s);
    QCOMPARE(warning.place.line, line);
    QVERIFY(!warning.remedy.isEmpty());
    xlValues(result->text);
}

void TestGuestConfig::refused_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("line");
    QTest::addColumn<int>("column");
    QTest::newRow("syntax") << QByteArray("name='x'\ndisk = [ 'x' 'y' ]\n") << 2 << 14;
    QTest::newRow("disk that xl refuses") << QByteArray("\ndisk = [\n 'file:/x' ]\n") << 3 << 2;
    QTest::newRow("unknown format") << QByteArray("disk=['/x,xvda,w']\n") << 1 << 7;
}

void TestGuestConfig::refused()
{
    QFETCH(QByteArray, text);
    QFETCH(int, line);
    QFETCH(int, column);
    const Result<RewrittenConfig> result = rewriteGuestConfig(text, u"web.cfg"_s, ImagePath, {}, {});
    QVERIFY(!result);
    QCOMPARE(result.error().place.toString(), u"web.cfg:%1:%2"_s.arg(line).arg(column));
    QVERIFY(!result.error().remedy.isEmpty());
}

void TestGuestConfig::options_data()
{
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("value");
    QTest::addColumn<bool>("good");
    QTest::newRow("number") << u"maxmem"_s << u"1024"_s << true;
    QTest::newRow("text") << u"on_crash"_s << u"'restart'"_s << true;
    QTest::newRow("list") << u"cpus"_s << u"[ \"1\",\n'2', ]"_s << true;
    QTest::newRow("dotted key") << u"a.b"_s << u"1"_s << true;
    QTest::newRow("own field") << u"memory"_s << u"1"_s << false;
    QTest::newRow("capital") << u"Maxmem"_s << u"1"_s << false;
    QTest::newRow("empty key") << QString() << u"1"_s << false;
    QTest::newRow("key with more") << u"a=1\nb"_s << u"1"_s << false;
    QTest::newRow("empty value") << u"maxmem"_s << QString() << false;
    QTest::newRow("no quotes") << u"on_crash"_s << u"restart"_s << false;
    QTest::newRow("two statements") << u"maxmem"_s << u"1\nname='x'"_s << false;
    QTest::newRow("semicolon") << u"maxmem"_s << u"1;name='x'"_s << false;
    QTest::newRow("comment") << u"maxmem"_s << u"1 # x"_s << false;
    QTest::newRow("stray byte") << u"maxmem"_s << u"1+"_s << false;
}

void TestGuestConfig::options()
{
    QFETCH(QString, key);
    QFETCH(QString, value);
    QFETCH(bool, good);
    const Result<void> checked = checkXlOption({key, value});
    QCOMPARE(checked.has_value(), good);
    if (!good) {
        QVERIFY(!checked.error().message.isEmpty());
        QVERIFY(!checked.error().remedy.isEmpty());
    } else {
        GuestConfig guest = webGuest();
        guest.options = {{key, value}};
        QVERIFY(readByXl(generateGuestConfig(guest), {key.toUtf8()})->contains(key.toUtf8()));
    }
}

QTEST_GUILESS_MAIN(TestGuestConfig)
#include "tst_guestconfig.moc"

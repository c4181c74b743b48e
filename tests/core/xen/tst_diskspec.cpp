// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/xen/diskspec.h"
#include "disktoxl.h"
#include "fixtures.h"
#include "mutate.h"
#include "xlutil.h"

#include <QElapsedTimer>
#include <QtTest>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

namespace
{

/** @p text with @p path as the target; every other byte stays. */
Result<QByteArray> withDiskTarget(const QByteArray& text, const QByteArray& path)
{
    return diskTargetEdits(text, path).transform([&text](const auto& edits) { return applyEdits(text, edits); });
}

/** Parses @p text by us and by xl; a difference fails the test. True when both take it. */
bool compareWithXl(const QByteArray& text)
{
    const Result<DiskSpec> ours = parseDiskSpec(text);
    const std::optional<XlDisk> theirs = diskByXl(text);
    const QByteArray shown = text.toPercentEncoding(" =,:/")
        + (ours ? QByteArray() : ": " + ours.error().message.toUtf8());
    if (ours.has_value() != theirs.has_value()) {
        QTest::qFail((theirs ? "only xl takes " : "only we take ") + shown, __FILE__, __LINE__);
        return false;
    }
    if (ours && asXl(*ours) != *theirs) {
        QTest::qFail("read differently: " + shown, __FILE__, __LINE__);
    }
    return ours.has_value();
}

/** The forms of xl-disk-configuration(5) and of old configurations. */
const QByteArrayList DiskForms{
    "/dev/vg/guest-volume,,hda",
    "/dev/vg/guest-volume,raw,hda,rw",
    "format=raw, vdev=hda, access=rw, target=/dev/vg/guest-volume",
    "raw:/dev/vg/guest-volume,hda,w",
    "/root/image.iso,,hdc,cdrom",
    "/root/image.iso,,hdc,,cdrom",
    "/root/image.iso,raw,hdc,devtype=cdrom",
    "format=raw, vdev=hdc, access=ro, devtype=cdrom, target=/root/image.iso",
    "raw:/root/image.iso,hdc:cdrom,ro",
    ",hdc:cdrom,r",
    "file:/var/lib/xen/images/a.img,xvda,rw",
    "tap:aio:/x.img,xvda,w",
    "tap2:qcow2:/x.qcow2,xvda,w",
    "/x,qcow2,xvda,w,backendtype=qdisk,backend=dom1,script=block-x,direct-io-safe,discard,untrusted",
    "vdev=xvda,specification=virtio,grant_usage=1,no-discard,trusted,target=/a,b=c",
    "iscsi:iqn.2001,xvda,w",
    "/x,vhd,sda1,r,colo,colo-host=h,colo-port=9,colo-export=e,active-disk=a,hidden-disk=b",
};

} // namespace

class TestDiskSpec : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void disks_data();
    void disks();
    void diskSpans();
    void diskErrors_data();
    void diskErrors();
    void disksAgreeWithXlOnMutations();
    void diskComesBack();
    void diskTexts();
    void diskTarget();
    void hostileDisk();
    void virtualDevices_data();
    void virtualDevices();
};

void TestDiskSpec::disks_data()
{
    QTest::addColumn<QByteArray>("text");
    QByteArrayList texts = DiskForms;
    texts += {"",
              ",",
              ",,",
              ",,xvda",
              "x",
              "x,",
              "x,raw",
              "x,raw,xvda",
              "x,raw,xvda,",
              "x,raw,xvda,rw,",
              "x,raw,xvda,rw,y",
              "x,raw,xvda,q",
              "x,zzz,xvda",
              "file:x",
              "file:,xvda",
              "file:x,raw,xvda,w",
              "foo:/x,xvda,w",
              "foo:x,raw,xvda",
              "raw:x,xvda,format=qcow2",
              "x,raw,xvda,format=raw",
              "x,raw,xvda,format=",
              "x,qcow2,xvda,format=",
              "vdev=,x,raw",
              "vdev=a,vdev=b,target=x",
              "vdev=a,vdev=a,target=x",
              "vdev=,vdev=b,target=x",
              "target=x",
              "cdrom",
              "cdrom,vdev=a",
              "devtype=disk,vdev=a",
              "cdrom,devtype=disk,vdev=a",
              "devtype=x,vdev=a",
              "x,raw,a=b",
              "x,raw,a=",
              "x,raw,xvda,w=",
              "=",
              "x=,raw,xvda",
              "x,raw,xvda,nonsense=1",
              "x,raw,xvda,grant_usage=2",
              "x,raw,xvda,backendtype=",
              "x,raw,xvda,backend=",
              "x,raw,xvda,tap",
              "x,raw,xvda,backendtype=tap",
              "x,raw,xvda,colo-port=x",
              "x,raw,xvda,colo-port=1x",
              "x,raw,xvda,cdromx",
              "x,raw,xvda,discard",
              " x, raw, xvda, w",
              "x ,raw",
              "x,raw,xvda,w ",
              "\tx,\traw,\nxvda",
              "vdev=a, target= x ",
              "vdev=a,target=x,",
              "vdev=a,target=x,,",
              "vdev=a,target=file:/x",
              "vdev=a,target=x\nraw",
              "x\ny,raw,xvda",
              "file:/x,hda:disk,w",
              "file:/x,hda:tape,w",
              ",hda:disk",
              "x,empty,hdc,cdrom",
              "x,qed,xvda",
              "x,qcow,xvda",
              "/x,raw,xvda,w,access=r",
              "/x,raw,xvda,access=r,w",
              "/x,raw,xvda,discard,no-discard",
              "raw:raw:/x,xvda",
              "raw:vhd:/x,xvda",
              "nbd:drbd:/x,xvda",
              "nbd:x,xvda,script=y",
              "\xc3\xa4,raw,xvda"};
    for (qsizetype i = 0; i < texts.size(); ++i) {
        QTest::addRow("%lld %s", static_cast<long long>(i), texts[i].toPercentEncoding(" =,:/").constData())
            << texts[i];
    }
}

void TestDiskSpec::disks()
{
    QFETCH(QByteArray, text);
    const bool taken = compareWithXl(text);
    QVERIFY(taken || !DiskForms.contains(text));
}

void TestDiskSpec::diskSpans()
{
    const auto target = [](const QByteArray& text) {
        const Result<DiskSpec> spec = parseDiskSpec(text);
        return spec ? text.sliced(spec->targetBegin, spec->targetEnd - spec->targetBegin) : QByteArray("refused");
    };
    QCOMPARE(target("file:/a,xvda,w"), "file:/a");
    QCOMPARE(target("tap:aio:/a,xvda,w"), "tap:aio:/a");
    QCOMPARE(target("/a,raw,xvda"), "/a");
    QCOMPARE(target("vdev=xvda, /a"), "/a");
    QCOMPARE(target("vdev=xvda,target=/a,b"), "/a,b");
    QCOMPARE(target(",,xvda,target=/a"), "/a");
    QCOMPARE(parseDiskSpec("vdev=hdc,cdrom")->targetBegin, -1);
    const Result<DiskSpec> format = parseDiskSpec("/a,qcow2,xvda");
    QVERIFY_RESULT(format);
    QCOMPARE(format->formatBegin, 3);
    QCOMPARE(format->formatEnd, 8);
    QCOMPARE(parseDiskSpec("qcow2:/a,xvda")->formatBegin, -1);
}

void TestDiskSpec::diskErrors_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("part");
    QTest::newRow("no device") << QByteArray("/x,raw") << u"virtual device is missing"_s;
    QTest::newRow("format") << QByteArray("/x,xvda,w") << u"\"xvda\" is no format"_s;
    QTest::newRow("access") << QByteArray("/x,raw,xvda,q") << u"\"q\" is no access"_s;
    QTest::newRow("prefix") << QByteArray("foo:/x,xvda") << u"prefix \"foo:\""_s;
    QTest::newRow("setting") << QByteArray("/x,raw,xvda,w,bus=ide") << u"\"bus\""_s;
    QTest::newRow("one too many") << QByteArray("/x,raw,xvda,w,y") << u"one value too many"_s;
    QTest::newRow("twice") << QByteArray("/x,raw,xvda,vdev=xvdb") << u"stated twice"_s;
    QTest::newRow("NUL") << QByteArray("/x\0,raw,xvda", 12) << u"NUL"_s;
}

void TestDiskSpec::diskErrors()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, part);
    const Result<DiskSpec> spec = parseDiskSpec(text);
    QVERIFY(!spec);
    QVERIFY2(spec.error().message.contains(part), qPrintable(spec.error().message));
    QVERIFY(!spec.error().remedy.isEmpty());
}

void TestDiskSpec::disksAgreeWithXlOnMutations()
{
    const QByteArrayList words{",",
                               "=",
                               ":",
                               " ",
                               "\n",
                               "raw",
                               "qcow2",
                               "xvdb",
                               "rw",
                               "r",
                               "cdrom",
                               "cdrom,",
                               "devtype=",
                               "disk",
                               "file:",
                               "phy:",
                               "raw:",
                               "iscsi:",
                               "foo:",
                               "target=",
                               "vdev=",
                               "format=",
                               "access=",
                               "backendtype=",
                               "tap",
                               "script=",
                               "discard,",
                               "no-discard,",
                               "grant_usage=1",
                               "untrusted",
                               "colo-port=",
                               ",,",
                               "x=y,",
                               "=,"};
    QRandomGenerator random(3);
    int accepted = 0;
    constexpr int rounds = 60000;
    for (int i = 0; i < rounds; ++i) {
        const QByteArray text = mutated(DiskForms[i % DiskForms.size()], words, random);
        if (text.contains("=\n")) {
            continue; // xl's scanner ends the whole program where the "=" is a stray one.
        }
        accepted += compareWithXl(text) ? 1 : 0;
        if (QTest::currentTestFailed()) {
            return;
        }
    }
    QVERIFY2(accepted > rounds / 10 && accepted < rounds * 9 / 10, QByteArray::number(accepted));
}

void TestDiskSpec::diskComesBack()
{
    QRandomGenerator random(4);
    const QByteArrayList words{",",       "=",     ":",     " ",        "raw", "file:",
                               "target=", "cdrom", "/dev/", "discard,", "'",   "\xc3\xa4"};
    for (int i = 0; i < 20000; ++i) {
        const Result<DiskSpec> spec = parseDiskSpec(mutated(DiskForms[i % DiskForms.size()], words, random));
        if (!spec || spec->target.contains('\n') || spec->vdev.contains('\n')) {
            continue;
        }
        const QByteArray text = formatDiskSpec(*spec);
        const std::optional<XlDisk> read = diskByXl(text);
        QVERIFY2(read.has_value(), text);
        QVERIFY2(*read == asXl(*spec), text);
    }
}

void TestDiskSpec::diskTexts()
{
    DiskSpec spec;
    spec.target = "/var/lib/xen/images/a.img";
    spec.vdev = "xvda";
    spec.access = "rw";
    QCOMPARE(formatDiskSpec(spec), "file:/var/lib/xen/images/a.img,xvda,rw");
    spec.access.clear();
    QCOMPARE(formatDiskSpec(spec), "file:/var/lib/xen/images/a.img,xvda,rw");
    spec.target = "/dev/vg/a";
    spec.access = "r";
    QCOMPARE(formatDiskSpec(spec), "phy:/dev/vg/a,xvda,r");
    spec.format = "qcow2";
    spec.options = {{"discard", {}}, {"backend", "dom1"}};
    QCOMPARE(formatDiskSpec(spec), "/dev/vg/a,qcow2,xvda,r,discard,backend=dom1");
    spec = {};
    spec.target = "/i/a,b=c.img";
    spec.vdev = "xvda";
    spec.access = "rw";
    QCOMPARE(formatDiskSpec(spec), "vdev=xvda,access=rw,target=/i/a,b=c.img");
    spec = {};
    spec.vdev = "hdc";
    spec.cdrom = true;
    QVERIFY(diskByXl(formatDiskSpec(spec))->cdrom);
}

void TestDiskSpec::diskTarget()
{
    const auto changed = [](const QByteArray& text, const QByteArray& path) {
        return withDiskTarget(text, path).value_or("refused");
    };
    QCOMPARE(changed("file:/x,xvda,w", "/i/a.img"), "file:/i/a.img,xvda,w");
    QCOMPARE(changed(" phy:/dev/x , xvda, w", "/i/a.img"), " file:/i/a.img, xvda, w");
    QCOMPARE(changed("/x,qcow2,xvda,w", "/i/a.img"), "/i/a.img,raw,xvda,w");
    QCOMPARE(changed("/x,qcow2,xvda,w", "/i/a.qcow2"), "/i/a.qcow2,qcow2,xvda,w");
    QCOMPARE(changed("vdev=xvda,format=vhd,target=/x", "/i/a,b"), "vdev=xvda,format=raw,target=/i/a,b");
    QCOMPARE(changed("file:/x,xvda,w", "/i/a,b"), "file:,xvda,w,target=/i/a,b");
    QCOMPARE(changed("/x,raw,xvda,w", "/i/a,b"), ",raw,xvda,w,target=/i/a,b");
    QCOMPARE(changed("vdev=hdc,cdrom", "/i/a"), "vdev=hdc,cdrom,target=/i/a");
    QCOMPARE(changed("/x,xvda,w", "/i/a"), "refused");
    for (const QByteArray& text : DiskForms) {
        for (const char* path :
             {"/var/lib/xen/images/a.img", "/i/a b.img", "/i/a,b", "/i/a=b", "/i/a:b", "/i/,", "/i/\xc3\xa4'\"\\"}) {
            const Result<QByteArray> result = withDiskTarget(text, path);
            QVERIFY_RESULT(result);
            std::optional<XlDisk> was = diskByXl(text);
            const std::optional<XlDisk> is = diskByXl(*result);
            QVERIFY2(is, *result);
            was->target = path;
            was->format = "raw";
            was->script = text.startsWith("iscsi:") ? QByteArray() : was->script;
            QVERIFY2(*is == *was, *result);
        }
    }
}

void TestDiskSpec::hostileDisk()
{
    constexpr qsizetype megabyte = 1 << 20;
    QElapsedTimer timer;
    timer.start();
    for (const char* part :
         {",", "discard,", " discard,", "\n", "raw:", "a", "a:", "=", "backend=a,", "colo-port=1,", "\ndiscard,"}) {
        const qsizetype count = megabyte / static_cast<qsizetype>(qstrlen(part));
        QVERIFY(!parseDiskSpec(QByteArray(part).repeated(count)));
        const QByteArray longest = QByteArray(part).repeated(16 * 1024 / static_cast<qsizetype>(qstrlen(part)));
        QVERIFY(!parseDiskSpec(longest));
        QVERIFY(longest.contains('\n') || parseDiskSpec("vdev=xvda,target=/" + longest.first(16000)));
    }
    QVERIFY2(timer.elapsed() < 20000, QByteArray::number(timer.elapsed()));
}

void TestDiskSpec::virtualDevices_data()
{
    QTest::addColumn<QByteArray>("vdev");
    QTest::addColumn<bool>("good");
    for (const char* name : {"xvda", "xvdz", "xvdaa", "xvdtq37", "xvda1", "xvda255", "sda", "sdp15", "hda", "hdd63",
                             "hdc2", "d0", "d0p0", "d1p2", "d536p37", "d1048575p255", "51712", "0xca00", "0"}) {
        QTest::newRow(name) << QByteArray(name) << true;
    }
    for (const char* name :
         {"",      "xvd", "xvda0",     "xvda01", "xvda256", "xvdA",        "xvda1b", "xvdzzzzzz", "sdq",
          "sda16", "hde", "hda64",     "d",      "dp1",     "d1p",         "d01",    "d1p256",    "d1048576",
          "vda",   "sr0", "/dev/xvda", "-1",     "1x",      "99999999999", "xvda ",  " xvda"}) {
        QTest::newRow(name) << QByteArray(name) << false;
    }
}

void TestDiskSpec::virtualDevices()
{
    QFETCH(QByteArray, vdev);
    QFETCH(bool, good);
    QCOMPARE(isVirtualDevice(vdev), good);
}

QTEST_GUILESS_MAIN(TestDiskSpec)
#include "tst_diskspec.moc"

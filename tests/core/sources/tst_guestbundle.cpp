// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/layout/bundleguests.h"
#include "core/sources/sourceprobe.h"
#include "core/sources/sourcetext.h"
#include "fixtures.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>

#include <sys/stat.h>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

/** Bundles in directories: what a package of a bundle recipe installs, and trees as they are on the target. */
class TestGuestBundle : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void package_data();
    void package();
    void tree();
    void furtherFiles();
    void severalPackages();
    void guests();
    void hostile_data();
    void hostile();
    void hostileConfigs_data();
    void hostileConfigs();
    void bounds();
    void noBundles_data();
    void noBundles();
    void archives_data();
    void archives();
    void stops();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    /** A config as the BitBake classes write it. */
    [[nodiscard]] static QByteArray config(const QByteArray& name, const QByteArray& more = {})
    {
        return "name = \"" + name + "\"\nmemory = 64\nvcpus = 1\ndisk = ['file:/var/lib/xen/images/" + name
            + ".ext4,xvda,rw']\n" + more;
    }
    /** The package "demo" with the guests "web", which starts by itself, and "db", which has no kernel, at @p top. */
    void makePackage(const QString& top) const;
    /** The same guests as they are on the target. */
    void makeTree(const QString& top) const;
    void shell(const QString& script) const;

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestGuestBundle::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(m_directory->isValid());
}

void TestGuestBundle::shell(const QString& script) const
{
    QProcess process;
    process.setWorkingDirectory(m_directory->path());
    process.start(u"bash"_s, {u"-ec"_s, script});
    QVERIFY(process.waitForFinished());
    QVERIFY2(process.exitCode() == 0, process.readAllStandardError().constData());
}

void TestGuestBundle::makePackage(const QString& top) const
{
    writeFile(top + u"/manifest"_s, "web:web.ext4:Image:autostart\ndb:db.ext4::\n");
    writeFile(top + u"/configs/web.cfg"_s, config("web", "kernel = \"/var/lib/xen/images/Image\"\n"));
    writeFile(top + u"/configs/db.cfg"_s, config("db", "type = \"hvm\"\n"));
    writeFile(top + u"/images/web.ext4"_s, "root of web");
    writeFile(top + u"/images/db.ext4"_s, "root of db");
    writeFile(top + u"/images/Image"_s, "kernel");
}

void TestGuestBundle::makeTree(const QString& top) const
{
    makePackage(path(u"made"_s));
    shell(
        u"mkdir -p '%1/etc/xen/auto' '%1/var/lib/xen'; mv made/configs/* '%1/etc/xen'; mv made/images '%1/var/lib/xen'; "
        "ln -s /etc/xen/web.cfg '%1/etc/xen/auto'"_s.arg(top));
}

void TestGuestBundle::package_data()
{
    QTest::addColumn<QString>("at");
    QTest::addColumn<QString>("source");
    QTest::newRow("installed") << u"usr/share/xen-guest-bundles/demo"_s << u"top"_s;
    QTest::newRow("alone") << u"demo"_s << u"top/demo"_s;
    QTest::newRow("all") << u"xen-guest-bundles/demo"_s << u"top/xen-guest-bundles"_s;
    QTest::newRow("odd names") << u"a b/xen-guest-bundles/demo"_s << u"top/a b/xen-guest-bundles/demo"_s;
}

void TestGuestBundle::package()
{
    QFETCH(QString, at);
    QFETCH(QString, source);
    const QString top = path(u"top/"_s + at);
    makePackage(top);
    const SourceInfo info = probeSource(path(source));
    QCOMPARE(info.kind, SourceKind::Bundle);
    QCOMPARE(sourceKindName(info.kind), u"bundle"_s);
    QCOMPARE(info.description, u"Bundle of 2 guests, demo"_s);
    QCOMPARE(info.refusal, QString());
    QCOMPARE(info.handler, QString());
    QVERIFY(info.bundle.has_value());
    QCOMPARE(info.bundle->packages, QStringList{u"demo"_s});
    QVERIFY2(info.bundle->problems.isEmpty(), qPrintable(info.bundle->problems.value(0).message));
    const QList<BundledGuest> expected{{.name = u"web"_s,
                                        .config = top + u"/configs/web.cfg"_s,
                                        .rootfs = top + u"/images/web.ext4"_s,
                                        .kernel = top + u"/images/Image"_s,
                                        .ramdisk = {},
                                        .disks = {},
                                        .autostart = true},
                                       {.name = u"db"_s,
                                        .config = top + u"/configs/db.cfg"_s,
                                        .rootfs = top + u"/images/db.ext4"_s,
                                        .kernel = {},
                                        .ramdisk = {},
                                        .disks = {},
                                        .autostart = false}};
    QCOMPARE(info.bundle->guests, expected);
    const QList<SourceFact> facts = sourceFacts(info);
    QVERIFY(facts.contains(SourceFact{u"Guest"_s, u"web, autostart, disk web.ext4, kernel Image"_s}));
    QVERIFY(facts.contains(SourceFact{u"Guest"_s, u"db, disk db.ext4"_s}));
}

void TestGuestBundle::tree()
{
    const QString top = path(u"tree"_s);
    makeTree(top);
    // What else a host has there is no guest.
    writeFile(top + u"/etc/xen/xl.conf"_s, "autoballoon=\"auto\"\n");
    writeFile(top + u"/etc/xen/notes.cfg"_s, "Nothing of note.\n");
    const SourceInfo info = probeSource(top);
    QCOMPARE(info.kind, SourceKind::Bundle);
    QCOMPARE(info.description, u"Bundle of 2 guests"_s);
    QVERIFY2(info.bundle->problems.isEmpty(), qPrintable(info.bundle->problems.value(0).message));
    QVERIFY(info.bundle->packages.isEmpty());
    QCOMPARE(info.bundle->guests.size(), 2);
    const BundledGuest web = info.bundle->guests.last();
    QCOMPARE(web.name, u"web"_s);
    QCOMPARE(web.config, top + u"/etc/xen/web.cfg"_s);
    QCOMPARE(web.rootfs, top + u"/var/lib/xen/images/web.ext4"_s);
    QCOMPARE(web.kernel, top + u"/var/lib/xen/images/Image"_s);
    QVERIFY(web.autostart);
    QCOMPARE(info.bundle->guests.first().kernel, QString());
    QVERIFY(!info.bundle->guests.first().autostart);
}

/** Ramdisks, further disks and what is of the host. */
void TestGuestBundle::furtherFiles()
{
    const QString top = path(u"tree"_s);
    const QString images = top + u"/var/lib/xen/images/"_s;
    writeFile(images + u"a.img"_s, "a");
    writeFile(images + u"a-xvdb.img"_s, "b");
    writeFile(images + u"a-hdc.img"_s, "c");
    writeFile(images + u"initrd"_s, "initrd");
    writeFile(images + u"shared.img"_s, "shared");
    writeFile(top + u"/etc/xen/a.cfg"_s,
              "name = 'a'\nmemory = 64\nkernel = '/usr/lib/xen/boot/pvh'\nramdisk = '/var/lib/xen/images/initrd'\n"
              "disk = ['/var/lib/xen/images/a-hdc.img,raw,hdc,cdrom', 'file:/var/lib/xen/images/a.img,xvda,rw',\n"
              "        'file:/var/lib/xen/images/a-xvdb.img,xvdb,r', 'phy:/dev/vg/data,xvdc,rw',\n"
              "        'file:/var/lib/xen/images/shared.img,xvdd,rw']\n");
    writeFile(top + u"/etc/xen/b.cfg"_s, "name = 'b'\nmemory = 64\ndisk = ['phy:/dev/vg/b,xvda,rw']\n");
    const SourceInfo info = probeSource(top);
    QCOMPARE(info.kind, SourceKind::Bundle);
    QCOMPARE(info.bundle->guests.size(), 2);
    const BundledGuest a = info.bundle->guests.first();
    QCOMPARE(a.rootfs, images + u"a.img"_s);
    QCOMPARE(a.kernel, QString()); // the host's own
    QCOMPARE(a.ramdisk, images + u"initrd"_s);
    const QList<BundledDisk> disks{{images + u"a-hdc.img"_s, u"hdc"_s, true, true},
                                   {images + u"a-xvdb.img"_s, u"xvdb"_s, true, false}};
    QCOMPARE(a.disks, disks);
    QCOMPARE(info.bundle->problems.size(), 1);
    QVERIFY2(info.bundle->problems.first().message.contains(u"shared.img"_s),
             qPrintable(info.bundle->problems.first().message));
    QCOMPARE(info.bundle->guests.last().rootfs, QString());
    QVERIFY(sourceFacts(info).contains(SourceFact{u"Guest"_s, u"b, no disk"_s}));
}

void TestGuestBundle::severalPackages()
{
    const QString all = path(u"top/usr/share/xen-guest-bundles/"_s);
    makePackage(all + u"one"_s);
    makePackage(all + u"two"_s);
    writeFile(all + u"two/manifest"_s, "mail:web.ext4:Image:\nweb:web.ext4:Image:\n");
    writeFile(all + u"two/configs/mail.cfg"_s, config("mail"));
    const SourceInfo info = probeSource(path(u"top"_s));
    QCOMPARE(info.description, u"Bundle of 3 guests, one, two"_s);
    QCOMPARE(info.bundle->guests.last().name, u"mail"_s);
    QCOMPARE(info.bundle->problems.size(), 1);
    QVERIFY(info.bundle->problems.first().message.contains(u"\"web\" is in the bundle twice"_s));
    QCOMPARE(info.bundle->problems.first().place, (Place{.file = all + u"two/manifest"_s, .line = 2}));
}

void TestGuestBundle::guests()
{
    GuestBundle bundle;
    bundle.guests.append({.name = u"web"_s,
                          .config = u"/b/web.cfg"_s,
                          .rootfs = u"/b/web.ext4"_s,
                          .kernel = u"/b/Image"_s,
                          .ramdisk = u"/b/initrd"_s,
                          .disks = {{u"/b/web-hdc.img"_s, u"hdc"_s, true, true}},
                          .autostart = true});
    bundle.guests.append({.name = u"a \"b\""_s, .config = u"/b/a \"b\".cfg"_s});
    const QList<Guest> guests = guestsOf(bundle);
    QCOMPARE(guests.size(), 2);
    QCOMPARE(guests.first().entry, u"web"_s);
    QVERIFY(guests.first().autostart);
    QCOMPARE(guests.first().configFile, u"/b/web.cfg"_s);
    QCOMPARE(guests.first().rootfs, u"/b/web.ext4"_s);
    QVERIFY(guests.first().hasRootDisk());
    QCOMPARE(guests.first().kernel, u"/b/Image"_s);
    QCOMPARE(guests.first().ramdisk, u"/b/initrd"_s);
    QCOMPARE(guests.first().extraDisks.size(), 1);
    QCOMPARE(guests.first().extraDisks.first().file, u"/b/web-hdc.img"_s);
    QVERIFY(guests.first().extraDisks.first().cdrom && guests.first().extraDisks.first().readOnly);
    QCOMPARE(guests.last().entry, u"a-b"_s);
    QVERIFY(!guests.last().hasRootDisk());
    QCOMPARE(guests.last().kernelMode(), KernelMode::None);
}

void TestGuestBundle::hostile_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QString>("prepare");
    QTest::addColumn<QString>("message");
    const auto line = [](const char* title, const QByteArray& text, const char* message, const QString& prepare = {}) {
        QTest::newRow(title) << text << prepare << QString::fromLatin1(message);
    };
    line("guest above", "../web:web.ext4:Image:", "holds a slash");
    line("guest dots", "..:web.ext4:Image:", "..cfg does not exist");
    line("disk above", "bad:../images/web.ext4:Image:", "holds a slash");
    line("disk dots", "bad:..:Image:", "leads to another directory");
    line("disk absolute", "bad:/etc/passwd:Image:", "holds a slash");
    line("kernel absolute", "bad:web.ext4:/etc/passwd:", "holds a slash");
    line("NUL", QByteArray("bad:web.ext4\0x:Image:", 21), "holds a control character");
    line("control character", "bad\x1b[2J:web.ext4:Image:", "holds a control character");
    line("carriage return", "bad:web.ext4:Image:\r", "is no guest");
    line("no text", "bad\xff:web.ext4:Image:", "is no guest");
    line("long name", QByteArray(300, 'x') + ":web.ext4:Image:", "is longer than");
    line("disk missing", "bad:gone.ext4:Image:", "gone.ext4 does not exist");
    line("kernel missing", "bad:web.ext4:gone:", "gone does not exist");
    line("config missing", "gone:web.ext4:Image:", "gone.cfg does not exist");
    line("twice", "web:web.ext4:Image:", "is in the bundle twice");
    line("three fields", "bad:web.ext4:Image", "is no guest");
    line("five fields", "bad:web.ext4:Image:autostart:", "is no guest");
    line("another word", "bad:web.ext4:Image:yes", "is no guest");
    line("no name", ":web.ext4:Image:", "is no guest");
    line("disk is a link", "bad:link:Image:", "is a link, or no regular file", u"ln -s web.ext4 images/link"_s);
    line("disk is a link out", "bad:link:Image:", "is a link, or no regular file", u"ln -s /etc/passwd images/link"_s);
    line("disk is a dead link", "bad:link:Image:", "is a link, or no regular file", u"ln -s nothing images/link"_s);
    line("disk is a FIFO", "bad:fifo:Image:", "is a link, or no regular file", u"mkfifo images/fifo"_s);
    line("disk is a directory", "bad:dir:Image:", "is a link, or no regular file", u"mkdir images/dir"_s);
    line("config is a link", "link:web.ext4:Image:", "is a link, or no regular file",
         u"ln -s /etc/passwd configs/link.cfg"_s);
}

/** What is wrong with one guest does no harm to the others. */
void TestGuestBundle::hostile()
{
    QFETCH(QByteArray, line);
    QFETCH(QString, prepare);
    QFETCH(QString, message);
    const QString top = path(u"demo"_s);
    makePackage(top);
    writeFile(top + u"/configs/bad.cfg"_s, config("bad"));
    writeFile(top + u"/manifest"_s, "web:web.ext4:Image:\n" + line + "\ndb:db.ext4::\n");
    shell(u"cd demo; "_s + prepare);
    const SourceInfo info = probeSource(top);
    QCOMPARE(info.kind, SourceKind::Bundle);
    QStringList names;
    for (const BundledGuest& guest : info.bundle->guests) {
        names.append(guest.name);
    }
    QCOMPARE(names, (QStringList{u"web"_s, u"db"_s}));
    QCOMPARE(info.bundle->problems.size(), 1);
    const Error& problem = info.bundle->problems.first();
    QVERIFY2(problem.message.contains(message), qPrintable(problem.message));
    QVERIFY(!problem.remedy.isEmpty());
    QCOMPARE(problem.place, (Place{.file = top + u"/manifest"_s, .line = 2}));
    // Alone it makes the bundle of no use.
    writeFile(top + u"/manifest"_s, line + "\n");
    const SourceInfo alone = probeSource(top);
    QCOMPARE(alone.kind, SourceKind::Bundle);
    QCOMPARE(alone.refusal.isEmpty(), line == "web:web.ext4:Image:");
}

void TestGuestBundle::hostileConfigs_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("prepare");
    QTest::addColumn<QString>("message");
    const auto disk = [](const QByteArray& target) {
        return "name = 'x'\nmemory = 1\ndisk = ['file:" + target + ",xvda,rw']\n";
    };
    QTest::newRow("disk above") << disk("/var/lib/xen/images/../../../../../etc/passwd") << QString()
                                << u"holds a slash"_s;
    QTest::newRow("disk missing") << disk("/var/lib/xen/images/gone") << QString() << u"gone does not exist"_s;
    QTest::newRow("kernel missing") << disk("/dev/x") + "kernel = '/var/lib/xen/images/gone'\n"
                                    << QString() << u"gone does not exist"_s;
    QTest::newRow("ramdisk above") << disk("/dev/x") + "ramdisk = '/var/lib/xen/images/..'\n"
                                   << QString() << u"leads to another directory"_s;
    QTest::newRow("disk is a link") << disk("/var/lib/xen/images/link")
                                    << u"ln -s /etc/passwd var/lib/xen/images/link"_s
                                    << u"is a link, or no regular file"_s;
    QTest::newRow("a disk that xl refuses") << disk("/dev/x,raw") << QString() << u"xvda"_s;
    QTest::newRow("Python") << QByteArray("name = 'x'\nmemory = 1\nimport os\n") << QString() << u""_s;
    QTest::newRow("config is a link") << QByteArray() << u"ln -sf /etc/passwd etc/xen/x.cfg"_s
                                      << u"is a link, or no regular file"_s;
    QTest::newRow("config is a FIFO") << QByteArray() << u"rm etc/xen/x.cfg; mkfifo etc/xen/x.cfg"_s
                                      << u"is a link, or no regular file"_s;
    QTest::newRow("large config") << QByteArray() << u"truncate -s 2M etc/xen/x.cfg"_s << u"is larger than"_s;
}

void TestGuestBundle::hostileConfigs()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, prepare);
    QFETCH(QString, message);
    const QString top = path(u"tree"_s);
    makeTree(top);
    writeFile(top + u"/etc/xen/x.cfg"_s, text);
    shell(u"cd tree; "_s + prepare);
    const SourceInfo info = probeSource(top);
    QCOMPARE(info.kind, SourceKind::Bundle);
    QCOMPARE(info.bundle->guests.size(), 2);
    QCOMPARE(info.bundle->problems.size(), 1);
    QVERIFY2(info.bundle->problems.first().message.contains(message),
             qPrintable(info.bundle->problems.first().message));
    QCOMPARE(info.bundle->problems.first().place.file, top + u"/etc/xen/x.cfg"_s);
}

void TestGuestBundle::bounds()
{
    const QString top = path(u"demo"_s);
    makePackage(top);
    QByteArray manifest;
    for (int i = 0; i < 1100; ++i) {
        const QByteArray name = "g" + QByteArray::number(i);
        writeFile(top + u"/configs/"_s + QString::fromLatin1(name) + u".cfg"_s, config(name));
        manifest += name + ":web.ext4:Image:\n";
    }
    writeFile(top + u"/manifest"_s, manifest);
    SourceInfo info = probeSource(top);
    QCOMPARE(info.bundle->guests.size(), 1000);
    QCOMPARE(info.bundle->problems.size(), 1);
    QVERIFY(info.bundle->problems.first().message.contains(u"more than 1000 guests"_s));
    // Problems end, too.
    writeFile(top + u"/manifest"_s, QByteArray("x\n").repeated(100'000));
    info = probeSource(top);
    QCOMPARE(info.bundle->problems.size(), 100);
    writeFile(top + u"/manifest"_s, QByteArray("x\n").repeated(1'000'000));
    info = probeSource(top);
    QVERIFY2(info.refusal.contains(u"is larger than"_s), qPrintable(info.refusal));
}

void TestGuestBundle::noBundles_data()
{
    QTest::addColumn<QString>("make");
    QTest::addColumn<SourceKind>("kind");
    QTest::newRow("empty") << u"mkdir top"_s << SourceKind::Other;
    QTest::newRow("a manifest alone") << u"mkdir top; echo a:b:c: > top/manifest"_s << SourceKind::Other;
    QTest::newRow("configs alone") << u"mkdir -p top/configs; echo > top/configs/a.cfg"_s << SourceKind::Other;
    QTest::newRow("a tree without guests") << u"mkdir -p top/etc/xen top/var/lib/xen/images"_s << SourceKind::Other;
    QTest::newRow("packages elsewhere")
        << u"mkdir -p top/usr/share; mv demo all; mkdir out; mv all out/demo; ln -s ../../../out top/usr/share/xen-guest-bundles"_s
        << SourceKind::Other;
    QTest::newRow("configs elsewhere") << u"mkdir top; cp demo/manifest top; ln -s ../demo/configs top/configs"_s
                                       << SourceKind::Other;
    QTest::newRow("a host with a package")
        << u"mkdir -p top/usr/share/xen-guest-bundles top/etc top/bin; mv demo top/usr/share/xen-guest-bundles"_s
        << SourceKind::RootfsDirectory;
}

void TestGuestBundle::noBundles()
{
    QFETCH(QString, make);
    QFETCH(SourceKind, kind);
    makePackage(path(u"demo"_s));
    shell(make);
    const SourceInfo info = probeSource(path(u"top"_s));
    QCOMPARE(info.kind, kind);
    QVERIFY(!info.bundle.has_value());
}

void TestGuestBundle::archives_data()
{
    QTest::addColumn<QString>("make");
    QTest::addColumn<bool>("isBundle");
    QTest::newRow("package") << u"tar -cf x -C package ."_s << true;
    QTest::newRow("package, gzip") << u"tar -czf x -C package usr"_s << true;
    QTest::newRow("tree") << u"tar -cf x -C tree ."_s << true;
    QTest::newRow("tree, xz") << u"tar -cJf x -C tree etc var"_s << true;
    QTest::newRow("host") << u"mkdir tree/bin tree/usr; echo > tree/bin/sh; tar -cf x -C tree ."_s << false;
    QTest::newRow("host, the bundle first")
        << u"mkdir tree/bin; echo > tree/bin/sh; tar -cf x -C tree etc var bin"_s << false;
}

/** They are named, and no root file system. */
void TestGuestBundle::archives()
{
    QFETCH(QString, make);
    QFETCH(bool, isBundle);
    makePackage(path(u"package/usr/share/xen-guest-bundles/demo"_s));
    makeTree(path(u"tree"_s));
    shell(make);
    const SourceInfo info = probeSource(path(u"x"_s));
    QCOMPARE(info.kind, isBundle ? SourceKind::Other : SourceKind::RootfsArchive);
    QCOMPARE(info.refusal.contains(u"bundle of Xen guests"_s), isBundle);
    QCOMPARE(info.refusal.contains(u"Unpack it"_s), isBundle);
}

void TestGuestBundle::stops()
{
    makePackage(path(u"demo"_s));
    std::stop_source stop;
    stop.request_stop();
    const auto bundle = readGuestBundle(path(u"demo"_s), stop.get_token());
    QVERIFY(bundle && bundle->guests.isEmpty());
}

QTEST_GUILESS_MAIN(TestGuestBundle)
#include "tst_guestbundle.moc"

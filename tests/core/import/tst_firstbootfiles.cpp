// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/entries/directorysource.h"
#include "core/ext4/sourceimage.h"
#include "core/import/firstbootaccounts.h"
#include "core/import/firstbootfiles.h"
#include "core/import/firstbootsource.h"
#include "fixtures.h"
#include "imagereader.h"
#include "importcase.h"

#include <QTemporaryDir>

#include <sys/stat.h>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

namespace
{

constexpr auto Key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHlIBdA3G0hLRRu9YyRzdCuFfnbWJ3ZJzYxU3kQ4rQ0Z me";
constexpr auto Hash = "$6$saltsalt$abcdefghijklmnop";

} // namespace

/** First boots that are written into images: what is there afterwards, and that nothing else has changed. */
class TestFirstBootFiles : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void debian();
    void newUser();
    void busyBoxAlone();
    void withInittab_data();
    void withInittab();
    void shadows_data();
    void shadows();
    void fstabs_data();
    void fstabs();
    void hosts();
    void sameFromArchive();
    void squashfs();
    void hostile_data();
    void hostile();
    void hardLinks();
    void linksAreFollowedInside();
    void hostileAccounts();
    void isMeasured();
    void sizeIsChecked();
    void nothingIsNothing();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    void shell(const QString& script) const
    {
        tool(u"bash"_s, {u"-ec"_s, u"cd \"$1\"; "_s + script, u"bash"_s, m_directory->path()});
    }
    [[nodiscard]] ImportRequest request() const
    {
        ImportRequest request{
            .source = path(u"tree"_s), .output = path(u"out.img"_s), .sizeMiB = 8, .owners = OwnerRule::Keep};
        request.firstBoot = m_firstBoot;
        request.device = u"xvda"_s;
        return request;
    }
    /** The image of the tree, which e2fsck finds good. */
    [[nodiscard]] std::unique_ptr<ImageReader> import(const ImportRequest& request,
                                                      const QString& type = u"rootfs_dir"_s)
    {
        ImportCase one(type);
        const auto checked = one.check(request);
        if (!checked) {
            QTest::qFail(qPrintable(checked.error().message), __FILE__, __LINE__);
            return nullptr;
        }
        const auto run = one.run(request);
        if (!run) {
            QTest::qFail(qPrintable(run.error().message), __FILE__, __LINE__);
            return nullptr;
        }
        tool(u"e2fsck"_s, {u"-fn"_s, request.output});
        return std::make_unique<ImageReader>(request.output);
    }

    std::unique_ptr<QTemporaryDir> m_directory;
    FirstBoot m_firstBoot;
};

void TestFirstBootFiles::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    qunsetenv("SOURCE_DATE_EPOCH");
    m_firstBoot = {};
    m_firstBoot.method = FirstBoot::Method::Files;
    m_firstBoot.hostname = u"db"_s;
    m_firstBoot.sshKeys = {QString::fromLatin1(Key)};
    m_firstBoot.passwordHash = QString::fromLatin1(Hash);
    m_firstBoot.consoleLogin = true;
    m_firstBoot.fstab = true;
    shell(
        u"mkdir -p tree/{etc,bin,usr/sbin,root,home/me,data}; cd tree/etc; "
        "printf 'root:x:0:0:root:/root:/bin/sh\\nme:x:1234:1235:Me:/home/me:/bin/sh\\n' > passwd; "
        "printf 'root:x:0:\\nme:x:1235:\\n' > group; "
        "printf 'root:*:19000:0:99999:7:::\\nme:!:19000:0:99999:7:::\\n' > shadow; chmod 600 shadow; "
        "echo localhost > hostname; printf '127.0.0.1 localhost\\n127.0.1.1\\told old.example\\n' > hosts; "
        "printf '# disks\\nUUID=1-2 / ext4 ro 0 1\\nUUID=3-4 none swap sw 0 0\\ntmpfs /tmp tmpfs x 0 0\\n' > fstab"_s);
}

void TestFirstBootFiles::debian()
{
    shell(u"mkdir -p tree/usr/lib/systemd/system tree/root/.ssh; touch tree/usr/lib/systemd/systemd "
          "tree/usr/lib/systemd/system/serial-getty@.service; ln -s ../lib/systemd/systemd tree/usr/sbin/init; "
          "ln -s usr/sbin tree/sbin; echo old > tree/root/.ssh/authorized_keys; chmod 755 tree/root/.ssh; "
          "touch -d @1000000000 tree/bin; setfattr -n user.label -v kept tree/etc/shadow"_s);
    m_firstBoot.user = u"me"_s;
    const auto image = import(request());
    QVERIFY(image);
    QCOMPARE(image->content("etc/hostname"), QByteArray("db\n"));
    QCOMPARE(image->content("etc/hosts"), QByteArray("127.0.0.1 localhost\n127.0.1.1\tdb\n"));
    QCOMPARE(image->content("etc/fstab"),
             QByteArray("/dev/xvda\t/\text4\tdefaults\t0\t1\n# disks\ntmpfs /tmp tmpfs x 0 0\n"));
    QCOMPARE(image->content("etc/shadow"),
             QByteArray("root:") + Hash + ":19000:0:99999:7:::\nme:" + Hash + ":19000:0:99999:7:::\n");
    QCOMPARE(image->seen.value("etc/shadow").mode, 0100600U);
    QCOMPARE(image->attributes("etc/shadow").value("user.label"), QByteArray("kept"));
    QCOMPARE(image->content("etc/passwd"), readFile(path(u"tree/etc/passwd"_s)));
    const auto isMine = [&image](const QByteArray& home, quint32 uid, quint32 gid) {
        const Seen directory = image->seen.value(home + "/.ssh");
        const Seen keys = image->seen.value(home + "/.ssh/authorized_keys");
        return directory.mode == 040700 && directory.uid == uid && directory.gid == gid && keys.mode == 0100600
            && keys.uid == uid && keys.gid == gid
            && image->content(home + "/.ssh/authorized_keys") == QByteArray(Key) + '\n';
    };
    QVERIFY(isMine("root", 0, 0));
    QVERIFY(isMine("home/me", 1234, 1235));
    QCOMPARE(image->seen.value("etc/systemd/system/getty.target.wants/serial-getty@hvc0.service").link,
             QByteArray("/usr/lib/systemd/system/serial-getty@.service"));
    QCOMPARE(image->seen.value("bin").seconds, 1000000000);
    QCOMPARE(readFile(path(u"tree/etc/hostname"_s)), QByteArray("localhost\n")); // the source stays
    // debugfs, which is no reader of ours, sees the same.
    QCOMPARE(tool(u"debugfs"_s, {u"-R"_s, u"cat /etc/hostname"_s, path(u"out.img"_s)}), QByteArray("db\n"));
}

void TestFirstBootFiles::newUser()
{
    m_firstBoot.user = u"admin"_s;
    shell(u"printf 'x:x:1000:1001::/:/bin/sh' >> tree/etc/passwd"_s);
    const auto image = import(request());
    QVERIFY(image);
    const Accounts accounts{image->content("etc/passwd"), image->content("etc/group"), image->content("etc/shadow")};
    const auto admin = accounts.find("admin");
    QVERIFY(admin);
    QCOMPARE(admin->home, QByteArray("/home/admin"));
    QVERIFY(admin->uid > 1001 - 1 && admin->uid != 1000 && admin->uid == admin->gid);
    QVERIFY(accounts.passwd.contains("\nx:x:1000:1001::/:/bin/sh\nadmin:x:"));
    QVERIFY(accounts.shadow.contains(QByteArray("\nadmin:") + Hash + ":"));
    QCOMPARE(image->seen.value("home/admin").mode, 040755U);
    QCOMPARE(image->seen.value("home/admin").uid, admin->uid);
    QCOMPARE(image->seen.value("home/admin/.ssh").uid, admin->uid);
    QVERIFY(accounts.group.contains("\nadmin:x:" + QByteArray::number(admin->gid) + ":\n"));
}

/** Where there is no init but BusyBox, that becomes it. */
void TestFirstBootFiles::busyBoxAlone()
{
    shell(u"touch tree/bin/busybox; mkdir tree/sbin; mkdir -m 555 tree/proc"_s);
    auto image = import(request());
    QVERIFY(image);
    QCOMPARE(image->seen.value("sbin/init").link, QByteArray("/bin/busybox"));
    QByteArray inittab = image->content("etc/inittab");
    QVERIFY2(inittab.contains("\nhvc0::respawn:/bin/busybox getty "), inittab.constData());
    QVERIFY(inittab.contains("::sysinit:/bin/busybox mount -t proc proc /proc\n"));
    QCOMPARE(image->seen.value("proc").mode, 040555U);
    QCOMPARE(image->seen.value("sys").mode, 040755U);
    QCOMPARE(image->seen.value("dev").mode, 040755U);
    QFile::remove(path(u"out.img"_s));
    m_firstBoot.passwordHash.clear(); // nobody can log in
    image = import(request());
    QVERIFY(image);
    inittab = image->content("etc/inittab");
    QVERIFY2(inittab.contains("\nhvc0::askfirst:-/bin/sh\n"), inittab.constData());
}

void TestFirstBootFiles::withInittab_data()
{
    QTest::addColumn<QString>("script");
    QTest::addColumn<QByteArray>("inittab"); // its end
    const QString busyBox = u"touch tree/bin/busybox; mkdir -p tree/sbin; ln -s /bin/busybox tree/sbin/init; "
                            "ln -s /bin/busybox tree/sbin/getty; "_s;
    const QString sysV = u"mkdir -p tree/sbin; touch tree/sbin/init tree/sbin/agetty; "_s;
    QTest::newRow("OpenRC with BusyBox")
        << busyBox + u"touch tree/sbin/openrc; printf '::sysinit:/sbin/openrc sysinit\\n#hvc0::x' > tree/etc/inittab"_s
        << QByteArray("::sysinit:/sbin/openrc sysinit\n#hvc0::x\nhvc0::respawn:/sbin/getty -L 115200 hvc0 vt100\n");
    QTest::newRow("SysV") << sysV + u"printf 'id:2:initdefault:\\n' > tree/etc/inittab"_s
                          << QByteArray("id:2:initdefault:\nhvc0:2345:respawn:/sbin/agetty -L 115200 hvc0 vt100\n");
    QTest::newRow("there already") << sysV + u"printf 'h0:2:respawn:/sbin/getty hvc0\\n' > tree/etc/inittab"_s
                                   << QByteArray("h0:2:respawn:/sbin/getty hvc0\n");
    QTest::newRow("inittab of an OpenRC that is not there")
        << busyBox + u"printf '::sysinit:/sbin/openrc sysinit\\n' > tree/etc/inittab"_s
        << QByteArray("::shutdown:/bin/busybox umount -a -r\n");
    QTest::newRow("BusyBox's own shell") << busyBox << QByteArray();
}

void TestFirstBootFiles::withInittab()
{
    QFETCH(QString, script);
    QFETCH(QByteArray, inittab);
    shell(script + u"\nprintf 'tty1\\n' > tree/etc/securetty"_s);
    const auto image = import(request());
    QVERIFY(image);
    const QByteArray found = image->content("etc/inittab");
    QVERIFY2(found.endsWith(inittab) && found.isEmpty() == inittab.isEmpty(), found.constData());
    QCOMPARE(image->content("etc/securetty"), QByteArray("tty1\nhvc0\n"));
}

void TestFirstBootFiles::shadows_data()
{
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("after");
    const QByteArray hash = Hash;
    QTest::newRow("other lines stay") << QByteArray("a:!:1::::::\nroot:x:2:3::::: \n#?\n")
                                      << "a:!:1::::::\nroot:" + hash + ":2:3::::: \n#?\n";
    QTest::newRow("CRLF") << QByteArray("root:*:1::::::\r\nb:*:1::::::\r\n")
                          << "root:" + hash + ":1::::::\r\nb:*:1::::::\r\n";
    QTest::newRow("no newline") << QByteArray("root::1::::::") << "root:" + hash + ":1::::::\n";
    QTest::newRow("no root") << QByteArray("toor:*:1::::::") << "toor:*:1::::::\nroot:" + hash + ":::::::\n";
    QTest::newRow("empty") << QByteArray() << "root:" + hash + ":::::::\n";
    QTest::newRow("root twice") << QByteArray("root:a:1\nroot:b:2\n") << "root:" + hash + ":1\nroot:" + hash + ":2\n";
    QTest::newRow("bytes") << QByteArray("\xff\0:x\nroot:!\n", 11)
                           << QByteArray("\xff\0:x\n", 5) + "root:" + hash + '\n';
}

void TestFirstBootFiles::shadows()
{
    QFETCH(QByteArray, before);
    QFETCH(QByteArray, after);
    Accounts accounts{"root:abc:0:0::/root:/bin/sh\n", {}, before};
    accounts.setPassword("root", Hash);
    QCOMPARE(accounts.shadow, after);
    QCOMPARE(accounts.passwd, QByteArray("root:x:0:0::/root:/bin/sh\n"));
    writeFile(path(u"tree/etc/shadow"_s), before);
    m_firstBoot.consoleLogin = false;
    const auto image = import(request());
    QVERIFY(image);
    QCOMPARE(image->content("etc/shadow"), after);
    QFile::remove(path(u"out.img"_s));
    QFile::remove(path(u"tree/etc/shadow"_s));
    const auto without = import(request());
    QVERIFY(without);
    QCOMPARE(without->content("etc/shadow"), QByteArray("root:") + Hash + ":::::::\n");
    QCOMPARE(without->seen.value("etc/shadow").mode, 0100600U);
}

void TestFirstBootFiles::fstabs_data()
{
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("rest");
    QTest::newRow("empty") << QByteArray() << QByteArray();
    QTest::newRow("root by name") << QByteArray("/dev/xvdb / ext4 ro 0 0\n") << QByteArray();
    QTest::newRow("foreign disks") << QByteArray(
        "/dev/sda2 /a ext4\nLABEL=b /b ext4\n\tPARTUUID=c /c ext4\nPARTLABEL=d /d ext4\n")
                                   << QByteArray();
    QTest::newRow("what stays")
        << QByteArray("/dev/xvdb /data ext4\nproc /proc proc\n/dev/mapper/a /b xfs\nhost:/x /n nfs\n#UUID=x / ext4")
        << QByteArray("/dev/xvdb /data ext4\nproc /proc proc\n/dev/mapper/a /b xfs\nhost:/x /n nfs\n#UUID=x / ext4\n");
}

void TestFirstBootFiles::fstabs()
{
    QFETCH(QByteArray, before);
    QFETCH(QByteArray, rest);
    QCOMPARE(fstabWith(before, "xvda"), "/dev/xvda\t/\text4\tdefaults\t0\t1\n" + rest);
}

void TestFirstBootFiles::hosts()
{
    QCOMPARE(hostsWith({}, "db.a.b"), QByteArray("127.0.0.1\tlocalhost\n127.0.1.1\tdb.a.b db\n::1\tlocalhost\n"));
    QCOMPARE(hostsWith("127.0.1.10 other", "db"), QByteArray("127.0.1.10 other\n127.0.1.1\tdb\n"));
}

/** The same image from an archive, and each time. */
void TestFirstBootFiles::sameFromArchive()
{
    m_firstBoot.user = u"admin"_s;
    shell(u"touch tree/bin/busybox; tar --sort=name --format=pax -C tree -czf tree.tar.gz ."_s);
    auto one = request();
    QVERIFY(import(one));
    one.output = path(u"again.img"_s);
    QVERIFY(import(one));
    QVERIFY(Test::sameBytes(path(u"out.img"_s), one.output));
    auto archive = request();
    archive.source = path(u"tree.tar.gz"_s);
    archive.output = path(u"archive.img"_s);
    QVERIFY(import(archive, u"rootfs_archive"_s));
    QVERIFY(Test::sameBytes(path(u"out.img"_s), archive.output));
}

void TestFirstBootFiles::squashfs()
{
    shell(u"touch tree/bin/busybox; mksquashfs tree tree.sqfs -quiet -no-progress"_s);
    auto packed = request();
    packed.source = path(u"tree.sqfs"_s);
    const auto image = import(packed, u"squashfs"_s);
    QVERIFY(image);
    QCOMPARE(image->content("etc/hostname"), QByteArray("db\n"));
    QVERIFY(image->content("etc/shadow").startsWith(QByteArray("root:") + Hash));
}

void TestFirstBootFiles::hostile_data()
{
    QTest::addColumn<QString>("script");
    QTest::addColumn<QString>("refusal"); // the file that is named; empty: it works
    QTest::newRow("hostname is a link") << u"ln -sf /outside/name tree/etc/hostname"_s << QString();
    QTest::newRow("hostname is a FIFO") << u"rm tree/etc/hostname; mkfifo tree/etc/hostname"_s << QString();
    QTest::newRow("hostname is a directory") << u"rm tree/etc/hostname; mkdir tree/etc/hostname"_s << u"etc/hostname"_s;
    QTest::newRow("shadow is a link") << u"mv tree/etc/shadow tree/data; ln -s ../data/shadow tree/etc/shadow"_s
                                      << u"etc/shadow"_s;
    QTest::newRow("shadow is a link out") << u"ln -sf ../../../../../../outside tree/etc/shadow"_s << QString();
    QTest::newRow("shadow is a FIFO") << u"rm tree/etc/shadow; mkfifo tree/etc/shadow"_s << u"etc/shadow"_s;
    QTest::newRow("passwd is large") << u"head -c 1048577 /dev/zero > tree/etc/passwd"_s << u"etc/passwd"_s;
    QTest::newRow("passwd has holes") << u"truncate -s 1G tree/etc/passwd"_s << u"etc/passwd"_s;
    QTest::newRow("passwd has no root") << u"echo junk::: > tree/etc/passwd"_s << QString();
    QTest::newRow("home leads out") << u"sed -i s,/root,/../../../outside, tree/etc/passwd"_s << QString();
    QTest::newRow("root's home is a file") << u"rmdir tree/root; echo > tree/root"_s << u"root/.ssh"_s;
    QTest::newRow("keys are a link") << u"mkdir tree/root/.ssh; ln -s /etc/passwd tree/root/.ssh/authorized_keys"_s
                                     << QString();
    QTest::newRow("fstab is another name") << u"ln tree/etc/fstab tree/bin/fstab"_s << u"etc/fstab"_s;
    QTest::newRow("a loop of links") << u"rm -r tree/root; ln -s root tree/root"_s << u"root/.ssh"_s;
}

void TestFirstBootFiles::hostile()
{
    QFETCH(QString, script);
    QFETCH(QString, refusal);
    shell(u"mkdir outside; echo precious > outside/name; "_s + script);
    ImportCase one(u"rootfs_dir"_s);
    const auto checked = one.check(request());
    const auto run = one.run(request());
    QCOMPARE(checked.has_value(), refusal.isEmpty());
    QCOMPARE(run.has_value(), refusal.isEmpty());
    QCOMPARE(readFile(path(u"outside/name"_s)), QByteArray("precious\n"));
    QCOMPARE(QDir(path(u"outside"_s)).entryList(QDir::AllEntries | QDir::NoDotAndDotDot), QStringList{u"name"_s});
    if (!run) {
        QVERIFY2(run.error().message.contains(refusal), qPrintable(run.error().message));
        QVERIFY(!run.error().remedy.isEmpty());
        QVERIFY(!QFile::exists(path(u"out.img"_s)));
        return;
    }
    tool(u"e2fsck"_s, {u"-fn"_s, path(u"out.img"_s)});
    const ImageReader image(path(u"out.img"_s));
    QCOMPARE(image.seen.value("etc/hostname").mode & S_IFMT, quint32{S_IFREG});
    QCOMPARE(image.content("etc/hostname"), QByteArray("db\n"));
    QVERIFY(image.content("etc/shadow").contains(QByteArray("root:") + Hash));
}

/** Another name of a file that is changed keeps what it was. */
void TestFirstBootFiles::hardLinks()
{
    shell(u"ln tree/etc/hostname tree/data/name; ln tree/etc/shadow tree/etc/shadow-"_s);
    auto image = import(request());
    QVERIFY(image);
    QCOMPARE(image->content("data/name"), QByteArray("localhost\n"));
    QCOMPARE(image->content("etc/hostname"), QByteArray("db\n"));
    QCOMPARE(image->content("etc/shadow-"), readFile(path(u"tree/etc/shadow"_s)));
    QVERIFY(image->content("etc/shadow").startsWith(QByteArray("root:") + Hash));
}

/** Directories that are links lead to where the guest finds them, and never out of it. */
void TestFirstBootFiles::linksAreFollowedInside()
{
    shell(u"rm -r tree/etc tree/root; mkdir -p outside tree/var/roothome tree/usr/sbin; ln -s /outside tree/etc; "
          "ln -s var/roothome tree/root; ln -s usr/sbin tree/sbin; touch tree/bin/busybox"_s);
    const auto image = import(request());
    QVERIFY(image);
    QCOMPARE(image->content("outside/hostname"), QByteArray("db\n"));
    QCOMPARE(image->content("var/roothome/.ssh/authorized_keys"), QByteArray(Key) + '\n');
    QCOMPARE(image->seen.value("usr/sbin/init").link, QByteArray("/bin/busybox"));
    QVERIFY(QDir(path(u"outside"_s)).isEmpty());
}

/** Users and homes that make no sense, and links that lead to the top, or to what is no name. */
void TestFirstBootFiles::hostileAccounts()
{
    m_firstBoot.user = u"me"_s;
    for (const char* line : {"me:x:bad:1:::", "me", "me:x:1:1::no/path:", " me:x:1::::"}) {
        shell(u"printf '%s\\n' 'root:x:0:0::/root:' '%1' > tree/etc/passwd; rm -rf tree/home"_s.arg(
            QLatin1StringView(line)));
        const auto image = import(request());
        QVERIFY(image);
        const QByteArray passwd = image->content("etc/passwd");
        QCOMPARE(passwd.count("me:"), 2); // the name, and the home
        QVERIFY2(passwd.endsWith("\nme:x:1000:1000::/home/me:/bin/sh\n"), passwd.constData());
        QVERIFY(image->seen.contains("home/me/.ssh/authorized_keys"));
        QVERIFY(QFile::remove(path(u"out.img"_s)));
    }
    for (const QString& link :
         {u"rm -rf tree/root/.ssh; ln -s / tree/root/.ssh"_s, u"rm -rf tree/root/.ssh; ln -s .. tree/root/.ssh"_s,
          u"rm -rf tree/root/.ssh; ln -s $(printf 'x%.0s' {1..300}) tree/root/.ssh"_s}) {
        shell(link);
        const auto done = ImportCase(u"rootfs_dir"_s).run(request());
        QVERIFY2(!done, qPrintable(link));
        QVERIFY2(done.error().message.contains("authorized_keys"_L1), qPrintable(done.error().message));
        QVERIFY(!QFile::exists(path(u"out.img"_s)));
    }
}

/** What is added counts before anything is written. */
void TestFirstBootFiles::isMeasured()
{
    m_firstBoot.sshKeys = QStringList(60, QString::fromLatin1(Key) + QString(10000, u'k'));
    const auto needs = [this](bool isFirst) {
        auto directory = std::make_unique<DirectorySource>(path(u"tree"_s));
        std::unique_ptr<EntrySource> source;
        if (isFirst) {
            source = std::make_unique<FirstBootSource>(std::move(directory), m_firstBoot, u"xvda"_s);
        } else {
            source = std::move(directory);
        }
        return measureSourceImage({*source, OwnerRule::Keep, true, 0}, {}).value();
    };
    const ImageNeeds with = needs(true);
    const ImageNeeds without = needs(false);
    QVERIFY(with.dataBytes >= without.dataBytes + 600000);
    QVERIFY(with.files > without.files);
}

void TestFirstBootFiles::sizeIsChecked()
{
    shell(u"head -c 700000 /dev/urandom > tree/data/file"_s);
    auto small = request();
    small.sizeMiB = 1;
    small.firstBoot.reset();
    ImportCase one(u"rootfs_dir"_s);
    QVERIFY_RESULT(one.check(small));
    small.firstBoot = m_firstBoot;
    small.firstBoot->sshKeys = QStringList(60, QString::fromLatin1(Key) + QString(10000, u'k'));
    const auto refused = one.check(small);
    QVERIFY(!refused && refused.error().code == Error::Code::NoSpace);
    small.sizeMiB = refused.error().neededBytes / MiB;
    QVERIFY_RESULT(one.check(small));
    QVERIFY_RESULT(one.run(small));
}

/** A first boot without any value gives the image that the source gives. */
void TestFirstBootFiles::nothingIsNothing()
{
    m_firstBoot = {};
    m_firstBoot.method = FirstBoot::Method::Files;
    auto plain = request();
    QVERIFY(import(plain));
    plain.output = path(u"plain.img"_s);
    plain.firstBoot.reset();
    QVERIFY(import(plain));
    QVERIFY(Test::sameBytes(path(u"out.img"_s), plain.output));
}

QTEST_GUILESS_MAIN(TestFirstBootFiles)
#include "tst_firstbootfiles.moc"

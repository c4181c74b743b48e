// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "../import/imagereader.h"
#include "../import/importcase.h"
#include "../import/oddtree.h"
#include "core/layout/layout.h"
#include "core/output/outputwriter.h"
#include "core/process/processrunner.h"
#include "core/support/filecopy.h"
#include "core/support/removetree.h"
#include "core/support/units.h"
#include "fixtures.h"

#include <QDir>
#include <QTemporaryDir>

#include <fcntl.h>
#include <sys/stat.h>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

/** Images of a host with its guests, from every form that a host may have. The real tools of e2fsprogs and fdisk judge. */
class TestImages : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void cleanupTestCase();
    void everyHost_data();
    void everyHost();
    void sameBytes_data();
    void sameBytes();
    void grows_data();
    void grows();
    void growsIntoFreeSpace_data();
    void growsIntoFreeSpace();
    void inTheWay();
    void sizes();
    void dirtyJournal();
    void refused_data();
    void refused();
    void replaced();
    void after2038();
    void cancelled_data();
    void cancelled();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    void shell(const QString& script) const;
    void makeHosts();
    void useHosts();
    void plan(const QString& host);
    Result<OutputReport> write(const QString& kind, const QString& to, qint64 sizeMiB = 0);
    [[nodiscard]] QString rootOf(const QString& image) const;
    void checkNew(const ImageReader& image) const;
    [[nodiscard]] QStringList leftBehind() const;

    std::unique_ptr<QTemporaryDir> m_directory;
    std::unique_ptr<QTemporaryDir> m_hosts;
    Layout m_layout;
    QByteArray m_disk;
    std::stop_source m_stop;
    Progress m_progress;
    JobReport m_report;
};

void TestImages::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    m_stop = {};
    qunsetenv("SOURCE_DATE_EPOCH");
    // A guest's disk with data, zeros and holes whose borders are no blocks of the file system.
    m_disk = diskContent();
    writeFile(path(u"in/web.img"_s), m_disk);
    shell(u"cd in; cp --sparse=always web.img sparse.img; truncate -s +5000001 sparse.img; "
          "truncate -s 12000001 ends.img; for at in 0 11000001; do head -c 300000 web.img | "
          "dd of=ends.img bs=1M oflag=seek_bytes seek=$at conv=notrunc status=none; done; head -c 5000 /dev/zero | "
          "tr '\\0' k > Image; touch -d @1700000000 *"_s);
}

void TestImages::cleanup()
{
    QVERIFY(removeEntry(AT_FDCWD, QFile::encodeName(m_directory->path())));
}

void TestImages::cleanupTestCase()
{
    QVERIFY(!m_hosts || removeEntry(AT_FDCWD, QFile::encodeName(m_hosts->path())));
}

void TestImages::shell(const QString& script) const
{
    tool(u"bash"_s, {u"-ec"_s, u"PATH=$PATH:/usr/sbin:/sbin; cd \"$1\"; "_s + script, u"bash"_s, m_directory->path()});
}

/** One host in every form, made once: host/ host.tar.gz host.ext4 gpt.img mbr.img */
void TestImages::useHosts()
{
    if (!m_hosts) {
        m_hosts = std::make_unique<QTemporaryDir>();
        std::swap(m_hosts, m_directory);
        makeHosts();
        std::swap(m_hosts, m_directory);
    }
    shell(u"cp -a --sparse=always '%1/.' ."_s.arg(m_hosts->path()));
}

void TestImages::makeHosts()
{
    makeOddTree(path(u"host"_s));
    QVERIFY(QFile::remove(path(u"host/socket"_s)));
    writeFile(path(u"host/etc/xen/web.cfg"_s), "the old one\n");
    writeFile(path(u"host/usr/bin/xl"_s), "xl");
    touch(path(u"host/-rf"_s), 1'000'000'000); // neither libarchive nor mke2fs has all times right
    touch(path(u"host/etc/passwd"_s), 1'000'000'000);
    shell(
        u"ln host/etc/xen/web.cfg host/etc/xen/kept-name; "
        "tar --sort=name --format=pax --xattrs --xattrs-include='*' -C host -czf host.tar.gz .; "
        "truncate -s 48M host.ext4; mkfs.ext4 -q -b 4096 -L dom0 -U 3f6a1d52-7c0e-4b9b-9a55-52e1b4d6a001 -d host host.ext4; "
        "truncate -s 60M gpt.img mbr.img; "
        "printf 'label: gpt\\nstart=2048, size=4096, name=boot\\nstart=8192, size=98304, name=root\\n' | sfdisk -q gpt.img; "
        "printf 'label: dos\\nstart=2048, size=4096, type=c\\nstart=8192, size=98304, type=83\\n' | sfdisk -q mbr.img; "
        "for i in gpt mbr; do dd if=host.ext4 of=$i.img bs=1M seek=4 conv=notrunc status=none; "
        "echo loader | dd of=$i.img bs=512 seek=40 conv=notrunc status=none; done"_s);
}

void TestImages::plan(const QString& host)
{
    const auto file = [this](const QString& name) {
        const QString full = path(u"in/"_s + name);
        return ResolvedFile{full, full, name, QFile(full).size(), allocatedBytes(full)};
    };
    ResolvedProject project;
    ResolvedGuest web;
    web.index = 0;
    web.entry = u"web"_s;
    web.autostart = true;
    web.disks = {{.file = file(u"web.img"_s),
                  .handler = {},
                  .member = {},
                  .firstBoot = {},
                  .device = {},
                  .source = {},
                  .found = true},
                 {.file = file(u"sparse.img"_s),
                  .handler = {},
                  .member = {},
                  .firstBoot = {},
                  .device = {},
                  .source = {},
                  .found = true},
                 {.file = file(u"ends.img"_s),
                  .handler = {},
                  .member = {},
                  .firstBoot = {},
                  .device = {},
                  .source = {},
                  .found = true}};
    web.kernel = file(u"Image"_s);
    web.config = "name = \"web\"\n";
    project.guests = {web};
    LayoutNode kept;
    if (!host.isEmpty()) {
        project.hostPath = path(host);
        auto tree = readHostTree(project.hostPath, {});
        QVERIFY_RESULT(tree);
        kept = *tree;
    }
    m_layout = planLayout(project, kept);
}

Result<OutputReport> TestImages::write(const QString& kind, const QString& to, qint64 sizeMiB)
{
    JobContext context{m_stop.get_token(), m_progress, m_report};
    ProcessRunner runner;
    return findWriter(kind)->write(m_layout, {}, {.kind = kind, .path = path(to), .sizeMiB = sizeMiB}, context, runner);
}

/** The root file system of an image as a file of its own. */
QString TestImages::rootOf(const QString& image) const
{
    const QByteArray table = tool(u"/sbin/sfdisk"_s, {u"--dump"_s, path(image)});
    static const QRegularExpression entry(u"start= *(\\d+), size= *(\\d+)"_s);
    auto matches = entry.globalMatch(QString::fromLatin1(table));
    QString start;
    QString size;
    while (matches.hasNext()) { // the last one
        const auto match = matches.next();
        start = match.captured(1);
        size = match.captured(2);
    }
    shell(u"dd if=%1 of=root bs=512 skip=%2 count=%3 status=none conv=sparse; truncate -s $((%3 * 512)) root"_s.arg(
        image, start, size));
    return path(u"root"_s);
}

/** That everything new is in @p image as it should be. */
void TestImages::checkNew(const ImageReader& image) const
{
    const QByteArray images("var/lib/xen/images/");
    QVERIFY(image.content(images + "web.img") == m_disk);
    QVERIFY(image.content(images + "sparse.img") == m_disk + QByteArray(5000001, '\0'));
    QVERIFY(image.inode(images + "sparse.img").i_blocks * 512 < 2 * MiB);
    const QByteArray ends = image.content(images + "ends.img");
    QVERIFY(ends
            == m_disk.first(300000) + QByteArray(10'700'001, '\0') + m_disk.first(300000) + QByteArray(700'000, '\0'));
    QVERIFY(image.inode(images + "ends.img").i_blocks * 512 < MiB);
    QCOMPARE(image.content(images + "Image"), QByteArray(5000, 'k'));
    QCOMPARE(image.content("etc/xen/web.cfg"), "name = \"web\"\n");
    QCOMPARE(image.seen.value("etc/xen/auto/web.cfg").link, "/etc/xen/web.cfg");
    for (const char* name : {"var/lib/xen/images/web.img", "etc/xen/web.cfg"}) {
        const Seen seen = image.seen.value(name);
        QCOMPARE(seen.mode, quint32{S_IFREG | 0644});
        QCOMPARE(seen.uid, 0U);
        QCOMPARE(seen.gid, 0U);
        QCOMPARE(seen.seconds, 1'700'000'000);
    }
}

QStringList TestImages::leftBehind() const
{
    return QDir(m_directory->path()).entryList({u".*"_s}, QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot);
}

void TestImages::everyHost_data()
{
    QTest::addColumn<QString>("host");
    QTest::addColumn<QString>("kind");
    for (const char* host : {"", "host", "host.tar.gz", "host.ext4", "gpt.img", "mbr.img"}) {
        for (const char* kind : {"ext4", "disk", "tree", "tar"}) {
            QTest::addRow("%s to %s", host, kind) << QString::fromLatin1(host) << QString::fromLatin1(kind);
        }
    }
}

void TestImages::everyHost()
{
    QFETCH(QString, host);
    QFETCH(QString, kind);
    useHosts();
    const QByteArray before = host.isEmpty() || host == "host"_L1 ? QByteArray() : *hashFile(path(host), {});
    plan(host);
    QVERIFY(!QTest::currentTestFailed());
    const QString out = kind == "tar"_L1 ? u"out.tar"_s : u"out"_s;
    QVERIFY_RESULT(write(kind, out));
    QVERIFY(leftBehind().isEmpty());
    if (!before.isEmpty()) {
        QCOMPARE(*hashFile(path(host), {}), before);
    }
    // What is kept, as the host directory has it; what the guests bring comes beside it.
    QString image = path(out);
    if (kind == "disk"_L1) {
        tool(u"/sbin/sfdisk"_s, {u"--verify"_s, image});
        image = rootOf(out);
    } else if (kind != "ext4"_L1) {
        if (kind == "tar"_L1) {
            shell(u"mkdir out; tar --xattrs --xattrs-include='*' -C out -xpf out.tar"_s);
        }
        shell(u"truncate -s 96M image; mkfs.ext4 -q -b 4096 -d out image"_s); // so that all is compared in one way
        image = path(u"image"_s);
    }
    tool(u"/sbin/e2fsck"_s, {u"-f"_s, u"-n"_s, image});
    const ImageReader reader(image);
    if (::geteuid() == 0 || kind == "ext4"_L1 || kind == "disk"_L1) {
        checkNew(reader);
    }
    if (host.isEmpty()) {
        return;
    }
    shell(u"truncate -s 48M expected; mkfs.ext4 -q -b 4096 -d host expected"_s);
    const ImageReader expected(path(u"expected"_s));
    for (const auto& [name, seen] : expected.seen.asKeyValueRange()) {
        const Seen found = reader.seen.value(name);
        const bool touched = S_ISDIR(seen.mode) || name == "etc/xen/web.cfg" || name == "etc/xen/kept-name";
        QVERIFY2(found.mode == seen.mode || name == "etc/xen/web.cfg", name.constData());
        QVERIFY2(touched || (found.size == seen.size && found.seconds == seen.seconds && found.link == seen.link),
                 name.constData());
        if (S_ISREG(seen.mode) && name != "etc/xen/web.cfg") {
            QVERIFY2(reader.content(name) == expected.content(name), name.constData());
        }
    }
    QCOMPARE(reader.content("etc/xen/kept-name"), "the old one\n");
    QCOMPARE(reader.attributes("suid").value("user.note"), "hello");
    if (kind == "disk"_L1 && (host == "gpt.img"_L1 || host == "mbr.img"_L1)) {
        shell(u"cmp -n $((4 * 1048576)) -i 1024 out %1"_s.arg(host)); // the loader and the other partition
    }
    if (host == "host.ext4"_L1 && kind == "ext4"_L1) {
        const QByteArray header = tool(u"/sbin/dumpe2fs"_s, {u"-h"_s, image});
        QVERIFY2(header.contains("3f6a1d52-7c0e-4b9b-9a55-52e1b4d6a001") && header.contains("dom0"),
                 header.constData());
    }
}

void TestImages::sameBytes_data()
{
    QTest::addColumn<QString>("host");
    QTest::addColumn<QString>("kind");
    for (const char* host : {"", "host", "host.ext4", "gpt.img"}) {
        for (const char* kind : {"ext4", "disk"}) {
            QTest::addRow("%s to %s", host, kind) << QString::fromLatin1(host) << QString::fromLatin1(kind);
        }
    }
}

void TestImages::sameBytes()
{
    QFETCH(QString, host);
    QFETCH(QString, kind);
    useHosts();
    plan(host);
    QVERIFY_RESULT(write(kind, u"one"_s));
    QTest::qWait(1100); // another second by the clock
    QVERIFY_RESULT(write(kind, u"two"_s));
    QVERIFY(Test::sameBytes(path(u"one"_s), path(u"two"_s)));
}

void TestImages::grows_data()
{
    QTest::addColumn<QString>("host");
    QTest::addColumn<QString>("kind");
    for (const char* host : {"host.ext4", "gpt.img", "mbr.img"}) {
        for (const char* kind : {"ext4", "disk"}) {
            QTest::addRow("%s to %s", host, kind) << QString::fromLatin1(host) << QString::fromLatin1(kind);
        }
    }
}

void TestImages::grows()
{
    QFETCH(QString, host);
    QFETCH(QString, kind);
    useHosts();
    m_disk = QByteArray(70 * MiB, '\0');
    for (qsizetype i = 0; i < m_disk.size(); ++i) {
        m_disk[i] = static_cast<char>(i * 17 + i / 5000);
    }
    writeFile(path(u"in/web.img"_s), m_disk);
    shell(u"cp in/web.img in/sparse.img; truncate -s +5000001 in/sparse.img; touch -d @1700000000 in/*"_s);
    plan(host);
    QVERIFY_RESULT(write(kind, u"out"_s));
    QVERIFY(leftBehind().isEmpty());
    if (kind == "disk"_L1) {
        const QByteArray verified = tool(u"/sbin/sfdisk"_s, {u"--verify"_s, path(u"out"_s)});
        QVERIFY2(verified.contains("No errors detected"), verified.constData());
    }
    const QString image = kind == "disk"_L1 ? rootOf(u"out"_s) : path(u"out"_s);
    tool(u"/sbin/e2fsck"_s, {u"-f"_s, u"-n"_s, image});
    const ImageReader reader(image);
    QVERIFY(reader.content("var/lib/xen/images/web.img") == m_disk);
    QVERIFY(reader.content("var/lib/xen/images/sparse.img") == m_disk + QByteArray(5000001, '\0'));
    QCOMPARE(reader.content("usr/bin/xl"), "xl");
}

void TestImages::growsIntoFreeSpace_data()
{
    QTest::addColumn<QString>("host");
    QTest::newRow("GPT") << u"gpt.img"_s;
    QTest::newRow("MBR") << u"mbr.img"_s;
}

/** A disk with room behind its root partition keeps its size, and what of the room is not needed. */
void TestImages::growsIntoFreeSpace()
{
    QFETCH(QString, host);
    useHosts();
    shell(u"truncate -s 500M %1; case %1 in gpt*) sfdisk -q --relocate gpt-bak-std %1;; esac; "
          "head -c 60000000 /dev/urandom > in/web.img"_s.arg(host));
    plan(host);
    QVERIFY_RESULT(write(u"disk"_s, u"out"_s));
    QCOMPARE(QFileInfo(path(u"out"_s)).size(), 500 * MiB);
    const QByteArray verified = tool(u"/sbin/sfdisk"_s, {u"--verify"_s, path(u"out"_s)});
    QVERIFY2(verified.contains("No errors detected"), verified.constData());
    const qint64 root = QFileInfo(rootOf(u"out"_s)).size();
    QVERIFY2(root > 100 * MiB && root < 400 * MiB, qPrintable(QString::number(root)));
    tool(u"/sbin/e2fsck"_s, {u"-f"_s, u"-n"_s, path(u"root"_s)});
    // And the rest is there for a partition of the user's.
    shell(u"echo ', 100M' | sfdisk -q --append out"_s);
}

/** A partition behind the host's own stays where it is. */
void TestImages::inTheWay()
{
    useHosts();
    shell(u"truncate -s 70M gpt.img; sfdisk -q --relocate gpt-bak-std gpt.img; "
          "printf 'start=108544, size=2048, name=data\\n' | sfdisk -q --append gpt.img; truncate -s 60M in/web.img; "
          "head -c 60000000 /dev/urandom > in/web.img"_s);
    plan(u"gpt.img"_s);
    const auto written = write(u"disk"_s, u"out"_s);
    QVERIFY(!written);
    QVERIFY2(written.error().message.contains("partition 3 lies behind it"_L1), qPrintable(written.error().message));
    QVERIFY(!QFile::exists(path(u"out"_s)));
    QVERIFY(leftBehind().isEmpty());
}

void TestImages::sizes()
{
    useHosts();
    for (const QString& host : {u"host"_s, u"host.tar.gz"_s, u"host.ext4"_s, u"gpt.img"_s}) {
        plan(host);
        for (const QString& kind : {u"ext4"_s, u"disk"_s}) {
            const auto small = write(kind, u"out"_s, 2);
            QVERIFY2(!small && small.error().code == Error::Code::NoSpace, qPrintable(host + kind));
            const qint64 needed = small.error().neededBytes / MiB;
            QVERIFY(needed > 2 && small.error().remedy.contains(QString::number(needed)));
            QVERIFY(!QFile::exists(path(u"out"_s)));
            const auto enough = write(kind, u"out"_s, needed);
            QVERIFY2(enough, qPrintable(host + kind + m_report.toText()));
            QVERIFY(QFile::remove(path(u"out"_s)));
            QVERIFY_RESULT(write(kind, u"out"_s, 300));
            const QString image = kind == "disk"_L1 ? rootOf(u"out"_s) : path(u"out"_s);
            QCOMPARE(QFileInfo(image).size(), 300 * MiB);
            tool(u"/sbin/e2fsck"_s, {u"-f"_s, u"-n"_s, image});
            QVERIFY(QFile::remove(path(u"out"_s)));
        }
    }
}

void TestImages::dirtyJournal()
{
    useHosts();
    // A journal with a block in it that was not written to its place.
    shell(u"b=$(debugfs -R 'bmap /usr/bin/xl 0' host.ext4); printf 'replayed' > block; truncate -s 4096 block; "
          "printf 'jo -c\\njw -b %s block\\njc\\n' $b | debugfs -w host.ext4 2>&1; "
          "dumpe2fs -h host.ext4 | grep needs_recovery; "
          "dd if=host.ext4 of=gpt.img bs=1M seek=4 conv=notrunc status=none"_s);
    for (const QString& host : {u"host.ext4"_s, u"gpt.img"_s}) {
        const QByteArray before = *hashFile(path(host), {});
        plan(host);
        for (const QString& kind : {u"ext4"_s, u"disk"_s}) {
            QVERIFY_RESULT(write(kind, u"out"_s));
            const QString image = kind == "disk"_L1 ? rootOf(u"out"_s) : path(u"out"_s);
            QCOMPARE(ImageReader(image).content("usr/bin/xl"), "re");
            checkNew(ImageReader(image));
        }
        QCOMPARE(*hashFile(path(host), {}), before);
    }
}

void TestImages::refused_data()
{
    QTest::addColumn<QString>("script");
    QTest::addColumn<QString>("message");
    QTest::newRow("unknown feature") << u"debugfs -w -R 'ssv feature_incompat 0x800002c2' host.ext4"_s
                                     << u"FEATURE_I31"_s;
    QTest::newRow("unknown feature to write")
        << u"debugfs -w -R 'ssv feature_ro_compat 0x4000046b' host.ext4"_s << u"FEATURE_R30"_s;
    const auto made = [](const QString& options) {
        return u"rm host.ext4; truncate -s 48M host.ext4; mkfs.ext4 -q -b 4096 -d host "_s + options + u" host.ext4"_s;
    };
    QTest::newRow("quota") << made(u"-O quota"_s) << u"not supported: quota"_s;
    QTest::newRow("project") << made(u"-O quota,project"_s) << u"not supported: quota, project"_s;
    QTest::newRow("clusters") << made(u"-O bigalloc -C 16384"_s) << u"not supported: bigalloc"_s;
    QTest::newRow("shared blocks") << u"debugfs -w -R 'ssv feature_ro_compat 0x446b' host.ext4"_s
                                   << u"not supported: shared_blocks"_s;
    QTest::newRow("damaged") << u"debugfs -w -R 'clri /etc' host.ext4"_s << u"damaged"_s;
    QTest::newRow("no root") << u"debugfs -w -R 'mkdir x' host.ext4; head -c 4M /dev/zero > host.ext4"_s
                             << u"holds no host"_s;
}

void TestImages::refused()
{
    QFETCH(QString, script);
    QFETCH(QString, message);
    useHosts();
    shell(script);
    const auto tree = readHostTree(path(u"host.ext4"_s), {});
    if (!tree) {
        QVERIFY2(tree.error().message.contains(message), qPrintable(tree.error().message));
        QVERIFY(!tree.error().remedy.isEmpty());
        return;
    }
    plan(u"host.ext4"_s);
    const auto written = write(u"ext4"_s, u"out"_s);
    QVERIFY(!written);
    QVERIFY2(written.error().message.contains(message), qPrintable(written.error().message));
    QVERIFY(!written.error().remedy.isEmpty());
    QVERIFY(!QFile::exists(path(u"out"_s)));
    QVERIFY(leftBehind().isEmpty());
}

/** Times that 32 bits do not hold are those of all that is new, links among them. */
void TestImages::after2038()
{
    constexpr qint64 Time = 4'102'444'800; // 2100
    useHosts();
    plan(u"host.ext4"_s);
    qputenv("SOURCE_DATE_EPOCH", QByteArray::number(Time));
    const auto written = write(u"ext4"_s, u"out"_s);
    qunsetenv("SOURCE_DATE_EPOCH");
    QVERIFY_RESULT(written);
    const ImageReader before(path(u"host.ext4"_s));
    const ImageReader after(path(u"out"_s));
    QHash<quint32, int> kinds;
    for (const auto& [name, seen] : after.seen.asKeyValueRange()) {
        if (!before.seen.contains(name)) {
            QVERIFY2(seen.seconds == Time, name + ' ' + QByteArray::number(seen.seconds));
            ++kinds[seen.mode & S_IFMT];
        }
    }
    QVERIFY(kinds.value(S_IFREG) > 0 && kinds.value(S_IFDIR) > 0 && kinds.value(S_IFLNK) > 0);
}

/** A host that has an earlier bundle already: its files give way, and their space is free again. */
void TestImages::replaced()
{
    useHosts();
    plan(u"host.ext4"_s);
    QVERIFY_RESULT(write(u"ext4"_s, u"once.ext4"_s));
    const quint32 inodes = ImageReader(path(u"once.ext4"_s)).freeInodes();
    plan(u"once.ext4"_s);
    QVERIFY_RESULT(write(u"ext4"_s, u"twice.ext4"_s));
    const ImageReader image(path(u"twice.ext4"_s));
    checkNew(image);
    QCOMPARE(image.freeInodes(), inodes);
    const auto freeBlocks = [this](const QString& name) {
        static const QRegularExpression number(u"Free blocks: +(\\d+)"_s);
        return number.match(QString::fromLatin1(tool(u"/sbin/dumpe2fs"_s, {u"-h"_s, path(name)}))).captured(1);
    };
    QCOMPARE(freeBlocks(u"twice.ext4"_s), freeBlocks(u"once.ext4"_s));
}

void TestImages::cancelled_data()
{
    everyHost_data();
}

void TestImages::cancelled()
{
    QFETCH(QString, host);
    QFETCH(QString, kind);
    useHosts();
    plan(host);
    m_stop.request_stop();
    QCOMPARE(write(kind, kind == "tar"_L1 ? u"out.tar"_s : u"out"_s).error_or(Error()).code, Error::Code::Cancelled);
    QVERIFY(!QFile::exists(path(u"out"_s)) && !QFile::exists(path(u"out.tar"_s)));
    QVERIFY(leftBehind().isEmpty());
}

QTEST_GUILESS_MAIN(TestImages)
#include "tst_images.moc"

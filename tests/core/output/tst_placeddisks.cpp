// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "../import/imagereader.h"
#include "../import/importcase.h"
#include "../import/oddtree.h"
#include "core/output/builder.h"
#include "core/output/layoutimage.h"
#include "core/process/processrunner.h"
#include "core/support/filecopy.h"
#include "core/support/removetree.h"
#include "core/support/units.h"
#include "fixtures.h"

#include <QCoroTask>
#include <QDir>
#include <QTemporaryDir>

#include <fcntl.h>
#include <unistd.h>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

namespace
{

QStringList messages(const BuildOutcome& outcome)
{
    QStringList messages;
    std::ranges::transform(outcome.errors, std::back_inserter(messages), &Error::message);
    return messages;
}

} // namespace

/** Disks that are converted straight into their places in an image: the same as those that are made beforehand. */
class TestPlacedDisks : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup() { QVERIFY(removeEntry(AT_FDCWD, QFile::encodeName(m_directory->path()))); }
    void sameAsImported_data();
    void sameAsImported();
    void writtenOnce_data();
    void writtenOnce();
    void growsTheHost();
    void inPieces();
    void sourceThatChanges_data();
    void sourceThatChanges();
    void damageIsFound_data();
    void damageIsFound();
    void cancelled();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    void shell(const QString& script) const;
    void addGuest(const QString& entry, const QString& type, const QString& source, qint64 sizeMiB = 0);
    void makeHost(const QString& host);
    [[nodiscard]] Plan plan() const { return makePlan({m_project, {}, {}, {}}, {}); }
    static BuildOutcome run(Builder& builder, const Plan& plan, const OutputSpec& output);
    BuildOutcome build(const Plan& plan, const OutputSpec& output);
    void checkImage(const QString& kind, const QString& image);
    [[nodiscard]] QStringList left() const;

    std::unique_ptr<QTemporaryDir> m_directory;
    Project m_project;
    ProcessRunner m_runner;
    QStringList m_jobs;
};

void TestPlacedDisks::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    m_jobs.clear();
    QVERIFY(QDir().mkpath(path(u"out"_s)));
    m_project = {};
    m_project.directory = m_directory->path();
    m_project.machine.name = u"qemux86-64"_s;
    m_project.machine.deployDirectory = u"."_s;
    writeFile(path(u"bzImage"_s), QByteArray(1000, 'k'));
}

void TestPlacedDisks::shell(const QString& script) const
{
    tool(u"bash"_s, {u"-ec"_s, u"PATH=$PATH:/usr/sbin:/sbin; cd \"$1\"; "_s + script, u"bash"_s, m_directory->path()});
}

void TestPlacedDisks::addGuest(const QString& entry, const QString& type, const QString& source, qint64 sizeMiB)
{
    Guest guest;
    guest.entry = entry;
    guest.sourceType = type;
    guest.sourceFile = source;
    if (sizeMiB > 0) {
        guest.imageSizeMiB = sizeMiB;
    }
    m_project.guests.append(guest);
}

/** A guest of every kind that can be placed, and one that is copied. */
void TestPlacedDisks::makeHost(const QString& host)
{
    makeOddTree(path(u"tree"_s));
    writeFile(path(u"tree/large"_s), QByteArray(5 * MiB, 'l'));
    writeFile(path(u"few/file"_s), QByteArray(100'000, 'f'));
    shell(
        u"tar --sort=name --format=pax -C tree -czf tree.tar.gz .; head -c 9000001 /dev/urandom > disk.raw; "
        "truncate -s 40M disk.raw; head -c 3000000 /dev/urandom | dd of=disk.raw bs=1M oflag=seek_bytes seek=30000000 "
        "conv=notrunc status=none; qemu-img convert -f raw -O qcow2 -c disk.raw disk.qcow2; "
        "qemu-img convert -f raw -O qcow2 -o cluster_size=4k disk.raw small.qcow2; "
        "qemu-img convert -f raw -O vmdk -o subformat=streamOptimized disk.raw disk.vmdk"_s);
    addGuest(u"dir"_s, u"rootfs_dir"_s, u"tree"_s, 40);
    addGuest(u"little"_s, u"rootfs_dir"_s, u"few"_s, 9); // blocks of 1 KiB
    addGuest(u"archive"_s, u"rootfs_archive"_s, u"tree.tar.gz"_s, 300);
    addGuest(u"qcow"_s, u"qcow2"_s, u"disk.qcow2"_s);
    addGuest(u"clusters"_s, u"qcow2"_s, u"small.qcow2"_s);
    addGuest(u"vmdk"_s, u"vmdk"_s, u"disk.vmdk"_s);
    addGuest(u"raw"_s, u"raw"_s, u"disk.raw"_s);
    if (host == "directory"_L1) {
        writeFile(path(u"host/etc/hostname"_s), "dom0");
        m_project.host.path = u"host"_s;
    } else if (!host.isEmpty()) {
        // Deleted data lie in its free blocks.
        shell(u"mkdir -p host/etc/xen; echo dom0 > host/etc/hostname; head -c 60000000 /dev/urandom > host/old; "
              "truncate -s 200M host.img; mkfs.%1 -q -d host host.img; debugfs -w -R 'rm /old' host.img; "
              "e2fsck -fn host.img"_s.arg(host));
        m_project.host.path = u"host.img"_s;
    }
}

BuildOutcome TestPlacedDisks::run(Builder& builder, const Plan& plan, const OutputSpec& output)
{
    BuildOutcome outcome;
    bool done = false;
    QCoro::connect(builder.build(plan, {output}), &builder, [&](const BuildOutcome& result) {
        outcome = result;
        done = true;
    });
    [&] { QTRY_VERIFY_WITH_TIMEOUT(done, 60'000); }();
    return outcome;
}

BuildOutcome TestPlacedDisks::build(const Plan& plan, const OutputSpec& output)
{
    JobQueue queue;
    Builder builder(queue, m_runner);
    connect(&queue, &JobQueue::jobAdded, this, [&](int index) { m_jobs.append(queue.jobs().at(index)->title()); });
    return run(builder, plan, output);
}

QStringList TestPlacedDisks::left() const
{
    return QDir(path(u"out"_s)).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot);
}

/** Every guest's disk in @p image is what `import` makes of its source. */
void TestPlacedDisks::checkImage(const QString& kind, const QString& image)
{
    QString root = image;
    if (kind == "disk"_L1) {
        root = path(u"root.img"_s);
        shell(u"dd if='%1' of=root.img bs=1M skip=1 conv=sparse status=none"_s.arg(image));
    }
    tool(u"/sbin/e2fsck"_s, {u"-fn"_s, root});
    const ImageReader reader(root);
    for (const Guest& guest : std::as_const(m_project.guests)) {
        const QString made = path(guest.entry + u".made"_s);
        if (!QFile::exists(made)) {
            QVERIFY_RESULT(ImportCase(guest.sourceType)
                               .run({path(guest.sourceFile), made, guest.imageSizeMiB.value_or(0), guest.owners}));
        }
        QFile expected(made);
        QVERIFY(expected.open(QIODevice::ReadOnly));
        const QByteArray name = "var/lib/xen/images/" + guest.entry.toLatin1() + ".img";
        QVERIFY2(reader.content(name) == expected.readAll(), name.constData());
        QVERIFY2(reader.inode(name).i_blocks * 512LL < allocatedBytes(made) + 2 * MiB, name.constData());
    }
}

void TestPlacedDisks::sameAsImported_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("host");
    QTest::newRow("new image") << u"ext4"_s << QString();
    QTest::newRow("new image of a host") << u"ext4"_s << u"directory"_s;
    QTest::newRow("new disk") << u"disk"_s << QString();
    QTest::newRow("ext4 host") << u"ext4"_s << u"ext4"_s;
    QTest::newRow("ext3 host") << u"ext4"_s << u"ext3"_s;
    QTest::newRow("ext2 host of small blocks") << u"ext4"_s << u"ext2 -b 1024"_s;
    QTest::newRow("disk of an ext4 host") << u"disk"_s << u"ext4"_s;
}

void TestPlacedDisks::sameAsImported()
{
    QFETCH(QString, kind);
    QFETCH(QString, host);
    makeHost(host);
    const OutputSpec output{.kind = kind, .path = path(u"out/host"_s)};
    const BuildOutcome outcome = build(plan(), output);
    QCOMPARE(messages(outcome).join(u"; "_s), QString());
    QCOMPARE(m_jobs, (QStringList{u"Prepare"_s, u"Import raw"_s, u"Write "_s + output.path, u"Clean up"_s}));
    QCOMPARE(left(), QStringList{u"host"_s});
    checkImage(kind, output.path);
    // Two threads decompress, but the bytes are the same each time.
    const OutputSpec again{.kind = kind, .path = path(u"out/again"_s)};
    QCOMPARE(messages(build(plan(), again)).join(u"; "_s), QString());
    QVERIFY(sameBytes(output.path, again.path));
}

void TestPlacedDisks::writtenOnce_data()
{
    QTest::addColumn<QString>("type");
    QTest::addColumn<bool>("host");
    for (const bool host : {false, true}) {
        for (const QString& type : {u"rootfs_dir"_s, u"rootfs_archive"_s, u"qcow2"_s}) {
            QTest::addRow("%s%s", qPrintable(type), host ? " into a host" : "") << type << host;
        }
    }
}

void TestPlacedDisks::writtenOnce()
{
    QFETCH(QString, type);
    QFETCH(bool, host);
    constexpr qint64 Payload = 48 * MiB;
    shell(u"mkdir tree tree/etc; head -c %1 /dev/urandom > tree/data; tar -C tree -cf tree.tar .; "
          "qemu-img convert -f raw -O qcow2 tree/data disk.qcow2"_s.arg(Payload));
    addGuest(u"one"_s, type,
             type == "qcow2"_L1            ? u"disk.qcow2"_s
                 : type == "rootfs_dir"_L1 ? u"tree"_s
                                           : u"tree.tar"_s,
             64);
    if (host) {
        shell(u"truncate -s 100M host.img; mkfs.ext4 -q host.img"_s);
        m_project.host.path = u"host.img"_s;
    }
    const Plan planned = plan();
    const auto written = [] {
        QFile counters(u"/proc/self/io"_s);
        [[maybe_unused]] const bool opened = counters.open(QIODevice::ReadOnly);
        const QByteArrayList lines = counters.readAll().split('\n');
        return lines.at(1).mid(lines.at(1).indexOf(' ')).trimmed().toLongLong(); // wchar
    };
    const qint64 before = written();
    QVERIFY(before > 0);
    QCOMPARE(messages(build(planned, {.kind = u"ext4"_s, .path = path(u"out/host"_s)})).join(u"; "_s), QString());
    const qint64 bytes = written() - before;
    QVERIFY2(bytes > Payload && bytes < Payload + 12 * MiB, qPrintable(QString::number(bytes)));

    // In few pieces: what is written in order lies in order.
    const QByteArray extents = tool(u"/sbin/debugfs"_s,
                                    {u"-R"_s, u"ex /var/lib/xen/images/one.img"_s, path(u"out/host"_s)});
    QVERIFY2(extents.count('\n') < 40, extents.constData());
}

void TestPlacedDisks::growsTheHost()
{
    shell(u"mkdir tree; head -c 90000000 /dev/urandom > tree/data; truncate -s 64M host.img; mkfs.ext4 -q host.img"_s);
    addGuest(u"one"_s, u"rootfs_dir"_s, u"tree"_s, 4000);
    m_project.host.path = u"host.img"_s;
    QCOMPARE(messages(build(plan(), {.kind = u"ext4"_s, .path = path(u"out/host"_s)})).join(u"; "_s), QString());
    checkImage(u"ext4"_s, path(u"out/host"_s));
    // By what the disk holds, not by its size of 4000 MiB.
    QVERIFY(QFileInfo(path(u"out/host"_s)).size() < 500 * MiB);
}

/** Where free blocks lie one by one, disks get trees of extents. */
void TestPlacedDisks::inPieces()
{
    shell(u"mkdir -p tree host/many; head -c 6000000 /dev/urandom > tree/data; for i in $(seq 8000); do "
          "echo $i > host/many/$i; [ $((i % 2)) = 0 ] || echo rm /many/$i; done > remove; "
          "truncate -s 39M host.img; mkfs.ext4 -q -b 4096 -m 0 -O ^has_journal -N 9000 -d host host.img; "
          "debugfs -w -f remove host.img; qemu-img convert -f raw -O qcow2 tree/data disk.qcow2"_s);
    addGuest(u"one"_s, u"qcow2"_s, u"disk.qcow2"_s);
    addGuest(u"two"_s, u"raw"_s, u"tree/data"_s);
    m_project.host.path = u"host.img"_s;
    QCOMPARE(messages(build(plan(), {.kind = u"ext4"_s, .path = path(u"out/host"_s)})).join(u"; "_s), QString());
    checkImage(u"ext4"_s, path(u"out/host"_s));
    for (const QString& guest : {u"one"_s, u"two"_s}) {
        const QByteArray extents = tool(u"/sbin/debugfs"_s,
                                        {u"-R"_s, u"ex /var/lib/xen/images/%1.img"_s.arg(guest), path(u"out/host"_s)});
        QVERIFY2(extents.count("\n 1/ 1") > 200, extents.left(500).constData());
    }
}

void TestPlacedDisks::sourceThatChanges_data()
{
    QTest::addColumn<QString>("size");
    QTest::newRow("larger") << u"50M"_s;
    QTest::newRow("smaller") << u"20M"_s;
}

void TestPlacedDisks::sourceThatChanges()
{
    QFETCH(QString, size);
    shell(u"head -c 1000000 /dev/urandom > disk.raw; truncate -s 30M disk.raw; "
          "qemu-img convert -f raw -O qcow2 disk.raw disk.qcow2; echo old > out/host"_s);
    addGuest(u"one"_s, u"qcow2"_s, u"disk.qcow2"_s);
    const Plan planned = plan();
    shell(u"truncate -s %1 disk.raw; qemu-img convert -f raw -O qcow2 disk.raw disk.qcow2; rm out/host"_s.arg(size));
    const BuildOutcome outcome = build(planned, {.kind = u"ext4"_s, .path = path(u"out/host"_s)});
    QCOMPARE(outcome.errors.size(), 1);
    QVERIFY2(outcome.errors.first().message.contains(u"has changed"_s)
                 && outcome.errors.first().place.file == path(u"disk.qcow2"_s),
             qPrintable(outcome.errors.first().message));
    QCOMPARE(left(), QStringList());
}

void TestPlacedDisks::damageIsFound_data()
{
    QTest::addColumn<QByteArray>("where");
    QTest::newRow("in the data of a disk") << QByteArray("a place to find in the data");
    QTest::newRow("beside them, where it was zeros") << QByteArray();
}

/** The comparison that follows the writing sees a byte that has changed in the image. */
void TestPlacedDisks::damageIsFound()
{
    QFETCH(QByteArray, where);
    const QByteArray mark("a place to find in the data");
    QByteArray disk(3 * MiB, '\0');
    disk.replace(1'000'000, mark.size(), mark);
    writeFile(path(u"disk.raw"_s), disk);
    shell(u"qemu-img convert -f raw -O qcow2 -c disk.raw disk.qcow2"_s);
    addGuest(u"one"_s, u"qcow2"_s, u"disk.qcow2"_s);
    const Plan planned = plan();
    const QString image = path(u"out/image"_s);
    const UniqueFd file(::open(qPrintable(image), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    const ImagePlace place{image, file.get(), 0};
    const Artifacts none;
    const LayoutContent content(planned.layout, none);
    Progress progress;
    JobReport report;
    JobContext context{{}, progress, report};
    QVERIFY_RESULT(LayoutImage(content, 0).write(place, path(u"out"_s), context, m_runner));
    QVERIFY_RESULT(verifyImage(content, place, context, m_runner));

    QFile bytes(image);
    QVERIFY(bytes.open(QIODevice::ReadWrite));
    const qint64 at = bytes.readAll().indexOf(mark);
    QVERIFY(at > 0);
    QVERIFY(bytes.seek(where.isEmpty() ? at + 100 : at));
    QVERIFY(bytes.putChar('!'));
    bytes.close();
    const auto verified = verifyImage(content, place, context, m_runner);
    QVERIFY(!verified);
    QVERIFY2(verified.error().message.contains(u"one.img"_s), qPrintable(verified.error().message));
}

void TestPlacedDisks::cancelled()
{
    shell(u"mkdir tree; head -c 60000000 /dev/urandom > tree/data"_s);
    addGuest(u"one"_s, u"rootfs_dir"_s, u"tree"_s, 100);
    JobQueue queue;
    Builder builder(queue, m_runner);
    QTimer watch;
    connect(&watch, &QTimer::timeout, this, [&] {
        for (const Job* job : queue.jobs()) {
            if (job->progress().step.contains(u"Importing"_s)) {
                builder.cancel();
            }
        }
    });
    watch.start(1);
    const BuildOutcome outcome = run(builder, plan(), {.kind = u"ext4"_s, .path = path(u"out/host"_s)});
    QVERIFY(outcome.cancelled);
    QCOMPARE(left(), QStringList());
}

QTEST_GUILESS_MAIN(TestPlacedDisks)
#include "tst_placeddisks.moc"

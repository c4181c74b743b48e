// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/entries/entrylog.h"
#include "core/filetrees/openfiletree.h"
#include "core/sources/systemlook.h"
#include "core/squashfs/lzo.h"
#include "core/squashfs/squashfssource.h"
#include "core/support/units.h"
#include "fixtures.h"
#include "treecase.h"

#include <QElapsedTimer>
#include <QProcess>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QtEndian>

#include <array>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

/** File systems that were cut off, damaged or made up: an answer each time, in little time and memory. */
class TestHostileTrees : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cut_data() { kinds(); }
    void cut();
    void changed_data() { kinds(); }
    void changed();
    void numbers_data() { kinds(); }
    void numbers();
    void ext4Cycle();
    void ext4Names();
    void fatCycle();
    void squashfsCycle();
    void squashfsNames();
    void squashfsSizes();
    void lzo();

private:
    static void kinds();
    [[nodiscard]] QString path(const QString& name) const { return m_directory.filePath(name); }
    void shell(const QString& script) const;
    /** Opens @p image, if that can be, and looks at all of it, as a squashfs source too. */
    void lookAt(const QByteArray& image) const;
    /** Feeds the squashfs @p image to what only counts. */
    [[nodiscard]] Result<void> feed(const QByteArray& image) const;

    QTemporaryDir m_directory;
};

void TestHostileTrees::shell(const QString& script) const
{
    QProcess process;
    process.setWorkingDirectory(m_directory.path());
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(u"bash"_s, {u"-ec"_s, script});
    QVERIFY(process.waitForFinished(-1));
    QVERIFY2(process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0, process.readAll().constData());
}

void TestHostileTrees::initTestCase()
{
    QVERIFY(m_directory.isValid());
    shell(
        u"mkdir -p tree/etc tree/usr/lib tree/boot/grub tree/EFI/Linux; cd tree\n"
        "printf 'ID=x\\nPRETTY_NAME=\"X 1\"\\n' > etc/os-release; echo 'a / ext4' > etc/fstab; head -c 70000 /dev/urandom > boot/vmlinuz\n"
        "printf 'menuentry x {\\n linux /boot/vmlinuz a\\n}\\n' > boot/grub/grub.cfg; for i in $(seq 40); do echo $i > usr/lib/file-$i; done\n"
        "head -c 20000 /dev/zero > usr/zeros; cd ..; cp -r tree fat; cd tree; ln -s ../etc/os-release usr/link; ln -s . etc/self\n"
        "setfattr -n user.x -v y etc/fstab; mkfifo fifo; ln etc/fstab hard; cd ..\n"
        "mke2fs -q -t ext4 -b 1024 -N 128 -O ^has_journal -d tree ext4 700K\n"
        "mke2fs -q -t ext2 -b 1024 -N 128 -d tree ext2 700K\n"
        "for codec in gzip xz zstd lz4 lzo lzma; do mksquashfs tree squashfs-$codec -quiet -no-progress -b 4096 -comp $codec -nopad; done\n"
        "mksquashfs tree squashfs-none -quiet -no-progress -no-compression -b 8192 -nopad\n"
        "truncate -s 400K fat12; mkfs.vfat -F 12 fat12 > /dev/null; mcopy -i fat12 -s fat/* ::\n"
        "truncate -s 500K fat32; mkfs.vfat -F 32 -s 1 fat32 2> /dev/null > /dev/null; mcopy -i fat32 -s fat/* ::\n"
        "xorriso -as mkisofs -quiet -J -r -o iso tree"_s);
}

void TestHostileTrees::kinds()
{
    QTest::addColumn<QString>("image");
    for (const char* name : {"ext4", "ext2", "squashfs-gzip", "squashfs-xz", "squashfs-zstd", "squashfs-lz4",
                             "squashfs-lzo", "squashfs-lzma", "squashfs-none", "fat12", "fat32", "iso"}) {
        QTest::newRow(name) << QString::fromLatin1(name);
    }
}

Result<void> TestHostileTrees::feed(const QByteArray& image) const
{
    QFile file(path(u"feed"_s));
    if (!file.open(QIODevice::WriteOnly) || file.write(image) != image.size()) {
        QTest::qFail("the image cannot be written", __FILE__, __LINE__);
    }
    file.close();
    EntryLog log;
    Progress progress;
    return SquashfsSource(path(u"feed"_s)).feed(log, progress, {});
}

void TestHostileTrees::lookAt(const QByteArray& image) const
{
    MemoryDisk disk(image);
    const auto opened = openFileTree(disk, u"image"_s);
    if (!opened) {
        QVERIFY(!opened.error().message.isEmpty());
        return;
    }
    wander(*opened->tree);
    const SystemLook look = lookAtSystem(*opened->tree);
    QVERIFY(look.kernels.size() <= 64);
    if (opened->type == "squashfs"_L1) {
        [[maybe_unused]] const auto fed = feed(image);
    }
}

void TestHostileTrees::cut()
{
    QFETCH(QString, image);
    const QByteArray whole = readFile(path(image));
    MemoryDisk disk(whole);
    const auto opened = openFileTree(disk, image);
    QVERIFY_RESULT(opened);
    QCOMPARE(lookAtSystem(*opened->tree).bootEntries.size(), 1); // it is sound before
    constexpr int Places = 200;
    for (int place = 0; place < Places; ++place) {
        lookAt(whole.first(whole.size() * place / Places));
    }
}

/** A byte here, some there. */
void TestHostileTrees::changed()
{
    QFETCH(QString, image);
    const QByteArray whole = readFile(path(image));
    QRandomGenerator random(11);
    QElapsedTimer timer;
    timer.start();
    for (int round = 0; round < 400; ++round) {
        QByteArray broken = whole;
        for (int change = round % 4 == 0 ? 8 : 1; change > 0; --change) {
            // What is at the beginning and the end describes the rest.
            const qsizetype edge = std::min<qsizetype>(broken.size(), 4096);
            const qsizetype at = round % 3 == 0 ? random.bounded(edge)
                : round % 3 == 1                ? broken.size() - 1 - random.bounded(edge)
                                                : random.bounded(broken.size());
            broken[at] = static_cast<char>(random.bounded(256));
        }
        lookAt(broken);
    }
    qInfo("400 rounds in %lld ms", timer.elapsed());
}

/** Numbers of 2^31, 2^60 and the like in every place of the superblocks. */
void TestHostileTrees::numbers()
{
    QFETCH(QString, image);
    const QByteArray whole = readFile(path(image));
    const qsizetype start = image.startsWith("ext"_L1) ? 1024 : image == "iso"_L1 ? 32768 : 0;
    const qsizetype length = image == "iso"_L1 ? 200 : 128;
    for (qsizetype at = start; at + 8 <= std::min(start + length, whole.size()); at += 2) {
        for (const quint64 number :
             {quint64{0}, ~quint64{0}, quint64{1} << 60U, quint64{1} << 31U, quint64{0x7fffffff7fffffff}}) {
            QByteArray broken = whole;
            qToLittleEndian(number, broken.data() + at);
            lookAt(broken);
        }
    }
}

/** A directory that is in itself, and a link that leads to itself. */
void TestHostileTrees::ext4Cycle()
{
    shell(
        u"cp ext4 cycle; debugfs -w -R 'ln usr usr/lib/usr' cycle; debugfs -w -R 'symlink usr/a a' cycle; debugfs -w -R 'symlink a /usr/a' cycle"_s);
    MemoryDisk disk(readFile(path(u"cycle"_s)));
    const auto opened = openFileTree(disk, u"image"_s);
    QVERIFY_RESULT(opened);
    QVERIFY(opened->tree->find("usr/lib/usr/lib/usr/lib/file-1"));
    QVERIFY(!opened->tree->find("a") && !opened->tree->find("usr/a"));
    QVERIFY(!opened->tree->find(QByteArray("usr/lib/").repeated(100'000)));
    wander(*opened->tree);
}

void TestHostileTrees::ext4Names()
{
    QByteArray image = readFile(path(u"ext2"_s));
    for (const auto& [name, other] :
         {std::pair("file-17", "../../x"), std::pair("file-18", "a\0b----"), std::pair("file-19", "/etc/ab")}) {
        const qsizetype at = image.indexOf(name);
        QVERIFY(at > 0);
        image.replace(at, 7, QByteArray(other, 7));
    }
    MemoryDisk disk(image);
    const auto opened = openFileTree(disk, u"image"_s);
    QVERIFY_RESULT(opened);
    const QByteArrayList names = opened->tree->names("usr/lib");
    QCOMPARE(names.size(), 37);
    QVERIFY(names.contains("file-20") && !names.contains("file-17"));
    wander(*opened->tree);
}

/** Clusters of a file and of a directory that lead back, one cluster for all, and a directory that is its own. */
void TestHostileTrees::fatCycle()
{
    const QByteArray whole = readFile(path(u"fat32"_s));
    const auto reserved = qFromLittleEndian<quint16>(whole.constData() + 14);
    const qsizetype table = reserved * qsizetype{512};
    for (const quint32 next : {2U, 3U, 4U, 5U, 8U}) {
        QByteArray image = whole;
        for (quint32 cluster = 2; cluster < 600; ++cluster) {
            qToLittleEndian(next, image.data() + table + qsizetype{cluster} * 4);
        }
        QElapsedTimer timer;
        timer.start();
        lookAt(image);
        QVERIFY2(timer.elapsed() < 60'000, QByteArray::number(timer.elapsed()).constData());
    }
}

/** With nothing compressed, single numbers can be changed: all directories are the list of one of them. */
void TestHostileTrees::squashfsCycle()
{
    const QByteArray whole = readFile(path(u"squashfs-none"_s));
    const auto inodes = qFromLittleEndian<qint64>(whole.constData() + 64) + 2; // behind the head of a block
    const auto directories = qFromLittleEndian<qint64>(whole.constData() + 72);
    const auto root = qFromLittleEndian<quint64>(whole.constData() + 32) & 0xffffU;
    QByteArray image = whole;
    // Names in the list of the top that lead to the top itself.
    const qsizetype name = image.indexOf("etc", directories);
    QVERIFY(name > directories);
    qToLittleEndian(static_cast<quint16>(root), image.data() + name - 8);
    MemoryDisk disk(image);
    const auto opened = openFileTree(disk, u"image"_s);
    QVERIFY_RESULT(opened);
    QVERIFY(opened->tree->find("etc/etc/etc/etc/boot/vmlinuz"));
    wander(*opened->tree);
    const auto fed = feed(image);
    QCOMPARE(fed.error_or(Error()).code, Error::Code::InvalidInput);
    QVERIFY2(fed.error().message.contains("damaged at /etc"_L1), qPrintable(fed.error().message));
    Q_UNUSED(inodes)
}

void TestHostileTrees::squashfsNames()
{
    for (const char* other : {"../../x", "a\0b----", "/etc/ab", "..", "."}) {
        QByteArray image = readFile(path(u"squashfs-none"_s));
        const qsizetype at = image.indexOf("file-17");
        const auto length = static_cast<qsizetype>(qstrlen(other));
        const QByteArray name = length >= 3 ? QByteArray(other, 7) : other + QByteArray(7 - length, '\0');
        image.replace(at, 7, name);
        if (length < 3 && length > 0 && other[0] == '.') {
            image[at - 2] = static_cast<char>(length - 1);
        }
        MemoryDisk disk(image);
        const auto opened = openFileTree(disk, u"image"_s);
        QVERIFY_RESULT(opened);
        wander(*opened->tree);
        QVERIFY(!feed(image));
    }
}

/** A file of 2^60 bytes, and one whose size is more than its blocks have. */
void TestHostileTrees::squashfsSizes()
{
    const QByteArray whole = readFile(path(u"squashfs-none"_s));
    const auto inodes = qFromLittleEndian<qint64>(whole.constData() + 64) + 2;
    const auto end = qFromLittleEndian<qint64>(whole.constData() + 72);
    int found = 0;
    for (qsizetype at = inodes; at + 32 <= end; ++at) {
        // A file of 70,000 bytes.
        if (qFromLittleEndian<quint16>(whole.constData() + at) == 2
            && qFromLittleEndian<quint32>(whole.constData() + at + 28) == 70'000) {
            ++found;
            for (const quint32 size : {0xffffffffU, 0x7fffffffU, 70'001U, 8192U * 8U, 1U}) {
                QByteArray image = whole;
                qToLittleEndian(size, image.data() + at + 28);
                lookAt(image);
            }
            for (const quint64 size : {quint64{1} << 60U, ~quint64{0}, quint64{1} << 45U}) {
                QByteArray image = whole;
                qToLittleEndian(quint16{9}, image.data() + at); // the larger form
                qToLittleEndian(size, image.data() + at + 24);
                lookAt(image);
                QVERIFY(!feed(image));
            }
        }
    }
    QCOMPARE(found, 1);
}

/** No stream reads or writes outside: the spans end where the memory does. */
void TestHostileTrees::lzo()
{
    QRandomGenerator random(5);
    for (int round = 0; round < 200'000; ++round) {
        std::vector<quint8> in(static_cast<size_t>(random.bounded(1, 40)));
        std::vector<quint8> out(static_cast<size_t>(random.bounded(0, 300)));
        std::ranges::generate(in, [&random] { return static_cast<quint8>(random.bounded(256)); });
        const auto done = decompressLzo(in, out);
        QVERIFY(!done || *done <= out.size());
    }
    QVERIFY(!decompressLzo({}, {}));
    // "a" and 9 of what is one byte before, which is the same again; then the end.
    const auto stream = std::to_array<quint8>({18, 'a', 32 + 7, 0, 0, 17, 0, 0});
    std::array<quint8, 10> out = {};
    QCOMPARE(decompressLzo(stream, out).value_or(0), size_t{10});
    QVERIFY(std::ranges::all_of(out, [](quint8 byte) { return byte == 'a'; }));
    QVERIFY(!decompressLzo(stream, std::span(out).first(9)));
    QVERIFY(!decompressLzo(std::span(stream).first(7), out));
}

QTEST_GUILESS_MAIN(TestHostileTrees)
#include "tst_hostiletrees.moc"

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/ext4/ext4image.h"
#include "core/support/filecopy.h"
#include "core/support/removetree.h"
#include "core/support/units.h"
#include "importcase.h"
#include "recordingrunner.h"

#include <ext2fs/ext2fs.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>

#include <thread>

using namespace Stowage;
using namespace Stowage::Test;
using namespace Qt::StringLiterals;

namespace
{

/** What find says of a file, or what an image says of it: comparable. */
struct Seen {
    quint32 mode = 0;
    quint32 uid = 0;
    quint32 gid = 0;
    qint64 size = 0;
    quint64 links = 0;
    qint64 seconds = 0;
    qint64 nanoseconds = 0;
    QByteArray link;
    bool operator==(const Seen&) const = default;
};

QString describe(const Seen& seen)
{
    return u"mode %1 owner %2:%3 size %4 links %5 time %6.%7 -> %8"_s.arg(seen.mode, 0, 8)
        .arg(seen.uid)
        .arg(seen.gid)
        .arg(seen.size)
        .arg(seen.links)
        .arg(seen.seconds)
        .arg(seen.nanoseconds)
        .arg(QString::fromUtf8(seen.link));
}

/** The tree below @p directory as find(1) tells it. */
QMap<QByteArray, Seen> seenByFind(const QString& directory)
{
    const QByteArray output = tool(u"find"_s, {directory, u"-printf"_s, uR"(%P\0%y\0%m\0%U\0%G\0%s\0%n\0%T@\0%l\0)"_s});
    const QList<QByteArray> words = output.split('\0');
    QMap<QByteArray, Seen> seen;
    static const QHash<QByteArray, quint32> types = {{"f", S_IFREG},  {"d", S_IFDIR}, {"l", S_IFLNK}, {"p", S_IFIFO},
                                                     {"s", S_IFSOCK}, {"c", S_IFCHR}, {"b", S_IFBLK}};
    for (qsizetype i = 0; i + 9 <= words.size(); i += 9) {
        Seen entry;
        entry.mode = types.value(words[i + 1]) | words[i + 2].toUInt(nullptr, 8);
        entry.uid = words[i + 3].toUInt();
        entry.gid = words[i + 4].toUInt();
        entry.size = words[i + 1] == "f" || words[i + 1] == "l" ? words[i + 5].toLongLong() : 0;
        entry.links = words[i + 1] == "d" ? 0 : words[i + 6].toULongLong();
        const qsizetype dot = words[i + 7].indexOf('.');
        entry.seconds = words[i + 7].first(dot).toLongLong();
        entry.nanoseconds = words[i + 7].sliced(dot + 1).left(9).toLongLong();
        entry.link = words[i + 8];
        seen.insert(words[i], entry);
    }
    return seen;
}

/** Reads an image with libext2fs alone. */
class ImageReader
{
public:
    explicit ImageReader(const QString& path)
    {
        if (ext2fs_open(QFile::encodeName(path).constData(), EXT2_FLAG_64BITS, 0, 0, unix_io_manager, &m_handle) != 0) {
            QTest::qFail("the image cannot be opened", __FILE__, __LINE__);
            return;
        }
        visit(QByteArray(), EXT2_ROOT_INO);
    }
    ~ImageReader() { ext2fs_close(m_handle); }
    Q_DISABLE_COPY_MOVE(ImageReader)

    QMap<QByteArray, Seen> seen;
    QHash<QByteArray, ext2_ino_t> numbers;

    [[nodiscard]] QByteArray content(const QByteArray& path) const
    {
        ext2_file_t file = nullptr;
        if (ext2fs_file_open(m_handle, numbers.value(path), 0, &file) != 0) {
            return {};
        }
        QByteArray bytes(seen.value(path).size, '\0');
        unsigned int got = 0;
        ext2fs_file_read(file, bytes.data(), static_cast<unsigned int>(bytes.size()), &got);
        ext2fs_file_close(file);
        bytes.truncate(got);
        return bytes;
    }

    [[nodiscard]] struct ext2_inode inode(const QByteArray& path) const
    {
        struct ext2_inode inode = {};
        ext2fs_read_inode(m_handle, numbers.value(path), &inode);
        return inode;
    }

    /** All extended attributes of @p path. */
    [[nodiscard]] QMap<QByteArray, QByteArray> attributes(const QByteArray& path) const
    {
        QMap<QByteArray, QByteArray> found;
        struct ext2_xattr_handle* handle = nullptr;
        ext2fs_xattrs_open(m_handle, numbers.value(path), &handle);
        ext2fs_xattrs_read(handle);
        ext2fs_xattrs_iterate(
            handle,
            [](char* name, char* value, size_t length, void* data) {
                static_cast<decltype(found)*>(data)->insert(name, QByteArray(value, static_cast<qsizetype>(length)));
                return 0;
            },
            &found);
        ext2fs_xattrs_close(&handle);
        return found;
    }

    [[nodiscard]] quint32 freeInodes() const { return m_handle->super->s_free_inodes_count; }
    [[nodiscard]] quint32 inodes() const { return m_handle->super->s_inodes_count; }

private:
    void visit(const QByteArray& path, ext2_ino_t number)
    {
        struct ext2_inode_large inode = {};
        ext2fs_read_inode_full(m_handle, number, reinterpret_cast<struct ext2_inode*>(&inode), sizeof(inode));
        Seen entry;
        entry.mode = inode.i_mode;
        entry.uid = inode_uid(inode);
        entry.gid = inode_gid(inode);
        const bool sized = LINUX_S_ISREG(inode.i_mode) || LINUX_S_ISLNK(inode.i_mode);
        entry.size = sized ? static_cast<qint64>(EXT2_I_SIZE(&inode)) : 0;
        entry.links = LINUX_S_ISDIR(inode.i_mode) ? 0 : inode.i_links_count;
        entry.seconds = static_cast<qint32>(inode.i_mtime) + (qint64{inode.i_mtime_extra & 3} << 32);
        entry.nanoseconds = inode.i_mtime_extra >> 2;
        if (LINUX_S_ISLNK(inode.i_mode)) {
            entry.link = linkTarget(number, inode);
        }
        seen.insert(path, entry);
        numbers.insert(path, number);
        if (!LINUX_S_ISDIR(inode.i_mode)) {
            return;
        }
        QMap<QByteArray, ext2_ino_t> names;
        ext2fs_dir_iterate2(
            m_handle, number, 0, nullptr,
            [](ext2_ino_t, int, struct ext2_dir_entry* dirent, int, int, char*, void* data) {
                static_cast<decltype(names)*>(data)->insert(QByteArray(dirent->name, ext2fs_dirent_name_len(dirent)),
                                                            dirent->inode);
                return 0;
            },
            &names);
        for (auto [name, child] : names.asKeyValueRange()) {
            if (name != "." && name != "..") {
                visit(path.isEmpty() ? name : path + '/' + name, child);
            }
        }
    }

    QByteArray linkTarget(ext2_ino_t number, const struct ext2_inode_large& inode)
    {
        if (ext2fs_is_fast_symlink(
                const_cast<struct ext2_inode*>(reinterpret_cast<const struct ext2_inode*>(&inode)))) {
            return QByteArray(reinterpret_cast<const char*>(inode.i_block), inode.i_size);
        }
        ext2_file_t file = nullptr;
        ext2fs_file_open(m_handle, number, 0, &file);
        QByteArray bytes(inode.i_size, '\0');
        unsigned int got = 0;
        ext2fs_file_read(file, bytes.data(), inode.i_size, &got);
        ext2fs_file_close(file);
        return bytes.first(got);
    }

    ext2_filsys m_handle = nullptr;
};

void compareTrees(const QString& directory, const ImageReader& image, bool rootOwned)
{
    QMap<QByteArray, Seen> expected = seenByFind(directory);
    QMap<QByteArray, Seen> actual = image.seen;
    if (!expected.contains("lost+found")) {
        const Seen lostAndFound = actual.take("lost+found");
        QCOMPARE(lostAndFound.mode, quint32{S_IFDIR | 0700});
        QCOMPARE(lostAndFound.uid, 0U);
        QCOMPARE(lostAndFound.gid, 0U);
    }
    QCOMPARE(actual.keys(), expected.keys());
    for (auto [path, seen] : expected.asKeyValueRange()) {
        if (rootOwned) {
            seen.uid = 0;
            seen.gid = 0;
        }
        QVERIFY2(actual.value(path) == seen,
                 qPrintable(QString::fromUtf8(path) + ": "_L1 + describe(actual.value(path)) + u" instead of "_s
                            + describe(seen)));
        if (S_ISREG(seen.mode)) {
            // By descriptor, as QFile takes only names that are UTF-8.
            QFile file;
            const int descriptor = ::open((QFile::encodeName(directory) + '/' + path).constData(),
                                          O_RDONLY | O_CLOEXEC);
            QVERIFY2(file.open(descriptor, QIODevice::ReadOnly, QFileDevice::AutoCloseHandle), path.constData());
            QVERIFY2(file.readAll() == image.content(path), path.constData());
        }
    }
}

void touch(const QString& path, qint64 seconds, qint64 nanoseconds = 0)
{
    const timespec times[2] = {{.tv_sec = 1'000'000'000, .tv_nsec = 7}, {.tv_sec = seconds, .tv_nsec = nanoseconds}};
    QCOMPARE(::utimensat(AT_FDCWD, QFile::encodeName(path).constData(), times, AT_SYMLINK_NOFOLLOW), 0);
}

/** A tree with one of everything that an ordinary user can make, and, as root, of what only root can. */
void makeOddTree(const QString& top)
{
    const auto at = [&top](const QString& name) { return QFile::encodeName(top + u'/' + name); };
    writeFile(top + u"/etc/passwd"_s, "root:x:0:0::/:/bin/sh\n");
    writeFile(top + u"/line\nbreak"_s, "newline");
    writeFile(top + u"/-rf"_s, "dash");
    writeFile(top + u"/ü 中 \"quoted\" 'name'"_s, "unicode");
    writeFile(top + u"/$(touch x);`y`"_s, "shell");
    writeFile(top + u"/"_s + QString(255, u'n'), "long");
    writeFile(top + u"/raw"_s, "bytes");
    QCOMPARE(::rename(at(u"raw"_s).constData(), (QFile::encodeName(top) + "/\xff\xfe").constData()), 0);
    writeFile(top + u"/sparse"_s, "x");
    QCOMPARE(::truncate(at(u"sparse"_s).constData(), 20 * MiB), 0);
    writeFile(top + u"/zeros"_s, QByteArray(3 * MiB, '\0'));
    writeFile(top + u"/lost+found/found"_s, "again");
    writeFile(top + u"/suid"_s, "s");
    QCOMPARE(::chmod(at(u"suid"_s).constData(), 06755), 0);
    QVERIFY(QDir(top).mkpath(u"tmp"_s));
    QCOMPARE(::chmod(at(u"tmp"_s).constData(), 01777), 0);
    QCOMPARE(::link(at(u"suid"_s).constData(), at(u"etc/hard"_s).constData()), 0);
    QCOMPARE(::symlink("/etc/passwd", at(u"absolute"_s).constData()), 0);
    QCOMPARE(::symlink("loop", at(u"loop"_s).constData()), 0);
    QCOMPARE(::symlink(QByteArray(59, 'a').constData(), at(u"link59"_s).constData()), 0);
    QCOMPARE(::symlink(QByteArray(60, 'b').constData(), at(u"link60"_s).constData()), 0);
    QCOMPARE(::symlink(QByteArray(4000, 'c').constData(), at(u"link4000"_s).constData()), 0);
    QCOMPARE(::mkfifo(at(u"fifo"_s).constData(), 0640), 0);
    QCOMPARE(::mknod(at(u"socket"_s).constData(), S_IFSOCK | 0711, 0), 0);
    QCOMPARE(::setxattr(at(u"suid"_s).constData(), "user.note", "hello", 5, 0), 0);
    const QByteArray large(900, 'v');
    QCOMPARE(::setxattr(at(u"tmp"_s).constData(), "user.large", large.constData(), 900, 0), 0);
    QCOMPARE(::setxattr(QFile::encodeName(top).constData(), "user.top", "1", 1, 0), 0);
    touch(top + u"/etc/passwd"_s, 2'200'000'000, 123'456'789); // beyond 2038
    touch(top + u"/-rf"_s, -1000, 5);
    touch(top + u"/absolute"_s, 1'234'567'890, 1);
    if (::geteuid() == 0) {
        QCOMPARE(::mknod(at(u"null"_s).constData(), S_IFCHR | 0666, makedev(1, 3)), 0);
        QCOMPARE(::mknod(at(u"disk"_s).constData(), S_IFBLK | 0660, makedev(259, 70000)), 0);
        QCOMPARE(::lchown(at(u"-rf"_s).constData(), 100000, 4'000'000'000), 0);
        QCOMPARE(::lchown(at(u"absolute"_s).constData(), 33, 34), 0);
        const QByteArray capability("\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20); // cap_net_bind_service+ep
        QCOMPARE(::setxattr(at(u"$(touch x);`y`"_s).constData(), "security.capability", capability.constData(), 20, 0),
                 0);
    }
}

} // namespace

class TestRootfsDir : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void debian();
    void everyKindOfFile();
    void sameBytes();
    void sourceDateEpoch();
    void owners_data();
    void owners();
    void automaticOwners();
    void sizes_data();
    void sizes();
    void impossibleSizes();
    void unreadable();
    void refusedSources();
    void features();
    void failures_data();
    void failures();
    void cancel();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_directory->filePath(name); }
    [[nodiscard]] ImportRequest request(const QString& source, qint64 sizeMiB, OwnerRule owners = OwnerRule::Keep) const
    {
        return {.source = source, .output = path(u"out.img"_s), .sizeMiB = sizeMiB, .owners = owners};
    }

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestRootfsDir::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(m_directory->isValid());
    qunsetenv("SOURCE_DATE_EPOCH");
}

void TestRootfsDir::cleanup()
{
    // QTemporaryDir cannot remove names that are no UTF-8.
    QVERIFY(removeEntry(AT_FDCWD, QFile::encodeName(m_directory->path())));
}

void TestRootfsDir::debian()
{
    const QString source = fixture(u"debian-minbase"_s);
    ImportCase import(u"rootfs_dir"_s);
    const auto made = request(source, 512);
    QCOMPARE(import.check(made).value_or(-1), 512 * MiB);
    QVERIFY_RESULT(import.run(made));
    QCOMPARE(QFileInfo(made.output).size(), 512 * MiB);
    QVERIFY(allocatedBytes(made.output) < 400 * MiB);
    const ImageReader image(made.output);
    compareTrees(source, image, false);
    tool(u"/sbin/e2fsck"_s, {u"-f"_s, u"-n"_s, made.output});
    const ProgressSnapshot progress = import.progress.snapshot();
    QVERIFY(progress.total > 50 * MiB);
    QCOMPARE(progress.done, progress.total);
    QVERIFY(import.report.toText().contains("mkfs.ext4"_L1));
}

void TestRootfsDir::everyKindOfFile()
{
    const QString source = path(u"odd -tree,=x"_s);
    makeOddTree(source);
    ImportCase import(u"rootfs_dir"_s);
    const auto made = request(source, 16);
    QVERIFY_RESULT(import.run(made));
    const ImageReader image(made.output);
    compareTrees(source, image, false);
    QCOMPARE(image.numbers.value("suid"), image.numbers.value("etc/hard"));
    QCOMPARE(image.attributes("suid").value("user.note"), "hello");
    QCOMPARE(image.attributes("tmp").value("user.large"), QByteArray(900, 'v'));
    QCOMPARE(image.attributes("").value("user.top"), "1");
    QVERIFY(image.inode("sparse").i_blocks <= 8);
    QCOMPARE(image.inode("zeros").i_blocks, 0U);
    if (::geteuid() == 0) {
        QCOMPARE(image.inode("null").i_block[0], 0x103U);
        QCOMPARE(image.attributes("$(touch x);`y`").value("security.capability").size(), 20);
        QCOMPARE(image.seen.value("-rf").uid, 100000U);
        QCOMPARE(image.seen.value("-rf").gid, 4'000'000'000U);
        const QByteArray device = tool(u"/sbin/debugfs"_s, {u"-R"_s, u"stat /disk"_s, made.output});
        QVERIFY2(device.contains("major/minor number: 259:70000"), device.constData());
    }
    tool(u"/sbin/e2fsck"_s, {u"-f"_s, u"-n"_s, made.output});
}

void TestRootfsDir::sameBytes()
{
    const QString source = path(u"one"_s);
    makeOddTree(source);
    for (int i = 99; i >= 0; --i) {
        writeFile(source + u"/many/%1"_s.arg(i), QByteArray(i * 100, 'x'));
    }
    // A copy has other inodes, another order on the disk, other change times.
    tool(u"cp"_s, {u"-a"_s, source, path(u"two"_s)});
    tool(u"cp"_s, {u"-a"_s, u"-T"_s, path(u"two"_s), path(u"three"_s)});
    auto first = request(source, 16);
    auto second = request(path(u"three"_s), 16);
    second.output = path(u"again.img"_s);
    QVERIFY_RESULT(ImportCase(u"rootfs_dir"_s).run(first));
    QTest::qWait(1100); // another second by the clock
    QVERIFY_RESULT(ImportCase(u"rootfs_dir"_s).run(second));
    QVERIFY(Test::sameBytes(first.output, second.output));
}

void TestRootfsDir::sourceDateEpoch()
{
    const QString source = path(u"tree"_s);
    writeFile(source + u"/etc/new"_s, "n");
    writeFile(source + u"/bin/old"_s, "o");
    touch(source + u"/bin/old"_s, 1'000'000'000);
    qputenv("SOURCE_DATE_EPOCH", "1500000000");
    const auto made = request(source, 8);
    QVERIFY_RESULT(ImportCase(u"rootfs_dir"_s).run(made));
    const ImageReader image(made.output);
    QCOMPARE(image.seen.value("etc/new").seconds, 1'500'000'000);
    QCOMPARE(image.seen.value("etc/new").nanoseconds, 0);
    QCOMPARE(image.seen.value("bin/old").seconds, 1'000'000'000);
    QCOMPARE(image.seen.value("lost+found").seconds, 1'500'000'000);
    const QByteArray header = tool(u"/sbin/dumpe2fs"_s, {u"-h"_s, made.output});
    QVERIFY2(header.contains("Filesystem created:       Fri Jul 14 02:40:00 2017"), header.constData());
}

void TestRootfsDir::owners_data()
{
    QTest::addColumn<OwnerRule>("rule");
    QTest::addColumn<bool>("rootOwned");
    QTest::newRow("keep") << OwnerRule::Keep << false;
    QTest::newRow("root") << OwnerRule::Root << true;
}

void TestRootfsDir::owners()
{
    QFETCH(OwnerRule, rule);
    QFETCH(bool, rootOwned);
    const QString source = path(u"tree"_s);
    makeOddTree(source);
    if (::geteuid() == 0) {
        tool(u"chown"_s, {u"-R"_s, u"-h"_s, u"1000:1000"_s, source});
    }
    const auto made = request(source, 16, rule);
    QVERIFY_RESULT(ImportCase(u"rootfs_dir"_s).run(made));
    compareTrees(source, ImageReader(made.output), rootOwned);
    tool(u"/sbin/e2fsck"_s, {u"-f"_s, u"-n"_s, made.output});
}

void TestRootfsDir::automaticOwners()
{
    const QString source = path(u"tree"_s);
    writeFile(source + u"/etc/file"_s, "x");
    writeFile(source + u"/home/file"_s, "x");
    auto made = request(source, 8, OwnerRule::Automatic);
    if (::geteuid() != 0) {
        // The user's own directory.
        QVERIFY_RESULT(ImportCase(u"rootfs_dir"_s).run(made));
        QCOMPARE(ImageReader(made.output).seen.value("etc/file").uid, 0U);
        return;
    }
    QCOMPARE(::chown(QFile::encodeName(source + u"/home/file"_s).constData(), 1000, 1000), 0);
    QVERIFY_RESULT(ImportCase(u"rootfs_dir"_s).run(made));
    QCOMPARE(ImageReader(made.output).seen.value("home/file").uid, 1000U);
    // Root takes what an ordinary user unpacked.
    QCOMPARE(::chown(QFile::encodeName(source).constData(), 1000, 1000), 0);
    made.output = path(u"other.img"_s);
    QVERIFY_RESULT(ImportCase(u"rootfs_dir"_s).run(made));
    QCOMPARE(ImageReader(made.output).seen.value("home/file").uid, 0U);
    QCOMPARE(ImageReader(made.output).seen.value("").uid, 0U);
}

void TestRootfsDir::sizes_data()
{
    QTest::addColumn<int>("files");
    QTest::addColumn<int>("bytes");
    QTest::addColumn<int>("nameLength");
    QTest::addColumn<int>("attributeBytes");
    QTest::newRow("one large") << 1 << int(60 * MiB) << 4 << 0;
    QTest::newRow("many small") << 4000 << 300 << 8 << 0;
    QTest::newRow("empty, long names") << 10000 << 0 << 200 << 0;
    QTest::newRow("attributes") << 1500 << 100 << 8 << 400;
    QTest::newRow("middle") << 200 << 100000 << 8 << 0;
}

void TestRootfsDir::sizes()
{
    QFETCH(int, files);
    QFETCH(int, bytes);
    QFETCH(int, nameLength);
    QFETCH(int, attributeBytes);
    const QString source = path(u"tree"_s);
    const QByteArray content(bytes, 'x');
    const QByteArray attribute(attributeBytes, 'a');
    for (int i = 0; i < files; ++i) {
        const QString file = source + u"/%1/"_s.arg(i % 7) + QString::number(i).rightJustified(nameLength, u'n');
        writeFile(file, content);
        if (attributeBytes > 0) {
            QCOMPARE(::setxattr(QFile::encodeName(file).constData(), "user.a",
                                (attribute + QByteArray::number(i)).constData(), static_cast<size_t>(attributeBytes),
                                0),
                     0);
        }
    }
    ImportCase import(u"rootfs_dir"_s);
    auto made = request(source, 1);
    const auto refused = import.check(made);
    QVERIFY(!refused.has_value());
    QCOMPARE(refused.error().code, Error::Code::NoSpace);
    static const QRegularExpression number(u"it needs (\\d+) MiB"_s);
    const qint64 needed = number.match(refused.error().message).captured(1).toLongLong();
    QVERIFY2(needed > 1, qPrintable(refused.error().message));
    QVERIFY(refused.error().remedy.contains(QString::number(needed)));

    // What is said to fit does fit, in truth; one less is refused before anything is started.
    made.sizeMiB = needed;
    QVERIFY_RESULT(import.run(made));
    tool(u"/sbin/e2fsck"_s, {u"-f"_s, u"-n"_s, made.output});
    made.sizeMiB = needed - 1;
    QCOMPARE(import.check(made).error_or(Error()).code, Error::Code::NoSpace);

    // The reference tool by itself needs no less, but for what rounding costs.
    const qint64 least = needed * 95 / 100 - 1;
    const QString image = path(u"reference.img"_s);
    const int status = QProcess::execute(u"/sbin/mkfs.ext4"_s,
                                         {u"-q"_s, u"-F"_s, u"-d"_s, source, image, u"%1M"_s.arg(least)});
    QVERIFY2(status != 0, qPrintable(u"mkfs.ext4 fits it into %1 MiB, Stowage wants %2"_s.arg(least).arg(needed)));
}

void TestRootfsDir::impossibleSizes()
{
    const QString source = path(u"tree"_s);
    writeFile(source + u"/etc/file"_s, "x");
    for (const qint64 size : {qint64{0}, qint64{-5}, qint64{1} << 40, std::numeric_limits<qint64>::max()}) {
        const auto made = request(source, size);
        QCOMPARE(ImportCase(u"rootfs_dir"_s).check(made).error_or(Error()).code, Error::Code::InvalidInput);
        QVERIFY(!ImportCase(u"rootfs_dir"_s).run(made));
        QVERIFY(!QFile::exists(made.output));
    }
    for (const qint64 size : {1, 2, 3, 7, 8, 15, 16, 511, 512, 513, 5000}) {
        const auto made = request(source, size);
        QVERIFY_RESULT(ImportCase(u"rootfs_dir"_s).run(made));
        QCOMPARE(QFileInfo(made.output).size(), size * MiB);
        QVERIFY(QFile::remove(made.output));
    }
}

void TestRootfsDir::unreadable()
{
    const QString source = path(u"tree"_s);
    writeFile(source + u"/etc/open"_s, "x");
    writeFile(source + u"/etc/secret"_s, "x");
    QCOMPARE(::chmod(QFile::encodeName(source + u"/etc/secret"_s).constData(), 0), 0);
    QCOMPARE(::chmod(QFile::encodeName(m_directory->path()).constData(), 0755), 0);
    const bool isRoot = ::geteuid() == 0;
    if (isRoot) {
        QCOMPARE(::seteuid(65534), 0);
    }
    const auto checked = ImportCase(u"rootfs_dir"_s).check(request(source, 8));
    if (isRoot) {
        QCOMPARE(::seteuid(0), 0);
    }
    QVERIFY(!checked.has_value());
    QCOMPARE(checked.error().code, Error::Code::PermissionDenied);
    QVERIFY2(checked.error().message.contains("etc/secret"_L1), qPrintable(checked.error().message));
    QVERIFY(!checked.error().remedy.isEmpty());
}

void TestRootfsDir::refusedSources()
{
    writeFile(path(u"file"_s), "x");
    QCOMPARE(ImportCase(u"rootfs_dir"_s).check(request(path(u"file"_s), 8)).error_or(Error()).code,
             Error::Code::NotFound);
    QCOMPARE(ImportCase(u"rootfs_dir"_s).check(request(path(u"nothing"_s), 8)).error_or(Error()).code,
             Error::Code::NotFound);
    const auto kernels = ImportCase(u"rootfs_dir"_s).check(request(u"/proc"_s, 8));
    QVERIFY(!kernels.has_value());
    QVERIFY2(kernels.error().message.contains("running kernel"_L1), qPrintable(kernels.error().message));
    // A name that is taken already stays what it is.
    writeFile(path(u"tree/etc/file"_s), "x");
    writeFile(path(u"out.img"_s), "precious");
    QVERIFY(!ImportCase(u"rootfs_dir"_s).run(request(path(u"tree"_s), 8)));
    QCOMPARE(readFile(path(u"out.img"_s)), "precious");
}

void TestRootfsDir::features()
{
    const QString source = path(u"tree"_s);
    writeFile(source + u"/etc/file"_s, "x");
    for (const qint64 size : {8, 64, 600}) {
        auto made = request(source, size);
        QVERIFY_RESULT(ImportCase(u"rootfs_dir"_s).run(made));
        const QByteArray header = tool(u"/sbin/dumpe2fs"_s, {u"-h"_s, made.output});
        QVERIFY2(header.contains("has_journal"), header.constData());
        QVERIFY(header.contains("metadata_csum\n"));
        QVERIFY(!header.contains("orphan_file"));
        QVERIFY(!header.contains("metadata_csum_seed"));
        QVERIFY(QFile::remove(made.output));
    }
}

void TestRootfsDir::failures_data()
{
    QTest::addColumn<CommandOutcome>("outcome");
    QTest::addColumn<Error::Code>("code");
    CommandOutcome outcome;
    outcome.state = CommandOutcome::State::ExitedWithError;
    outcome.exitCode = 1;
    outcome.standardError = "mkfs.ext4: no";
    QTest::newRow("exit 1") << outcome << Error::Code::ToolFailed;
    outcome.state = CommandOutcome::State::Crashed;
    QTest::newRow("crash") << outcome << Error::Code::ToolFailed;
    outcome.state = CommandOutcome::State::Cancelled;
    QTest::newRow("cancelled") << outcome << Error::Code::Cancelled;
    outcome.state = CommandOutcome::State::Succeeded;
    QTest::newRow("nothing made") << outcome << Error::Code::InvalidInput;
}

void TestRootfsDir::failures()
{
    QFETCH(CommandOutcome, outcome);
    QFETCH(Error::Code, code);
    const QString source = path(u"tree"_s);
    writeFile(source + u"/etc/file"_s, "x");
    RecordingRunner runner;
    runner.enqueue(outcome);
    const auto made = request(source, 8);
    const auto result = ImportCase(u"rootfs_dir"_s).run(made, runner);
    QVERIFY(!result.has_value());
    QCOMPARE(result.error().code, code);
    QVERIFY(!QFile::exists(made.output));
    QCOMPARE(runner.specs().size(), 1);
    QCOMPARE(runner.specs().first().writablePaths, QStringList{made.output});
}

void TestRootfsDir::cancel()
{
    const QString source = fixture(u"debian-minbase"_s);
    for (const int percent : {0, 30, 100}) {
        ImportCase import(u"rootfs_dir"_s);
        const auto made = request(source, 512);
        std::jthread canceller([&import, percent](const std::stop_token& done) {
            while (!done.stop_requested()) {
                const ProgressSnapshot now = import.progress.snapshot();
                if (percent == 0 || (now.total > 0 && now.done * 100 >= now.total * percent)) {
                    import.stop.request_stop();
                    return;
                }
                std::this_thread::sleep_for(std::chrono::milliseconds(5));
            }
        });
        const auto result = import.run(made);
        canceller.request_stop();
        canceller.join();
        QVERIFY(!result.has_value());
        QCOMPARE(result.error().code, Error::Code::Cancelled);
        QVERIFY(!QFile::exists(made.output));
    }
}

QTEST_GUILESS_MAIN(TestRootfsDir)
#include "tst_rootfsdir.moc"

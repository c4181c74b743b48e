// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "corpustrees.h"

#include "core/support/uniquefd.h"
#include "core/support/units.h"
#include "fixtures.h"

#include <QDir>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace Stowage::Test
{

using namespace Qt::StringLiterals;

namespace
{

/** Makes things in one directory; what fails fails the test. */
class Maker
{
public:
    explicit Maker(const QString& path) : m_path(path)
    {
        QDir().mkpath(path);
        m_directory = UniqueFd(::open(QFile::encodeName(path).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        check(m_directory.isValid(), QFile::encodeName(path));
    }

    void file(const QByteArray& name, const QByteArray& content = {}, mode_t mode = 0644)
    {
        const UniqueFd made(::openat(fd(), name.constData(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
        check(made.isValid() && ::write(made.get(), content.constData(), content.size()) == content.size()
                  && ::fchmod(made.get(), mode) == 0,
              name);
    }
    /** Data at @p starts, 100 bytes each, in a file of @p size bytes. */
    void sparse(const QByteArray& name, qint64 size, const QList<qint64>& starts)
    {
        const UniqueFd made(::openat(fd(), name.constData(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
        check(made.isValid() && ::ftruncate(made.get(), size) == 0, name);
        const QByteArray data(100, 'd');
        for (const qint64 start : starts) {
            check(::pwrite(made.get(), data.constData(), data.size(), start) == data.size(), name);
        }
    }
    void directory(const QByteArray& name, mode_t mode)
    {
        check(::mkdirat(fd(), name.constData(), 0755) == 0 && ::fchmodat(fd(), name.constData(), mode, 0) == 0, name);
    }
    void node(const QByteArray& name, mode_t mode, dev_t device = 0)
    {
        check(::mknodat(fd(), name.constData(), mode, device) == 0
                  && ::fchmodat(fd(), name.constData(), mode & ~S_IFMT, 0) == 0,
              name);
    }
    void symlink(const QByteArray& name, const QByteArray& target)
    {
        check(::symlinkat(target.constData(), fd(), name.constData()) == 0, name);
    }
    void link(const QByteArray& name, const QByteArray& existing)
    {
        check(::linkat(fd(), existing.constData(), fd(), name.constData(), 0) == 0, name);
    }
    void attribute(const QByteArray& name, const QByteArray& key, const QByteArray& value)
    {
        const QByteArray place = QFile::encodeName(m_path) + '/' + name;
        check(::lsetxattr(place.constData(), key.constData(), value.constData(), value.size(), 0) == 0,
              name + ' ' + key);
    }
    void owner(const QByteArray& name, uid_t uid, gid_t gid)
    {
        check(::fchownat(fd(), name.constData(), uid, gid, AT_SYMLINK_NOFOLLOW) == 0, name);
    }
    void time(const QByteArray& name, qint64 seconds, qint64 nanoseconds = 0)
    {
        const std::array<timespec, 2> times{timespec{.tv_sec = 1'000'000'000, .tv_nsec = 7},
                                            timespec{.tv_sec = seconds, .tv_nsec = nanoseconds}};
        check(::utimensat(fd(), name.constData(), times.data(), AT_SYMLINK_NOFOLLOW) == 0, name);
    }

private:
    [[nodiscard]] int fd() const { return std::max(m_directory.get(), 0); } // no directory fails like a bad one
    static void check(bool good, const QByteArray& name)
    {
        if (!good) {
            QTest::qFail((name + ": " + qt_error_string(errno).toUtf8()).constData(), __FILE__, __LINE__);
        }
    }

    QString m_path;
    UniqueFd m_directory;
};

/** An ACL as the kernel takes it (linux/posix_acl_xattr.h): the owner, users 1000 and 4,000,000,000, group 7 and the rest. */
QByteArray accessControlList()
{
    return QByteArray::fromHex("02000000"
                               "01000600ffffffff"
                               "02000400e8030000"
                               "0200060000286bee"
                               "04000500ffffffff"
                               "0800050007000000"
                               "10000700ffffffff"
                               "20000500ffffffff");
}

void makeNames(const QString& top)
{
    Maker names(top + u"/names"_s);
    for (int byte = 1; byte < 256; ++byte) {
        if (byte != '/' && byte != '.') {
            names.file(QByteArray(1, static_cast<char>(byte)), QByteArray::number(byte));
        }
    }
    for (const QByteArray& name :
         {QByteArray("..."), QByteArray(".hidden"), QByteArray(" "), QByteArray("trailing "), QByteArray("-rf"),
          QByteArray("new\nline"), QByteArray("$(touch x);`y`"), QByteArray("\xff\xfe"), QByteArray("a\\b\"c'"),
          QByteArray("ü 中"), QByteArray("CON"), QByteArray(254, 'm'), QByteArray(255, '\xe4')}) {
        names.file("x" + name.left(254), name);
    }
    names.file(QByteArray(255, 'n'), "255");
    names.directory(QByteArray(255, 'd'), 0755);
    names.symlink(QByteArray(255, 'l'), QByteArray(255, 'n'));
}

void makeData(const QString& top)
{
    Maker data(top + u"/data"_s);
    data.file("empty");
    for (const int size : {1, 1023, 1024, 4095, 4096, 4097, 65536, 1'048'577}) {
        data.file("size" + QByteArray::number(size), QByteArray(size, 's'));
        data.file("zeros" + QByteArray::number(size), QByteArray(size, '\0'));
    }
    data.sparse("nothing but a hole", 5 * MiB + 1, {});
    data.sparse("begins with a hole", 3 * MiB, {3 * MiB - 100});
    data.sparse("ends with a hole", 3 * MiB, {0});
    data.sparse("odd", 77777, {333, 20000, 50001});
    QList<qint64> starts;
    for (qint64 i = 0; i < 2000; ++i) { // a tree of extents above one block
        starts.append(i * 8192);
    }
    data.sparse("comb", 2000 * 8192, starts);
}

void makeLinksAndTimes(const QString& top)
{
    Maker links(top + u"/links"_s);
    for (const int length : {1, 58, 59, 60, 61, 255, 1023, 4095}) {
        links.symlink("length" + QByteArray::number(length), QByteArray(length, 't'));
    }
    links.symlink("absolute", "/etc/passwd");
    links.symlink("loop", "loop");
    links.symlink("up", "../../../../..");
    links.file("file", "linked");
    links.link("another", "file");
    links.link("a third", "file");
    links.link("name of a link", "up");
    links.node("fifo", S_IFIFO | 0640);
    Maker times(top + u"/times"_s);
    for (const qint64 seconds : {qint64{-2'147'483'648}, qint64{-1000}, qint64{-1}, qint64{0}, qint64{2'147'483'647},
                                 qint64{2'147'483'648}, qint64{4'294'967'296}, qint64{15'032'385'535}}) {
        const QByteArray name = "t" + QByteArray::number(seconds);
        times.file(name);
        times.time(name, seconds, seconds == -1 || seconds == 0 ? 0 : 999'999'999); // libarchive loses the sign of -0.5
    }
    times.symlink("link", "t0");
    times.time("link", 1'234'567'890, 1);
    Maker modes(top + u"/modes"_s);
    modes.file("no x", "m", 0444);
    for (const mode_t mode : {04755, 02755, 06755, 01777, 07777, 0555}) {
        modes.file("file" + QByteArray::number(mode, 8), "m", mode);
        modes.directory("directory" + QByteArray::number(mode, 8), mode);
    }
}

void makeAttributes(const QString& top)
{
    Maker attributes(top + u"/attributes"_s);
    for (const char* name : {"inode", "block", "same block", "full", "acl", "empty value", "many"}) {
        attributes.file(name, name);
    }
    attributes.attribute("inode", "user.note", "hello");
    attributes.attribute("block", "user.large", QByteArray(900, 'v'));
    attributes.attribute("same block", "user.large", QByteArray(900, 'v'));
    attributes.attribute("full", "user.full", QByteArray(3900, 'f'));
    attributes.attribute("acl", "system.posix_acl_access", accessControlList());
    attributes.attribute("empty value", "user.empty", "");
    for (int i = 0; i < 40; ++i) {
        attributes.attribute("many", "user." + QByteArray::number(i * i * 7919) + QByteArray(i, 'k'),
                             QByteArray(i, 'v'));
    }
    attributes.directory("default acl", 0755);
    attributes.attribute("default acl", "system.posix_acl_default", accessControlList());
    attributes.attribute("default acl", "system.posix_acl_access", accessControlList());
}

/** What only root can make. */
void makePrivileged(const QString& top)
{
    Maker nodes(top + u"/nodes"_s);
    nodes.node("null", S_IFCHR | 0666, makedev(1, 3));
    nodes.node("disk", S_IFBLK | 0660, makedev(259, 70000));
    nodes.node("last", S_IFBLK | 0600, makedev(4095, 1048575));
    nodes.node("zero", S_IFCHR | 0600, makedev(0, 0));
    Maker owners(top + u"/owners"_s);
    for (const uid_t owner : {1U, 65535U, 65536U, 100'000U, 4'294'967'294U}) {
        owners.file("o" + QByteArray::number(owner), "o");
        owners.owner("o" + QByteArray::number(owner), owner, owner - 1);
    }
    owners.symlink("link", "o1");
    owners.owner("link", 33, 34);
    Maker attributes(top + u"/attributes"_s);
    const QByteArray capability("\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20); // cap_net_bind_service+ep
    attributes.attribute("inode", "security.capability", capability);
    attributes.attribute("block", "security.selinux", QByteArray("system_u:object_r:bin_t:s0\0", 27));
    attributes.attribute("same block", "security.selinux", QByteArray("system_u:object_r:bin_t:s0\0", 27));
    attributes.symlink("labelled link", "inode");
    attributes.attribute("labelled link", "security.selinux", QByteArray("system_u:object_r:etc_t:s0\0", 27));
    attributes.attribute("acl", "security.selinux", QByteArray("system_u:object_r:usr_t:s0\0", 27));
}

} // namespace

void makeEveryKind(const QString& top, bool withUnusual)
{
    makeNames(top);
    makeData(top);
    makeLinksAndTimes(top);
    makeAttributes(top);
    Maker maker(top);
    maker.directory("lost+found", 0700);
    if (::geteuid() == 0) {
        makePrivileged(top);
    }
    if (withUnusual) {
        Maker links(top + u"/links"_s);
        links.link("other fifo", "fifo");
        links.node("socket", S_IFSOCK | 0711);
        maker.file("secret", "s", 0);
        maker.directory("locked", ::geteuid() == 0 ? 0 : 0500);
        if (::geteuid() == 0) {
            Maker(top + u"/nodes"_s).link("other null", "null");
            Maker(top + u"/attributes"_s).attribute("many", "trusted.note", "root's own");
        }
    }
    QVERIFY(QDir().rmdir(top + u"/lost+found"_s)); // the image has its own; what is in one that is not empty is kept
    writeFile(top + u"/lost+found/#12"_s, "found");
    maker.attribute("", "user.top", "1");
    maker.time(".", 1'700'000'000, 5);
}

void makeManyFiles(const QString& top, int files)
{
    constexpr int InDirectory = 500;
    for (int first = 0; first < files; first += InDirectory) {
        Maker maker(top + u"/%1"_s.arg(first));
        for (int i = first; i < std::min(files, first + InDirectory); ++i) {
            maker.file("file-" + QByteArray::number(i), QByteArray(i % 1025, static_cast<char>('a' + i % 26)));
        }
    }
}

void makeSparse(const QString& top, qint64 bytes)
{
    Maker maker(top);
    maker.sparse("sparse", bytes, {0, bytes / 2, bytes - 100});
    maker.sparse("hole", bytes, {});
}

void makeLinks(const QString& top, int links)
{
    Maker maker(top);
    maker.file("0", "a file");
    for (int i = 1; i < links; ++i) {
        if (i % 10'000 == 1) {
            maker.directory("d" + QByteArray::number(i / 10'000), 0755);
        }
        maker.link("d" + QByteArray::number((i - 1) / 10'000) + '/' + QByteArray::number(i), "0");
    }
}

void makeDeep(const QString& top, int levels)
{
    QVERIFY(QDir().mkpath(top));
    UniqueFd here(::open(QFile::encodeName(top).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!here.isValid()) {
        QFAIL("the top cannot be opened");
    }
    for (int i = 0; i < levels; ++i) {
        const QByteArray name = "level" + QByteArray::number(i);
        QCOMPARE(::mkdirat(here.get(), name.constData(), 0755), 0);
        here = UniqueFd(::openat(here.get(), name.constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!here.isValid()) {
            QFAIL("a level cannot be opened");
        }
    }
    const UniqueFd file(::openat(here.get(), "bottom", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    QCOMPARE(::write(file.get(), "deep", 4), 4);
}

void makeCrowded(const QString& top, int names)
{
    Maker maker(top + u"/crowded"_s);
    for (int i = 0; i < names; ++i) {
        const QByteArray number = QByteArray::number(i);
        maker.node(i % 1000 == 0 ? number.rightJustified(255, '0') : "entry-" + number, S_IFREG | 0644);
    }
}

} // namespace Stowage::Test

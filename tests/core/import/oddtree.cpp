// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "oddtree.h"

#include "core/support/units.h"
#include "fixtures.h"

#include <QDir>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace Stowage::Test
{

using namespace Qt::StringLiterals;

void touch(const QString& path, qint64 seconds, qint64 nanoseconds)
{
    const timespec times[2] = {{.tv_sec = 1'000'000'000, .tv_nsec = 7}, {.tv_sec = seconds, .tv_nsec = nanoseconds}};
    QCOMPARE(::utimensat(AT_FDCWD, QFile::encodeName(path).constData(), times, AT_SYMLINK_NOFOLLOW), 0);
}

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

} // namespace Stowage::Test

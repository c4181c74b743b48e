// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "imagereader.h"

#include "importcase.h"

#include <fcntl.h>
#include <sys/stat.h>

namespace Stowage::Test
{

using namespace Qt::StringLiterals;

namespace
{

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

} // namespace

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

} // namespace Stowage::Test

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "treefacts.h"

#include "core/support/uniquefd.h"

#include <QFile>
#include <QtTest>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace Stowage::Test
{

using namespace Qt::StringLiterals;

namespace
{

constexpr quint64 MostLinks = 65000; // in ext4; a directory with more has 1

void failTest(const QByteArray& path, const char* what)
{
    QTest::qFail((path + ": " + what + ": " + qt_error_string(errno).toUtf8()).constData(), __FILE__, __LINE__);
}

/** Reads a tree, each directory by its descriptor, so that no path is ever too long. */
class KernelReader
{
public:
    explicit KernelReader(bool ownLinkCounts) : m_ownLinkCounts(ownLinkCounts), m_buffer(1 << 20) { }

    TreeFacts run(const QString& top)
    {
        const UniqueFd directory(::open(QFile::encodeName(top).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        readDirectory(directory.get(), {});
        linkNames(m_facts);
        return std::move(m_facts);
    }

private:
    // NOLINTNEXTLINE(misc-no-recursion): as deep as the tree that the test made
    void readDirectory(int directory, const QByteArray& path)
    {
        struct stat status = {};
        QByteArrayList names;
        if (::fstat(directory, &status) != 0 || !listNames(directory, names)) {
            failTest(path, "not readable");
            return;
        }
        quint64 subdirectories = 0;
        for (const QByteArray& name : std::as_const(names)) {
            subdirectories += readEntry(directory, name, path.isEmpty() ? name : path + '/' + name) ? 1 : 0;
        }
        EntryFacts facts = common(status, "/proc/self/fd/" + QByteArray::number(directory), path);
        facts.links = m_ownLinkCounts ? status.st_nlink : subdirectories + 2 > MostLinks ? 1 : subdirectories + 2;
        facts.size = 0;
        m_facts.insert(path, facts);
    }

    static bool listNames(int directory, QByteArrayList& names)
    {
        DIR* stream = ::fdopendir(::fcntl(directory, F_DUPFD_CLOEXEC, 0));
        if (stream == nullptr) {
            return false;
        }
        while (const dirent* entry = ::readdir(stream)) {
            const QByteArray name(static_cast<const char*>(entry->d_name));
            if (name != "." && name != "..") {
                names.append(name);
            }
        }
        return ::closedir(stream) == 0;
    }

    /** Whether it is a directory. */
    // NOLINTNEXTLINE(misc-no-recursion)
    bool readEntry(int directory, const QByteArray& name, const QByteArray& path)
    {
        struct stat status = {};
        if (::fstatat(directory, name.constData(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
            failTest(path, "not there");
            return false;
        }
        if (S_ISDIR(status.st_mode)) {
            const UniqueFd child(::openat(directory, name.constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
            readDirectory(child.get(), path);
            return true;
        }
        EntryFacts facts = common(status, "/proc/self/fd/" + QByteArray::number(directory) + '/' + name, path);
        if (S_ISLNK(status.st_mode)) {
            facts.target.resize(status.st_size + 1);
            facts.target.truncate(::readlinkat(directory, name.constData(), facts.target.data(), facts.target.size()));
        } else if (S_ISREG(status.st_mode) && status.st_size > 0) {
            const UniqueFd file(::openat(directory, name.constData(), O_RDONLY | O_CLOEXEC));
            readContent(file.get(), path, facts);
        }
        m_facts.insert(path, facts);
        return false;
    }

    static EntryFacts common(const struct stat& status, const QByteArray& place, const QByteArray& path)
    {
        EntryFacts facts;
        facts.mode = status.st_mode;
        facts.uid = status.st_uid;
        facts.gid = status.st_gid;
        if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) {
            facts.device = (quint64{major(status.st_rdev)} << 32) | minor(status.st_rdev);
        }
        facts.size = status.st_size;
        facts.links = status.st_nlink;
        facts.seconds = status.st_mtim.tv_sec;
        facts.nanoseconds = status.st_mtim.tv_nsec;
        facts.inode = status.st_ino;
        facts.allocated = S_ISREG(status.st_mode) ? qint64{status.st_blocks} * 512 : 0;
        readAttributes(place, path, facts);
        return facts;
    }

    static void readAttributes(const QByteArray& place, const QByteArray& path, EntryFacts& facts)
    {
        // A directory's place is its descriptor, a link to be followed; the last name of all else is not.
        const bool isDirectory = S_ISDIR(facts.mode);
        const auto list = isDirectory ? ::listxattr : ::llistxattr;
        const auto get = isDirectory ? ::getxattr : ::lgetxattr;
        QByteArray names(65536, '\0');
        const ssize_t bytes = list(place.constData(), names.data(), static_cast<size_t>(names.size()));
        if (bytes < 0 && errno != ENOTSUP) {
            failTest(path, "attributes");
        }
        names.truncate(std::max<ssize_t>(bytes, 0));
        for (const QByteArray& name : names.split('\0')) {
            if (name.isEmpty()) {
                continue;
            }
            QByteArray value(65536, '\0');
            const ssize_t size = get(place.constData(), name.constData(), value.data(),
                                     static_cast<size_t>(value.size()));
            if (size < 0) {
                failTest(path, name.constData());
            }
            value.truncate(std::max<ssize_t>(size, 0));
            facts.attributes.insert(name, value);
        }
    }

    void readContent(int file, const QByteArray& path, EntryFacts& facts)
    {
        ContentHash hash;
        qint64 blocks = 0;
        qint64 ranges = 0;
        for (off_t data = ::lseek(file, 0, SEEK_DATA); data >= 0 && data < facts.size;) {
            const off_t hole = ::lseek(file, data, SEEK_HOLE);
            off_t at = data / ContentHash::BlockBytes * ContentHash::BlockBytes;
            blocks += (hole + ContentHash::BlockBytes - 1) / ContentHash::BlockBytes - at / ContentHash::BlockBytes;
            ++ranges;
            while (at < hole) {
                const ssize_t got = ::pread(file, m_buffer.data(), m_buffer.size(), at);
                if (got <= 0) {
                    failTest(path, "content");
                    return;
                }
                // Whole blocks, also where the hole begins inside one.
                const qint64 end = (hole + ContentHash::BlockBytes - 1) / ContentHash::BlockBytes
                    * ContentHash::BlockBytes;
                const qint64 part = std::min<qint64>(got, end - at);
                hash.add(at, std::span(m_buffer).first(static_cast<size_t>(part)));
                at += part;
            }
            data = ::lseek(file, hole, SEEK_DATA);
        }
        facts.data = hash.result();
        constexpr qint64 ExtentsInInode = 4;
        constexpr qint64 ExtentsInBlock = 84; // of 1024 bytes
        const qint64 tree = ranges > ExtentsInInode ? ranges / ExtentsInBlock + 2 : 0;
        facts.mostAllocated = (blocks + tree + (facts.attributes.isEmpty() ? 0 : 1)) * ContentHash::BlockBytes;
    }

    bool m_ownLinkCounts;
    std::vector<char> m_buffer;
    TreeFacts m_facts;
};

/** In what an image's entry is not the source's. */
QString differences(const EntryFacts& source, const EntryFacts& image)
{
    QStringList found;
    const auto compare = [&found](const char* what, const auto& expected, const auto& actual) {
        if (expected != actual) {
            found += u"%1 %2 in place of %3"_s.arg(QLatin1StringView(what), QVariant::fromValue(actual).toString(),
                                                   QVariant::fromValue(expected).toString());
        }
    };
    compare("mode", source.mode, image.mode);
    compare("uid", source.uid, image.uid);
    compare("gid", source.gid, image.gid);
    compare("device", source.device, image.device);
    compare("size", source.size, image.size);
    compare("links", source.links, image.links);
    compare("seconds", source.seconds, image.seconds);
    compare("nanoseconds", source.nanoseconds, image.nanoseconds);
    compare("target", source.target, image.target);
    compare("content", source.data.toHex(), image.data.toHex());
    compare("first name", source.first, image.first);
    compare("attributes", source.attributes.keys().join(' '), image.attributes.keys().join(' '));
    if (source.attributes != image.attributes) {
        found += u"values of attributes"_s;
    }
    if (image.allocated > source.mostAllocated) {
        found += u"%1 bytes on the disk, at most %2"_s.arg(image.allocated).arg(source.mostAllocated);
    }
    return found.join(u", "_s);
}

} // namespace

void ContentHash::add(qint64 offset, std::span<const char> bytes)
{
    while (!bytes.empty()) {
        const auto block = bytes.first(std::min<size_t>(bytes.size(), BlockBytes));
        if (std::ranges::any_of(block, [](char byte) { return byte != 0; })) {
            m_hash.addData(QByteArray::number(offset));
            m_hash.addData(QByteArrayView(block.data(), static_cast<qsizetype>(block.size())));
        }
        offset += static_cast<qint64>(block.size());
        bytes = bytes.subspan(block.size());
    }
}

TreeFacts readTree(const QString& top, bool ownLinkCounts)
{
    return KernelReader(ownLinkCounts).run(top);
}

void linkNames(TreeFacts& facts)
{
    QHash<quint64, QByteArray> first;
    for (auto [path, entry] : facts.asKeyValueRange()) {
        if (!S_ISDIR(entry.mode) && entry.links > 1) {
            if (!first.contains(entry.inode)) {
                first.insert(entry.inode, path);
            }
            entry.first = first.value(entry.inode);
        }
    }
}

QString difference(TreeFacts source, TreeFacts image)
{
    QStringList found;
    if (!source.contains("lost+found")) {
        const EntryFacts lostAndFound = image.take("lost+found");
        if (lostAndFound.mode != (S_IFDIR | 0700) || lostAndFound.uid != 0 || lostAndFound.links != 2) {
            found += u"lost+found is not as it should be"_s;
        }
        source[QByteArray()].links += source[QByteArray()].links == 1 ? 0 : 1;
    }
    for (const auto& [path, facts] : source.asKeyValueRange()) {
        const QString different = image.contains(path) ? differences(facts, image.take(path)) : u"missing"_s;
        if (!different.isEmpty()) {
            found += QString::fromUtf8(path.left(200).toPercentEncoding("/ ")) + u": "_s + different;
        }
    }
    for (const QByteArray& path : image.keys()) {
        found += QString::fromUtf8(path.left(200).toPercentEncoding("/ ")) + u": not in the source"_s;
    }
    constexpr qsizetype Most = 20;
    return found.mid(0, Most).join(u'\n');
}

} // namespace Stowage::Test

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "filetree.h"

#include "core/support/directoryentries.h"
#include "core/support/uniquefd.h"

#include <QCoreApplication>
#include <QFile>
#include <QHash>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <tuple>

namespace Stowage
{

namespace
{

struct FileTreeText {
    Q_DECLARE_TR_FUNCTIONS(FileTree)
};

QString shown(const QString& top, const QByteArray& path)
{
    return path.isEmpty() ? top : top + u'/' + QFile::decodeName(path);
}

/** File systems that the kernel makes up: their files have no content to copy. */
bool isKernelFileSystem(int directory)
{
    static constexpr auto Magics = std::to_array<quint32>(
        {PROC_SUPER_MAGIC, SYSFS_MAGIC, DEVPTS_SUPER_MAGIC, CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, DEBUGFS_MAGIC,
         TRACEFS_MAGIC, SECURITYFS_MAGIC, BPF_FS_MAGIC, PSTOREFS_MAGIC, EFIVARFS_MAGIC, 0x62656570 /* configfs */,
         0x19800202 /* mqueue */});
    struct statfs status = {};
    return ::fstatfs(directory, &status) == 0
        && std::ranges::find(Magics, static_cast<quint32>(status.f_type)) != Magics.end();
}

/** Bytes and number of the data ranges of @p name, for a file that has holes. */
std::pair<qint64, qint64> measureHoles(int directory, const QByteArray& name, qint64 size)
{
    const UniqueFd file(
        ::openat(directory, name.constData(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    qint64 bytes = 0;
    qint64 ranges = 0;
    off_t position = 0;
    while (file.isValid() && position < size) {
        const off_t data = ::lseek(file.get(), position, SEEK_DATA);
        if (data < 0 && errno == ENXIO) {
            return {bytes, ranges};
        }
        const off_t hole = data < 0 ? -1 : ::lseek(file.get(), data, SEEK_HOLE);
        if (hole <= data) {
            break;
        }
        bytes += std::min<qint64>(hole, size) - data;
        ++ranges;
        position = hole;
    }
    return position >= size ? std::pair(bytes, ranges) : std::pair(size, qint64{1});
}

bool hasAttributes(const QByteArray& path)
{
    return ::llistxattr(path.constData(), nullptr, 0) > 0;
}

class Walker
{
public:
    Walker(const QString& path, std::stop_token stop) : m_stop(std::move(stop)) { m_tree.path = path; }

    Result<FileTree> walk()
    {
        m_top = UniqueFd(::open(QFile::encodeName(m_tree.path).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        struct stat status = {};
        if (!m_top.isValid() || ::fstat(m_top.get(), &status) != 0) {
            return systemError(errno, FileTreeText::tr("read"), m_tree.path);
        }
        addEntry(QByteArray(), status);
        m_tree.entries.front().hasAttributes = hasAttributes(QFile::encodeName(m_tree.path) + "/.");
        QList<qsizetype> pending{0};
        while (!pending.isEmpty()) {
            if (m_stop.stop_requested()) {
                return cancelled();
            }
            const qsizetype directory = pending.takeLast();
            if (auto read = readDirectory(directory); !read) {
                return std::unexpected(read.error());
            }
            const TreeEntry& entry = m_tree.entries.at(directory);
            for (qsizetype child = entry.firstChild + entry.children - 1; child >= entry.firstChild; --child) {
                if (m_tree.entries.at(child).isDirectory()) {
                    pending.append(child);
                }
            }
        }
        return std::move(m_tree);
    }

private:
    Result<void> readDirectory(qsizetype index)
    {
        const QByteArray path = m_tree.entries.at(index).path;
        const UniqueFd directory(::openat(m_top.get(), path.isEmpty() ? "." : path.constData(),
                                          O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!directory.isValid()) {
            return unreadable(path);
        }
        if (isKernelFileSystem(directory.get())) {
            return fail(Error::Code::InvalidInput,
                        FileTreeText::tr("%1 is a file system of the running kernel, not a part of the guest.")
                            .arg(shown(m_tree.path, path)),
                        FileTreeText::tr("Unmount it."), Place::inFile(m_tree.path));
        }
        std::optional<QByteArrayList> names = directoryEntries(directory.get());
        if (!names) {
            return systemError(errno, FileTreeText::tr("read the directory"), shown(m_tree.path, path));
        }
        std::ranges::sort(*names);
        m_tree.entries[index].firstChild = m_tree.entries.size();
        m_tree.entries[index].children = names->size();
        for (const QByteArray& name : std::as_const(*names)) {
            if (m_stop.stop_requested()) {
                return cancelled();
            }
            if (auto added = addChild(directory.get(), path, name); !added) {
                return added;
            }
        }
        return {};
    }

    Result<void> addChild(int directory, const QByteArray& parent, const QByteArray& name)
    {
        const QByteArray path = parent.isEmpty() ? name : parent + '/' + name;
        struct stat status = {};
        if (::fstatat(directory, name.constData(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
            return systemError(errno, FileTreeText::tr("read"), shown(m_tree.path, path));
        }
        TreeEntry& entry = addEntry(path, status);
        if (entry.firstLink >= 0) {
            return {};
        }
        if (entry.isLink()) {
            QByteArray target(status.st_size + 1, Qt::Uninitialized);
            const ssize_t length = ::readlinkat(directory, name.constData(), target.data(),
                                                static_cast<size_t>(target.size()));
            if (length < 0) {
                return systemError(errno, FileTreeText::tr("read"), shown(m_tree.path, path));
            }
            entry.linkTarget = target.first(length);
            entry.size = length;
        }
        if (entry.isFile()) {
            if (::faccessat(directory, name.constData(), R_OK, AT_EACCESS) != 0) {
                return unreadable(path);
            }
            measure(directory, name, qint64{status.st_blocks} * 512, entry);
        }
        entry.hasAttributes = hasAttributes("/proc/self/fd/" + QByteArray::number(directory) + '/' + name);
        return {};
    }

    TreeEntry& addEntry(const QByteArray& path, const struct stat& status)
    {
        TreeEntry entry;
        entry.path = path;
        entry.mode = status.st_mode;
        entry.uid = status.st_uid;
        entry.gid = status.st_gid;
        entry.size = S_ISREG(status.st_mode) ? status.st_size : 0;
        entry.device = S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode) ? status.st_rdev : 0;
        entry.seconds = status.st_mtim.tv_sec;
        entry.nanoseconds = status.st_mtim.tv_nsec;
        if (status.st_nlink > 1 && !S_ISDIR(status.st_mode)) {
            const std::pair<quint64, quint64> file(status.st_dev, status.st_ino);
            entry.firstLink = m_linked.value(file, -1);
            if (entry.firstLink < 0) {
                m_linked.insert(file, m_tree.entries.size());
            }
        }
        if (entry.firstLink >= 0) {
            ++m_tree.entries[entry.firstLink].links;
        } else {
            ++m_tree.files;
        }
        m_tree.newestSeconds = std::max(m_tree.newestSeconds, entry.seconds);
        m_tree.entries.append(entry);
        return m_tree.entries.last();
    }

    void measure(int directory, const QByteArray& name, qint64 allocated, TreeEntry& entry)
    {
        entry.dataBytes = entry.size;
        entry.dataRanges = entry.size > 0 ? 1 : 0;
        if (allocated < entry.size) {
            std::tie(entry.dataBytes, entry.dataRanges) = measureHoles(directory, name, entry.size);
        }
        m_tree.dataBytes += entry.dataBytes;
    }

    [[nodiscard]] std::unexpected<Error> unreadable(const QByteArray& path) const
    {
        auto error = systemError(errno, FileTreeText::tr("read"), shown(m_tree.path, path));
        if (error.error().code == Error::Code::PermissionDenied) {
            error.error().remedy =
                FileTreeText::tr("Make everything below %1 readable, or run Stowage as its owner.").arg(m_tree.path);
        }
        return error;
    }

    std::stop_token m_stop;
    FileTree m_tree;
    UniqueFd m_top;
    QHash<std::pair<quint64, quint64>, qsizetype> m_linked; ///< By device and inode.
};

} // namespace

bool TreeEntry::isDirectory() const
{
    return S_ISDIR(mode);
}

bool TreeEntry::isFile() const
{
    return S_ISREG(mode);
}

bool TreeEntry::isLink() const
{
    return S_ISLNK(mode);
}

QByteArray TreeEntry::name() const
{
    return path.sliced(path.lastIndexOf('/') + 1);
}

Result<FileTree> walkTree(const QString& path, const std::stop_token& stop)
{
    return Walker(path, stop).walk();
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "directorysource.h"

#include "core/entries/filedata.h"
#include "core/support/directoryentries.h"
#include "core/support/filestate.h"
#include "core/support/uniquefd.h"

#include <QCoreApplication>
#include <QFile>
#include <QHash>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <functional>
#include <string_view>

namespace Stowage
{

namespace
{

struct Directory {
    Q_DECLARE_TR_FUNCTIONS(DirectorySource)
};

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

InodeFacts factsOf(const struct stat& status)
{
    return {.mode = static_cast<quint16>(status.st_mode),
            .uid = status.st_uid,
            .gid = status.st_gid,
            .major = S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode) ? major(status.st_rdev) : 0,
            .minor = S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode) ? minor(status.st_rdev) : 0,
            .nanoseconds = static_cast<quint32>(status.st_mtim.tv_nsec),
            .seconds = status.st_mtim.tv_sec};
}

/** Names of one directory, which come out in the order of their bytes; a few bytes more than the names themselves. */
class Names
{
public:
    void add(QByteArrayView name)
    {
        m_starts.push_back(static_cast<quint32>(m_bytes.size()));
        m_bytes.insert(m_bytes.end(), name.begin(), name.end());
        m_bytes.push_back('\0');
    }
    /** After the last one was added. A heap, as sorting many names takes long and cannot be cancelled. */
    void prepare() { std::ranges::make_heap(m_starts, std::greater(), Text{m_bytes}); }
    [[nodiscard]] bool isEmpty() const { return m_starts.empty(); }
    [[nodiscard]] QByteArray takeFirst()
    {
        std::ranges::pop_heap(m_starts, std::greater(), Text{m_bytes});
        const QByteArray name(m_bytes.data() + m_starts.back());
        m_starts.pop_back();
        return name;
    }

private:
    /** The name that begins at a byte. */
    struct Text {
        const std::vector<char>& bytes;
        std::string_view operator()(quint32 start) const { return {bytes.data() + start}; }
    };

    std::vector<char> m_bytes; ///< Each with a zero behind it.
    std::vector<quint32> m_starts;
};

/** Walks one directory and reads its files. */
class DirectoryReader
{
public:
    DirectoryReader(const QString& path, EntrySink& sink, Progress& progress, const std::stop_token& stop)
        : m_path(path),
          m_sink(sink),
          m_progress(progress),
          m_stop(stop)
    { }

    Result<void> run()
    {
        // What changed behind the walk is no part of what was read, but what changed before it is: a mix of two states.
        return walk().and_then([this] {
            m_isSecond = true;
            return m_sink.wantsData() ? walk() : Result<void>();
        });
    }

private:
    Result<void> walk()
    {
        m_position = 0;
        UniqueFd top(::open(QFile::encodeName(m_path).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        struct stat status = {};
        if (!top.isValid() || ::fstat(top.get(), &status) != 0) {
            return systemError(errno, Directory::tr("read"), m_path);
        }
        if (auto entered = compare(status, {}).and_then([&] { return enter(std::move(top), status, {}); }); !entered) {
            return entered;
        }
        while (!m_frames.empty()) {
            if (m_stop.stop_requested()) {
                return cancelled();
            }
            if (!m_frames.back().names.isEmpty()) {
                if (auto added = addNext(); !added) {
                    return added;
                }
            } else if (auto left = leave(); !left) {
                return left;
            }
        }
        return m_position == m_states.size() ? Result<void>() : FileState::changed(m_path);
    }

    /** Notes what is at @p path; on the second walk it has to be what it was on the first. */
    Result<void> compare(const struct stat& status, const QByteArray& path)
    {
        if (!m_isSecond) {
            m_states.push_back(FileState(status).sum());
        }
        const size_t at = m_position++;
        return at < m_states.size() && m_states[at] == FileState(status).sum() ? Result<void>()
                                                                               : FileState::changed(shown(path));
    }

    /** A directory on the way down to where the walk is. */
    struct Frame {
        UniqueFd directory; ///< Closed while the walk is far below.
        QByteArray path;
        Names names;
        dev_t device = 0;
        ino_t inode = 0;
    };
    static constexpr size_t MostOpen = 200; ///< Directories.

    [[nodiscard]] QString shown(const QByteArray& path) const
    {
        return path.isEmpty() ? m_path : m_path + u'/' + QFile::decodeName(path);
    }

    [[nodiscard]] std::unexpected<Error> unreadable(const QByteArray& path) const
    {
        auto error = systemError(errno, Directory::tr("read"), shown(path));
        if (error.error().code == Error::Code::NotFound) {
            return FileState::changed(shown(path)); // it was there a moment ago
        }
        if (error.error().code == Error::Code::PermissionDenied) {
            error.error().remedy =
                Directory::tr("Make everything below %1 readable, or run Stowage as its owner.").arg(m_path);
        }
        return error;
    }

    Result<void> enter(UniqueFd directory, const struct stat& status, const QByteArray& path)
    {
        const bool mounted = m_frames.empty() || status.st_dev != m_frames.back().device;
        if (mounted && isKernelFileSystem(directory.get())) {
            return fail(
                Error::Code::InvalidInput,
                Directory::tr("%1 is a file system of the running kernel, not a part of the guest.").arg(shown(path)),
                Directory::tr("Unmount it."), Place::inFile(m_path));
        }
        Names names;
        const bool read = forEachDirectoryEntry(directory.get(), [&](QByteArrayView name) {
            names.add(name);
            return !m_stop.stop_requested();
        });
        if (!read) {
            return systemError(errno, Directory::tr("read the directory"), shown(path));
        }
        if (m_stop.stop_requested()) {
            return cancelled();
        }
        names.prepare();
        if (!m_isSecond) {
            auto added = readExtendedAttributes(directory.get(), shown(path)).and_then([&](const auto& attributes) {
                return m_sink.add({path, factsOf(status), attributes});
            });
            if (!added) {
                return added;
            }
        }
        if (m_frames.size() >= MostOpen) {
            m_frames[m_frames.size() - MostOpen].directory.close();
        }
        m_frames.push_back({std::move(directory), path, std::move(names), status.st_dev, status.st_ino});
        return {};
    }

    /** Back to the directory above, which may have to be opened again. */
    Result<void> leave()
    {
        const Frame left = std::move(m_frames.back());
        m_frames.pop_back();
        if (m_frames.empty() || m_frames.back().directory.isValid()) {
            return {};
        }
        Frame& above = m_frames.back();
        UniqueFd directory(::openat(left.directory.get(), "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        struct stat status = {};
        if (!directory.isValid() || ::fstat(directory.get(), &status) != 0) {
            return unreadable(above.path);
        }
        if (status.st_dev != above.device || status.st_ino != above.inode) {
            return FileState::changed(shown(above.path));
        }
        above.directory = std::move(directory);
        return {};
    }

    Result<void> addNext()
    {
        Frame& frame = m_frames.back();
        const QByteArray name = frame.names.takeFirst();
        const QByteArray path = frame.path.isEmpty() ? name : frame.path + '/' + name;
        const int directory = frame.directory.get();
        struct stat status = {};
        if (::fstatat(directory, name.constData(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
            return unreadable(path);
        }
        if (auto same = compare(status, path); !same) {
            return same;
        }
        if (S_ISDIR(status.st_mode)) {
            UniqueFd child(::openat(directory, name.constData(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
            return child.isValid() ? enter(std::move(child), status, path) : unreadable(path);
        }
        if (m_isSecond) {
            return {};
        }
        if (status.st_nlink > 1) {
            const std::pair<quint64, quint64> file(status.st_dev, status.st_ino);
            if (const auto known = m_linked.find(file); known != m_linked.end()) {
                const QByteArray first = known->first;
                if (--known->left == 0) {
                    m_linked.erase(known);
                }
                return m_sink.addLink(path, first);
            }
            m_linked.insert(file, {path, status.st_nlink - 1});
        }
        if (S_ISREG(status.st_mode) && status.st_size > 0) {
            return addFile(directory, name, path, status);
        }
        const auto attributes = readExtendedAttributes("/proc/self/fd/" + QByteArray::number(directory) + '/' + name,
                                                       shown(path));
        if (!attributes) {
            return std::unexpected(attributes.error());
        }
        FileEntry entry{path, factsOf(status), *attributes};
        if (S_ISLNK(status.st_mode)) {
            entry.linkTarget.resize(status.st_size + 1);
            const ssize_t length = ::readlinkat(directory, name.constData(), entry.linkTarget.data(),
                                                static_cast<size_t>(entry.linkTarget.size()));
            if (length < 0) {
                return unreadable(path);
            }
            entry.linkTarget.truncate(length);
        }
        return m_sink.add(entry);
    }

    Result<void> addFile(int directory, const QByteArray& name, const QByteArray& path, const struct stat& status)
    {
        const UniqueFd file(
            ::openat(directory, name.constData(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
        if (!file.isValid()) {
            return errno == ELOOP || errno == ENXIO ? FileState::changed(shown(path)) : unreadable(path);
        }
        const auto attributes = readExtendedAttributes(file.get(), shown(path));
        if (!attributes) {
            return std::unexpected(attributes.error());
        }
        return m_sink
            .beginFile({path,
                        factsOf(status),
                        *attributes,
                        {},
                        status.st_size,
                        FileData::rangesOf(file.get(), status, m_stop)})
            .and_then([&] { return FileData(m_sink, m_progress, m_stop).feed(file.get(), status, shown(path)); })
            .and_then([&] { return m_sink.endFile(); });
    }

    QString m_path;
    EntrySink& m_sink;
    Progress& m_progress;
    const std::stop_token& m_stop;
    std::vector<Frame> m_frames;
    /** A file with names that are yet to come. */
    struct Linked {
        QByteArray first; ///< Its first name.
        nlink_t left = 0;
    };
    QHash<std::pair<quint64, quint64>, Linked> m_linked; ///< By device and inode.
    std::deque<size_t> m_states; ///< FileState::sum() of all that the first walk came by.
    size_t m_position = 0; ///< In m_states.
    bool m_isSecond = false; ///< Looks again at what was read, and reads nothing.
};

} // namespace

Result<void> DirectorySource::feed(EntrySink& sink, Progress& progress, const std::stop_token& stop) const
{
    return DirectoryReader(m_path, sink, progress, stop).run();
}

} // namespace Stowage

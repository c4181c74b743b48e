// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "ext4source.h"

#include "core/entries/filedata.h"
#include "core/ext4/ext4attributes.h"
#include "core/ext4/ext4image.h"
#include "core/ext4/ext4runs.h"
#include "core/support/filecopy.h"
#include "core/support/safepath.h"

#include <QCoreApplication>
#include <QFile>
#include <QHash>
#include <QtEndian>

#include <ext2fs/ext2fs.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <set>

namespace Stowage
{

namespace
{

struct Source {
    Q_DECLARE_TR_FUNCTIONS(Ext4Source)
};

struct CloseAttributes {
    void operator()(ext2_xattr_handle* handle) const { ext2fs_xattrs_close(&handle); }
};

using Names = std::map<QByteArray, ext2_ino_t>;

/** A directory that is being read. */
struct Reading {
    Names& names;
    qint64& left; ///< Entries that there may be yet.
    const std::stop_token& stop;
};

/** Callback of ext2fs_dir_iterate2(), for entries without a name, too. */
int addName(ext2_ino_t, int entry, ext2_dir_entry* dirent, int, int, char*, void* data)
{
    auto* reading = static_cast<Reading*>(data);
    if (--reading->left < 0 || reading->stop.stop_requested()) {
        return DIRENT_ABORT;
    }
    if (entry == DIRENT_OTHER_FILE && dirent->inode != 0) {
        reading->names.emplace(QByteArray(dirent->name, ext2fs_dirent_name_len(dirent)), dirent->inode);
    }
    return 0;
}

/** Reads one file system. */
class Ext4Reader
{
public:
    Ext4Reader(const QString& path, qint64 offset, EntrySink& sink, Progress& progress, const std::stop_token& stop)
        : m_path(path),
          m_offset(offset),
          m_sink(sink),
          m_progress(progress),
          m_stop(stop)
    { }

    Result<void> run()
    {
        auto image = Ext4Image::open(m_path, Ext4Image::Access::Read, m_offset);
        if (!image) {
            return std::unexpected(image.error());
        }
        auto file = openRegularFile(m_path);
        if (!file) {
            return std::unexpected(file.error());
        }
        m_image.emplace(*std::move(image));
        m_fs = m_image->handle();
        constexpr qint64 LeastEntry = 12; // bytes (Linux Documentation/filesystems/ext4/directory.rst)
        m_entriesLeft = static_cast<qint64>(ext2fs_blocks_count(m_fs->super)) * m_fs->blocksize / LeastEntry;
        m_file = file->get();
        // For a list of names, what stands in the journal is of no weight.
        if (m_sink.wantsData() && ext2fs_has_feature_journal_needs_recovery(m_fs->super) != 0) {
            return fail(
                Error::Code::Unsupported,
                Source::tr("The file system in %1 was not unmounted: its journal is to be replayed.").arg(m_path),
                Source::tr("Have a copy of it repaired with \"e2fsck -p\", and use that."), Place::inFile(m_path));
        }
        return addDirectory({}, EXT2_ROOT_INO).and_then([this] { return walk(); });
    }

private:
    /** A directory on the way down. */
    struct Frame {
        QByteArray path;
        Names names;
        Names::const_iterator next;
    };

    [[nodiscard]] std::unexpected<Error> damaged(const QByteArray& path) const
    {
        if (auto unread = m_image->readError()) {
            return std::unexpected(*std::move(unread));
        }
        return fail(Error::Code::InvalidInput,
                    Source::tr("The file system in %1 is damaged at /%2.").arg(m_path, QFile::decodeName(path)),
                    Source::tr("Have a copy of it repaired with \"e2fsck -f\", and use that."), Place::inFile(m_path));
    }

    Result<void> walk()
    {
        while (!m_frames.empty()) {
            if (m_stop.stop_requested()) {
                return cancelled();
            }
            Frame& frame = *m_frames.back();
            if (frame.next == frame.names.end()) {
                m_frames.pop_back();
                continue;
            }
            const auto& [name, number] = *frame.next++;
            const auto path = entryPath(frame.path.isEmpty() ? name : frame.path + '/' + name);
            if (!path || checkName(name)) {
                return damaged(frame.path + '/' + name);
            }
            if (auto added = add(*path, number); !added) {
                return added;
            }
        }
        return {};
    }

    static bool checkName(const QByteArray& name) { return name.isEmpty() || name == "." || name.contains('/'); }

    Result<void> addDirectory(const QByteArray& path, ext2_ino_t number)
    {
        constexpr size_t MostDepth = 10000;
        auto frame = std::make_unique<Frame>();
        frame->path = path;
        Reading reading{frame->names, m_entriesLeft, m_stop};
        const bool read = m_directories.insert(number).second && m_frames.size() <= MostDepth
            && ext2fs_dir_iterate2(m_fs, number, DIRENT_FLAG_INCLUDE_EMPTY, nullptr, addName, &reading) == 0;
        if (m_stop.stop_requested()) {
            return cancelled();
        }
        if (!read || m_entriesLeft < 0) {
            return damaged(path);
        }
        if (path == "lost+found" && frame->names.empty()) {
            return {}; // every file system has its own
        }
        const auto inode = readInode(number);
        if (!inode) {
            return damaged(path);
        }
        if ((inode->i_flags & EXT4_INLINE_DATA_FL) != 0) {
            frame->names.erase(".."); // of a directory inside its inode the library tells these like others
            frame->names.erase(".");
        }
        frame->next = frame->names.begin();
        const auto attributes = attributesOf(number, *inode);
        if (!attributes) {
            return damaged(path);
        }
        m_frames.push_back(std::move(frame));
        return m_sink.add({path, factsOf(*inode), *attributes, {}});
    }

    static constexpr quint64 MostBlocks = quint64{1} << 32; ///< Of a file: their numbers have 32 bits.

    /** An inode, and whether extended attributes belong to it. */
    struct Inode : ext2_inode_large {
        bool hasAttributes = false;
    };

    std::optional<Inode> readInode(ext2_ino_t number)
    {
        m_inode.resize(std::max(static_cast<size_t>(EXT2_INODE_SIZE(m_fs->super)), sizeof(ext2_inode_large)));
        if (number == 0 || number > m_fs->super->s_inodes_count
            || ext2fs_read_inode_full(m_fs, number, reinterpret_cast<ext2_inode*>(m_inode.data()),
                                      static_cast<int>(m_inode.size()))
                != 0) {
            return {};
        }
        Inode inode = {};
        std::memcpy(static_cast<ext2_inode_large*>(&inode), m_inode.data(), sizeof(ext2_inode_large));
        const size_t behind = EXT2_GOOD_OLD_INODE_SIZE + size_t{inode.i_extra_isize};
        quint32 magic = 0;
        if (behind + sizeof(magic) <= static_cast<size_t>(EXT2_INODE_SIZE(m_fs->super))) {
            std::memcpy(&magic, m_inode.data() + behind, sizeof(magic));
        }
        inode.hasAttributes = magic == qToLittleEndian(quint32{EXT2_EXT_ATTR_MAGIC})
            || ext2fs_file_acl_block(m_fs, reinterpret_cast<ext2_inode*>(&inode)) != 0;
        const bool possible = EXT2_I_SIZE(&inode) <= MostBlocks * m_fs->blocksize;
        return inode.i_links_count > 0 && possible ? std::optional(inode) : std::nullopt;
    }

    Result<void> add(const QByteArray& path, ext2_ino_t number)
    {
        auto found = readInode(number);
        if (!found) {
            return damaged(path);
        }
        Inode& inode = *found;
        if (S_ISDIR(inode.i_mode)) {
            return addDirectory(path, number);
        }
        if (inode.i_links_count > 1) {
            if (const auto first = m_linked.constFind(number); first != m_linked.constEnd()) {
                return m_sink.addLink(path, *first);
            }
            m_linked.insert(number, path);
        }
        if ((inode.i_flags & EXT4_ENCRYPT_FL) != 0) {
            return fail(Error::Code::Unsupported,
                        Source::tr("%1 holds encrypted files: /%2.").arg(m_path, QFile::decodeName(path)),
                        Source::tr("Copy them out where the key is."), Place::inFile(m_path));
        }
        const auto attributes = attributesOf(number, inode);
        if (!attributes) {
            return damaged(path);
        }
        FileEntry entry{path, factsOf(inode), *attributes, {}};
        if (S_ISREG(inode.i_mode) && EXT2_I_SIZE(&inode) > 0) {
            return addFile(entry, number, inode);
        }
        if (S_ISLNK(inode.i_mode)) {
            const auto target = linkTarget(number, inode);
            if (target.isEmpty()) {
                return damaged(path);
            }
            entry.linkTarget = target;
        }
        const auto type = inode.i_mode & S_IFMT;
        return type == S_IFREG || type == S_IFLNK || type == S_IFCHR || type == S_IFBLK || type == S_IFIFO
                || type == S_IFSOCK
            ? m_sink.add(entry)
            : damaged(path);
    }

    [[nodiscard]] InodeFacts factsOf(const Inode& inode) const
    {
        InodeFacts facts;
        facts.mode = inode.i_mode;
        facts.uid = inode_uid(inode);
        facts.gid = inode_gid(inode);
        if (S_ISCHR(inode.i_mode) || S_ISBLK(inode.i_mode)) {
            // As the kernel's new_encode_dev(), or its older form in the first word.
            const quint32 old = inode.i_block[0];
            const quint32 number = inode.i_block[1];
            facts.major = old != 0 ? (old >> 8) & 0xff : (number & 0xfff00) >> 8;
            facts.minor = old != 0 ? old & 0xff : (number & 0xff) | ((number >> 12) & 0xfff00);
        }
        facts.seconds = static_cast<qint32>(inode.i_mtime);
        const size_t needed = offsetof(ext2_inode_large, i_mtime_extra) + sizeof(inode.i_mtime_extra);
        if (EXT2_INODE_SIZE(m_fs->super) > EXT2_GOOD_OLD_INODE_SIZE
            && EXT2_GOOD_OLD_INODE_SIZE + size_t{inode.i_extra_isize} >= needed) {
            constexpr quint32 EpochBits = 3;
            facts.seconds += qint64{inode.i_mtime_extra & EpochBits} << 32;
            facts.nanoseconds = inode.i_mtime_extra >> 2;
        }
        return facts;
    }

    [[nodiscard]] std::optional<QList<ExtendedAttribute>> attributesOf(ext2_ino_t number, const Inode& inode) const
    {
        QList<ExtendedAttribute> attributes;
        if (!inode.hasAttributes) {
            return attributes; // opening a handle for each file is slow
        }
        ext2_xattr_handle* opened = nullptr;
        if (ext2fs_xattrs_open(m_fs, number, &opened) != 0) {
            return {};
        }
        const std::unique_ptr<ext2_xattr_handle, CloseAttributes> handle(opened);
        if (ext2fs_xattrs_read(handle.get()) != 0) {
            return {};
        }
        ext2fs_xattrs_iterate(
            handle.get(),
            [](char* name, char* value, size_t size, void* data) {
                if (QByteArrayView(name) != "system.data") { // the content of a small file
                    static_cast<QList<ExtendedAttribute>*>(data)->append(
                        {QByteArray(name), QByteArray(value, static_cast<qsizetype>(size))});
                }
                return 0;
            },
            &attributes);
        for (ExtendedAttribute& attribute : attributes) {
            auto value = attributeFromDisk(attribute.name, attribute.value);
            if (!value) {
                return {};
            }
            attribute.value = *std::move(value);
        }
        std::ranges::sort(attributes, {}, &ExtendedAttribute::name);
        return attributes;
    }

    QByteArray linkTarget(ext2_ino_t number, Inode& inode) const
    {
        const auto size = static_cast<qsizetype>(EXT2_I_SIZE(&inode));
        if (ext2fs_is_fast_symlink(reinterpret_cast<ext2_inode*>(&inode)) != 0) {
            return {reinterpret_cast<const char*>(inode.i_block), std::min<qsizetype>(size, sizeof(inode.i_block))};
        }
        return content(number, size);
    }

    /** The content of a file of no more than a block, by the library; empty when it cannot be read. */
    [[nodiscard]] QByteArray content(ext2_ino_t number, qsizetype size) const
    {
        ext2_file_t file = nullptr;
        if (size <= 0 || size > qsizetype{m_fs->blocksize} || ext2fs_file_open(m_fs, number, 0, &file) != 0) {
            return {};
        }
        QByteArray bytes(size, '\0');
        unsigned int got = 0;
        const errcode_t code = ext2fs_file_read(file, bytes.data(), static_cast<unsigned int>(size), &got);
        ext2fs_file_close(file);
        bytes.truncate(code == 0 ? static_cast<qsizetype>(got) : 0);
        return bytes;
    }

    Result<void> addFile(FileEntry entry, ext2_ino_t number, const Inode& inode)
    {
        entry.size = static_cast<qint64>(EXT2_I_SIZE(&inode));
        if ((inode.i_flags & EXT4_INLINE_DATA_FL) != 0) {
            const QByteArray bytes = content(number, entry.size);
            if (bytes.size() != entry.size) {
                return damaged(entry.path);
            }
            return m_sink.beginFile(entry)
                .and_then([&] {
                    return m_sink.wantsData() ? m_sink.write({bytes.constData(), static_cast<size_t>(bytes.size())})
                                              : m_sink.reserve(bytes.size());
                })
                .and_then([this] { return m_sink.endFile(); });
        }
        const auto runs = dataRuns(m_fs, number, m_offset, m_stop);
        if (!runs) {
            return m_stop.stop_requested() ? cancelled() : damaged(entry.path);
        }
        entry.ranges = rangesOf(*runs, entry.size);
        const QString name = m_path + QLatin1Char(':') + QFile::decodeName(entry.path);
        return m_sink.beginFile(entry)
            .and_then([&] { return FileData(m_sink, m_progress, m_stop).feed(m_file, *runs, entry.size, name); })
            .and_then([this] { return m_sink.endFile(); });
    }

    static QList<DataRange> rangesOf(const std::vector<DataRun>& runs, qint64 size)
    {
        QList<DataRange> ranges;
        qint64 bytes = 0;
        for (const DataRun& run : runs) {
            const qint64 length = std::min(run.size, size - run.start);
            if (length > 0) {
                ranges.append({run.start, length});
                bytes += length;
            }
        }
        if (bytes == size) {
            return {};
        }
        return ranges.isEmpty() ? QList<DataRange>{{size, 0}} : ranges;
    }

    QString m_path;
    qint64 m_offset;
    EntrySink& m_sink;
    Progress& m_progress;
    const std::stop_token& m_stop;
    std::optional<Ext4Image> m_image;
    ext2_filsys m_fs = nullptr;
    int m_file = -1;
    qint64 m_entriesLeft = 0; ///< Entries for which the file system has room, of all directories.
    std::vector<char> m_inode; ///< The last one read.
    std::vector<std::unique_ptr<Frame>> m_frames;
    std::set<ext2_ino_t> m_directories; ///< Seen: a directory has one name.
    QHash<ext2_ino_t, QByteArray> m_linked; ///< First name of a file.
};

} // namespace

Result<void> Ext4Source::feed(EntrySink& sink, Progress& progress, const std::stop_token& stop) const
{
    return Ext4Reader(m_path, m_offset, sink, progress, stop).run();
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "ext4tree.h"

#include "core/ext4/ext4image.h"

#include <QCoreApplication>
#include <QFile>
#include <QMap>

#include <ext2fs/ext2fs.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cstring>

namespace Stowage
{

namespace
{

struct Ext4Tree {
    Q_DECLARE_TR_FUNCTIONS(Ext4Tree)
};

using Names = QMap<QByteArray, ext2_ino_t>;

int collectName(ext2_ino_t /*directory*/, int entry, struct ext2_dir_entry* dirent, int /*offset*/, int /*blockSize*/,
                char* /*buffer*/, void* names)
{
    if (entry == DIRENT_OTHER_FILE) {
        static_cast<Names*>(names)->insert(QByteArray(dirent->name, ext2fs_dirent_name_len(dirent)), dirent->inode);
    }
    return 0;
}

/** One of the times of an inode: seconds beyond 2038 and nanoseconds lie in a second field (Linux ext4, "Inode Timestamps"). */
void setTime(quint32& low, quint32& extra, qint64 seconds, qint64 nanoseconds)
{
    low = static_cast<quint32>(seconds);
    const qint64 epoch = (seconds - static_cast<qint32>(low)) >> 32;
    extra = static_cast<quint32>((nanoseconds << 2) | (epoch & 3));
}

/** Device number of an inode: the old form in the first block, the new one in the second (Linux, old_/new_decode_dev). */
quint64 deviceOf(const struct ext2_inode_large& inode)
{
    const quint32 old = inode.i_block[0];
    if (old != 0) {
        return makedev((old >> 8) & 0xff, old & 0xff);
    }
    const quint32 wide = inode.i_block[1];
    return makedev((wide & 0xfff00) >> 8, (wide & 0xff) | ((wide >> 12) & 0xfff00));
}

class Settler
{
public:
    Settler(Ext4Image& image, const FileTree& tree, std::stop_token stop)
        : m_image(image),
          m_tree(tree),
          m_stop(std::move(stop)),
          m_inodes(tree.entries.size(), 0)
    { }

    Result<void> settle()
    {
        m_inodes[0] = EXT2_ROOT_INO;
        if (auto settled = settleEntry(0); !settled) {
            return settled;
        }
        for (qsizetype i = 0; i < m_tree.entries.size(); ++i) {
            if (m_tree.entries.at(i).isDirectory()) {
                if (auto settled = settleDirectory(i); !settled) {
                    return settled;
                }
            }
        }
        return {};
    }

private:
    Result<void> settleDirectory(qsizetype index)
    {
        const TreeEntry& directory = m_tree.entries.at(index);
        Names names;
        const errcode_t code = ext2fs_dir_iterate2(m_image.handle(), m_inodes.at(index), 0, nullptr, collectName,
                                                   &names);
        if (code != 0) {
            return m_image.error(code, Ext4Tree::tr("read"));
        }
        for (qsizetype i = directory.firstChild; i < directory.firstChild + directory.children; ++i) {
            if (m_stop.stop_requested()) {
                return cancelled();
            }
            m_inodes[i] = names.take(m_tree.entries.at(i).name());
            if (auto settled = settleEntry(i); !settled) {
                return settled;
            }
        }
        names.remove(".");
        names.remove("..");
        if (const ext2_ino_t lostAndFound = index == 0 ? names.take("lost+found") : 0; lostAndFound != 0) {
            TreeEntry root;
            root.path = "lost+found";
            root.mode = LINUX_S_IFDIR | 0700;
            root.seconds = m_tree.newestSeconds;
            if (auto written = write(lostAndFound, root); !written) {
                return written;
            }
        }
        return names.isEmpty() ? Result<void>() : differs(directory.path + '/' + names.firstKey());
    }

    Result<void> settleEntry(qsizetype index)
    {
        const TreeEntry& entry = m_tree.entries.at(index);
        const ext2_ino_t inode = m_inodes.at(index);
        if (inode == 0 || (entry.firstLink >= 0 && m_inodes.at(entry.firstLink) != inode)) {
            return differs(entry.path);
        }
        return entry.firstLink >= 0 ? Result<void>() : write(inode, entry);
    }

    Result<void> write(ext2_ino_t number, const TreeEntry& entry)
    {
        struct ext2_inode_large inode = {};
        auto* plain = reinterpret_cast<struct ext2_inode*>(&inode);
        if (const errcode_t code = ext2fs_read_inode_full(m_image.handle(), number, plain, sizeof(inode)); code != 0) {
            return m_image.error(code, Ext4Tree::tr("read"));
        }
        if (!matches(inode, entry, number)) {
            return differs(entry.path);
        }
        const struct ext2_inode_large before = inode;
        inode.i_mode = static_cast<quint16>(entry.mode);
        inode.i_uid = static_cast<quint16>(entry.uid);
        ext2fs_set_i_uid_high(inode, static_cast<quint16>(entry.uid >> 16));
        inode.i_gid = static_cast<quint16>(entry.gid);
        ext2fs_set_i_gid_high(inode, static_cast<quint16>(entry.gid >> 16));
        setTime(inode.i_mtime, inode.i_mtime_extra, entry.seconds, entry.nanoseconds);
        setTime(inode.i_ctime, inode.i_ctime_extra, entry.seconds, entry.nanoseconds);
        setTime(inode.i_atime, inode.i_atime_extra, entry.seconds, entry.nanoseconds);
        setTime(inode.i_crtime, inode.i_crtime_extra, entry.seconds, entry.nanoseconds);
        if (std::memcmp(&before, &inode, sizeof(inode)) == 0) {
            return {};
        }
        const errcode_t code = ext2fs_write_inode_full(m_image.handle(), number, plain, sizeof(inode));
        return code == 0 ? Result<void>() : m_image.error(code, Ext4Tree::tr("write"));
    }

    static bool matches(const struct ext2_inode_large& inode, const TreeEntry& entry, ext2_ino_t number)
    {
        if (LINUX_S_ISDIR(inode.i_mode)) {
            // mkfs.ext4 gives the top a mode of its own.
            return entry.isDirectory() && (number == EXT2_ROOT_INO || (inode.i_mode & 07777) == (entry.mode & 07777));
        }
        const auto size = static_cast<qint64>(inode.i_size | (quint64{inode.i_size_high} << 32));
        const bool isDevice = LINUX_S_ISCHR(inode.i_mode) || LINUX_S_ISBLK(inode.i_mode);
        return inode.i_mode == entry.mode && inode.i_links_count == entry.links && size == entry.size
            && (!isDevice || deviceOf(inode) == entry.device);
    }

    [[nodiscard]] std::unexpected<Error> differs(const QByteArray& path) const
    {
        return fail(Error::Code::Io,
                    Ext4Tree::tr("%1/%2 changed while the image was made.").arg(m_tree.path, QFile::decodeName(path)),
                    Ext4Tree::tr("Try again when nothing writes to the directory."), Place::inFile(m_tree.path));
    }

    Ext4Image& m_image;
    const FileTree& m_tree;
    std::stop_token m_stop;
    QList<ext2_ino_t> m_inodes; ///< Of the entries, as far as known.
};

} // namespace

Result<void> settleTree(const QString& image, const FileTree& tree, const std::stop_token& stop)
{
    auto opened = Ext4Image::open(image, Ext4Image::Access::Write);
    if (!opened) {
        return std::unexpected(opened.error());
    }
    opened->setTime(tree.newestSeconds);
    if (auto settled = Settler(*opened, tree, stop).settle(); !settled) {
        return settled;
    }
    return opened->close();
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QByteArray>
#include <QHash>
#include <QMap>
#include <QString>
#include <QtTest>

#include <ext2fs/ext2fs.h>

namespace Stowage::Test
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

/**
 * Compares the tree below @p directory, as find(1) tells it, with @p image: names, all of Seen, and contents. A
 * difference fails the running test. @p rootOwned: all must be root's.
 */
void compareTrees(const QString& directory, const ImageReader& image, bool rootOwned);

} // namespace Stowage::Test

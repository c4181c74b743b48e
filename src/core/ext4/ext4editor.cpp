// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "ext4editor.h"

#include "core/ext4/ext4directory.h"
#include "core/ext4/ext4inodes.h"

#include <QCoreApplication>
#include <QFile>

#include <ext2fs/ext2fs.h>
#include <sys/stat.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace Stowage
{

namespace
{

struct Editor {
    Q_DECLARE_TR_FUNCTIONS(Ext4Editor)
};

} // namespace

Ext4Editor::Ext4Editor(Ext4Image image, int fd, QString path, qint64 offset)
    : m_image(std::move(image)),
      m_fs(m_image.handle()),
      m_path(std::move(path)),
      m_target(fd, m_path, offset)
{ }

Result<std::unique_ptr<Ext4Editor>> Ext4Editor::open(const QString& path, int fd, qint64 offset, qint64 seconds)
{
    auto image = Ext4Image::open(path, Ext4Image::Access::Write, offset);
    if (!image) {
        return std::unexpected(image.error());
    }
    image->setTime(seconds);
    // Data take another way into the file: no block that is free may wait in the library's cache to be written over them.
    image->handle()->io->flags |= CHANNEL_FLAGS_WRITETHROUGH;
    std::unique_ptr<Ext4Editor> editor(new Ext4Editor(std::move(*image), fd, path, offset));
    if (const errcode_t code = ext2fs_read_bitmaps(editor->m_fs); code != 0) {
        return editor->failed(code);
    }
    return editor;
}

std::unexpected<Error> Ext4Editor::failed(long code) const
{
    return m_image.error(code, Editor::tr("write"));
}

Result<quint32> Ext4Editor::directoryOf(const QByteArray& path, QByteArray& name)
{
    quint32 directory = EXT2_ROOT_INO;
    QByteArrayList parts = path.split('/');
    name = parts.takeLast();
    QByteArray above;
    for (const QByteArray& part : std::as_const(parts)) {
        above += above.isEmpty() ? part : '/' + part;
        ext2_ino_t number = 0;
        const errcode_t code = ext2fs_lookup(m_fs, directory, part.constData(), static_cast<int>(part.size()), nullptr,
                                             &number);
        if (code == EXT2_ET_FILE_NOT_FOUND) {
            FileEntry entry{.path = above};
            entry.facts.mode = S_IFDIR | 0755;
            entry.facts.seconds = m_fs->now;
            const auto made = makeDirectory(directory, part, entry);
            if (!made) {
                return made;
            }
            directory = *made;
            continue;
        }
        // A link among the host's own directories (such as /var/lib -> /data) stays what it is: its target is meant.
        if (code == 0 && ext2fs_follow_link(m_fs, EXT2_ROOT_INO, directory, number, &number) == 0
            && ext2fs_check_directory(m_fs, number) == 0) {
            directory = number;
            continue;
        }
        return fail(Error::Code::InvalidInput,
                    Editor::tr("/%1 in %2 is no directory, but the guests' files are to go there.")
                        .arg(QFile::decodeName(above), m_path),
                    Editor::tr("Rename it in the host."), Place::inFile(m_path));
    }
    return directory;
}

Result<quint32> Ext4Editor::makeInode(quint32 parent, const FileEntry& entry)
{
    ext2_ino_t number = 0;
    if (const errcode_t code = ext2fs_new_inode(m_fs, parent, entry.facts.mode, nullptr, &number); code != 0) {
        return failed(code);
    }
    ext2fs_inode_alloc_stats2(m_fs, number, +1, S_ISDIR(entry.facts.mode) ? 1 : 0);
    return number;
}

Result<quint32> Ext4Editor::makeDirectory(quint32 parent, const QByteArray& name, const FileEntry& entry)
{
    ext2_ino_t number = 0;
    errcode_t code = ext2fs_new_inode(m_fs, parent, LINUX_S_IFDIR | 0755, nullptr, &number);
    if (code == 0) {
        code = ext2fs_mkdir(m_fs, parent, number, name.constData());
    }
    if (code == EXT2_ET_DIR_NO_SPACE) {
        code = ext2fs_expand_dir(m_fs, parent);
        code = code == 0 ? ext2fs_mkdir(m_fs, parent, number, name.constData()) : code;
    }
    ext2_inode inode = {};
    code = code == 0 ? ext2fs_read_inode(m_fs, number, &inode) : code;
    if (code != 0) {
        return failed(code);
    }
    inode.i_mode = entry.facts.mode;
    inode.i_uid = static_cast<quint16>(entry.facts.uid);
    ext2fs_set_i_uid_high(inode, entry.facts.uid >> 16);
    inode.i_gid = static_cast<quint16>(entry.facts.gid);
    ext2fs_set_i_gid_high(inode, entry.facts.gid >> 16);
    code = ext2fs_write_inode(m_fs, number, &inode);
    return (code == 0 ? setTimes(number, entry.facts) : failed(code)).transform([number] { return number; });
}

/** Gives the inode the time of @p facts, which libext2fs cuts to 32 bits. */
Result<void> Ext4Editor::setTimes(quint32 number, const InodeFacts& facts)
{
    ext2_inode_large inode = {};
    auto* small = reinterpret_cast<ext2_inode*>(&inode);
    errcode_t code = ext2fs_read_inode_full(m_fs, number, small, sizeof(inode));
    const bool isLarge = EXT2_INODE_SIZE(m_fs->super) > EXT2_GOOD_OLD_INODE_SIZE;
    const qint64 seconds = isLarge ? facts.seconds
                                   : std::min<qint64>(facts.seconds, std::numeric_limits<qint32>::max());
    inode.i_atime = inode.i_mtime = inode.i_ctime = inode.i_crtime = static_cast<quint32>(seconds);
    const quint32 more = extraTime(seconds, facts.nanoseconds);
    inode.i_atime_extra = inode.i_mtime_extra = inode.i_ctime_extra = inode.i_crtime_extra = more;
    code = code == 0 ? ext2fs_write_inode_full(m_fs, number, small, sizeof(inode)) : code;
    return code == 0 ? Result<void>() : failed(code);
}

Result<void> Ext4Editor::link(quint32 parent, const QByteArray& name, quint32 number, int type)
{
    errcode_t code = ext2fs_link(m_fs, parent, name.constData(), number, type);
    if (code == EXT2_ET_DIR_NO_SPACE) {
        code = ext2fs_expand_dir(m_fs, parent);
        code = code == 0 ? ext2fs_link(m_fs, parent, name.constData(), number, type) : code;
    }
    return code == 0 ? Result<void>() : failed(code);
}

/** Takes away what has the name, unless it is a directory. */
Result<void> Ext4Editor::makeWay(quint32 parent, const QByteArray& name)
{
    ext2_ino_t number = 0;
    errcode_t code = ext2fs_lookup(m_fs, parent, name.constData(), static_cast<int>(name.size()), nullptr, &number);
    if (code == EXT2_ET_FILE_NOT_FOUND) {
        return {};
    }
    ext2_inode_large inode = {};
    auto* small = reinterpret_cast<ext2_inode*>(&inode);
    code = code == 0 ? ext2fs_read_inode_full(m_fs, number, small, sizeof(inode)) : code;
    if (code != 0) {
        return failed(code);
    }
    if (LINUX_S_ISDIR(inode.i_mode)) {
        return fail(Error::Code::InvalidInput,
                    Editor::tr("%1 has a directory named %2 where a guest's file is to go.")
                        .arg(m_path, QFile::decodeName(name)),
                    Editor::tr("Rename the guest, or remove the directory from the host."), Place::inFile(m_path));
    }
    code = ext2fs_unlink(m_fs, parent, name.constData(), number, 0);
    if (code != 0) {
        return failed(code);
    }
    inode.i_links_count = static_cast<quint16>(inode.i_links_count - 1);
    if (inode.i_links_count > 0) {
        code = ext2fs_write_inode_full(m_fs, number, small, sizeof(inode));
        return code == 0 ? Result<void>() : failed(code);
    }
    code = ext2fs_free_ext_attr(m_fs, number, &inode);
    if (code == 0 && ext2fs_inode_has_valid_blocks2(m_fs, small) != 0) {
        code = ext2fs_punch(m_fs, number, small, nullptr, 0, ~0ULL);
    }
    inode.i_dtime = static_cast<quint32>(m_fs->now);
    code = code == 0 ? ext2fs_write_inode_full(m_fs, number, small, sizeof(inode)) : code;
    ext2fs_inode_alloc_stats2(m_fs, number, -1, 0);
    return code == 0 ? Result<void>() : failed(code);
}

Result<void> Ext4Editor::setAttributes(quint32 number, const QList<ExtendedAttribute>& attributes)
{
    if (attributes.isEmpty()) {
        return {};
    }
    ext2_xattr_handle* handle = nullptr;
    errcode_t code = ext2fs_xattrs_open(m_fs, number, &handle);
    code = code == 0 ? ext2fs_xattrs_read(handle) : code;
    for (const auto& [name, value] : attributes) {
        code = code == 0
            ? ext2fs_xattr_set(handle, name.constData(), value.constData(), static_cast<size_t>(value.size()))
            : code;
    }
    code = code == 0 ? ext2fs_xattrs_write(handle) : code;
    if (handle != nullptr) {
        ext2fs_xattrs_close(&handle);
    }
    return code == 0 ? Result<void>() : failed(code);
}

Result<void> Ext4Editor::add(const FileEntry& entry)
{
    QByteArray name;
    const auto parent = directoryOf(entry.path, name);
    if (!parent) {
        return std::unexpected(parent.error());
    }
    if (S_ISDIR(entry.facts.mode)) {
        ext2_ino_t number = 0;
        if (ext2fs_lookup(m_fs, *parent, name.constData(), static_cast<int>(name.size()), nullptr, &number) == 0
            && ext2fs_follow_link(m_fs, EXT2_ROOT_INO, *parent, number, &number) == 0
            && ext2fs_check_directory(m_fs, number) == 0) {
            return {}; // the host's own
        }
        const auto made = makeDirectory(*parent, name, entry);
        return made ? setAttributes(*made, entry.attributes) : std::unexpected(made.error());
    }
    if (auto free = makeWay(*parent, name); !free) {
        return free;
    }
    if (S_ISLNK(entry.facts.mode)) {
        errcode_t code = ext2fs_symlink(m_fs, *parent, 0, name.constData(), entry.linkTarget.constData());
        if (code == EXT2_ET_DIR_NO_SPACE) {
            code = ext2fs_expand_dir(m_fs, *parent);
            code = code == 0 ? ext2fs_symlink(m_fs, *parent, 0, name.constData(), entry.linkTarget.constData()) : code;
        }
        ext2_ino_t number = 0;
        code = code == 0
            ? ext2fs_lookup(m_fs, *parent, name.constData(), static_cast<int>(name.size()), nullptr, &number)
            : code;
        return code == 0 ? setTimes(number, entry.facts) : failed(code);
    }
    if (S_ISREG(entry.facts.mode)) {
        return beginFile(entry).and_then([this] { return endFile(); });
    }
    return fail(Error::Code::Unsupported,
                Editor::tr("%1 is neither file nor directory nor link.").arg(QFile::decodeName(entry.path)),
                Editor::tr("Leave it out."), Place::inFile(m_path));
}

Result<void> Ext4Editor::addLink(const QByteArray& path, const QByteArray& existing)
{
    QByteArray name;
    const auto target = m_image.find(existing);
    const auto parent = directoryOf(path, name);
    if (!target || !parent) {
        return parent ? failed(EXT2_ET_FILE_NOT_FOUND) : std::unexpected(parent.error());
    }
    ext2_inode inode = {};
    if (auto free = makeWay(*parent, name); !free) {
        return free;
    }
    if (const errcode_t code = ext2fs_read_inode(m_fs, target->inode, &inode); code != 0) {
        return failed(code);
    }
    inode.i_links_count = static_cast<quint16>(inode.i_links_count + 1);
    if (const errcode_t code = ext2fs_write_inode(m_fs, target->inode, &inode); code != 0) {
        return failed(code);
    }
    return link(*parent, name, target->inode, EXT2_FT_REG_FILE);
}

Result<void> Ext4Editor::makeFile(const FileEntry& entry)
{
    QByteArray name;
    const auto parent = directoryOf(entry.path, name);
    if (!parent) {
        return std::unexpected(parent.error());
    }
    if (auto free = makeWay(*parent, name); !free) {
        return free;
    }
    const auto number = makeInode(*parent, entry);
    if (!number) {
        return std::unexpected(number.error());
    }
    ext2_inode_large inode = {};
    inode.i_mode = entry.facts.mode;
    inode.i_links_count = 1;
    inode.i_uid = static_cast<quint16>(entry.facts.uid);
    ext2fs_set_i_uid_high(inode, entry.facts.uid >> 16);
    inode.i_gid = static_cast<quint16>(entry.facts.gid);
    ext2fs_set_i_gid_high(inode, entry.facts.gid >> 16);
    auto* small = reinterpret_cast<ext2_inode*>(&inode);
    errcode_t code = 0;
    if (ext2fs_has_feature_extents(m_fs->super) != 0) {
        inode.i_flags |= EXT4_EXTENTS_FL;
        ext2_extent_handle_t handle = nullptr;
        code = ext2fs_extent_open2(m_fs, *number, small, &handle); // an empty tree
        if (handle != nullptr) {
            ext2fs_extent_free(handle);
        }
    }
    code = code == 0 ? ext2fs_inode_size_set(m_fs, small, entry.size) : code;
    inode.i_extra_isize = sizeof(ext2_inode_large) - EXT2_GOOD_OLD_INODE_SIZE;
    code = code == 0 ? ext2fs_write_new_inode(m_fs, *number, small) : code;
    if (code != 0) {
        return failed(code);
    }
    m_file = *number;
    m_entry = entry;
    m_position = 0;
    m_run = 0;
    return setTimes(m_file, entry.facts)
        .and_then([&] { return link(*parent, name, m_file, entryType(entry.facts.mode)); })
        .and_then([&] { return setAttributes(m_file, entry.attributes); });
}

Result<void> Ext4Editor::beginFile(const FileEntry& entry)
{
    return makeFile(entry).and_then([&] { return giveBlocks(entry); });
}

Result<void> Ext4Editor::close()
{
    return m_image.close();
}

} // namespace Stowage

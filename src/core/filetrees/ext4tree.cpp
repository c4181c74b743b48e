// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "ext4tree.h"

#include <ext2fs/ext2fs.h>

#include <algorithm>
#include <limits>

namespace Stowage
{

namespace
{

/** Names of a directory that are being gathered. */
struct Gathering {
    QByteArrayList names;
    qsizetype most = 0;
};

int addName(ext2_ino_t, int entry, ext2_dir_entry* found, int, int, char*, void* data)
{
    auto* gathering = static_cast<Gathering*>(data);
    if (entry == DIRENT_OTHER_FILE) {
        gathering->names.append(QByteArray(&found->name[0], ext2fs_dirent_name_len(found)));
    }
    return gathering->names.size() > gathering->most ? DIRENT_ABORT : 0;
}

FileTree::Type typeOf(quint16 mode)
{
    return LINUX_S_ISREG(mode) ? FileTree::Type::File
        : LINUX_S_ISDIR(mode)  ? FileTree::Type::Directory
                               : FileTree::Type::Other;
}

} // namespace

std::optional<NodeTree::Node> Ext4Tree::root() const
{
    return node(EXT2_ROOT_INO);
}

std::optional<NodeTree::Node> Ext4Tree::node(quint32 inode) const
{
    struct ext2_inode found = {};
    const auto most = static_cast<quint64>(std::numeric_limits<qint64>::max());
    if (inode == 0 || ext2fs_read_inode(m_image.handle(), inode, &found) != 0 || EXT2_I_SIZE(&found) > most
        || (found.i_flags & EXT4_ENCRYPT_FL) != 0) {
        return {};
    }
    const Type type = typeOf(found.i_mode);
    const qint64 size = type == Type::File ? static_cast<qint64>(EXT2_I_SIZE(&found)) : 0;
    return Node{inode, {type, size, found.i_mode}, LINUX_S_ISLNK(found.i_mode)};
}

std::optional<NodeTree::Node> Ext4Tree::child(const Node& directory, const QByteArray& name) const
{
    ext2_ino_t inode = 0;
    const errcode_t code = ext2fs_lookup(m_image.handle(), static_cast<ext2_ino_t>(directory.id), name.constData(),
                                         static_cast<int>(name.size()), nullptr, &inode);
    return code == 0 ? node(inode) : std::nullopt;
}

QByteArrayList Ext4Tree::children(const Node& directory) const
{
    Gathering gathering{{}, MostNames};
    ext2fs_dir_iterate2(m_image.handle(), static_cast<ext2_ino_t>(directory.id), 0, nullptr, addName, &gathering);
    return gathering.names;
}

QByteArray Ext4Tree::target(const Node& link) const
{
    constexpr qsizetype LongestTarget = 4096;
    struct ext2_inode inode = {};
    if (ext2fs_read_inode(m_image.handle(), static_cast<ext2_ino_t>(link.id), &inode) != 0) {
        return {};
    }
    QByteArray to;
    if (ext2fs_is_fast_symlink(&inode) != 0) {
        const auto size = std::min<qsizetype>(inode.i_size, sizeof(inode.i_block));
        to = QByteArray(reinterpret_cast<const char*>(inode.i_block), size);
    } else {
        to = m_image.content(static_cast<quint32>(link.id), 0, LongestTarget).value_or(QByteArray());
    }
    return to.contains('\0') ? QByteArray() : to;
}

Result<QByteArray> Ext4Tree::content(const Node& file, qint64 offset, qint64 length) const
{
    return m_image.content(static_cast<quint32>(file.id), offset, length);
}

} // namespace Stowage

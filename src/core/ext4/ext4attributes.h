// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/extendedattributes.h"
#include "core/support/result.h"

#include <QByteArray>
#include <QList>

#include <optional>

namespace Stowage
{

/** The extended attributes of an inode, in the form that they have on the disk. */
struct Ext4AttributeSet {
    QByteArray inInode; ///< To stand behind the inode's fields; empty: nothing.
    QByteArray inBlock; ///< A block, its count of users 0 and without its checksum; empty: none is needed.
};

/**
 * Puts @p attributes into the inode where they fit into @p inodeRoom bytes, else into a block of @p blockSize bytes.
 * POSIX ACLs are turned into the form of the disk; names of a kind that ext4 does not know keep their whole text, as
 * mke2fs does. Errors: a broken ACL, a name too long, more than one block of them; @p path names the file. Source: Linux Documentation/filesystems/ext4/attributes.rst.
 */
[[nodiscard]] Result<Ext4AttributeSet> encodeAttributes(const QList<ExtendedAttribute>& attributes, qint64 inodeRoom,
                                                        qint64 blockSize, const QByteArray& path);

/**
 * The value of the extended attribute @p name in the form in which the kernel gives it: for a POSIX ACL, which lies on the
 * disk in another one, converted (linux/posix_acl_xattr.h); for all else @p disk. None when the ACL is broken.
 */
[[nodiscard]] std::optional<QByteArray> attributeFromDisk(const QByteArray& name, const QByteArray& disk);

} // namespace Stowage

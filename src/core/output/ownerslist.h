// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/entries/entrysink.h"

#include <sys/types.h>

namespace Stowage
{

/**
 * The owners, modes and device nodes of a tree that an ordinary user could not give it, in the format of mtree(5):
 * `bsdtar -cf out.tar @LIST` run inside the tree makes an archive that has them right.
 */
class OwnersList
{
public:
    void add(const FileEntry& entry);
    /** The list of a tree whose top directory is the inode @p top. */
    [[nodiscard]] QByteArray text(ino_t top) const;

    /** Where the list of the tree at @p treePath lies: beside it. */
    [[nodiscard]] static QString pathFor(const QString& treePath);
    /** Whether the file at @p path is such a list. Blocks on the disk. */
    [[nodiscard]] static bool isOne(const QString& path);
    /** Whether the file at @p path is the list of the tree whose top directory is the inode @p top. Blocks on the disk. */
    [[nodiscard]] static bool isOf(const QString& path, ino_t top);

private:
    QByteArray m_text;
};

} // namespace Stowage

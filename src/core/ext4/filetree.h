// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/result.h"

#include <QByteArray>
#include <QList>

#include <stop_token>

namespace Stowage
{

/** One name in a directory tree, as lstat tells it. */
struct TreeEntry {
    QByteArray path; ///< Relative to the top, bytes as on the disk; empty: the top itself.
    quint32 mode = 0; ///< Type and permission bits.
    quint32 uid = 0;
    quint32 gid = 0;
    qint64 size = 0; ///< Bytes of a file or of a link's target; 0 for all else.
    quint64 device = 0; ///< st_rdev of a device node.
    qint64 seconds = 0; ///< Modification time.
    qint64 nanoseconds = 0;
    qint64 firstLink = -1; ///< Index of the first entry that is the same file; -1: this is the first or only one.
    quint32 links = 1; ///< Names that the file has in the tree.
    QByteArray linkTarget;
    qint64 dataBytes = 0; ///< Bytes of a file without its holes.
    qint64 dataRanges = 0; ///< Pieces that holes cut it into.
    bool hasAttributes = false; ///< Extended ones.
    qsizetype firstChild = 0; ///< Of a directory: index of its first entry; they follow each other, sorted by name.
    qsizetype children = 0;

    [[nodiscard]] bool isDirectory() const;
    [[nodiscard]] bool isFile() const;
    [[nodiscard]] bool isLink() const;
    /** The last component of the path. */
    [[nodiscard]] QByteArray name() const;
};

/** A directory with all that is in it. Links are not followed. A plain value. */
struct FileTree {
    QString path;
    QList<TreeEntry> entries; ///< The top first.
    qint64 dataBytes = 0; ///< Bytes of all files without holes, hard links once.
    qint64 files = 0; ///< Different inodes.
    qint64 newestSeconds = 0;
};

/**
 * Walks the directory @p path. Errors name the file that cannot be read; what is mounted there by the kernel itself
 * (proc, sys, ...) is refused, as it is no content. Blocks on the disk.
 */
[[nodiscard]] Result<FileTree> walkTree(const QString& path, const std::stop_token& stop);

} // namespace Stowage

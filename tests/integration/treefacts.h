// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QByteArray>
#include <QCryptographicHash>
#include <QMap>
#include <QString>

#include <span>

namespace Stowage::Test
{

/** All that a tree tells of one of its names. */
struct EntryFacts {
    quint32 mode = 0; ///< Type and permission bits.
    quint32 uid = 0;
    quint32 gid = 0;
    quint64 device = 0; ///< Of a device node: major times 2^32 and minor.
    qint64 size = 0; ///< Bytes; 0 for directories.
    quint64 links = 0;
    qint64 seconds = 0;
    qint64 nanoseconds = 0;
    QByteArray target; ///< Of a symbolic link.
    QByteArray data; ///< A hash of those blocks that are not zeros, and of their places.
    QMap<QByteArray, QByteArray> attributes; ///< Extended ones, as the kernel gives them.
    QByteArray first; ///< The first name of the same inode.
    quint64 inode = 0; ///< Of no importance to others.
    qint64 allocated = 0; ///< Bytes on the disk, of a file.
    qint64 mostAllocated = 0; ///< Bytes that its data and what lists them may take in ext4, its holes nothing.
};

/** By path, relative to the top; the top is "". */
using TreeFacts = QMap<QByteArray, EntryFacts>;

/** Gathers the hash of a file's content, to which its holes and blocks of zeros add nothing. */
class ContentHash
{
public:
    static constexpr qint64 BlockBytes = 4096;

    /** Bytes from @p offset on, a multiple of BlockBytes; none but the last part of a file ends inside a block. */
    void add(qint64 offset, std::span<const char> bytes);
    [[nodiscard]] QByteArray result() const { return m_hash.result(); }

private:
    QCryptographicHash m_hash{QCryptographicHash::Sha1};
};

/**
 * Reads the tree at @p top through the kernel, any depth. @p ownLinkCounts: those of directories are what the file system
 * says; otherwise what ext4 would say (two, and one for each subdirectory). Fails the running test when something cannot
 * be read.
 */
[[nodiscard]] TreeFacts readTree(const QString& top, bool ownLinkCounts);

/** Reads the ext4 file system in @p image with libext2fs. Fails the running test likewise. */
[[nodiscard]] TreeFacts readImage(const QString& image);

/** Notes for each name the first one of its inode. */
void linkNames(TreeFacts& facts);

/**
 * The first few things in which @p image, read from an ext4 file system, is not what @p source is; empty for none. A
 * lost+found that the source has not is expected, and no file may take more room than its data.
 */
[[nodiscard]] QString difference(TreeFacts source, TreeFacts image);

} // namespace Stowage::Test

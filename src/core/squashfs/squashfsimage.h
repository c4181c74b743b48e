// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/entries/entrysink.h"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace Stowage
{

class DiskReader;

/** What a squashfs file system says of a file, a directory or anything else with a name. */
struct SquashfsInode {
    static constexpr quint32 None = 0xffffffff;

    InodeFacts facts;
    quint32 links = 1;
    quint32 attributes = None; ///< Index of its extended attributes.
    qint64 size = 0; ///< Bytes of a file, or of a directory's list.
    quint64 start = 0; ///< Of a file its first block, in bytes of the image; of a directory the block of its list.
    quint32 fragment = None; ///< Block that holds the end of a file, with the ends of others.
    quint32 offset = 0; ///< Of the end of a file, or the list of a directory, in its block.
    std::vector<quint32> blocks; ///< As the image has them: size there, and a bit for those that are not compressed.
    QByteArray target; ///< Of a symbolic link.
};

/**
 * A squashfs file system of version 4. Its blocks and tables are decompressed by libsquashfs; what inodes and directories
 * say is checked here before it is relied on. Memory: a few blocks, and 16 bytes for each block of fragments. Not
 * thread-safe. Sources: Linux Documentation/filesystems/squashfs.rst; fs/squashfs/squashfs_fs.h.
 */
class SquashfsImage
{
public:
    /** Opens what fills @p disk, which is borrowed and may have more bytes; @p name is what errors call it. */
    [[nodiscard]] static Result<SquashfsImage> open(DiskReader& disk, const QString& name);

    SquashfsImage(SquashfsImage&&) noexcept;
    SquashfsImage& operator=(SquashfsImage&&) noexcept;
    ~SquashfsImage();

    /** Bytes that the file system takes. */
    [[nodiscard]] qint64 size() const;
    /** Bytes of a block of data. */
    [[nodiscard]] qint64 blockSize() const;
    /** Names for which all directories together have room, however well they were compressed. */
    [[nodiscard]] qint64 mostNames() const;
    /** "gzip", "xz", ... */
    [[nodiscard]] QString codec() const;

    /** Reference of the inode of the top. */
    [[nodiscard]] quint64 root() const;
    /** The inode to which @p reference leads; none where it makes no sense. */
    [[nodiscard]] std::optional<SquashfsInode> inode(quint64 reference) const;

    /** Tells @p take each name in @p directory and the reference of its inode until it returns false. False: it is damaged. */
    [[nodiscard]] bool forEachName(const SquashfsInode& directory,
                                   const std::function<bool(const QByteArray& name, quint64 reference)>& take) const;

    /** The extended attributes of @p inode, sorted by name; none where they are damaged. */
    [[nodiscard]] std::optional<QList<ExtendedAttribute>> attributes(const SquashfsInode& inode) const;

    /** Parts of @p file that are read at once: its blocks, and the end that lies in a fragment. */
    [[nodiscard]] static size_t parts(const SquashfsInode& file);
    /** Whether the part @p index of @p file is a hole. */
    [[nodiscard]] static bool isHole(const SquashfsInode& file, size_t index);
    /** The bytes of the file that a part has. */
    [[nodiscard]] qint64 partSize(const SquashfsInode& file, size_t index) const;
    /** Fills @p into with the part @p index, which is no hole, and which begins at @p start of the image. False: damaged. */
    [[nodiscard]] bool readPart(const SquashfsInode& file, size_t index, quint64 start, std::span<char> into) const;
    /** Bytes in the image of the part @p index of @p file, by which the next one begins later. */
    [[nodiscard]] static quint64 storedBytes(const SquashfsInode& file, size_t index);

    /** The first error with which the disk could not be read, which tells it from one that is damaged. */
    [[nodiscard]] std::optional<Error> readError() const;

private:
    struct Parts;
    explicit SquashfsImage(std::unique_ptr<Parts> parts);

    std::unique_ptr<Parts> m_parts;
};

} // namespace Stowage

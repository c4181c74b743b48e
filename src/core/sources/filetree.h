// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/result.h"

#include <QByteArray>
#include <QByteArrayList>

#include <optional>

namespace Stowage
{

/**
 * The names and files of a file system, to look into it: a directory, an ext4 or squashfs image, an EFI system partition,
 * a CD. Paths are relative to its top ("boot/vmlinuz"), bytes as on the disk; symbolic links are followed as if its top
 * were "/", never out of it. Whatever is damaged or hostile is as if it were not there. One thread at a time. Blocks on the
 * disk.
 */
class FileTree
{
public:
    FileTree() = default;
    FileTree(const FileTree&) = delete;
    FileTree& operator=(const FileTree&) = delete;
    virtual ~FileTree() = default;

    enum class Type { File, Directory, Other };
    /** What a path leads to. */
    struct Found {
        Type type = Type::Other;
        qint64 size = 0; ///< Bytes of a file.
        quint16 mode = 0; ///< Type and permission bits; 0 where the file system has none.
    };

    [[nodiscard]] virtual std::optional<Found> find(const QByteArray& path) const = 0;
    /** The target of the symbolic link @p path, whose last part is not followed; none where it is no link. */
    [[nodiscard]] virtual std::optional<QByteArray> linkTarget(const QByteArray& path) const = 0;
    /** The names in @p directory without "." and "..", in the order of their bytes, at most 100,000; none when it is no directory. */
    [[nodiscard]] virtual QByteArrayList names(const QByteArray& directory) const = 0;
    /** At most @p length bytes of the regular file @p path from its byte @p offset on; fewer at its end. */
    [[nodiscard]] virtual Result<QByteArray> read(const QByteArray& path, qint64 offset, qint64 length) const = 0;

protected:
    FileTree(FileTree&&) = default;
    FileTree& operator=(FileTree&&) = default;
};

} // namespace Stowage

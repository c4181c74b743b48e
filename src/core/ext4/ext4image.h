// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/architecture.h"
#include "core/support/result.h"

#include <QByteArray>
#include <QByteArrayList>

#include <memory>
#include <optional>

struct struct_ext2_filsys;

namespace Stowage
{

class DiskReader;
struct Ext4DiskChannel;

/** An ext2, ext3 or ext4 image, opened with libext2fs. Not thread-safe; each image has one owner on one thread. */
class Ext4Image
{
public:
    enum class Access { Read, Write };

    /**
     * Opens the file system that begins at the byte @p offset of @p path after its superblock was checked. Images whose
     * tables would take an unreasonable amount of memory are refused.
     */
    [[nodiscard]] static Result<Ext4Image> open(const QString& path, Access access, qint64 offset = 0);

    /**
     * The same, to read it, of the file system that fills @p disk, which is borrowed: a disk in any format, or a part of
     * one. @p name is what errors call it.
     */
    [[nodiscard]] static Result<Ext4Image> open(DiskReader& disk, const QString& name);

    Ext4Image(Ext4Image&& other) noexcept;
    Ext4Image& operator=(Ext4Image&& other) noexcept;
    ~Ext4Image();

    /** The reasons for which open() refuses to write, with nothing opened. */
    [[nodiscard]] static Result<void> checkWritable(const QString& path, qint64 offset);

    /** The libext2fs handle, borrowed. */
    [[nodiscard]] struct_ext2_filsys* handle() const { return m_handle.get(); }

    /** Makes @p seconds the time of whatever is written to the image, in place of the present. */
    void setTime(qint64 seconds);

    /** Writes everything and closes the image; it is of no use afterwards. Needed after changes. */
    [[nodiscard]] Result<void> close();

    /** At most @p length first bytes of the regular file @p name, links inside the image followed; empty when none. */
    [[nodiscard]] QByteArray read(const QByteArray& name, qsizetype length) const;

    /** At most @p length bytes of the file or long link with the number @p inode from its byte @p offset on. */
    [[nodiscard]] Result<QByteArray> content(quint32 inode, qint64 offset, qint64 length) const;

    /** A regular file in the image. */
    struct File {
        quint32 inode = 0;
        qint64 size = 0; ///< Bytes.
    };
    /** The regular file @p name, links not followed at its end; none when there is no such. */
    [[nodiscard]] std::optional<File> find(const QByteArray& name) const;
    /** The names in @p directory, links inside the image followed, in no order; none when there is no such directory. */
    [[nodiscard]] QByteArrayList names(const QByteArray& directory) const;
    /** Whether there is something at @p name, links inside the image followed. */
    [[nodiscard]] bool has(const QByteArray& name) const;

    /**
     * The first error with which a block could not be read since open(), in words for the user; none when all could.
     * Tells what cannot be read from what is not there, or is damaged.
     */
    [[nodiscard]] std::optional<Error> readError() const;

    /** The error for the libext2fs error @p code that came when doing @p doing ("write"). */
    [[nodiscard]] std::unexpected<Error> error(long code, const QString& doing) const;

private:
    struct Closer {
        void operator()(struct_ext2_filsys* handle) const;
    };

    explicit Ext4Image(QString path);
    /** Keeps @p handle, which open() got from the library with @p code, or tells why there is none. */
    [[nodiscard]] Result<void> take(struct_ext2_filsys* handle, long code);

    QString m_path;
    std::unique_ptr<Ext4DiskChannel> m_disk; ///< Where blocks come from, but for a file; outlives the handle.
    std::unique_ptr<long> m_readError; ///< Code of libext2fs; 0: none. Outlives the handle, which knows where it is.
    std::unique_ptr<struct_ext2_filsys, Closer> m_handle;
};

/** What an image with a root file system says about it. */
struct Ext4Look {
    QString system; ///< PRETTY_NAME of its os-release; empty when it has none.
    Architecture architecture = Architecture::Unknown;
};

/** Looks into @p image; empty values for what is not there. Blocks on the disk. */
[[nodiscard]] Ext4Look lookIntoExt4(const Ext4Image& image);

} // namespace Stowage

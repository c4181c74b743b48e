// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/jobs/progress.h"
#include "core/support/extendedattributes.h"
#include "core/support/sparsetarget.h"

#include <QByteArray>
#include <QList>

#include <span>
#include <stop_token>
#include <vector>

namespace Stowage
{

/** What an inode has besides its data and its names. */
struct InodeFacts {
    quint16 mode = 0; ///< Type and permission bits.
    quint32 uid = 0;
    quint32 gid = 0;
    quint32 major = 0; ///< Of a device node.
    quint32 minor = 0;
    quint32 nanoseconds = 0;
    qint64 seconds = 0; ///< Modification time; the other times are the same.

    bool operator==(const InodeFacts&) const = default;
};

/** A part of a file that is no hole. */
struct DataRange {
    qint64 start = 0; ///< Byte in the file.
    qint64 size = 0; ///< Bytes.
};

/** One name of a file system and what it is the name of. */
struct FileEntry {
    QByteArray path; ///< Relative to the top ("etc/passwd"), bytes as on the disk; empty: the top itself.
    InodeFacts facts = {};
    QList<ExtendedAttribute> attributes = {};
    QByteArray linkTarget = {}; ///< Of a symbolic link.
    qint64 size = 0; ///< Bytes of a file.
    QList<DataRange> ranges = {}; ///< Of a file with holes: all else; one of no bytes at its end where that is nothing.
};

/** Adds @p bytes of data to @p total, for sinks that count. More than 63 bits tell, as hostile input says, is an error. */
[[nodiscard]] Result<void> addBytes(qint64& total, qint64 bytes);

/**
 * Takes the entries of a file system one after the other: what writes them, counts them or hands them on. The first
 * error ends it: after it the sink is of no use. One thread at a time.
 */
class EntrySink
{
public:
    EntrySink() = default;
    Q_DISABLE_COPY_MOVE(EntrySink)
    virtual ~EntrySink() = default;

    /** Whether the content of files is of use to it. If not, reserve() comes in place of write(). */
    [[nodiscard]] virtual bool wantsData() const { return true; }

    /** A directory, a symbolic link, a device, a FIFO, a socket or an empty file. */
    [[nodiscard]] virtual Result<void> add(const FileEntry& entry) = 0;
    /** Another name for what @p existing, which came before and is no directory, is. */
    [[nodiscard]] virtual Result<void> addLink(const QByteArray& path, const QByteArray& existing) = 0;

    /** Begins a file, whose data then come by write() and skip() up to endFile(). */
    [[nodiscard]] virtual Result<void> beginFile(const FileEntry& entry) = 0;
    /** The next bytes of the file. */
    [[nodiscard]] virtual Result<void> write(std::span<const char> bytes) = 0;
    /** The next @p bytes of the file are a hole. */
    [[nodiscard]] virtual Result<void> skip(qint64 bytes) = 0;
    /** The next @p bytes of the file are data that nobody gives, as only their number counts. */
    [[nodiscard]] virtual Result<void> reserve(qint64 bytes) = 0;
    [[nodiscard]] virtual Result<void> endFile() = 0;

    /**
     * Begins a file of FileEntry::size bytes that are written in any order, into what is returned, up to endFile(): for
     * disks that are converted straight into their place. An error where the sink takes bytes in their order alone.
     */
    [[nodiscard]] virtual Result<SparseTarget*> beginDisk(const FileEntry& entry);

    /**
     * Takes the whole content of the open regular file @p fd after beginFile() by sharing its blocks, in place of
     * write() and skip(). False where that cannot be done; nothing is done then.
     */
    [[nodiscard]] virtual bool clone(int fd)
    {
        Q_UNUSED(fd)
        return false;
    }

    /**
     * A place for at most @p bytes of the file's next data, to read them into and then give them, or the first of them,
     * to write(). At least one byte; valid until the next call.
     */
    [[nodiscard]] virtual std::span<char> room(qint64 bytes);

private:
    std::vector<char> m_room;
};

/** Where the entries of a file system come from: a directory, an archive, an image. Plain to keep; thread-safe. */
class EntrySource
{
public:
    EntrySource() = default;
    Q_DISABLE_COPY_MOVE(EntrySource)
    virtual ~EntrySource() = default;

    /** What errors name. */
    [[nodiscard]] virtual QString path() const = 0;

    /**
     * Hands everything to @p sink, directories before what is in them, the same source in the same order each time. An
     * error of the sink is returned as it is. Advances @p progress by the bytes read. Blocks on the disk.
     */
    [[nodiscard]] virtual Result<void> feed(EntrySink& sink, Progress& progress, const std::stop_token& stop) const = 0;
};

} // namespace Stowage

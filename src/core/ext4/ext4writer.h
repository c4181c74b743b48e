// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/ext4/blockoutput.h"
#include "core/ext4/ext4attributes.h"
#include "core/ext4/ext4disk.h"
#include "core/ext4/ext4inodes.h"
#include "core/ext4/ext4space.h"
#include "core/ext4/nametree.h"

#include <QCryptographicHash>

#include <array>
#include <memory>
#include <optional>
#include <stop_token>

namespace Stowage
{

/** What a new ext4 file system is to be like. */
struct Ext4Options {
    qint64 sizeBytes = 0; ///< Of the file; 0: as small as its content allows, in whole MiB.
    qint64 headRoomBytes = 0; ///< To leave free, for the least size.
    qint64 blockSize = 4096; ///< Bytes: 1024, 2048 or 4096.
    qint64 inodes = 0; ///< At least so many; 0: one for 16 KiB of the size, or a sixteenth more than there are.
    qint64 journalBlocks = 0; ///< 0: no journal; else 1024 or more.
    int reservedPercent = 0; ///< Of the blocks, for root alone: 0 to 50.
    QByteArray label = {}; ///< At most 16 bytes.
    std::optional<std::array<quint8, 16>> uuid = {}; ///< None: made from all entries, but not from the data in files.
    std::optional<std::array<quint8, 16>> hashSeed = {}; ///< None: made from the UUID.
    /** Seconds since 1970: of the file system itself, and of directories that nobody described. None: as its newest entry. */
    std::optional<qint64> timeStamp = {};
};

/** Blocks for the journal of a file system of @p blocks blocks: 0 where there is no room for one, else what guests need. */
[[nodiscard]] qint64 usualJournalBlocks(qint64 blocks);

/**
 * Writes an ext4 file system into an empty file, nearly from its first byte to its last: the data of files as they come,
 * all else at the end. The same calls give the same bytes. Source of the format: Linux
 * Documentation/filesystems/ext4.
 *
 * Paths are relative to the top ("etc/passwd"; empty: the top itself), their names checked by the caller. Directories
 * that no call describes are made with mode 0755 for root. One that comes again takes the place of the first. Blocks on
 * the disk; one thread at a time.
 */
class Ext4Writer : public EntrySink
{
public:
    /**
     * @p target is borrowed, and empty; @p path names it in errors. Null: nothing is written and no data are wanted, to
     * learn what the content takes.
     */
    Ext4Writer(SparseTarget* target, const QString& path, const Ext4Options& options);

    [[nodiscard]] bool wantsData() const override { return m_output.isOpen(); }
    Result<void> add(const FileEntry& entry) override;
    Result<void> addLink(const QByteArray& path, const QByteArray& existing) override;
    Result<void> beginFile(const FileEntry& entry) override;
    /** Whole blocks of zeros become holes. */
    Result<void> write(std::span<const char> bytes) override;
    Result<void> skip(qint64 bytes) override;
    Result<void> reserve(qint64 bytes) override;
    Result<SparseTarget*> beginDisk(const FileEntry& entry) override;
    Result<void> endFile() override;

    /** Whether the disk, and not the image, had no room or another fault. */
    [[nodiscard]] bool hasWriteError() const { return m_output.hasFailed(); }

    /** Writes all that is left. @return the size of the file in bytes. */
    [[nodiscard]] Result<qint64> finish(const std::stop_token& stop);

private:
    [[nodiscard]] Result<quint32> directoryOf(const QByteArray& path, QByteArrayView& name);
    [[nodiscard]] Result<quint32> place(const FileEntry& entry);
    [[nodiscard]] Result<void> setAttributes(quint32 inode, const QList<ExtendedAttribute>& attributes,
                                             const QByteArray& path);
    [[nodiscard]] Result<void> putBlocks(std::span<const char> bytes);
    [[nodiscard]] Result<void> putPartialBlock();
    [[nodiscard]] Result<void> checkRoom() const;
    /** Bytes that the image has at most. */
    [[nodiscard]] qint64 mostBytes() const;
    /** The error for content that takes more. */
    [[nodiscard]] Result<void> noRoom() const;
    void unlink(quint32 inode);
    void note(const QByteArray& path, const InodeFacts& given, const QByteArray& more);
    /** Gives what nobody described its time. */
    void settleTimes();

    friend class Ext4Finish;
    class Disk;

    Ext4Options m_options;
    QString m_path;
    Ext4Space m_space;
    SparseTarget* m_target;
    BlockOutput m_output;
    Ext4Inodes m_inodes;
    NameTree m_names;
    QHash<QByteArray, quint32> m_attributeBlocks; ///< Content to its index below.
    struct AttributeBlock {
        QByteArray content;
        quint32 users = 0;
    };
    std::vector<AttributeBlock> m_attributes{1};
    qint64 m_newest = 0; ///< Seconds.
    QCryptographicHash m_facts{QCryptographicHash::Sha256};

    quint32 m_file = 0; ///< Inode that write() fills; 0: none.
    qint64 m_written = 0; ///< Bytes of it.
    QByteArray m_partial; ///< Its last bytes that fill no block yet.
    std::unique_ptr<Ext4Disk> m_disk; ///< What fills it in any order, in place of write().
};

} // namespace Stowage

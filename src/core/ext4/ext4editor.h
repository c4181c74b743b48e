// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/entries/filedata.h"
#include "core/ext4/ext4disk.h"
#include "core/ext4/ext4image.h"
#include "core/support/uniquefd.h"

#include <vector>

namespace Stowage
{

/**
 * Puts entries into an ext2, ext3 or ext4 file system that exists, alone in a file or in a partition. Names are made and
 * space is given out by libext2fs, the data of a file go straight to their place, in as few extents as there are. What has
 * a name already gives way, but for directories. Nobody else may use the file. On an error the file system is broken: work
 * on a copy.
 */
class Ext4Editor : public EntrySink
{
public:
    /**
     * @p path: the file, open for writing as @p fd, too, which is borrowed; @p offset: where the file system begins. The
     * time @p seconds is that of changes to what is there, and of directories that no entry describes.
     */
    [[nodiscard]] static Result<std::unique_ptr<Ext4Editor>> open(const QString& path, int fd, qint64 offset,
                                                                  qint64 seconds);

    Result<void> add(const FileEntry& entry) override;
    Result<void> addLink(const QByteArray& path, const QByteArray& existing) override;
    /** FileEntry::size and its ranges say what will come. */
    Result<void> beginFile(const FileEntry& entry) override;
    Result<void> write(std::span<const char> bytes) override;
    Result<void> skip(qint64 bytes) override;
    Result<void> reserve(qint64 bytes) override { return skip(bytes); }
    Result<SparseTarget*> beginDisk(const FileEntry& entry) override;
    Result<void> endFile() override;

    /** Writes all that libext2fs still has. To be called at the end. */
    [[nodiscard]] Result<void> close();

private:
    class Disk;

    Ext4Editor(Ext4Image image, int fd, QString path, qint64 offset);

    [[nodiscard]] Result<quint32> directoryOf(const QByteArray& path, QByteArray& name);
    [[nodiscard]] Result<quint32> makeDirectory(quint32 parent, const QByteArray& name, const FileEntry& entry);
    [[nodiscard]] Result<void> setTimes(quint32 number, const InodeFacts& facts);
    [[nodiscard]] Result<void> link(quint32 parent, const QByteArray& name, quint32 number, int type);
    [[nodiscard]] Result<void> makeWay(quint32 parent, const QByteArray& name);
    [[nodiscard]] Result<quint32> makeInode(quint32 parent, const FileEntry& entry);
    [[nodiscard]] Result<void> setAttributes(quint32 number, const QList<ExtendedAttribute>& attributes);
    [[nodiscard]] Result<void> makeFile(const FileEntry& entry);
    [[nodiscard]] Result<void> setRuns(const Ext4Disk& disk);
    [[nodiscard]] Result<void> giveBlocks(const FileEntry& entry);
    [[nodiscard]] Result<void> clear(qint64 position, qint64 bytes);
    [[nodiscard]] std::unexpected<Error> failed(long code) const;

    Ext4Image m_image;
    struct_ext2_filsys* m_fs;
    QString m_path;
    quint32 m_file = 0; ///< Inode that write() fills.
    FileEntry m_entry;
    std::vector<DataRun> m_runs; ///< Where its data go.
    size_t m_run = 0;
    qint64 m_position = 0;
    SparseFile m_target; ///< The bytes of the file system.
    std::unique_ptr<Ext4Disk> m_disk; ///< What fills the file in any order, in place of write().
};

} // namespace Stowage

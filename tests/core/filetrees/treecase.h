// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/disks/diskreader.h"
#include "core/sources/filetree.h"

#include <QFile>

namespace Stowage::Test
{

/** The bytes of a file as a disk, from one of its bytes on, as they are in a partition. Counts what is read. */
class TestDisk final : public DiskReader
{
public:
    explicit TestDisk(const QString& path);

    [[nodiscard]] qint64 size() const override { return m_file.size(); }
    Result<void> read(qint64 position, std::span<char> into) override;
    Result<DiskExtent> nextData(qint64 position) override;

    qint64 bytesRead = 0;
    qint64 brokenFrom = -1; ///< Byte from which on nothing can be read.

private:
    QFile m_file;
};

/** A disk in memory. */
class MemoryDisk final : public DiskReader
{
public:
    explicit MemoryDisk(QByteArray bytes) : m_bytes(std::move(bytes)) { }

    [[nodiscard]] qint64 size() const override { return m_bytes.size(); }
    Result<void> read(qint64 position, std::span<char> into) override;
    Result<DiskExtent> nextData(qint64 position) override;

private:
    QByteArray m_bytes;
};

/** What a file system that is looked at lacks of what a directory has. */
struct Lacks {
    bool modes = false;
    bool links = false;
};

/** Where @p tree differs from the directory @p directory in names, types, sizes, modes, links or contents; else empty. */
[[nodiscard]] QString differences(const FileTree& tree, const QString& directory, Lacks lacks = {});

/** Goes through all of a tree that may be damaged, at most a million entries, and reads some of every file. */
void wander(const FileTree& tree);

} // namespace Stowage::Test

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/disks/opendisk.h"
#include "core/sources/filetree.h"

namespace Stowage
{

/** A file system in a source, held open to take files out of it. */
class SourceTree
{
public:
    /**
     * Opens the directory @p path, or the file system on partition @p partition of the disk in the file @p path; 0: the one that
     * fills it. Of a virtual machine it is the first disk. Errors: there is no such partition, or none that openFileTree() opens. Blocks on the disk.
     */
    [[nodiscard]] static Result<SourceTree> open(const QString& path, int partition, const std::stop_token& stop);

    [[nodiscard]] const FileTree& tree() const { return *m_tree; }

private:
    SourceTree() = default;

    OpenedDisk m_disk;
    std::unique_ptr<DiskPart> m_part;
    std::unique_ptr<FileTree> m_tree; ///< Borrows the others.
};

} // namespace Stowage

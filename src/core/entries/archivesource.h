// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/entries/entrysink.h"

namespace Stowage
{

/**
 * A tar or cpio archive of a root file system, compressed or not, decompressed while it is read and never unpacked.
 * Names that lead out of it are errors (entryPath()), and so is an archive without an entry. Owners, device numbers,
 * nanoseconds, holes, hard links, extended attributes and ACLs are kept as far as the archive has them.
 */
class ArchiveSource : public EntrySource
{
public:
    explicit ArchiveSource(QString path) : m_path(std::move(path)) { }

    [[nodiscard]] QString path() const override { return m_path; }
    /** Progress is in bytes of the archive as it lies on the disk. */
    Result<void> feed(EntrySink& sink, Progress& progress, const std::stop_token& stop) const override;

private:
    QString m_path;
};

} // namespace Stowage

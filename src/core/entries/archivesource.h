// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/entries/entrysink.h"
#include "core/support/fileslice.h"

namespace Stowage
{

/**
 * A tar or cpio archive of a root file system, compressed or not, decompressed while it is read and never unpacked.
 * Names that lead out of it are errors (entryPath()), and so is an archive without an entry. Owners, device numbers,
 * nanoseconds, holes, hard links, extended attributes and ACLs are kept as far as the archive has them. Of several cpio archives
 * in a row, as ramdisks may be, not the first alone is taken: they are an error.
 */
class ArchiveSource : public EntrySource
{
public:
    /** Only what is below the directory @p top counts, which is the top then; empty: everything. */
    explicit ArchiveSource(QString path, QByteArray top = {}) : m_slice{.path = std::move(path)}, m_top(std::move(top))
    { }
    /** An archive inside another file. */
    explicit ArchiveSource(FileSlice slice) : m_slice(std::move(slice)) { }

    [[nodiscard]] QString path() const override { return m_slice.path; }
    /** Progress is in bytes of the archive as it lies on the disk. */
    Result<void> feed(EntrySink& sink, Progress& progress, const std::stop_token& stop) const override;

private:
    FileSlice m_slice;
    QByteArray m_top;
};

} // namespace Stowage

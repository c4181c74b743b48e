// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/entries/entrysink.h"
#include "core/support/fileslice.h"

#include <QMutex>
#include <QTemporaryFile>

#include <memory>

namespace Stowage
{

/**
 * The content of a squashfs file system that is a member of a tar archive: read where it lies in an archive that is not
 * compressed; else it is unpacked once, while the object lives, into a file that has no name, below TMPDIR or /var/tmp.
 * Otherwise as SquashfsSource.
 */
class ArchivedSquashfs final : public EntrySource
{
public:
    /** @p member is a path as entryPath() gives it. */
    ArchivedSquashfs(QString path, QByteArray member) : m_path(std::move(path)), m_member(std::move(member)) { }

    [[nodiscard]] QString path() const override { return m_path; }
    /** Progress is in bytes of the files' data, holes left out. */
    Result<void> feed(EntrySink& sink, Progress& progress, const std::stop_token& stop) const override;

private:
    [[nodiscard]] Result<FileSlice> find(const std::stop_token& stop) const;
    /** The unpacked member. Waits for another thread that unpacks it. */
    [[nodiscard]] Result<FileSlice> unpacked(const std::stop_token& stop) const;
    [[nodiscard]] Result<void> unpackInto(QTemporaryFile& file, const std::stop_token& stop) const;

    QString m_path;
    QByteArray m_member;
    mutable QMutex m_mutex;
    mutable std::unique_ptr<QTemporaryFile> m_unpacked; ///< Null: not yet. Guarded by m_mutex.
};

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/entries/entrysink.h"

namespace Stowage
{

/**
 * The content of an ext2, ext3 or ext4 file system, alone in a file or in a partition of a disk image. Read with libext2fs,
 * data straight from the file. In the order of DirectorySource; "lost+found" is left out when nothing is in it. Encrypted
 * files, damage and, where the data are wanted, a journal to replay are refused.
 */
class Ext4Source : public EntrySource
{
public:
    /** @p offset: byte of @p path where the file system begins. */
    explicit Ext4Source(QString path, qint64 offset = 0) : m_path(std::move(path)), m_offset(offset) { }

    [[nodiscard]] QString path() const override { return m_path; }
    Result<void> feed(EntrySink& sink, Progress& progress, const std::stop_token& stop) const override;

private:
    QString m_path;
    qint64 m_offset;
};

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/entries/entrysink.h"

namespace Stowage
{

/** Room that entries take in a file system, to learn whether they fit before anything is written. */
class EntryRoom : public EntrySink
{
public:
    /** @p blockSize in bytes. */
    explicit EntryRoom(qint64 blockSize) : m_blockSize(blockSize) { }

    [[nodiscard]] bool wantsData() const override { return false; }
    Result<void> add(const FileEntry& entry) override;
    Result<void> addLink(const QByteArray& path, const QByteArray& existing) override;
    Result<void> beginFile(const FileEntry& entry) override { return add(entry); }
    Result<void> write(std::span<const char> bytes) override { return reserve(static_cast<qint64>(bytes.size())); }
    Result<void> skip(qint64 bytes) override;
    Result<void> reserve(qint64 bytes) override;
    Result<void> endFile() override { return {}; }

    /** Blocks, those of names and extent trees included; rather too many than too few. */
    [[nodiscard]] qint64 blocks() const;
    [[nodiscard]] qint64 inodes() const { return m_inodes; }
    /** Bytes of the files, holes left out. */
    [[nodiscard]] qint64 dataBytes() const { return m_dataBytes; }

private:
    qint64 m_blockSize;
    qint64 m_blocks = 0;
    qint64 m_inodes = 0;
    qint64 m_dataBytes = 0;
};

} // namespace Stowage

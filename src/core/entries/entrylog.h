// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/entries/entrysink.h"

namespace Stowage
{

/**
 * Entries with all that decides how much room they take, to be handed on any number of times: names, types, extended
 * attributes, links' targets, and how many bytes of data and holes files have; neither owners nor times nor the data.
 * Kept small: about 20 bytes for an entry without attributes, as names are told by what they have not in common with the
 * one before.
 */
class EntryLog : public EntrySink
{
public:
    [[nodiscard]] bool wantsData() const override { return false; }
    Result<void> add(const FileEntry& entry) override;
    Result<void> addLink(const QByteArray& path, const QByteArray& existing) override;
    Result<void> beginFile(const FileEntry& entry) override;
    Result<void> write(std::span<const char> bytes) override { return reserve(static_cast<qint64>(bytes.size())); }
    Result<void> skip(qint64 bytes) override;
    Result<void> reserve(qint64 bytes) override;
    Result<void> endFile() override;

    /** Does with @p sink what was done with this, reserve() in place of write(). */
    [[nodiscard]] Result<void> replay(EntrySink& sink, const std::stop_token& stop) const;

    /** Bytes of data in all, holes left out. */
    [[nodiscard]] qint64 dataBytes() const { return m_dataBytes; }
    /** Entries but for further names. */
    [[nodiscard]] qint64 files() const { return m_files; }

private:
    enum class Call : char { Add, Link, Begin, Skip, Reserve, End };

    void put(Call call);
    void putNumber(quint64 number);
    void putBytes(const QByteArray& bytes);
    void putPath(const QByteArray& path);
    void putEntry(Call call, const FileEntry& entry);

    /** Reads it again. */
    class Reader;

    std::vector<QByteArray> m_pieces; ///< Each ends behind a whole call.
    QByteArray m_path; ///< The last one.
    qint64 m_dataBytes = 0;
    qint64 m_files = 0;
};

} // namespace Stowage

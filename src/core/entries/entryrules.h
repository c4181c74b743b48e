// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/entries/entrysink.h"
#include "core/project/guest.h"

#include <optional>

namespace Stowage
{

/** The time that SOURCE_DATE_EPOCH sets for everything newer (reproducible-builds.org); none where it is not set. */
[[nodiscard]] std::optional<qint64> sourceDateEpoch();

/**
 * Hands entries on with the owners and times that they get in the image: root's where the rule says so, or the
 * file's owner is that of the top, who built it all, and nothing newer than SOURCE_DATE_EPOCH.
 */
class EntryRules : public EntrySink
{
public:
    /** @p next is borrowed. @p isDirectory: the entries come from a directory, whose owner says something. */
    EntryRules(EntrySink& next, OwnerRule owners, bool isDirectory);

    [[nodiscard]] bool wantsData() const override { return m_next.wantsData(); }
    Result<void> add(const FileEntry& entry) override { return m_next.add(ruled(entry)); }
    Result<void> addLink(const QByteArray& path, const QByteArray& existing) override
    {
        return m_next.addLink(path, existing);
    }
    Result<void> beginFile(const FileEntry& entry) override { return m_next.beginFile(ruled(entry)); }
    Result<void> write(std::span<const char> bytes) override { return m_next.write(bytes); }
    Result<void> skip(qint64 bytes) override { return m_next.skip(bytes); }
    Result<void> reserve(qint64 bytes) override { return m_next.reserve(bytes); }
    Result<void> endFile() override { return m_next.endFile(); }
    [[nodiscard]] bool clone(int fd) override { return m_next.clone(fd); }
    [[nodiscard]] std::span<char> room(qint64 bytes) override { return m_next.room(bytes); }

private:
    [[nodiscard]] FileEntry ruled(FileEntry entry);

    EntrySink& m_next;
    OwnerRule m_owners;
    std::optional<quint32> m_builder; ///< Whose files become root's; 0: nobody's.
    std::optional<qint64> m_newest;
};

} // namespace Stowage

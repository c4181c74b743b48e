// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "entryrules.h"

#include <unistd.h>

namespace Stowage
{

std::optional<qint64> sourceDateEpoch()
{
    bool stated = false;
    const qint64 seconds = qEnvironmentVariable("SOURCE_DATE_EPOCH").toLongLong(&stated);
    return stated && seconds >= 0 ? std::optional(seconds) : std::nullopt;
}

EntryRules::EntryRules(EntrySink& next, OwnerRule owners, bool isDirectory)
    : m_next(next),
      m_owners(owners == OwnerRule::Automatic && !isDirectory ? OwnerRule::Keep : owners),
      m_newest(sourceDateEpoch())
{ }

FileEntry EntryRules::ruled(FileEntry entry)
{
    if (m_owners == OwnerRule::Automatic && !m_builder) {
        // The top comes first. A directory of the user's own was built by that user; one that root has from an ordinary
        // user likewise.
        const quint32 owner = entry.facts.uid;
        m_builder = owner == ::geteuid() || ::geteuid() == 0 ? owner : 0;
    }
    if (m_owners == OwnerRule::Root
        || (m_owners == OwnerRule::Automatic && *m_builder != 0 && entry.facts.uid == *m_builder)) {
        entry.facts.uid = 0;
        entry.facts.gid = 0;
    }
    if (m_newest && entry.facts.seconds > *m_newest) {
        entry.facts.seconds = *m_newest;
        entry.facts.nanoseconds = 0;
    }
    return entry;
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/filestate.h"

#include <QList>
#include <QMutex>

#include <algorithm>
#include <optional>
#include <tuple>

namespace Stowage
{

/** What was learned of files that had to be read to their ends, as that takes long, until they change. The last few; thread-safe. */
template<typename Fact>
class Remembered
{
public:
    /**
     * What is known of the file @p path, or of its part that is called @p part; @p learn, which returns a Result of it, is
     * asked where nothing is.
     */
    template<typename Learn>
    [[nodiscard]] Result<Fact> of(const QString& path, Learn learn, const QString& part = {})
    {
        const auto state = FileState::of(path);
        if (!state) {
            return std::unexpected(state.error());
        }
        if (const auto known = find(*state, part)) {
            return *known;
        }
        Result<Fact> learned = learn();
        if (learned) {
            add(*state, part, *learned);
        }
        return learned;
    }

private:
    using Known = std::tuple<FileState, QString, Fact>;

    std::optional<Fact> find(const FileState& state, const QString& part)
    {
        const QMutexLocker lock(&m_mutex);
        const auto found = std::ranges::find_if(m_known, [&](const Known& known) {
            return std::get<0>(known) == state && std::get<1>(known) == part;
        });
        return found == m_known.end() ? std::nullopt : std::optional(std::get<2>(*found));
    }

    void add(const FileState& state, const QString& part, const Fact& fact)
    {
        constexpr qsizetype Most = 64;
        const QMutexLocker lock(&m_mutex);
        m_known.append({state, part, fact});
        m_known = m_known.last(std::min(Most, m_known.size()));
    }

    QMutex m_mutex;
    QList<Known> m_known;
};

} // namespace Stowage

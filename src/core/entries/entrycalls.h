// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/entries/entrysink.h"

#include <variant>

namespace Stowage
{

/** Entries kept in memory with their data, to be handed on later. */
class EntryCalls : public EntrySink
{
public:
    /** @p capacity: bytes of data that there is room for. */
    explicit EntryCalls(qint64 capacity) : m_data(static_cast<size_t>(capacity)) { }

    Result<void> add(const FileEntry& entry) override;
    Result<void> addLink(const QByteArray& path, const QByteArray& existing) override;
    Result<void> beginFile(const FileEntry& entry) override;
    /** No more than roomLeft() bytes. */
    Result<void> write(std::span<const char> bytes) override;
    Result<void> skip(qint64 bytes) override;
    Result<void> reserve(qint64 bytes) override;
    Result<void> endFile() override;
    /** The part of the store that is free yet: bytes read there need no copy. */
    [[nodiscard]] std::span<char> room(qint64 bytes) override;

    /** Does with @p sink what was done with this. */
    [[nodiscard]] Result<void> replay(EntrySink& sink, const std::stop_token& stop) const;

    [[nodiscard]] size_t size() const { return m_calls.size(); }
    [[nodiscard]] qint64 roomLeft() const { return static_cast<qint64>(m_data.size()) - m_used; }
    /** Forgets everything; the store stays. */
    void clear();

private:
    struct Add {
        FileEntry entry;
    };
    struct Link {
        QByteArray path;
        QByteArray existing;
    };
    struct Begin {
        FileEntry entry;
    };
    struct Write {
        qint64 start = 0;
        qint64 bytes = 0;
    };
    struct Skip {
        qint64 bytes = 0;
    };
    struct Reserve {
        qint64 bytes = 0;
    };
    struct End { };
    using Call = std::variant<Add, Link, Begin, Write, Skip, Reserve, End>;

    std::vector<Call> m_calls;
    std::vector<char> m_data;
    qint64 m_used = 0;
};

} // namespace Stowage

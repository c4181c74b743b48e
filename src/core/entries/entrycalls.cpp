// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "entrycalls.h"

#include <algorithm>
#include <cstring>

namespace Stowage
{

namespace
{

template<typename... Visitors>
struct Overloaded : Visitors... {
    using Visitors::operator()...;
};

} // namespace

Result<void> EntryCalls::add(const FileEntry& entry)
{
    m_calls.emplace_back(Add{entry});
    return {};
}

Result<void> EntryCalls::addLink(const QByteArray& path, const QByteArray& existing)
{
    m_calls.emplace_back(Link{path, existing});
    return {};
}

Result<void> EntryCalls::beginFile(const FileEntry& entry)
{
    m_calls.emplace_back(Begin{entry});
    return {};
}

Result<void> EntryCalls::write(std::span<const char> bytes)
{
    Q_ASSERT(static_cast<qint64>(bytes.size()) <= roomLeft());
    if (bytes.empty()) {
        return {};
    }
    char* place = m_data.data() + m_used;
    if (bytes.data() != place) {
        std::memcpy(place, bytes.data(), bytes.size());
    }
    const auto size = static_cast<qint64>(bytes.size());
    auto* last = m_calls.empty() ? nullptr : std::get_if<Write>(&m_calls.back());
    if (last != nullptr) {
        last->bytes += size;
    } else {
        m_calls.emplace_back(Write{m_used, size});
    }
    m_used += size;
    return {};
}

Result<void> EntryCalls::skip(qint64 bytes)
{
    m_calls.emplace_back(Skip{bytes});
    return {};
}

Result<void> EntryCalls::reserve(qint64 bytes)
{
    m_calls.emplace_back(Reserve{bytes});
    return {};
}

Result<void> EntryCalls::endFile()
{
    m_calls.emplace_back(End{});
    return {};
}

std::span<char> EntryCalls::room(qint64 bytes)
{
    return {m_data.data() + m_used, static_cast<size_t>(std::min(bytes, roomLeft()))};
}

Result<void> EntryCalls::replay(EntrySink& sink, const std::stop_token& stop) const
{
    const Overloaded visitor{
        [&](const Add& call) { return sink.add(call.entry); },
        [&](const Link& call) { return sink.addLink(call.path, call.existing); },
        [&](const Begin& call) { return sink.beginFile(call.entry); },
        [&](const Write& call) { return sink.write({m_data.data() + call.start, static_cast<size_t>(call.bytes)}); },
        [&](const Skip& call) { return sink.skip(call.bytes); },
        [&](const Reserve& call) { return sink.reserve(call.bytes); },
        [&](const End&) { return sink.endFile(); },
    };
    for (const Call& call : m_calls) {
        if (stop.stop_requested()) {
            return cancelled();
        }
        if (auto done = std::visit(visitor, call); !done) {
            return done;
        }
    }
    return {};
}

void EntryCalls::clear()
{
    m_calls.clear();
    m_used = 0;
}

} // namespace Stowage

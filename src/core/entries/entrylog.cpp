// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "entrylog.h"

#include <algorithm>

namespace Stowage
{

namespace
{

constexpr qsizetype PieceBytes = 256 * 1024;
constexpr int NumberBits = 7; // of a number in a byte; the eighth says that more follow

} // namespace

void EntryLog::put(Call call)
{
    if (m_pieces.empty() || m_pieces.back().size() > PieceBytes) {
        m_pieces.emplace_back();
        m_pieces.back().reserve(PieceBytes + PieceBytes / 8);
    }
    m_pieces.back().append(static_cast<char>(call));
}

void EntryLog::putNumber(quint64 number)
{
    constexpr quint64 More = 1U << NumberBits;
    for (; number >= More; number >>= NumberBits) {
        m_pieces.back().append(static_cast<char>((number % More) | More));
    }
    m_pieces.back().append(static_cast<char>(number));
}

void EntryLog::putBytes(const QByteArray& bytes)
{
    putNumber(static_cast<quint64>(bytes.size()));
    m_pieces.back().append(bytes);
}

void EntryLog::putPath(const QByteArray& path)
{
    const auto same = std::ranges::mismatch(path, m_path).in1 - path.begin();
    putNumber(static_cast<quint64>(same));
    putBytes(path.sliced(same));
    m_path = path;
}

void EntryLog::putEntry(Call call, const FileEntry& entry)
{
    put(call);
    putPath(entry.path);
    putNumber(entry.facts.mode);
    putBytes(entry.linkTarget);
    putNumber(static_cast<quint64>(entry.attributes.size()));
    for (const ExtendedAttribute& attribute : entry.attributes) {
        putBytes(attribute.name);
        putBytes(attribute.value);
    }
    ++m_files;
}

Result<void> EntryLog::add(const FileEntry& entry)
{
    putEntry(Call::Add, entry);
    return {};
}

Result<void> EntryLog::addLink(const QByteArray& path, const QByteArray& existing)
{
    put(Call::Link);
    putPath(path);
    putBytes(existing);
    return {};
}

Result<void> EntryLog::beginFile(const FileEntry& entry)
{
    putEntry(Call::Begin, entry);
    return {};
}

Result<void> EntryLog::skip(qint64 bytes)
{
    put(Call::Skip);
    putNumber(static_cast<quint64>(bytes));
    return {};
}

Result<void> EntryLog::reserve(qint64 bytes)
{
    put(Call::Reserve);
    putNumber(static_cast<quint64>(bytes));
    return addBytes(m_dataBytes, bytes);
}

Result<void> EntryLog::endFile()
{
    put(Call::End);
    return {};
}

class EntryLog::Reader
{
public:
    explicit Reader(EntrySink& sink) : m_sink(sink) { }

    Result<void> read(const QByteArray& piece, const std::stop_token& stop)
    {
        m_next = piece.constData();
        const char* const end = m_next + piece.size();
        while (m_next < end) {
            if (stop.stop_requested()) {
                return cancelled();
            }
            if (auto done = readCall(); !done) {
                return done;
            }
        }
        return {};
    }

private:
    Result<void> readCall()
    {
        switch (static_cast<Call>(*m_next++)) {
        case Call::Add:
            return m_sink.add(entry());
        case Call::Link:
            readPath();
            return m_sink.addLink(m_path, bytes());
        case Call::Begin:
            return m_sink.beginFile(entry());
        case Call::Skip:
            return m_sink.skip(static_cast<qint64>(number()));
        case Call::Reserve:
            return m_sink.reserve(static_cast<qint64>(number()));
        case Call::End:
            break;
        }
        return m_sink.endFile();
    }

    quint64 number()
    {
        quint64 value = 0;
        for (int shift = 0;; shift += NumberBits) {
            const auto byte = static_cast<quint8>(*m_next++);
            value |= quint64{byte & 0x7fU} << shift;
            if (byte < 0x80) {
                return value;
            }
        }
    }

    QByteArray bytes()
    {
        const auto size = static_cast<qsizetype>(number());
        const QByteArray taken(m_next, size);
        m_next += size;
        return taken;
    }

    void readPath()
    {
        m_path.truncate(static_cast<qsizetype>(number()));
        m_path += bytes();
    }

    FileEntry entry()
    {
        readPath();
        FileEntry entry{.path = m_path};
        entry.facts.mode = static_cast<quint16>(number());
        entry.linkTarget = bytes();
        for (quint64 left = number(); left > 0; --left) {
            const QByteArray name = bytes();
            entry.attributes.append({name, bytes()});
        }
        return entry;
    }

    EntrySink& m_sink;
    const char* m_next = nullptr;
    QByteArray m_path;
};

Result<void> EntryLog::replay(EntrySink& sink, const std::stop_token& stop) const
{
    Reader reader(sink);
    for (const QByteArray& piece : m_pieces) {
        if (auto done = reader.read(piece, stop); !done) {
            return done;
        }
    }
    return {};
}

} // namespace Stowage

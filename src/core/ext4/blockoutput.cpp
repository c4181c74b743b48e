// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "blockoutput.h"

#include "core/support/units.h"

#include <cstring>

namespace Stowage
{

namespace
{

constexpr qint64 BufferBytes = MiB;

} // namespace

BlockOutput::BlockOutput(SparseTarget* target, qint64 blockSize)
    : m_target(target),
      m_blockSize(blockSize),
      m_buffer(BufferBytes)
{ }

qint64 BlockOutput::most() const
{
    return BufferBytes / m_blockSize;
}

std::span<char> BlockOutput::blocks(qint64 first, qint64 count)
{
    const std::span<char> place = room(first, count);
    std::memset(place.data(), 0, place.size());
    return place;
}

std::span<char> BlockOutput::room(qint64 first, qint64 count)
{
    const qint64 bytes = count * m_blockSize;
    if (first * m_blockSize != m_start + m_used || m_used + bytes > BufferBytes) {
        flush();
        m_start = first * m_blockSize;
    }
    char* place = m_buffer.data() + m_used;
    m_used += bytes;
    return {place, static_cast<size_t>(bytes)};
}

void BlockOutput::flush()
{
    write(m_buffer.data(), m_used, m_start);
    m_start += m_used;
    m_used = 0;
    if (m_target != nullptr) {
        m_target->settle(m_start);
    }
}

void BlockOutput::write(const void* data, qint64 size, qint64 offset)
{
    if (m_target != nullptr && m_result && size > 0) {
        m_result = m_target->write(offset, {static_cast<const char*>(data), static_cast<size_t>(size)});
    }
}

void BlockOutput::erase(qint64 first, qint64 count)
{
    flush();
    if (m_target != nullptr && m_result) {
        m_result = m_target->erase(first * m_blockSize, count * m_blockSize);
    }
}

void BlockOutput::setMetadata(bool metadata)
{
    flush();
    if (m_target != nullptr) {
        m_target->setMetadata(metadata);
    }
}

Result<void> BlockOutput::finish(qint64 bytes)
{
    flush();
    if (m_target != nullptr && m_result) {
        m_result = m_target->extend(bytes);
    }
    return m_result;
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "typist.h"

#include <algorithm>

namespace Stowage
{

namespace
{

constexpr qsizetype Ahead = 16; // the receive FIFO of a 16550
constexpr qint64 Patience = 2000; // ms

} // namespace

void Typist::receive(const QByteArray& bytes, qint64 now)
{
    // Messages of the kernel may come in between: the echo is there when its bytes came in their order.
    qsizetype seen = 0;
    for (const char c : bytes) {
        if (seen < m_unseen.size() && c == m_unseen[seen]) {
            ++seen;
        }
    }
    if (seen > 0) {
        m_unseen.remove(0, seen);
        m_lastMove = now;
    }
}

QByteArray Typist::take(qint64 now)
{
    if (m_text.isEmpty()) {
        return {};
    }
    if (!m_unseen.isEmpty() && now - m_lastMove > Patience) {
        m_unseen.clear();
    }
    const qsizetype count = std::min(m_text.size(), Ahead - m_unseen.size());
    if (count <= 0) {
        return {};
    }
    if (m_unseen.isEmpty()) {
        m_lastMove = now;
    }
    const QByteArray piece = m_text.first(count);
    m_unseen += piece;
    m_text.remove(0, count);
    return piece;
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "guestconsole.h"

#include "core/support/units.h"

#include <algorithm>

namespace Stowage
{

QByteArrayList GuestConsole::add(const QByteArray& bytes)
{
    m_text += m_filter.plain(bytes);
    QByteArrayList lines;
    for (qsizetype end = m_text.indexOf('\n', m_told); end >= 0; end = m_text.indexOf('\n', m_told)) {
        lines.append(m_text.sliced(m_told, end - m_told));
        m_told = end + 1;
    }
    if (m_text.size() > 2 * MiB) { // one that never stops talking must not take all memory
        const qsizetype surplus = m_text.size() - MiB;
        m_text.remove(0, surplus);
        m_told = std::max<qsizetype>(m_told - surplus, 0);
    }
    return lines;
}

} // namespace Stowage

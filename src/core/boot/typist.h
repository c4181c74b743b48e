// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QByteArray>

namespace Stowage
{

/**
 * Types on a serial console no faster than the other side takes it, as told by its echo: Xen and the UART keep few bytes
 * that nobody has read yet, and drop what comes then. Times are in ms from any start. A plain value.
 */
class Typist
{
public:
    void type(const QByteArray& text) { m_text += text; }
    /** Looks for the echo in what has come from the other side. */
    void receive(const QByteArray& bytes, qint64 now);
    /** The bytes to send now. Without an echo for two seconds it goes on all the same: passwords have none. */
    [[nodiscard]] QByteArray take(qint64 now);
    [[nodiscard]] bool isDone() const { return m_text.isEmpty(); }

private:
    QByteArray m_text;
    QByteArray m_unseen; ///< Sent, and not come back yet.
    qint64 m_lastMove = 0;
};

} // namespace Stowage

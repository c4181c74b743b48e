// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/boot/terminaltext.h"

#include <QByteArray>
#include <QByteArrayList>

namespace Stowage
{

/** What the console of a guest has said, as text; of very much the last million bytes. A plain value. */
class GuestConsole
{
public:
    /** Adds the next @p bytes. Returns the lines that now have an end. */
    [[nodiscard]] QByteArrayList add(const QByteArray& bytes);

    [[nodiscard]] const QByteArray& text() const { return m_text; }

private:
    TerminalText m_filter;
    QByteArray m_text;
    qsizetype m_told = 0; ///< Bytes of it that add() has returned.
};

} // namespace Stowage

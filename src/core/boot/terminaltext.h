// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QByteArray>

namespace Stowage
{

/**
 * Takes from a stream of UTF-8 what only a terminal understands: escape sequences (ECMA-48), carriage returns, other control
 * characters, those of two bytes (U+0080 to U+009F) among them. Pieces may end anywhere. A plain value.
 */
class TerminalText
{
public:
    /** The text in the next @p bytes of the stream, with its newlines and tabs. */
    [[nodiscard]] QByteArray plain(const QByteArray& bytes);

private:
    enum class State { Text, Escape, Control, String, StringEscape };
    [[nodiscard]] State after(char c) const;

    State m_state = State::Text;
    bool m_hasLead = false; ///< The first byte of a character that may be a control character has come.
};

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "terminaltext.h"

namespace Stowage
{

QByteArray TerminalText::plain(const QByteArray& bytes)
{
    constexpr char Esc = '\x1b';
    constexpr char Bell = '\a';
    QByteArray text;
    text.reserve(bytes.size());
    for (const char c : bytes) {
        const auto code = static_cast<unsigned char>(c);
        if (c == '\n') { // none of the sequences has one: it is broken, and the line ends
            m_state = State::Text;
        }
        switch (m_state) {
        case State::Text:
            if (c == Esc) {
                m_state = State::Escape;
            } else if (c == '\n' || c == '\t' || (code >= 0x20 && code != 0x7f)) {
                text += c;
            }
            break;
        case State::Escape:
            if (c == '[') {
                m_state = State::Control;
            } else if (c == ']' || c == 'P' || c == '^' || c == '_') {
                m_state = State::String;
            } else if (code < 0x20 || code > 0x2f) { // an intermediate byte has another one after it
                m_state = State::Text;
            }
            break;
        case State::Control:
            if (code >= 0x40 && code <= 0x7e) {
                m_state = State::Text;
            }
            break;
        case State::String:
            if (c == Esc) {
                m_state = State::StringEscape;
            } else if (c == Bell) {
                m_state = State::Text;
            }
            break;
        case State::StringEscape:
            m_state = State::Text;
            break;
        }
    }
    return text;
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "terminaltext.h"

#include <utility>

namespace Stowage
{

namespace
{

constexpr char Escape = '\x1b';
constexpr char Bell = '\a';
constexpr char Lead = '\xc2'; // of U+0080 to U+00BF in UTF-8

bool isText(char c)
{
    const auto code = static_cast<unsigned char>(c);
    return c == '\n' || c == '\t' || (code >= 0x20 && code != 0x7f);
}

bool isBetween(char c, unsigned char first, unsigned char last)
{
    const auto code = static_cast<unsigned char>(c);
    return code >= first && code <= last;
}

} // namespace

QByteArray TerminalText::plain(const QByteArray& bytes)
{
    QByteArray text;
    text.reserve(bytes.size());
    for (char c : bytes) {
        if (std::exchange(m_hasLead, c == Lead)) {
            if (isBetween(c, 0x80, 0x9f)) { // what an escape and the letter 0x40 below it say, too
                m_state = State::Escape;
                c = static_cast<char>(c - 0x40);
            } else if (m_state == State::Text) {
                text += Lead;
            }
        }
        if (m_hasLead) {
            continue;
        }
        if (c == '\n') { // no sequence has one: it is broken, and the line ends
            m_state = State::Text;
        }
        if (m_state == State::Text && isText(c)) {
            text += c;
        } else {
            m_state = after(c);
        }
    }
    return text;
}

/** The state behind @p c, which is no text. */
TerminalText::State TerminalText::after(char c) const
{
    switch (m_state) {
    case State::Text:
        return c == Escape ? State::Escape : State::Text;
    case State::Escape:
        if (c == '[') {
            return State::Control;
        }
        if (QByteArrayView("]P^_X").contains(c)) {
            return State::String;
        }
        return isBetween(c, 0x20, 0x2f) ? State::Escape : State::Text; // an intermediate byte has another one after it
    case State::Control:
        return isBetween(c, 0x40, 0x7e) ? State::Text : State::Control;
    case State::String:
        if (c == Bell) {
            return State::Text;
        }
        return c == Escape ? State::StringEscape : State::String;
    case State::StringEscape:
        break;
    }
    return State::Text;
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "jsonlocator.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>

namespace Stowage
{

namespace
{

/** Deeper than Qt's JSON reader goes, which has seen the text before. */
constexpr int MaximumDepth = 1024;

class Walker
{
public:
    Walker(QByteArrayView text, const std::function<bool(const JsonPath&, qsizetype)>& visit)
        : m_text(text),
          m_visit(visit)
    { }

    /** Walks the value at the current position; false when the text is broken there. */
    bool value()
    {
        skipSpace();
        if (atEnd()) {
            return false;
        }
        const bool container = peek() == '{' || peek() == '[';
        if (!m_visit(m_path, m_position) || !container || m_path.size() >= MaximumDepth) {
            return skipValue();
        }
        return peek() == '{' ? members() : elements();
    }

private:
    [[nodiscard]] bool atEnd() const { return m_position >= m_text.size(); }
    [[nodiscard]] char peek() const { return m_text.at(m_position); }

    void skipSpace()
    {
        while (!atEnd() && (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r')) {
            ++m_position;
        }
    }

    bool take(char wanted)
    {
        skipSpace();
        if (atEnd() || peek() != wanted) {
            return false;
        }
        ++m_position;
        return true;
    }

    bool skipString()
    {
        if (!take('"')) {
            return false;
        }
        while (!atEnd() && peek() != '"') {
            m_position += peek() == '\\' ? 2 : 1;
        }
        return take('"');
    }

    bool skipValue()
    {
        int depth = 0;
        do {
            skipSpace();
            if (atEnd()) {
                return false;
            }
            const char c = peek();
            if (c == '"') {
                if (!skipString()) {
                    return false;
                }
                continue;
            }
            if (c == '{' || c == '[') {
                ++depth;
            } else if (c == '}' || c == ']') {
                --depth;
            } else if (depth == 0) {
                skipScalar();
                return true;
            }
            ++m_position;
        } while (depth > 0);
        return true;
    }

    void skipScalar()
    {
        while (!atEnd() && !QByteArrayView(",]} \t\r\n").contains(peek())) {
            ++m_position;
        }
    }

    bool members()
    {
        ++m_position;
        if (take('}')) {
            return true;
        }
        do {
            skipSpace();
            const qsizetype begin = m_position;
            if (!skipString()) {
                return false;
            }
            const QByteArray name = m_text.sliced(begin, m_position - begin).toByteArray();
            m_path.append(QJsonDocument::fromJson('[' + name + ']').array().at(0).toString());
            const bool good = take(':') && value();
            m_path.removeLast();
            if (!good) {
                return false;
            }
        } while (take(','));
        return take('}');
    }

    bool elements()
    {
        ++m_position;
        if (take(']')) {
            return true;
        }
        int index = 0;
        do {
            m_path.append(QString::number(index++));
            const bool good = value();
            m_path.removeLast();
            if (!good) {
                return false;
            }
        } while (take(','));
        return take(']');
    }

    QByteArrayView m_text;
    const std::function<bool(const JsonPath&, qsizetype)>& m_visit;
    qsizetype m_position = 0;
    JsonPath m_path;
};

} // namespace

TextPosition TextCursor::position(qsizetype offset)
{
    const qsizetype end = std::clamp<qsizetype>(offset, 0, m_text.size());
    if (end < m_offset) {
        m_offset = 0;
        m_position = {};
    }
    for (; m_offset < end; ++m_offset) {
        const char c = m_text.at(m_offset);
        const bool startsCharacter = (static_cast<unsigned char>(c) & 0xc0) != 0x80;
        if (c == '\n') {
            ++m_position.line;
            m_position.column = 1;
        } else if (startsCharacter) {
            ++m_position.column;
        }
    }
    return m_position;
}

void walkJson(QByteArrayView text, const std::function<bool(const JsonPath&, qsizetype)>& visit)
{
    Walker(text, visit).value();
}

qsizetype locateJson(QByteArrayView text, const JsonPath& path)
{
    qsizetype found = 0;
    qsizetype depth = 0;
    walkJson(text, [&](const JsonPath& here, qsizetype offset) {
        const bool onTheWay = here.size() <= path.size() && here == path.first(here.size());
        if (onTheWay && here.size() >= depth) {
            found = offset;
            depth = here.size();
        }
        return onTheWay;
    });
    return found;
}

} // namespace Stowage

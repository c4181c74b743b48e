// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "lzo.h"

#include <algorithm>

namespace Stowage
{

namespace
{

/** One stream on its way. Whatever leads outside makes it broken, and nothing more happens then. */
class LzoDecoder
{
public:
    LzoDecoder(std::span<const quint8> in, std::span<quint8> out) : m_in(in), m_out(out) { }

    std::optional<size_t> run()
    {
        begin();
        while (!m_broken && !m_ended) {
            instruction(next());
        }
        return m_broken ? std::nullopt : std::optional(m_done);
    }

private:
    static constexpr size_t ManyLiterals = 4; ///< What m_literals is after 4 or more.

    /** The first byte may be a length of its own. */
    void begin()
    {
        constexpr quint8 Base = 17;
        if (!m_in.empty() && m_in.front() > Base) {
            const size_t literals = size_t{next()} - Base;
            copyLiterals(literals);
            m_literals = std::min(literals, ManyLiterals);
        }
    }

    void instruction(quint8 code)
    {
        if (code >= 128) { // 1LLDDDSS
            copyNear(code, 5 + ((code >> 5U) & 3U));
        } else if (code >= 64) { // 01LDDDSS
            copyNear(code, 3 + ((code >> 5U) & 1U));
        } else if (code >= 32) { // 001LLLLL
            const size_t length = 2 + lengthOf(code, 31);
            const quint16 tail = nextPair();
            copyMatch((tail >> 2U) + 1U, length, tail);
        } else if (code >= 16) { // 0001HLLL
            constexpr size_t Far = 16384;
            const size_t length = 2 + lengthOf(code, 7);
            const quint16 tail = nextPair();
            const size_t distance = Far + ((code & 8U) << 11U) + (tail >> 2U);
            m_ended = distance == Far;
            if (!m_ended) {
                copyMatch(distance, length, tail);
            }
        } else if (m_literals == 0) { // 0000LLLL
            copyLiterals(3 + lengthOf(code, 15));
            m_literals = ManyLiterals;
        } else { // 0000DDSS
            const bool many = m_literals == ManyLiterals;
            const size_t distance = (size_t{next()} << 2U) + (code >> 2U) + (many ? 2049 : 1);
            copyMatch(distance, many ? 3 : 2, code);
        }
    }

    void copyNear(quint8 code, size_t length)
    {
        copyMatch((size_t{next()} << 3U) + ((code >> 2U) & 7U) + 1, length, code);
    }

    /** Copies from what is there already, which may overlap, and then as many literals as @p tail ends with. */
    void copyMatch(size_t distance, size_t length, unsigned tail)
    {
        if (m_broken || distance > m_done || length > m_out.size() - m_done) {
            m_broken = true;
            return;
        }
        for (const size_t end = m_done + length; m_done < end; ++m_done) {
            m_out[m_done] = m_out[m_done - distance];
        }
        m_literals = tail & 3U;
        copyLiterals(m_literals);
    }

    void copyLiterals(size_t count)
    {
        if (m_broken || count > m_in.size() || count > m_out.size() - m_done) {
            m_broken = true;
            return;
        }
        std::ranges::copy(m_in.first(count), m_out.begin() + static_cast<std::ptrdiff_t>(m_done));
        m_in = m_in.subspan(count);
        m_done += count;
    }

    /** The length in the bits @p mask of @p code; where they are 0, further bytes have it. */
    size_t lengthOf(quint8 code, quint8 mask)
    {
        size_t length = code & mask;
        if (length == 0) {
            length = mask;
            quint8 more = next();
            for (; more == 0 && !m_broken; more = next()) {
                length += 255;
            }
            length += more;
        }
        return length;
    }

    quint8 next()
    {
        if (m_in.empty()) {
            m_broken = true;
            return 0;
        }
        const quint8 byte = m_in.front();
        m_in = m_in.subspan(1);
        return byte;
    }

    quint16 nextPair()
    {
        const quint8 low = next();
        return static_cast<quint16>(low | next() << 8U);
    }

    std::span<const quint8> m_in; ///< What is yet to be read.
    std::span<quint8> m_out;
    size_t m_done = 0; ///< Bytes in m_out.
    size_t m_literals = 0; ///< That the last instruction copied: 0 to ManyLiterals.
    bool m_broken = false;
    bool m_ended = false;
};

} // namespace

std::optional<size_t> decompressLzo(std::span<const quint8> in, std::span<quint8> out)
{
    return LzoDecoder(in, out).run();
}

} // namespace Stowage

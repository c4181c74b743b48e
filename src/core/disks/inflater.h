// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QtTypes>

#include <memory>
#include <optional>
#include <span>

struct libdeflate_decompressor;

namespace Stowage
{

/** Decompresses whole blocks. One thread at a time. */
class Inflater
{
public:
    Inflater();

    /**
     * Decompresses the deflate stream (RFC 1951) that @p packed begins with into @p into. How many bytes that gave; none where it
     * is broken or gives more than @p into takes.
     */
    [[nodiscard]] std::optional<size_t> deflate(std::span<const char> packed, std::span<char> into);
    /** The same for a stream with a checksum around it (zlib, RFC 1950). */
    [[nodiscard]] std::optional<size_t> zlib(std::span<const char> packed, std::span<char> into);

private:
    struct Free {
        void operator()(libdeflate_decompressor* decoder) const;
    };
    std::unique_ptr<libdeflate_decompressor, Free> m_decoder;
};

} // namespace Stowage

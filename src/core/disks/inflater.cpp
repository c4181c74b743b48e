// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "inflater.h"

#include <libdeflate.h>

namespace Stowage
{

void Inflater::Free::operator()(libdeflate_decompressor* decoder) const
{
    libdeflate_free_decompressor(decoder);
}

Inflater::Inflater() : m_decoder(libdeflate_alloc_decompressor())
{ }

std::optional<size_t> Inflater::deflate(std::span<const char> packed, std::span<char> into)
{
    size_t made = 0;
    const auto result = libdeflate_deflate_decompress(m_decoder.get(), packed.data(), packed.size(), into.data(),
                                                      into.size(), &made);
    return result == LIBDEFLATE_SUCCESS ? std::optional(made) : std::nullopt;
}

std::optional<size_t> Inflater::zlib(std::span<const char> packed, std::span<char> into)
{
    size_t made = 0;
    const auto result = libdeflate_zlib_decompress(m_decoder.get(), packed.data(), packed.size(), into.data(),
                                                   into.size(), &made);
    return result == LIBDEFLATE_SUCCESS ? std::optional(made) : std::nullopt;
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "qcow2cluster.h"

#include <zstd.h>

#include <algorithm>

namespace Stowage
{

void Qcow2ClusterDecoder::FreeZstd::operator()(ZSTD_DCtx_s* decoder) const
{
    ZSTD_freeDCtx(decoder);
}

Qcow2ClusterDecoder::Qcow2ClusterDecoder(const Qcow2Header& header)
    : m_isZstd(header.zstd),
      m_offsetBits(62 - (static_cast<int>(header.clusterBits) - 8)),
      m_zstd(ZSTD_createDCtx())
{ }

DiskExtent Qcow2ClusterDecoder::locate(quint64 entry, qint64 fileSize) const
{
    const auto offset = static_cast<qint64>(entry & ((quint64{1} << m_offsetBits) - 1));
    const auto sectors = static_cast<qint64>((entry & (Qcow2CompressedBit - 1)) >> m_offsetBits) + 1;
    return {offset, std::min(sectors * 512 - (offset & 511), fileSize - offset)};
}

bool Qcow2ClusterDecoder::decode(std::span<const char> packed, std::span<char> cluster)
{
    return m_isZstd ? decodeZstd(packed, cluster) : m_inflater.deflate(packed, cluster) == cluster.size();
}

bool Qcow2ClusterDecoder::decodeZstd(std::span<const char> packed, std::span<char> cluster)
{
    // The image tells the size in sectors only.
    const size_t size = ZSTD_findFrameCompressedSize(packed.data(), packed.size());
    return ZSTD_isError(size) == 0
        && ZSTD_decompressDCtx(m_zstd.get(), cluster.data(), cluster.size(), packed.data(), size) == cluster.size();
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/disks/diskreader.h"
#include "core/disks/inflater.h"
#include "core/sources/qcow2header.h"

#include <memory>
#include <span>

struct ZSTD_DCtx_s;

namespace Stowage
{

/** Decompresses the clusters of a QCOW2 image (QEMU docs/interop/qcow2.txt). One thread at a time. */
class Qcow2ClusterDecoder
{
public:
    explicit Qcow2ClusterDecoder(const Qcow2Header& header);

    /**
     * Where in the file, which has @p fileSize bytes, the cluster lies of which a second-level table says @p entry, a compressed
     * one: whole sectors, the last of which may hold more than it. No bytes or less where that is behind the end.
     */
    [[nodiscard]] DiskExtent locate(quint64 entry, qint64 fileSize) const;
    /** Whether @p packed could be decompressed, and filled @p cluster. */
    [[nodiscard]] bool decode(std::span<const char> packed, std::span<char> cluster);

private:
    [[nodiscard]] bool decodeZstd(std::span<const char> packed, std::span<char> cluster);

    struct FreeZstd {
        void operator()(ZSTD_DCtx_s* decoder) const;
    };

    bool m_isZstd;
    int m_offsetBits; ///< Of an entry.
    Inflater m_inflater;
    std::unique_ptr<ZSTD_DCtx_s, FreeZstd> m_zstd;
};

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/result.h"

#include <QByteArray>

#include <stop_token>

namespace Stowage
{

/** Bits of the entries of QCOW2 tables (QEMU's docs/interop/qcow2.txt). */
inline constexpr quint64 Qcow2OffsetBits = 0x00fffffffffffe00;
inline constexpr quint64 Qcow2CompressedBit = quint64{1} << 62;
inline constexpr quint64 Qcow2ZeroBit = 1;

/** The part of a QCOW2 header that decides whether the disk can be trusted to a tool (QEMU's docs/interop/qcow2.txt). */
struct Qcow2Header {
    quint32 version = 0; ///< 2 or 3.
    qint64 virtualSize = 0; ///< Bytes.
    quint32 clusterBits = 0;
    quint32 l1Size = 0; ///< Entries.
    qint64 l1TableOffset = 0; ///< Bytes.
    bool zstd = false; ///< Compressed clusters are zstd rather than deflate.
    bool dirty = false;
    bool extendedL2 = false; ///< Entries of the second-level tables have 16 bytes, not 8.
};

/**
 * Reads and checks the header of the QCOW2 file @p path.
 *
 * Refused with the reason: a backing file, an external data file, encryption, the corrupt mark, unknown incompatible
 * features, sizes and tables that do not fit together or the file. Blocks on the disk.
 */
[[nodiscard]] Result<Qcow2Header> readQcow2Header(const QString& path);

/** The same of a disk that begins with @p head, of SampleHeadSize bytes where it has them, has @p size, and is called @p name. */
[[nodiscard]] Result<Qcow2Header> readQcow2Header(const QByteArray& head, qint64 size, const QString& name);

/**
 * Checks that all clusters that the tables of the QCOW2 file @p path speak of begin inside the file: what QEMU reads
 * behind its end are zeros without a word, so that a half download becomes a broken disk. Reads each table once, and no
 * more than 1 GiB of them: what is behind that counts as full of data. Blocks on the disk.
 * @return the bytes of the disk whose clusters hold data, at most.
 */
[[nodiscard]] Result<qint64> checkQcow2Tables(const QString& path, const Qcow2Header& header,
                                              const std::stop_token& stop);

} // namespace Stowage

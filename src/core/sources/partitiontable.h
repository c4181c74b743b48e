// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QByteArrayView>

#include <optional>

namespace Stowage
{

/** The partition table of a disk image. */
struct PartitionTable {
    enum class Scheme { Mbr, Gpt };

    Scheme scheme = Scheme::Mbr;
    int partitions = 0; ///< Used entries in the part that was looked at.
    qint64 end = 0; ///< Byte behind the last one that the table speaks of.
};

/**
 * Recognises the partition table at the beginning of a disk of @p size bytes from its first bytes @p head.
 *
 * An MBR counts only when all its entries make sense, as boot sectors of file systems carry its signature too; the
 * caller rules out FAT, NTFS and exFAT first. Sources: UEFI specification 5.2 (MBR) and 5.3 (GPT).
 */
[[nodiscard]] std::optional<PartitionTable> findPartitionTable(QByteArrayView head, qint64 size);

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QByteArray>
#include <QList>
#include <QString>

#include <optional>

namespace Stowage
{

/** One partition of a disk image. */
struct Partition {
    int number = 0; ///< Place in the table, from 1.
    qint64 start = 0; ///< Bytes from the start of the disk.
    qint64 size = 0; ///< Bytes.
    QByteArray type; ///< GPT: the 16 bytes of the type's GUID as they lie on the disk; MBR: one byte.
    QString uuid = {}; ///< As the kernel calls the partition (PARTUUID).
    QString name = {}; ///< GPT alone has them.

    bool operator==(const Partition&) const = default;
};

/** The partition table of a disk image. */
struct PartitionTable {
    enum class Scheme { Mbr, Gpt };

    Scheme scheme = Scheme::Mbr;
    qint64 sectorSize = 512; ///< Bytes.
    QList<Partition>
        partitions; ///< Used entries in the part that was looked at, those with senseless numbers left out.
    int used = 0; ///< Used entries in that part.
    qint64 end = 0; ///< Byte behind the last one that the table speaks of.
    qint64 size = 0; ///< Bytes of the disk, what no partition has included.

    bool operator==(const PartitionTable&) const = default;
};

/**
 * Recognises the partition table at the beginning of a disk of @p size bytes from its first bytes @p head.
 *
 * An MBR counts only when all its entries make sense, as boot sectors of file systems carry its signature too; the
 * caller rules out FAT, NTFS and exFAT first. Sources: UEFI specification 5.2 (MBR) and 5.3 (GPT).
 */
[[nodiscard]] std::optional<PartitionTable> findPartitionTable(QByteArrayView head, qint64 size);

/** What the kernel calls partition @p number (PARTUUID) of a disk that begins with @p head, an MBR. */
[[nodiscard]] QString mbrPartitionUuid(QByteArrayView head, int number);

} // namespace Stowage

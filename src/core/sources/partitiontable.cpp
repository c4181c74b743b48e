// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "partitiontable.h"

#include "core/sources/bytes.h"
#include "core/sources/guid.h"

#include <algorithm>
#include <limits>

namespace Stowage
{

namespace
{

constexpr qint64 SectorSize = 512;

/** The name in the entry of a GPT at @p offset of @p head: 36 characters of UTF-16, or fewer up to a NUL. */
QString nameAt(QByteArrayView head, qint64 offset)
{
    constexpr qsizetype Most = 36;
    QString name;
    while (name.size() < Most) {
        const auto unit = littleEndianAt<quint16>(head, offset + 2 * name.size());
        if (unit == 0) {
            break;
        }
        name += QChar(unit);
    }
    return name;
}

std::optional<PartitionTable> findGpt(QByteArrayView head, qint64 sector)
{
    if (!hasMagic(head, sector, "EFI PART")) {
        return {};
    }
    const auto lastBlock = std::max(littleEndianAt<quint64>(head, sector + 32),
                                    littleEndianAt<quint64>(head, sector + 48));
    const auto entriesBlock = littleEndianAt<quint64>(head, sector + 72);
    const auto entryCount = littleEndianAt<quint32>(head, sector + 80);
    const auto entrySize = littleEndianAt<quint32>(head, sector + 84);
    const auto maxBlock = static_cast<quint64>(std::numeric_limits<qint64>::max() / sector) - 1;
    if (entrySize < 128 || entrySize > 4096 || lastBlock > maxBlock || entriesBlock > maxBlock) {
        return {};
    }
    PartitionTable table{.scheme = PartitionTable::Scheme::Gpt,
                         .sectorSize = sector,
                         .partitions = {},
                         .used = 0,
                         .end = (static_cast<qint64>(lastBlock) + 1) * sector};
    qint64 offset = static_cast<qint64>(entriesBlock) * sector;
    for (quint32 i = 0; i < entryCount && offset <= head.size() - 128; ++i, offset += entrySize) {
        if (std::ranges::any_of(head.sliced(offset, 16), [](char c) { return c != 0; })) {
            ++table.used;
            const auto first = littleEndianAt<quint64>(head, offset + 32);
            const auto last = littleEndianAt<quint64>(head, offset + 40);
            if (first > 0 && first <= last && last <= maxBlock) {
                table.partitions.append(
                    {static_cast<int>(i) + 1, static_cast<qint64>(first) * sector,
                     static_cast<qint64>(last - first + 1) * sector, head.sliced(offset, 16).toByteArray(),
                     guidAt(head, offset + 16).toString(QUuid::WithoutBraces), nameAt(head, offset + 56)});
            }
        }
    }
    return table;
}

std::optional<PartitionTable> findMbr(QByteArrayView head, qint64 size)
{
    if (!hasMagic(head, 510, "\x55\xaa")) {
        return {};
    }
    PartitionTable table{.partitions = {}, .size = size};
    for (qsizetype entry = 446; entry < 510; entry += 16) {
        const auto status = static_cast<quint8>(head[entry]);
        const auto type = static_cast<quint8>(head[entry + 4]);
        const qint64 start = qint64{littleEndianAt<quint32>(head, entry + 8)} * SectorSize;
        const qint64 length = qint64{littleEndianAt<quint32>(head, entry + 12)} * SectorSize;
        if (status != 0 && status != 0x80) {
            return {};
        }
        if (type == 0) {
            if (length != 0) {
                return {};
            }
            continue;
        }
        if (start == 0 || length == 0 || start >= size) {
            return {};
        }
        ++table.used;
        const int number = static_cast<int>((entry - 446) / 16) + 1;
        table.partitions.append(
            {number, start, length, QByteArray(1, static_cast<char>(type)), mbrPartitionUuid(head, number)});
        table.end = std::max(table.end, start + length);
    }
    return table.used > 0 ? std::optional(table) : std::nullopt;
}

} // namespace

QString mbrPartitionUuid(QByteArrayView head, int number)
{
    constexpr qsizetype DiskSignature = 440;
    return QStringLiteral("%1-%2")
        .arg(littleEndianAt<quint32>(head, DiskSignature), 8, 16, QLatin1Char('0'))
        .arg(number, 2, 16, QLatin1Char('0'));
}

std::optional<PartitionTable> findPartitionTable(QByteArrayView head, qint64 size)
{
    for (const qint64 sector : {qint64{512}, qint64{4096}}) {
        if (auto gpt = findGpt(head, sector)) {
            gpt->size = size;
            return gpt;
        }
    }
    return findMbr(head, size);
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/sources/sourceprobe.h"

#include <QStringList>

namespace Stowage
{

struct Ext4Superblock;
struct KernelImage;
struct PartitionTable;

struct OpenedDisk;

/** What the parts of the probe answer with, in words for the user. */
namespace ProbeAnswers
{

/** What every kind has; the rest is added by name. */
[[nodiscard]] SourceInfo found(const QString& path, SourceKind kind, const QString& description);
[[nodiscard]] SourceInfo refused(const QString& path, const QString& description, const QString& refusal);
/** A refusal for a file that looks like @p name (with its article). */
[[nodiscard]] SourceInfo foreign(const QString& path, const QString& name, const QString& advice);
[[nodiscard]] SourceInfo unreadable(const QString& path, const Error& error);
[[nodiscard]] SourceInfo kernelInfo(const QString& path, const KernelImage& kernel);

/** "starts as PV and PVH": what the notes of a kernel say; empty where it has none to read. */
[[nodiscard]] QString startsAs(const KernelFacts& kernel);
/** What is on @p disk, which is the file @p path: lookAtDisk(), remembered until the file changes. */
[[nodiscard]] DiskLook contentOf(const QString& path, OpenedDisk& disk, const std::stop_token& stop);

/** @p text with a capital letter. */
[[nodiscard]] QString sentence(QString text);
/** @p parts in a row, empty ones left out. */
[[nodiscard]] QString join(QStringList parts, const QString& separator = QStringLiteral(", "));
[[nodiscard]] QString ext4Text(const Ext4Superblock& superblock);
/** What is said of a raw disk of @p size bytes with @p table: "Raw disk, 2 GiB, GPT with 3 partitions". */
[[nodiscard]] QString rawDiskText(qint64 size, const PartitionTable& table);

} // namespace ProbeAnswers

} // namespace Stowage

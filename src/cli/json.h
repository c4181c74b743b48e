// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/bootplan/bootplan.h"
#include "core/layout/layout.h"
#include "core/output/diskplan.h"
#include "core/output/outputwriter.h"
#include "core/project/problem.h"
#include "core/project/project.h"
#include "core/sources/sourceprobe.h"

#include <QJsonArray>
#include <QJsonObject>

namespace Stowage
{

// What `--json` prints. Keys are stable and documented in stowage-cli(1); what is not known is null.

/** code, message, remedy, file, line, column. */
[[nodiscard]] QJsonObject toJson(const Error& error);
/** Array of severity, code, file, line, column, guest (its entry), field, text, remedy. */
[[nodiscard]] QJsonArray toJson(const QList<Problem>& problems, const Project& project);
/**
 * path, kind, description, chain, compression, handler, refusal, remarks, size, allocatedSize, virtualSize, architecture,
 * partitionTable, volumes with what is in each; sizes in bytes.
 */
[[nodiscard]] QJsonObject toJson(const SourceInfo& info);
/** field, title, value, text, reason and alternatives of each choice, and notes. */
[[nodiscard]] QJsonObject toJson(const BootPlan& plan);
/** kind, path, ownersFile, bmapFile, files, bytes. */
[[nodiscard]] QJsonObject toJson(const OutputReport& report);
/** The root node: name, path, kind, mode, uid, gid, size, estimated, state, guest, linkTarget, origin, children. */
[[nodiscard]] QJsonObject toJson(const Layout& layout);
[[nodiscard]] QJsonObject toJson(const DiskPlan& disk);

[[nodiscard]] QLatin1StringView tableName(PartitionTable::Scheme scheme); ///< "gpt" or "mbr"
/** The type of @p partition as people write it: a GUID, or an MBR's "0x83". */
[[nodiscard]] QString partitionType(const DiskPartition& partition, PartitionTable::Scheme scheme);
/** The ways in which @p disk starts: "bios", "uefi", "u-boot". */
[[nodiscard]] QStringList firmwareNames(const DiskPlan& disk);

[[nodiscard]] QJsonValue orNull(const QString& text); ///< Null for an empty text.

/** Mode as it is written for chmod(1), four digits. */
[[nodiscard]] QString octalMode(quint32 mode);

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/project/project.h"
#include "core/support/result.h"

namespace Stowage
{

/** Newest version of the project file that is read and the one that is written. */
inline constexpr int ProjectFileVersion = 1;

/**
 * Reads a project from @p text, the content of the file @p fileName (used in errors and as base of relative paths).
 *
 * Keys that this version does not know are kept in the `unknown` members and written back. A broken file gives an
 * error with the line and column of the offending value; a newer version than ProjectFileVersion is refused.
 */
[[nodiscard]] Result<Project> projectFromJson(const QByteArray& text, const QString& fileName);

/** The text of the project file for @p project, UTF-8, in a stable order, with a newline at the end. */
[[nodiscard]] QByteArray projectToJson(const Project& project);

/** Reads the project file @p path. Blocks on the disk: not for the GUI thread. */
[[nodiscard]] Result<Project> loadProject(const QString& path);

/**
 * Writes @p project to @p path, atomically: the old file stays until the new one is complete.
 * The paths in it are made relative to the file (see relocated()). Blocks on the disk: not for the GUI thread.
 */
[[nodiscard]] Result<void> saveProject(const Project& project, const QString& path);

/**
 * @p project with all relative paths changed so that they mean the same files from @p directory (absolute), and
 * absolute paths made relative to it. Names that are looked up in the deploy or unpack directory stay as they are.
 * Blocks on the disk, to tell which those are.
 */
[[nodiscard]] Project relocated(const Project& project, const QString& directory);

/** The values of DiskSettings by their names in the project file, "gpt", "auto"; none for another name. */
[[nodiscard]] std::optional<DiskSettings::Table> tableFromName(const QString& name);
[[nodiscard]] std::optional<DiskSettings::Boot> bootFromName(const QString& name);

/** @p guest as the object that stands for it in the project file, and back; used for clipboard and fixes too. */
[[nodiscard]] QJsonObject guestToJson(const Guest& guest);
[[nodiscard]] Result<Guest> guestFromJson(const QJsonObject& object);

} // namespace Stowage

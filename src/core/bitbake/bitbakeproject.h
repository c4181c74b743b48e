// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/project/problem.h"
#include "core/project/project.h"

#include <stop_token>

namespace Stowage
{

/** What BitBake would know and a text alone does not say; empty members are taken from the text where it has them. */
struct BuildSettings {
    QString deployDirectory; ///< DEPLOY_DIR_IMAGE
    QString unpackDirectory; ///< UNPACKDIR
    QString machine; ///< MACHINE
    QString kernelImageType; ///< KERNEL_IMAGETYPE
    QString directory; ///< Base of relative paths; absolute.
};

/** A project read from somewhere, with what was wrong and where each value stood. */
struct ProjectInput {
    Project project;
    QList<Problem> problems;
    PlaceMap places;
    QStringList files; ///< Absolute paths of the files that it was read from.
};

/**
 * Reads BitBake text as one input: configurations, recipes and includes, and appends, as BitBake does; in the order given
 * within each of these.
 *
 * XEN_GUEST_BUNDLES guests come first (NamingRule::LinkName), BUNDLED_XEN_GUESTS second (NamingRule::LinkTarget).
 * What cannot be evaluated becomes a problem with file and line: an error where a guest depends on it, else a warning.
 * Blocks on the disk: not for the GUI thread. Once @p stop is requested the result is of no use.
 */
[[nodiscard]] ProjectInput readBitBake(const QStringList& files, const BuildSettings& settings,
                                       const std::stop_token& stop);

/**
 * Reads any mix of project files, BitBake text (told apart by content) and directories of bundles as one project; @p settings override the
 * machine of a project file. An unreadable file is a problem. Blocks on the disk: not for the GUI thread. Once @p stop is
 * requested the result is of no use.
 */
[[nodiscard]] ProjectInput readInputs(const QStringList& files, const BuildSettings& settings,
                                      const std::stop_token& stop = {});

} // namespace Stowage

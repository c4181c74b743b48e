// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QByteArray>
#include <QString>

namespace Stowage
{

/** What the first names in a tar archive tell of it. */
struct ArchiveLook {
    bool isRootfs = false;
    QString foreign; ///< What else it is, with an article ("a Docker image"); empty: nothing known.
    QString advice; ///< What to do then; may be empty.
};

/**
 * Looks at a tar archive that begins with @p head, decompressed, which may be cut anywhere. A root file system has at
 * least two of the directories that every such system has at its top.
 */
[[nodiscard]] ArchiveLook lookAtArchive(const QByteArray& head);

} // namespace Stowage

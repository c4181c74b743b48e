// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/layout/layout.h"

namespace Stowage
{

/** A name of the layout for people: UTF-8, control characters as their pictures. */
[[nodiscard]] QString shownName(const QByteArray& bytes);

/** Kind and permissions as ls -l writes them: "drwxr-xr-x". */
[[nodiscard]] QString modeText(const LayoutNode& node);

/** "root:root", or numbers where it is not root. */
[[nodiscard]] QString ownerText(quint32 uid, quint32 gid);

/** Where an import takes its files from, and what it changes in them: "/srv/rootfs, with host name db for its first boot". */
[[nodiscard]] QString importText(const ImportRequest& request);

/** What is in a file of @p node that people cannot read as it is; empty where there is nothing to tell. */
[[nodiscard]] QString shownContent(const LayoutNode& node);

} // namespace Stowage

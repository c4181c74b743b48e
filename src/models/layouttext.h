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

} // namespace Stowage

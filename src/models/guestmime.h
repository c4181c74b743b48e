// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/project/project.h"

#include <QMimeData>

namespace Stowage
{

/** Guests on their way through a drag or the clipboard. Paths in them are as written: see the directories of project. */
struct GuestTransfer {
    QString document; ///< Identifies the document in all running programs.
    QList<int> rows; ///< Where they stood in it.
    Project project; ///< The guests, and the directories that their paths count from; nothing else.
};

/** Puts @p transfer into @p data: as JSON under GuestListModel::MimeType, and the entries as text. */
void writeGuests(const GuestTransfer& transfer, QMimeData& data);

/** What writeGuests() wrote; without guests when @p data holds none, or any of them is broken. */
[[nodiscard]] GuestTransfer readGuests(const QMimeData& data);

} // namespace Stowage

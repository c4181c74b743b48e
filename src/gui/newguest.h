// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/project/project.h"
#include "core/sources/sourceprobe.h"

namespace Stowage
{

/** A file with all that is needed to make a guest of it. */
struct RecognisedSource {
    SourceInfo info;
    qint64 contentBytes = 0; ///< Space that the files of a directory need in an image, in bytes.
};

/** Finds out what @p path is. Blocks on the disk: not for the GUI thread. */
[[nodiscard]] RecognisedSource recogniseSource(const QString& path, const std::stop_token& stop);

/** Makes @p found the image of @p guest, with a size that holds it. */
void setSourceOf(Guest& guest, const RecognisedSource& found, const Project& project);

/** A new guest made of @p found: entry, source and settings that fit what it is. */
[[nodiscard]] Guest guestFromSource(const RecognisedSource& found, const Project& project);

/** A name for a guest made from the file or directory @p path. */
[[nodiscard]] QString proposedEntry(const QString& path);

} // namespace Stowage

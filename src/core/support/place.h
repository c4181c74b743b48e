// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QString>

namespace Stowage
{

/**
 * Where something stands: a place in a text file, a field of a guest, or both.
 *
 * Lines and columns count from 1; 0 means unknown. Columns count characters, not bytes.
 */
struct Place {
    QString file = {}; ///< Path as the user gave it; empty when the value came from the window.
    int line = 0;
    int column = 0;
    int guest = -1; ///< Index in Project::guests, -1 when it is not about one guest.
    QString field = {}; ///< Key of the value in the project file, such as "memory" or "machine.deployDirectory".

    bool operator==(const Place&) const = default;

    /** A file as a whole. */
    [[nodiscard]] static Place inFile(const QString& path)
    {
        Place place;
        place.file = path;
        return place;
    }

    /** "file:line:column", as far as known; empty when nothing is. */
    [[nodiscard]] QString toString() const;
};

} // namespace Stowage

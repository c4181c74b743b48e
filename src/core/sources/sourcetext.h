// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/sources/sourceprobe.h"

namespace Stowage
{

/** A fact about a source, for the user. */
struct SourceFact {
    QString title; ///< "Partition 1"
    QString text;

    bool operator==(const SourceFact&) const = default;
};

/** Everything that probeSource() found out, in the order in which it is read: the file, what is on it, what starts there. */
[[nodiscard]] QList<SourceFact> sourceFacts(const SourceInfo& info);

} // namespace Stowage

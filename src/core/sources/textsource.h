// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QByteArray>

namespace Stowage
{

/** What kind of text a file holds. */
enum class TextKind {
    NoText, ///< Binary data.
    Project,
    XlConfig,
    BitBake,
    Ovf, ///< A description of virtual machines (DMTF DSP0243).
    Other,
};

/**
 * Tells what text begins with @p head. @p complete says whether that is all of the file. A text with a mistake counts
 * as what it is meant to be, so that its own reader can tell the mistake.
 */
[[nodiscard]] TextKind classifyText(const QByteArray& head, bool complete);

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/sources/sourceprobe.h"

namespace Stowage
{

/** The bundle in the directory @p path; none where it is none. Refused where no guest of it can be used. Blocks on the disk. */
[[nodiscard]] std::optional<SourceInfo> bundleInfo(const QString& path, const std::stop_token& stop);

/** A problem of a bundle on one line, with its place. */
[[nodiscard]] QString bundleProblemText(const Error& problem);

} // namespace Stowage

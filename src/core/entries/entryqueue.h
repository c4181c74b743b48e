// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/entries/entrysink.h"

namespace Stowage
{

/**
 * Does what source.feed(sink) does, with the source read in a thread of its own and @p sink called in this one, so that
 * reading and writing go on at the same time. At most 4 MiB of data wait between them.
 */
[[nodiscard]] Result<void> feedInParallel(const EntrySource& source, EntrySink& sink, Progress& progress,
                                          const std::stop_token& stop);

} // namespace Stowage

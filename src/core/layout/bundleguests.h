// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/project/guest.h"
#include "core/sources/guestbundle.h"

namespace Stowage
{

/**
 * The guests of @p bundle, each with its own config and finished files, which keep their names on the target. Entries are valid,
 * but may be those of other guests. Pure.
 */
[[nodiscard]] QList<Guest> guestsOf(const GuestBundle& bundle);

} // namespace Stowage

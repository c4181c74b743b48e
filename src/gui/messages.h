// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/result.h"

#include <QString>

namespace Stowage
{

/** @p error for the user: where, what, and below it what to do. */
[[nodiscard]] QString errorText(const Error& error);

} // namespace Stowage

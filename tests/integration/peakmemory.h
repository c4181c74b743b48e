// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QStringList>

namespace Stowage::Test
{

/**
 * Runs stowage-cli with @p arguments. The most memory, in bytes, that it or a program it started had resident at one time;
 * fails the running test when it fails.
 */
[[nodiscard]] qint64 peakMemory(const QStringList& arguments);

} // namespace Stowage::Test

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QByteArrayList>

#include <optional>

namespace Stowage
{

/**
 * Names in the directory open at @p directory, without "." and "..", in no order. No value, with errno set, when it
 * cannot be read to its end. Blocks on the disk.
 */
[[nodiscard]] std::optional<QByteArrayList> directoryEntries(int directory);

} // namespace Stowage

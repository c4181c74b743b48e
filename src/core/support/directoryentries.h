// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QByteArrayList>

#include <functional>
#include <optional>

namespace Stowage
{

/**
 * Names in the directory open at @p directory, without "." and "..", in no order. No value, with errno set, when it
 * cannot be read to its end. Blocks on the disk.
 */
[[nodiscard]] std::optional<QByteArrayList> directoryEntries(int directory);

/**
 * Tells @p take each of these names, valid during the call, until it returns false. False, with errno set, when the
 * directory cannot be read to its end. Blocks on the disk.
 */
[[nodiscard]] bool forEachDirectoryEntry(int directory, const std::function<bool(QByteArrayView name)>& take);

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/result.h"

#include <QByteArray>
#include <QByteArrayList>
#include <QString>

namespace Stowage
{

/**
 * Removes the file or directory @p path with all that is in it; not being there is no error. Links are removed, never
 * followed, other file systems mounted inside are left alone, directories that their owner locked (mode 0555, 0) are
 * opened first, any depth works. Blocks on the disk; thread-safe.
 */
Result<void> removeTree(const QString& path);

/** The same for everything in the directory open at @p directory. Returns false when something could not be removed. */
bool removeContent(int directory);

/** The same for @p name in the directory open at @p directory. */
bool removeEntry(int directory, const QByteArray& name);

/** Names in the directory open at @p directory, without "." and "..", in no order. */
[[nodiscard]] QByteArrayList directoryEntries(int directory);

/**
 * Opens the directory @p name in @p parent for reading, never through a link. When its mode forbids the owner to work
 * in it, the mode gets u+rwx first. Returns -1 with errno set when it cannot be opened.
 */
[[nodiscard]] int openDirectoryForWork(int parent, const QByteArray& name);

} // namespace Stowage

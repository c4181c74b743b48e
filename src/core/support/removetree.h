// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QByteArray>

namespace Stowage
{

/**
 * Removes the file or directory @p name in the directory open at @p directory with all that is in it; not being there
 * is no error. Links are removed, never followed, other file systems mounted inside are left alone, directories that
 * their owner locked (mode 0555, 0) are opened first, any depth works. Returns false, with errno set, when something
 * could not be removed. Blocks on the disk; thread-safe.
 */
bool removeEntry(int directory, const QByteArray& name);

/** The same for everything in the directory open at @p directory. */
bool removeContent(int directory);

/**
 * Opens the directory @p name in @p parent for reading, never through a link. When its mode forbids the owner to work
 * in it, the mode gets u+rwx first. Returns -1 with errno set when it cannot be opened.
 */
[[nodiscard]] int openDirectoryForWork(int parent, const QByteArray& name);

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QString>

namespace Stowage::Test
{

/**
 * A tree of every kind of entry with every odd name, mode, time, link and attribute; as root with owners, devices and
 * privileged attributes. @p withUnusual: also what others may not read, and what tar(1) or cpio(1) cannot hold.
 */
void makeEveryKind(const QString& top, bool withUnusual);

/** @p files files of 0 to 1 KiB in directories of 500. */
void makeManyFiles(const QString& top, int files);

/** One file of @p bytes with a few bytes at its beginning, its middle and its end, and one with nothing at all. */
void makeSparse(const QString& top, qint64 bytes);

/** A file with @p links names, in directories of 10,000. */
void makeLinks(const QString& top, int links);

/** Directories in each other, @p levels deep, with a file at the bottom. */
void makeDeep(const QString& top, int levels);

/** A directory with @p names empty files, some of which have names of 255 bytes. */
void makeCrowded(const QString& top, int names);

} // namespace Stowage::Test

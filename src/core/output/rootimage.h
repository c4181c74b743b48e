// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/output/layoutimage.h"
#include "core/support/uniquefd.h"

namespace Stowage
{

/** The host of @p layout; an empty value without one. Reads headers and tables; blocks on the disk. */
[[nodiscard]] Result<HostSource> hostOf(const Layout& layout, const std::stop_token& stop);

/**
 * Whether the root file system of @p output has room in the size that that states, and in the partition of a host's disk
 * that it is to keep. Writes nothing; blocks on the disk.
 */
[[nodiscard]] Result<void> checkRootSize(const LayoutContent& content, const OutputSpec& output, JobContext& context,
                                         CommandRunner& runner);

/** Makes the new file @p path for an image, open for reading and writing, mode 0644. */
[[nodiscard]] Result<UniqueFd> createImage(const QString& path);

/**
 * Writes the root file system of @p content to @p place, where its file has nothing yet: the host's own file system with the
 * guests added when @p host is an image, else a new one. @p sizeMiB: its size; 0: what is needed. Large work files go to
 * @p workDirectory. Returns the size in bytes. Blocks on the disk.
 */
[[nodiscard]] Result<qint64> writeRoot(const LayoutContent& content, const HostSource& host, qint64 sizeMiB,
                                       const ImagePlace& place, const QString& workDirectory, JobContext& context,
                                       CommandRunner& runner);

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/jobs/job.h"
#include "core/process/commandrunner.h"

#include <functional>

namespace Stowage
{

/**
 * Has e2fsck(8) check the file system at the byte @p offset of the image @p path, which it does not change. The error
 * holds the first thing that is wrong. Blocks until it is done; worker threads only.
 */
[[nodiscard]] Result<void> checkWithE2fsck(const QString& path, qint64 offset, JobContext& context,
                                           CommandRunner& runner);

/**
 * Calls @p use with a name of the file @p path that the tools of e2fsprogs take as it is: what stands behind a question mark
 * they take for options. It is @p path itself, or a link to it that goes again. @p path may be writable to a child all the same.
 */
[[nodiscard]] Result<void> withPlainName(const QString& path,
                                         const std::function<Result<void>(const QString& name)>& use);

/** Makes @p seconds since 1970 the present for the tools of e2fsprogs that write time stamps into a file system. */
[[nodiscard]] QProcessEnvironment presentForE2fsprogs(qint64 seconds);

/**
 * The same for a copy alone in its file, where what needs no decision is repaired: the journal, counts of free blocks.
 * @p original: what errors name. @p seconds: since 1970, of the check.
 */
[[nodiscard]] Result<void> repairWithE2fsck(const QString& path, const QString& original, qint64 seconds,
                                            JobContext& context, CommandRunner& runner);

} // namespace Stowage

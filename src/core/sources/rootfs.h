// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/architecture.h"
#include "core/support/uniquefd.h"

#include <QByteArray>
#include <QString>
#include <QStringList>

namespace Stowage
{

/** What a directory that may hold a root file system shows from outside. */
struct RootfsLook {
    bool isRootfs = false;
    QString inside; ///< Name of a subdirectory that holds a root file system where the directory itself does not.
    QString system; ///< PRETTY_NAME of its os-release; empty when it has none.
    Architecture architecture = Architecture::Unknown;
};

/**
 * Looks at the directory @p path. Links inside it are followed as the guest would, never out of it. A root file system
 * has an `etc` and one of `bin`, `usr`, `sbin`, or a first program such as `sbin/init`. Blocks on the disk.
 */
[[nodiscard]] RootfsLook lookAtRootfs(const QString& path);

/**
 * Opens @p name, relative to the directory open at @p root, with every link resolved as if @p root were "/": never out of
 * it. @p flags as for open(2); O_CLOEXEC is added. Invalid with errno set when it cannot be opened.
 */
[[nodiscard]] UniqueFd openInRoot(const UniqueFd& root, const QString& name, int flags);

/**
 * The first @p length bytes of the regular file @p name, found as by openInRoot(); empty when it is none, and at once so
 * for a FIFO or device. Blocks on the disk.
 */
[[nodiscard]] QByteArray readInRoot(const UniqueFd& root, const QString& name, qsizetype length);

/** Files of a root file system whose ELF header tells its architecture, most telling first; relative to its top. */
[[nodiscard]] QStringList architectureWitnesses();

/** The value of @p key in @p text, an os-release(5), on one line of at most 100 characters; empty when there is none. */
[[nodiscard]] QString osReleaseField(const QByteArray& text, const QByteArray& key);

/** The PRETTY_NAME (os-release(5)) of @p text on one line; empty when there is none. */
[[nodiscard]] QString systemName(const QByteArray& text);

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/architecture.h"

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

/** Files of a root file system whose ELF header tells its architecture, most telling first; relative to its top. */
[[nodiscard]] QStringList architectureWitnesses();

/** The PRETTY_NAME (os-release(5)) of @p text on one line; empty when there is none. */
[[nodiscard]] QString systemName(const QByteArray& text);

} // namespace Stowage

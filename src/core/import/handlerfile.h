// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/result.h"

#include <QByteArray>
#include <QStringList>

#include <stop_token>

namespace Stowage
{

/** An import type that a file of the user's defines by a shell function `xen_guest_import_<type>`. */
struct CustomType {
    QString type;
    QString file; ///< Absolute path of the file that defines it.
    QByteArray text; ///< All of that file: what the user has to see before it runs.
    QByteArray sha256; ///< Of the text, in hexadecimal digits.
    QByteArray script; ///< What bash reads: the functions and variables of the file.
    QStringList programs; ///< That the type says it needs, as far as they are known.
    QStringList notes; ///< What does not hold here, or cannot be checked.

    bool operator==(const CustomType&) const = default;
};

/** A file with handlers. */
struct HandlerFile {
    QList<CustomType> types; ///< In the order of their names.
    QList<Error> problems; ///< Types that cannot be used, and why.
};

/** Greatest size in bytes of a file with handlers. */
inline constexpr qint64 MaximumHandlerSize = 1024LL * 1024;

/**
 * Reads the file @p path: shell (`.sh`), or BitBake text (`.bbclass`, `.bb`, `.inc`, `.bbappend`), of which nothing is run.
 *
 * Of BitBake text the shell functions are taken with their appends and prepends, `${VARIABLE}` expanded as far as the file
 * itself assigns it; the others are left to the shell, which has WORKDIR, B, S, T and the STAGING directories of the
 * build host. Python is not run. Error: it cannot be read, or defines no import type. Blocks on the disk.
 */
[[nodiscard]] Result<HandlerFile> readHandlerFile(const QString& path, const std::stop_token& stop = {});

/**
 * The files with handlers at @p path, sorted: itself when it is no directory, else those in it whose suffix tells. Blocks on
 * the disk.
 */
[[nodiscard]] QStringList handlerFilesAt(const QString& path);

/** Name of the shell function of the type @p type. */
[[nodiscard]] QString importFunction(const QString& type);

} // namespace Stowage

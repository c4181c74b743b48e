// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/result.h"

#include <QByteArrayList>
#include <QStringList>

namespace Stowage
{

/**
 * The user's import handlers in the user's settings: which files and directories hold them, and which texts may be run. The
 * window and the command line share them. All calls block on the disk; thread-safe, as every call opens the file anew.
 */
class HandlerSettings
{
public:
    explicit HandlerSettings(QString file = defaultFile()) : m_file(std::move(file)) { }

    /** `stowage/handlers.ini` in the user's configuration directory. */
    [[nodiscard]] static QString defaultFile();

    [[nodiscard]] QString file() const { return m_file; }
    /** Absolute paths of files and directories, in the order in which they were added. */
    [[nodiscard]] QStringList paths() const;
    /** SHA-256 of the texts that may be run, in hexadecimal digits. */
    [[nodiscard]] QByteArrayList allowed() const;

    [[nodiscard]] Result<void> addPath(const QString& path) const;
    /** Error: it is not among them. */
    [[nodiscard]] Result<void> removePath(const QString& path) const;
    [[nodiscard]] Result<void> setAllowed(const QByteArray& sha256, bool allowed) const;

private:
    [[nodiscard]] Result<void> store(const QString& key, const QStringList& values) const;

    QString m_file;
};

} // namespace Stowage

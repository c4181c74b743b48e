// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include <QString>
#include <QStringList>
#include <QTemporaryDir>

namespace Stowage::Test
{

/** A deploy directory, an unpack directory and BitBake text in a temporary directory, for the tests of the command line. */
class CliInput
{
public:
    /** Makes a kernel behind a link ("Image") and the root file system of guest "alpha", for the machine qemuarm64. */
    CliInput();

    /** Absolute path of @p name in the temporary directory. */
    [[nodiscard]] QString path(const QString& name) const { return m_directory.filePath(name); }
    /** Writes @p text as the configuration and returns its path. */
    [[nodiscard]] QString conf(const QByteArray& text) const;
    /** @p verb with the configuration @p text and the options that name machine and directories. */
    [[nodiscard]] QStringList arguments(const QString& verb, const QByteArray& text) const;
    /** Everything in the temporary directory @p name, hidden files too. */
    [[nodiscard]] QStringList entries(const QString& name) const;

private:
    QTemporaryDir m_directory;
};

} // namespace Stowage::Test

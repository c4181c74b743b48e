// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/project/project.h"

#include <QStringList>

namespace Stowage
{

/** Where a file was found, and everywhere it was looked for. */
struct Found {
    QString path; ///< Absolute; empty when it was not found.
    QStringList searched; ///< Absolute paths, in the order tried; empty when there was no place to search.
};

/**
 * The search rules for the files that a project names. All functions touch the disk.
 * A name that is an absolute path is taken as it is, wherever it would be searched.
 */
class FileLookup
{
public:
    explicit FileLookup(const Project& project);

    /** What is imported: in the unpack directory, then as a path. */
    [[nodiscard]] Found source(const QString& name) const;
    /** Finished root file system: the named file, or `<entry>-<machine>[.rootfs].<fstype>`, in the deploy directory. */
    [[nodiscard]] Found rootfs(const Guest& guest) const;
    /** A guest's own kernel or ramdisk: in the unpack directory, then the deploy directory, then as a path. */
    [[nodiscard]] Found bootFile(const QString& name) const;
    /** The machine's kernel in the deploy directory. */
    [[nodiscard]] Found sharedKernel() const;
    /** A custom config: in the unpack directory, then as a path. */
    [[nodiscard]] Found config(const QString& name) const;

    /** The name that the file at @p path gets on the target. */
    [[nodiscard]] static QString targetName(const QString& path, NamingRule rule);

private:
    [[nodiscard]] Found search(const QStringList& directories, const QStringList& names) const;

    const Project& m_project;
    QString m_deploy;
    QString m_unpack;
};

} // namespace Stowage

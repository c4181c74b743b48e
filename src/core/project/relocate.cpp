// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/project/imagepath.h"
#include "projectfile.h"

#include <QDir>
#include <QFileInfo>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

/** Moves paths from one base directory to another. */
class Relocation
{
public:
    Relocation(const Project& project, const QString& directory)
        : m_project(project),
          m_from(project.directory),
          m_to(QDir::cleanPath(directory)),
          m_deploy(project.absolutePath(project.machine.deployDirectory)),
          m_unpack(project.absolutePath(project.machine.unpackDirectory))
    { }

    /** A path that only counts from the project's directory. */
    [[nodiscard]] QString path(const QString& old) const
    {
        if (old.isEmpty() || (QDir::isRelativePath(old) && (m_from.isEmpty() || m_from == m_to))) {
            return old;
        }
        return fromNewDirectory(m_project.absolutePath(old));
    }

    /** A name that is looked up in the unpack directory, in the deploy directory when @p deployed, then as a path. */
    [[nodiscard]] QString name(const QString& old, bool deployed) const
    {
        const bool relative = QDir::isRelativePath(old);
        if (old.isEmpty() || ImagePath::isMeant(old)
            || (relative && (isLookedUp(old, deployed) || !QFileInfo::exists(m_project.absolutePath(old))))) {
            return old;
        }
        const QString moved = path(old);
        return isLookedUp(moved, deployed) ? m_project.absolutePath(old) : moved;
    }

private:
    [[nodiscard]] bool isLookedUp(const QString& name, bool deployed) const
    {
        return existsIn(m_unpack, name) || (deployed && existsIn(m_deploy, name));
    }

    [[nodiscard]] static bool existsIn(const QString& directory, const QString& name)
    {
        return !directory.isEmpty() && QDir::isRelativePath(name) && QFileInfo::exists(directory + u'/' + name);
    }

    /** Relative, unless the two have nothing but the root in common: a path up to there would be no gain. */
    [[nodiscard]] QString fromNewDirectory(const QString& absolute) const
    {
        const QString first = m_to.section(u'/', 1, 1);
        const bool related = !first.isEmpty() && absolute.section(u'/', 1, 1) == first;
        return related ? QDir(m_to).relativeFilePath(absolute) : absolute;
    }

    const Project& m_project;
    QString m_from;
    QString m_to;
    QString m_deploy;
    QString m_unpack;
};

} // namespace

Project relocated(const Project& project, const QString& directory)
{
    const Relocation relocation(project, directory);
    Project moved = project;
    moved.directory = QDir::cleanPath(directory);
    moved.machine.deployDirectory = relocation.path(project.machine.deployDirectory);
    moved.machine.unpackDirectory = relocation.path(project.machine.unpackDirectory);
    moved.host.path = relocation.path(project.host.path);
    for (OutputSpec& output : moved.outputs) {
        output.path = relocation.path(output.path);
    }
    for (BootFile& file : moved.disk.files) {
        file.source = relocation.name(file.source, true);
    }
    for (Guest& guest : moved.guests) {
        guest.sourceFile = relocation.name(guest.sourceFile, false);
        guest.configFile = relocation.name(guest.configFile, false);
        guest.ramdisk = relocation.name(guest.ramdisk, true);
        if (guest.kernelMode() == KernelMode::Custom) {
            guest.kernel = relocation.name(guest.kernel, true);
        }
        for (GuestDisk& disk : guest.extraDisks) {
            disk.file = relocation.name(disk.file, false);
        }
    }
    return moved;
}

} // namespace Stowage

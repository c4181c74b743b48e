// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "lookup.h"

#include <QDir>
#include <QFileInfo>

namespace Stowage
{

FileLookup::FileLookup(const Project& project)
    : m_project(project),
      m_deploy(project.absolutePath(project.machine.deployDirectory)),
      m_unpack(project.absolutePath(project.machine.unpackDirectory))
{ }

Found FileLookup::search(const QStringList& directories, const QStringList& names) const
{
    Found found;
    for (const QString& directory : directories) {
        if (directory.isEmpty()) {
            continue;
        }
        for (const QString& name : names) {
            const QString path = QDir::cleanPath(QDir(directory).absoluteFilePath(name));
            if (found.searched.contains(path)) {
                continue;
            }
            found.searched.append(path);
            if (!path.contains(QChar::Null) && QFileInfo::exists(path)) {
                found.path = path;
                return found;
            }
        }
    }
    return found;
}

Found FileLookup::source(const QString& name) const
{
    return name.isEmpty() ? Found{} : search({m_unpack, m_project.directory}, {name});
}

Found FileLookup::rootfs(const Guest& guest) const
{
    if (!guest.rootfs.isEmpty()) {
        // An absolute path needs no deploy directory.
        return search({m_deploy, QDir::isAbsolutePath(guest.rootfs) ? QDir::rootPath() : QString()}, {guest.rootfs});
    }
    const QString stem = guest.entry + QLatin1Char('-') + m_project.machine.name;
    const QString& type = m_project.defaults.imageFsType;
    return search({m_deploy}, {stem + QLatin1Char('.') + type, stem + QLatin1String(".rootfs.") + type});
}

Found FileLookup::bootFile(const QString& name) const
{
    return search({m_unpack, m_deploy, m_project.directory}, {name});
}

Found FileLookup::sharedKernel() const
{
    return search({m_deploy}, {m_project.machine.effectiveKernelImageType()});
}

Found FileLookup::config(const QString& name) const
{
    return search({m_unpack, m_project.directory}, {name});
}

QString FileLookup::targetName(const QString& path, NamingRule rule)
{
    const QFileInfo info(path);
    if (rule == NamingRule::LinkName) {
        return info.fileName();
    }
    const QString real = info.canonicalFilePath();
    return real.isEmpty() ? info.fileName() : QFileInfo(real).fileName();
}

} // namespace Stowage

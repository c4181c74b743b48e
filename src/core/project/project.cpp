// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "project.h"

#include <QDir>

#include <algorithm>

namespace Stowage
{

Architecture Machine::effectiveArchitecture() const
{
    return architecture == Architecture::Unknown ? architectureOfMachine(name) : architecture;
}

QString Machine::effectiveKernelImageType() const
{
    return kernelImageType.isEmpty() ? defaultKernelImageType(effectiveArchitecture()) : kernelImageType;
}

QString Project::absolutePath(const QString& path) const
{
    return path.isEmpty() ? QString() : QDir::cleanPath(QDir(directory).absoluteFilePath(path));
}

bool Project::hasDiskOutput() const
{
    return std::ranges::contains(outputs, QLatin1StringView("disk"), &OutputSpec::kind);
}

} // namespace Stowage

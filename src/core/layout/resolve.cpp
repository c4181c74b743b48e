// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "resolve.h"

#include "core/layout/bootchecks.h"
#include "core/layout/configchecks.h"
#include "core/layout/guestresolver.h"
#include "core/layout/projectchecks.h"

#include <QCoreApplication>
#include <QFileInfo>

#include <algorithm>

namespace Stowage
{

ImportRequest importRequest(const ResolvedDisk& disk)
{
    return {.source = disk.file.path,
            .output = {},
            .sizeMiB = disk.imageSizeMiB,
            .owners = disk.owners,
            .isPacked = !disk.source.codec.isEmpty(),
            .member = disk.member,
            .firstBoot = disk.firstBoot,
            .device = disk.device};
}

ResolvedProject resolve(const Project& project, const PlaceMap& places, const std::stop_token& stop)
{
    ResolvedProject resolved;
    resolved.architecture = project.machine.effectiveArchitecture();
    ProblemList problems(places);
    if (!project.host.path.isEmpty()) {
        const QString path = project.absolutePath(project.host.path);
        if (QFileInfo::exists(path)) {
            resolved.hostPath = path;
        } else {
            problems.error(
                ProblemCode::HostUnusable, -1, QStringLiteral("host.path"),
                QCoreApplication::translate("Resolver", "The host root file system %1 does not exist.").arg(path),
                QCoreApplication::translate("Resolver",
                                            "Name a directory, a tar archive, an ext4 image or a disk that holds it."));
        }
    }
    checkValues(project, problems);
    GuestResolver resolver(project, problems, stop);
    for (int index = 0; index < project.guests.size() && !stop.stop_requested(); ++index) {
        resolved.guests.append(resolver.resolve(index));
    }
    if (project.hasDiskOutput()) {
        resolved.disk = resolveDisk(project, problems);
    }
    checkBoot(project, resolved, problems);
    checkConfigs(project, resolved, problems);
    checkTogether(project, resolved, problems, stop);
    resolved.problems = problems.take();
    std::ranges::stable_sort(resolved.problems, {}, [](const Problem& problem) { return problem.where.guest; });
    return resolved;
}

} // namespace Stowage

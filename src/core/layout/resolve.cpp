// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "resolve.h"

#include "core/layout/bootchecks.h"
#include "core/layout/configchecks.h"
#include "core/layout/guestresolver.h"
#include "core/layout/projectchecks.h"
#include "core/support/filecopy.h"
#include "core/support/remembered.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QHash>

#include <algorithm>

namespace Stowage
{

namespace
{

bool hasSameContent(const ResolvedFile& one, const ResolvedFile& other, const std::stop_token& stop)
{
    static Remembered<QByteArray> hashes; // as plans are made again with each edit
    const auto hash = [&stop](const QString& path) {
        return hashes.of(path, [&] { return hashFile(path, stop); }).value_or(QByteArray());
    };
    if (one.size != other.size) {
        return false;
    }
    const QByteArray first = hash(one.realPath);
    return !first.isEmpty() && first == hash(other.realPath);
}

/** Makes one file of kernels and ramdisks that have one name and the same content: each bundle brings its copy of the kernel. */
void joinEqualFiles(ResolvedProject& resolved, const std::stop_token& stop)
{
    QHash<QString, ResolvedFile> known; // by their names on the target
    const auto join = [&](std::optional<ResolvedFile>& file) {
        if (!file || !file->handler.isEmpty()) {
            return;
        }
        const auto first = known.constFind(file->targetName);
        if (first == known.cend()) {
            known.insert(file->targetName, *file);
        } else if (first->realPath != file->realPath && hasSameContent(*first, *file, stop)) {
            file = *first;
        }
    };
    for (ResolvedGuest& guest : resolved.guests) {
        join(guest.kernel);
        join(guest.ramdisk);
    }
}

} // namespace

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
    joinEqualFiles(resolved, stop);
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

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "guestresolver.h"

#include "core/import/handlerfile.h"
#include "core/import/importhandler.h"
#include "core/process/tools.h"
#include "core/support/filecopy.h"
#include "core/support/safepath.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Resolver {
    Q_DECLARE_TR_FUNCTIONS(Resolver)
};

/** Code of the problem that stands for @p error of a handler's check. */
QLatin1StringView codeForImport(const Error& error)
{
    switch (error.code) {
    case Error::Code::NoSpace:
        return ProblemCode::SizeTooSmall;
    case Error::Code::NotFound:
        return ProblemCode::SourceMissing;
    case Error::Code::ToolMissing:
        return ProblemCode::ToolMissing;
    case Error::Code::PermissionDenied:
        return ProblemCode::SourceUnreadable;
    default:
        return ProblemCode::SourceRefused;
    }
}

/** A size in MiB that holds @p bytes with a quarter to spare, in steps of 64 MiB. */
qint64 roomySizeMiB(qint64 bytes)
{
    constexpr qint64 Step = 64 * MiB;
    return (bytes + bytes / 4 + Step - 1) / Step * (Step / MiB);
}

} // namespace

GuestResolver::GuestResolver(const Project& project, ProblemList& problems, std::stop_token stop)
    : m_project(project),
      m_problems(problems),
      m_stop(std::move(stop)),
      m_lookup(project)
{ }

ResolvedGuest GuestResolver::resolve(int index)
{
    m_index = index;
    const Guest& guest = m_project.guests.at(index);
    ResolvedGuest result;
    result.index = index;
    result.entry = guest.entry;
    result.autostart = guest.autostart;
    result.memoryMiB = guest.effectiveMemoryMiB(m_project.defaults);
    resolveRootDisk(guest, result);
    resolveExtraDisks(guest, result);
    resolveKernel(guest, result);
    resolveFirstBoot(guest, result);
    resolveConfig(guest, result);
    return result;
}

ResolvedFile GuestResolver::describe(const QString& path, NamingRule naming) const
{
    const QFileInfo info(path);
    return {path, info.canonicalFilePath(), FileLookup::targetName(path, naming), info.size(), allocatedBytes(path)};
}

void GuestResolver::reportMissing(QLatin1StringView code, const QString& field, const QString& text, const Found& found,
                                  const QString& where)
{
    if (found.searched.isEmpty()) {
        m_problems.error(code, m_index, field, text, Resolver::tr("Set %1, so that it can be looked up.").arg(where));
        return;
    }
    const auto closed = std::ranges::find_if(found.searched, [](const QString& path) {
        return ::access(QFile::encodeName(QFileInfo(path).path()).constData(), X_OK) != 0 && errno == EACCES;
    });
    if (closed != found.searched.end()) {
        const QString directory = QFileInfo(*closed).path();
        m_problems.error(code, m_index, field,
                         Resolver::tr("%1 Searched: %2; the directory %3 cannot be read.")
                             .arg(text, found.searched.join(", "_L1), directory),
                         Resolver::tr("Check the permissions of %1.").arg(directory));
        return;
    }
    m_problems.error(code, m_index, field, Resolver::tr("%1 Searched: %2.").arg(text, found.searched.join(", "_L1)),
                     Resolver::tr("Put the file there, or correct the name."));
}

void GuestResolver::resolveRootDisk(const Guest& guest, ResolvedGuest& result)
{
    if (!guest.hasRootDisk()) {
        return;
    }
    ResolvedDisk disk;
    if (!guest.sourceType.isEmpty()) {
        disk.file.targetName = guest.entry + ".img"_L1;
        disk.imageSizeMiB = guest.effectiveImageSizeMiB(m_project.defaults);
        disk.owners = guest.owners;
        disk.member = guest.sourceMember;
        resolveImport(guest, disk, guest.sourceType, guest.sourceFile, u"sourceFile"_s);
        if (disk.found) {
            takeFirstBoot(guest, disk);
            checkImport(disk, u"sourceFile"_s, guest.imageSizeMiB);
        }
        result.disks.append(disk);
        return;
    }
    const Found found = m_lookup.rootfs(guest);
    if (found.path.isEmpty()) {
        reportMissing(ProblemCode::SourceMissing, u"rootfs"_s,
                      Resolver::tr("The root file system of guest \"%1\" was not found.").arg(guest.entry), found,
                      Resolver::tr("the deploy directory"));
    } else if (!QFileInfo(found.path).isFile()) {
        m_problems.error(ProblemCode::SourceMismatch, m_index, u"rootfs"_s,
                         Resolver::tr("%1 is not a file.").arg(found.path),
                         Resolver::tr("Name an image file, or import the directory as \"rootfs_dir\"."));
    } else {
        disk.found = true;
        disk.file = describe(found.path, guest.naming);
        disk.source = probeSource(found.path, m_stop);
        checkReadable(found.path, u"rootfs"_s);
        checkFinished(guest, disk);
    }
    result.disks.append(disk);
}

void GuestResolver::checkFinished(const Guest& guest, const ResolvedDisk& disk)
{
    using enum SourceKind;
    const SourceInfo& source = disk.source;
    const bool isNoDisk = source.kind == Qcow2 || source.kind == VirtualDisk || source.kind == VirtualMachine
        || source.kind == RootfsArchive || source.kind == ContainerImage || !source.codec.isEmpty();
    if (isNoDisk && !source.handler.isEmpty() && guest.configFile.isEmpty()) {
        m_problems.warning(ProblemCode::SourceMismatch, m_index, u"rootfs"_s,
                           Resolver::tr("Guest \"%1\" gets %2 as it is, which is no raw disk: %3.")
                               .arg(guest.entry, source.path, source.description),
                           Resolver::tr("Import it instead: as the source, with the type \"%1\".").arg(source.handler));
    }
}

void GuestResolver::resolveImport(const Guest& guest, ResolvedDisk& disk, const QString& type, const QString& file,
                                  const QString& field)
{
    if (const ImportHandler* handler = findHandler(type); handler != nullptr && !handler->usesSource()) {
        disk.handler = type;
        disk.found = true;
        return;
    }
    const Found found = m_lookup.source(file);
    if (file.isEmpty()) {
        m_problems.error(
            ProblemCode::SourceMissing, m_index, field,
            Resolver::tr("Guest \"%1\" is imported as \"%2\", but no source is named.").arg(guest.entry, type),
            Resolver::tr("Name the file or directory to import."));
    } else if (found.path.isEmpty()) {
        reportMissing(ProblemCode::SourceMissing, field,
                      Resolver::tr("The source \"%1\" of guest \"%2\" was not found.").arg(file, guest.entry), found,
                      Resolver::tr("the unpack directory"));
    }
    disk.handler = type;
    const ImportHandler* handler = findHandler(type);
    if (!type.isEmpty() && handler == nullptr) {
        QStringList types;
        std::ranges::transform(allHandlers(), std::back_inserter(types), &ImportHandler::type);
        const bool root = field == "sourceFile"_L1;
        Problem& problem = m_problems.error(ProblemCode::SourceTypeUnknown, m_index, root ? u"sourceType"_s : field,
                                            Resolver::tr("There is no import handler \"%1\".").arg(type),
                                            Resolver::tr(
                                                "Use one of: %1. A type of your own is in a file with the shell "
                                                "function %2, which the import handlers' settings name.")
                                                .arg(types.join(", "_L1), importFunction(type)));
        const QString fitting = found.path.isEmpty() ? QString() : probeSource(found.path, m_stop).handler;
        if (root && !fitting.isEmpty()) {
            problem.fix = Fix{Resolver::tr("Import as \"%1\"").arg(fitting), u"sourceType"_s, fitting};
        }
        return;
    }
    if (const auto allowed = handler != nullptr ? handler->allowed() : Result<void>(); !allowed) {
        m_problems.fromError(Problem::Severity::Error, ProblemCode::SourceTypeNotAllowed, m_index,
                             field == "sourceFile"_L1 ? u"sourceType"_s : field, allowed.error());
        return;
    }
    if (found.path.isEmpty()) {
        return;
    }
    disk.file.path = found.path;
    disk.file.realPath = QFileInfo(found.path).canonicalFilePath();
    disk.source = probeSource(found.path, m_stop);
    if (disk.handler.isEmpty()) {
        disk.handler = disk.source.handler;
    }
    if (disk.handler.isEmpty() && !QFileInfo(found.path).isReadable()) {
        m_problems.error(ProblemCode::SourceUnreadable, m_index, field,
                         Resolver::tr("%1 cannot be read.").arg(found.path), Resolver::tr("Check its permissions."));
        return;
    }
    if (disk.handler.isEmpty()) {
        m_problems.error(ProblemCode::SourceRefused, m_index, field,
                         Resolver::tr("%1 cannot be used as a disk: %2").arg(found.path, disk.source.refusal),
                         Resolver::tr("Name a disk image or a directory with a root file system."));
        return;
    }
    disk.found = true;
}

void GuestResolver::checkImport(ResolvedDisk& disk, const QString& field, std::optional<qint64> statedSize)
{
    checkTools(disk.handler, field);
    const Result<qint64> bytes = plannedHandler(disk.handler).check(importRequest(disk), m_stop);
    if (bytes) {
        disk.file.size = *bytes;
        disk.file.allocated = *bytes;
        return;
    }
    if (bytes.error().code == Error::Code::Cancelled) {
        return;
    }
    const QLatin1StringView code = codeForImport(bytes.error());
    const bool size = code == ProblemCode::SizeTooSmall;
    const bool root = field == "sourceFile"_L1;
    Problem& problem = m_problems.fromError(Problem::Severity::Error, code, m_index,
                                            size && root ? u"imageSize"_s : field, bytes.error());
    if (size && root && bytes.error().neededBytes > 0) {
        const qint64 enough = roomySizeMiB(bytes.error().neededBytes);
        problem.fix = Fix{Resolver::tr("Set the size to %1 MiB").arg(enough), u"imageSize"_s, enough};
    }
    disk.file.size = size ? statedSize.value_or(disk.imageSizeMiB) * MiB : 0;
}

void GuestResolver::checkTools(const QString& handler, const QString& field)
{
    for (const Error& missing : missingTools(plannedHandler(handler).requirements())) {
        m_problems.fromError(Problem::Severity::Error, ProblemCode::ToolMissing, m_index, field, missing);
    }
}

void GuestResolver::resolveExtraDisks(const Guest& guest, ResolvedGuest& result)
{
    for (qsizetype i = 0; i < guest.extraDisks.size(); ++i) {
        const GuestDisk& extra = guest.extraDisks.at(i);
        if (!extra.isImported()) {
            continue;
        }
        const QString field = u"disks"_s;
        ResolvedDisk disk;
        disk.file.targetName = guest.entry + QLatin1Char('-') + extra.effectiveDevice() + ".img"_L1;
        disk.imageSizeMiB = extra.imageSizeMiB.value_or(m_project.defaults.imageSizeMiB);
        disk.owners = guest.owners;
        disk.member = extra.member;
        resolveImport(guest, disk, extra.type, extra.file, field);
        if (disk.found) {
            checkImport(disk, field, extra.imageSizeMiB);
        }
        result.disks.append(disk);
    }
}

void GuestResolver::checkReadable(const QString& path, const QString& field)
{
    if (const auto file = openRegularFile(path); !file) {
        m_problems.fromError(Problem::Severity::Error, ProblemCode::SourceUnreadable, m_index, field, file.error());
    }
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "guestresolver.h"

#include "core/import/importhandler.h"
#include "core/process/tools.h"
#include "core/support/filecopy.h"
#include "core/support/safepath.h"
#include "core/support/units.h"
#include "core/xen/kernelimage.h"

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
    ResolvedDisk disk;
    if (!guest.sourceType.isEmpty()) {
        disk.file.targetName = guest.entry + ".img"_L1;
        disk.imageSizeMiB = guest.effectiveImageSizeMiB(m_project.defaults);
        disk.owners = guest.owners;
        resolveImport(guest, disk, guest.sourceType, guest.sourceFile, u"sourceFile"_s);
        if (disk.found) {
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
    }
    result.disks.append(disk);
}

void GuestResolver::resolveImport(const Guest& guest, ResolvedDisk& disk, const QString& type, const QString& file,
                                  const QString& field)
{
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
    if (!type.isEmpty() && findHandler(type) == nullptr) {
        QStringList types;
        for (const ImportHandler* handler : allHandlers()) {
            types.append(handler->type());
        }
        const bool root = field == "sourceFile"_L1;
        Problem& problem = m_problems.error(ProblemCode::SourceTypeUnknown, m_index, root ? u"sourceType"_s : field,
                                            Resolver::tr("There is no import handler \"%1\".").arg(type),
                                            Resolver::tr("Use one of: %1.").arg(types.join(", "_L1)));
        const QString fitting = found.path.isEmpty() ? QString() : probeSource(found.path, m_stop).handler;
        if (root && !fitting.isEmpty()) {
            problem.fix = Fix{Resolver::tr("Import as \"%1\"").arg(fitting), u"sourceType"_s, fitting};
        }
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
    const ImportHandler* handler = findHandler(disk.handler);
    const Result<qint64> bytes = handler->check({disk.file.path, {}, disk.imageSizeMiB, disk.owners}, m_stop);
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
    for (const Error& missing : missingTools(findHandler(handler)->requirements())) {
        m_problems.fromError(Problem::Severity::Error, ProblemCode::ToolMissing, m_index, field, missing);
    }
}

void GuestResolver::resolveExtraDisks(const Guest& guest, ResolvedGuest& result)
{
    for (qsizetype i = 0; i < guest.extraDisks.size(); ++i) {
        const GuestDisk& extra = guest.extraDisks.at(i);
        if (extra.file.isEmpty()) {
            continue;
        }
        const QString field = u"disks"_s;
        ResolvedDisk disk;
        disk.file.targetName = guest.entry + QLatin1Char('-') + extra.device + ".img"_L1;
        disk.imageSizeMiB = extra.imageSizeMiB.value_or(m_project.defaults.imageSizeMiB);
        disk.owners = guest.owners;
        resolveImport(guest, disk, extra.type, extra.file, field);
        if (disk.found) {
            checkImport(disk, field, extra.imageSizeMiB);
        }
        result.disks.append(disk);
    }
}

std::optional<ResolvedFile> GuestResolver::bootFile(const Guest& guest, const QString& name, QLatin1StringView code,
                                                    const QString& field)
{
    const Found found = m_lookup.bootFile(name);
    if (found.path.isEmpty()) {
        const QString text = code == ProblemCode::KernelMissing
            ? Resolver::tr("The kernel \"%1\" of guest \"%2\" was not found.")
            : Resolver::tr("The ramdisk \"%1\" of guest \"%2\" was not found.");
        reportMissing(code, field, text.arg(name, guest.entry), found, Resolver::tr("the deploy directory"));
        return std::nullopt;
    }
    if (!QFileInfo(found.path).isFile()) {
        m_problems.error(code, m_index, field, Resolver::tr("%1 is not a file.").arg(found.path),
                         Resolver::tr("Name the file itself."));
        return std::nullopt;
    }
    checkReadable(found.path, field);
    return describe(found.path, guest.naming);
}

void GuestResolver::checkReadable(const QString& path, const QString& field)
{
    if (const auto file = openRegularFile(path); !file) {
        m_problems.fromError(Problem::Severity::Error, ProblemCode::SourceUnreadable, m_index, field, file.error());
    }
}

void GuestResolver::resolveKernel(const Guest& guest, ResolvedGuest& result)
{
    const QString field = u"kernel"_s;
    switch (guest.kernelMode()) {
    case KernelMode::None:
        break;
    case KernelMode::Custom:
        result.kernel = bootFile(guest, guest.kernel, ProblemCode::KernelMissing, field);
        break;
    case KernelMode::Shared: {
        if (m_project.machine.effectiveKernelImageType().isEmpty()) {
            m_problems.error(
                ProblemCode::KernelTypeUnknown, m_index, field,
                Resolver::tr("Guest \"%1\" uses the host's kernel, but its file name is not known.").arg(guest.entry),
                Resolver::tr("Set the machine or its kernel image type (Image, bzImage, zImage)."));
            break;
        }
        const Found found = m_lookup.sharedKernel();
        if (found.path.isEmpty() || !QFileInfo(found.path).isFile()) {
            reportMissing(ProblemCode::KernelMissing, field,
                          Resolver::tr("The host's kernel for guest \"%1\" was not found.").arg(guest.entry), found,
                          Resolver::tr("the deploy directory"));
        } else {
            checkReadable(found.path, field);
            result.kernel = describe(found.path, guest.naming);
        }
        break;
    }
    }
    if (result.kernel) {
        checkKernel(*result.kernel, field);
    }
    if (!guest.ramdisk.isEmpty() && guest.kernelMode() != KernelMode::None) {
        result.ramdisk = bootFile(guest, guest.ramdisk, ProblemCode::RamdiskMissing, u"ramdisk"_s);
    }
}

void GuestResolver::checkKernel(const ResolvedFile& kernel, const QString& field)
{
    QFile file(kernel.path);
    if (!file.open(QIODevice::ReadOnly)) {
        return; // reported as unreadable
    }
    constexpr qint64 HeadBytes = 64 * 1024;
    const QByteArray head = file.read(HeadBytes);
    const std::optional<KernelImage> image = inspectKernel(head);
    const Architecture machine = m_project.machine.effectiveArchitecture();
    // What notes of an ELF file say lies anywhere in it, and more forms of them than are read here are good for xl.
    if (!image
        && !head.startsWith("\x7f"
                            "ELF")) {
        m_problems.warning(ProblemCode::KernelNotLoadable, m_index, field,
                           Resolver::tr("%1 is no kernel that Stowage knows.").arg(kernel.path),
                           Resolver::tr(
                               "Check that it is a kernel that xl loads: a bzImage, Image or zImage of Linux, or "
                               "an ELF file with a Xen note."));
    } else if (image && !image->loadable) {
        m_problems.warning(ProblemCode::KernelNotLoadable, m_index, field,
                           Resolver::tr("xl cannot use the kernel %1: %2.").arg(kernel.path, image->description()),
                           Resolver::tr("Choose the bzImage, Image or zImage of the same build."));
    }
    if (image && !runsOn(image->architecture, machine)) {
        m_problems.warning(ProblemCode::KernelArchitecture, m_index, field,
                           Resolver::tr("The kernel %1 is for %2, but the machine is %3.")
                               .arg(kernel.path, architectureName(image->architecture), architectureName(machine)),
                           Resolver::tr("Choose a kernel for the machine, or correct the machine."));
    }
}

} // namespace Stowage

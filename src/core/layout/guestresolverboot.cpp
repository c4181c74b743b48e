// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/bootplan/imagekernels.h"
#include "core/import/importhandler.h"
#include "core/import/readablesource.h"
#include "core/support/safepath.h"
#include "guestresolver.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Resolver {
    Q_DECLARE_TR_FUNCTIONS(Resolver)
};

/** What a guest is started from: a system that is yet to be installed on an empty disk is on its CD. */
template<typename Disks>
auto startDisk(Disks& disks)
{
    return std::ranges::find_if(disks, [](const ResolvedDisk& disk) { return disk.handler != EmptyDiskType; });
}

} // namespace

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

bool GuestResolver::lookInside(ResolvedGuest& result, const QString& field)
{
    const auto disk = startDisk(result.disks);
    if (disk == result.disks.end() || !disk->found || !isClosed(disk->source)) {
        return true;
    }
    const auto readable = readableSource(disk->file.path, m_stop);
    if (!readable) {
        if (readable.error().code != Error::Code::Cancelled) {
            m_problems.fromError(Problem::Severity::Error, ProblemCode::KernelMissing, m_index, field,
                                 readable.error());
        }
        return false;
    }
    const SourceInfo inside = probeSource(readable->path(), m_stop);
    const bool isMade = disk->source.isMade();
    disk->source.disk = inside.disk;
    disk->source.virtualSize = isMade ? 0 : inside.virtualSize;
    if (disk->source.architecture == Architecture::Unknown) {
        disk->source.architecture = inside.architecture;
    }
    return true;
}

std::optional<ResolvedFile> GuestResolver::takenFile(const Guest& guest, const ResolvedGuest& result,
                                                     const QString& handler)
{
    const bool isKernel = handler == "kernel"_L1;
    const QLatin1StringView code = isKernel ? ProblemCode::KernelMissing : ProblemCode::RamdiskMissing;
    const QString text = isKernel ? guest.kernel : guest.ramdisk;
    const auto place = ImagePath::parse(text);
    if (!place) {
        m_problems.error(
            ProblemCode::ValueInvalid, m_index, handler, Resolver::tr("\"%1\" names no file in an image.").arg(text),
            Resolver::tr("Write it like \"image:1/boot/vmlinuz\", or \"image:\" for what it starts itself."));
        return {};
    }
    const auto source = startDisk(result.disks);
    if (source == result.disks.end() || !source->found) {
        return {}; // which is a problem of its own
    }
    const ResolvedDisk& disk = *source;
    ImagePath wanted = *place;
    if (wanted.path.isEmpty()) {
        const QList<ImageKernel> kernels = kernelsOn(disk.source.disk, m_project.machine.effectiveArchitecture());
        if (!kernels.isEmpty()) {
            wanted = isKernel ? kernels.first().path() : kernels.first().ramdiskPath();
        }
        if (!kernels.isEmpty() && wanted.path.isEmpty()) {
            return {}; // its kernel starts without one
        }
    }
    if (wanted.path.isEmpty()) {
        m_problems.error(code, m_index, handler,
                         isKernel ? Resolver::tr("No kernel was found in %1.").arg(disk.file.path)
                                  : Resolver::tr("No ramdisk was found in %1.").arg(disk.file.path),
                         Resolver::tr("Name a file, or use the host's kernel."));
        return {};
    }
    ResolvedFile file;
    file.path = disk.file.path;
    file.realPath = disk.file.realPath;
    file.handler = handler;
    file.member = wanted.toString();
    // A unified kernel image holds both under one name.
    const QString name = wanted.path.section(u'/', -1);
    file.targetName = u"%1-%2"_s.arg(
        guest.entry, isKernel || !name.endsWith(".efi"_L1, Qt::CaseInsensitive) ? name : name + ".initrd"_L1);
    if (const auto good = checkFileName(file.targetName.toUtf8()); !good) {
        m_problems.fromError(Problem::Severity::Error, code, m_index, handler, good.error());
        return {};
    }
    const auto bytes = findStepHandler(handler)->check({.source = file.path, .output = {}, .member = file.member},
                                                       m_stop);
    if (!bytes) {
        if (bytes.error().code != Error::Code::Cancelled) {
            m_problems.fromError(Problem::Severity::Error, code, m_index, handler, bytes.error());
        }
        return {};
    }
    file.size = *bytes;
    file.allocated = *bytes;
    return file;
}

void GuestResolver::resolveSharedKernel(const Guest& guest, ResolvedGuest& result)
{
    const QString field = u"kernel"_s;
    if (m_project.machine.effectiveKernelImageType().isEmpty()) {
        m_problems.error(
            ProblemCode::KernelTypeUnknown, m_index, field,
            Resolver::tr("Guest \"%1\" uses the host's kernel, but its file name is not known.").arg(guest.entry),
            Resolver::tr("Set the machine or its kernel image type (Image, bzImage, zImage)."));
        return;
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
}

void GuestResolver::resolveKernel(const Guest& guest, ResolvedGuest& result)
{
    const QString field = u"kernel"_s;
    switch (guest.kernelMode()) {
    case KernelMode::None:
        break;
    case KernelMode::Image:
        result.kernel = lookInside(result, field) ? takenFile(guest, result, field) : std::nullopt;
        break;
    case KernelMode::Custom:
        result.kernel = bootFile(guest, guest.kernel, ProblemCode::KernelMissing, field);
        break;
    case KernelMode::Shared:
        resolveSharedKernel(guest, result);
        break;
    }
    if (result.kernel && result.kernel->member.isEmpty()) {
        checkKernel(*result.kernel, field);
    }
    if (guest.kernelMode() != KernelMode::None) {
        resolveRamdisk(guest, result);
    }
}

void GuestResolver::resolveRamdisk(const Guest& guest, ResolvedGuest& result)
{
    if (ImagePath::isMeant(guest.ramdisk)) {
        result.ramdisk = takenFile(guest, result, u"ramdisk"_s);
    } else if (!guest.ramdisk.isEmpty()) {
        result.ramdisk = bootFile(guest, guest.ramdisk, ProblemCode::RamdiskMissing, u"ramdisk"_s);
    }
}

void GuestResolver::checkKernel(ResolvedFile& kernel, const QString& field)
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
        unpackKernel(kernel, *image, field);
    }
    if (image && !runsOn(image->architecture, machine)) {
        m_problems.warning(ProblemCode::KernelArchitecture, m_index, field,
                           Resolver::tr("The kernel %1 is for %2, but the machine is %3.")
                               .arg(kernel.path, architectureName(image->architecture), architectureName(machine)),
                           Resolver::tr("Choose a kernel for the machine, or correct the machine."));
    }
}

void GuestResolver::unpackKernel(ResolvedFile& kernel, const KernelImage& image, const QString& field)
{
    const auto bytes = findStepHandler(u"kernel"_s)->check({.source = kernel.path, .output = {}}, m_stop);
    if (!bytes) {
        m_problems.warning(ProblemCode::KernelNotLoadable, m_index, field,
                           Resolver::tr("xl cannot use the kernel %1: %2.").arg(kernel.path, image.description()),
                           Resolver::tr("Choose the bzImage, Image or zImage of the same build."));
        return;
    }
    kernel.handler = u"kernel"_s;
    kernel.size = *bytes;
    kernel.allocated = *bytes;
    m_problems.add(
        Problem::Severity::Note, ProblemCode::KernelUnpacked, m_index, field,
        Resolver::tr("xl does not load the form of the kernel %1: %2.").arg(kernel.path, image.description()),
        Resolver::tr("Nothing: the kernel in it is taken out, and that is what the target gets."));
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/layout/layout.h"
#include "core/project/inputfile.h"
#include "core/xen/diskspec.h"
#include "core/xen/guestconfig.h"
#include "guestresolver.h"

#include <QCoreApplication>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Resolver {
    Q_DECLARE_TR_FUNCTIONS(Resolver)
};

QString onTarget(const QString& name)
{
    return ImagesDirectory + QLatin1Char('/') + name;
}

/**
 * A disk in the form that the BitBake classes write, a CD drive in that of xl-disk-configuration(5); or in another where xl would
 * read that one as something else.
 */
QString diskText(const QString& target, const QString& device, bool readOnly, bool cdrom = false)
{
    DiskSpec spec;
    spec.target = target.toUtf8();
    spec.vdev = device.toUtf8();
    spec.access = readOnly || cdrom ? "r" : "rw";
    spec.cdrom = cdrom;
    const QString usual = cdrom ? "%1,raw,%2,cdrom"_L1.arg(target, device)
                                : "file:%1,%2,%3"_L1.arg(target, device, QString::fromLatin1(spec.access));
    const Result<DiskSpec> read = parseDiskSpec(usual.toUtf8());
    return read && read->sameMeaning(spec) ? usual : QString::fromUtf8(formatDiskSpec(spec));
}

} // namespace

void GuestResolver::resolveConfig(const Guest& guest, ResolvedGuest& result)
{
    result.config = guest.configFile.isEmpty() ? generatedConfig(guest, result) : customConfig(guest, result);
}

QByteArray GuestResolver::customConfig(const Guest& guest, const ResolvedGuest& result)
{
    const QString field = u"configFile"_s;
    const Found found = m_lookup.config(guest.configFile);
    if (found.path.isEmpty()) {
        reportMissing(
            ProblemCode::ConfigMissing, field,
            Resolver::tr("The config \"%1\" of guest \"%2\" was not found.").arg(guest.configFile, guest.entry), found,
            Resolver::tr("the unpack directory"));
        return {};
    }
    constexpr qint64 MostBytes = 1024 * 1024;
    const Result<QByteArray> text = readInputFile(found.path, MostBytes);
    if (!text) {
        m_problems.fromError(Problem::Severity::Error, ProblemCode::SourceUnreadable, m_index, field, text.error());
        return {};
    }
    const ResolvedFile image = guest.hasRootDisk() ? result.disks.first().file : ResolvedFile();
    const auto rewritten = rewriteGuestConfig(*text, found.path,
                                              image.targetName.isEmpty() ? QString() : onTarget(image.targetName),
                                              result.kernel ? onTarget(result.kernel->targetName) : QString(),
                                              result.ramdisk ? onTarget(result.ramdisk->targetName) : QString());
    if (!rewritten) {
        m_problems.fromError(Problem::Severity::Error, ProblemCode::ConfigSyntax, m_index, field, rewritten.error());
        return {};
    }
    for (const Error& warning : rewritten->warnings) {
        m_problems.fromError(Problem::Severity::Warning, ProblemCode::ConfigRewrite, m_index, field, warning);
    }
    return rewritten->text;
}

QByteArray GuestResolver::generatedConfig(const Guest& guest, const ResolvedGuest& result)
{
    const GuestDefaults& defaults = m_project.defaults;
    GuestConfig config;
    config.name = guest.domainName();
    config.memoryMiB = result.memoryMiB;
    config.vcpus = guest.effectiveVcpus(defaults);
    config.type = guest.type;
    if (guest.hasRootDisk()) {
        config.disks.append(
            diskText(onTarget(result.disks.first().file.targetName), guest.effectiveDiskDevice(defaults), false));
    }
    for (const GuestDisk& extra : guest.extraDisks) {
        const QString image = guest.entry + QLatin1Char('-') + extra.effectiveDevice() + ".img"_L1;
        config.disks.append(diskText(extra.isImported() ? onTarget(image) : extra.target, extra.effectiveDevice(),
                                     extra.readOnly, extra.cdrom));
    }
    if (result.seed) {
        config.disks.append(diskText(onTarget(result.seed->targetName), result.seed->device, true));
    }
    config.vifs = QStringList{guest.effectiveVif(defaults)} + guest.extraVifs;
    config.kernel = result.kernel ? onTarget(result.kernel->targetName) : QString();
    config.ramdisk = result.ramdisk ? onTarget(result.ramdisk->targetName) : QString();
    config.extra = guest.effectiveExtra(defaults);
    config.options = guest.options;
    if (guest.kernelMode() != KernelMode::None && !result.kernel) {
        config.kernel = onTarget(m_project.machine.effectiveKernelImageType()); // missing, and reported as such
    }
    return generateGuestConfig(config);
}

} // namespace Stowage

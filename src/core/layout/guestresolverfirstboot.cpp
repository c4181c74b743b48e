// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "core/import/firstbootseed.h"
#include "core/import/importhandler.h"
#include "core/layout/layout.h"
#include "core/project/projectfile.h"
#include "guestresolver.h"

#include <QCoreApplication>

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Resolver {
    Q_DECLARE_TR_FUNCTIONS(Resolver)
};

/** The value in the project file of @p firstBoot with @p method. */
QJsonValue withMethod(FirstBoot firstBoot, FirstBoot::Method method)
{
    firstBoot.method = method;
    Guest guest;
    guest.firstBoot = firstBoot;
    return guestToJson(guest).value("firstBoot"_L1);
}

/** A device that @p guest has not yet, the last one first, as people count from the first; empty where all are taken. */
QString freeDevice(const Guest& guest, const GuestDefaults& defaults)
{
    QStringList used{guest.effectiveDiskDevice(defaults)};
    for (const GuestDisk& disk : guest.extraDisks) {
        used.append(disk.effectiveDevice());
    }
    for (char16_t letter = u'z'; letter >= u'a'; --letter) {
        const QString device = u"xvd"_s + QChar(letter);
        // A partition of it would be a device of its own.
        if (std::ranges::none_of(used, [&device](const QString& name) { return name.startsWith(device); })) {
            return device;
        }
    }
    return {};
}

bool usesFirstBoot(const ResolvedDisk& disk)
{
    const ImportHandler* handler = findHandler(disk.handler);
    return handler != nullptr && handler->usesFirstBoot();
}

bool usesFirstBoot(const ResolvedGuest& guest)
{
    return !guest.disks.isEmpty() && usesFirstBoot(guest.disks.first());
}

} // namespace

void GuestResolver::takeFirstBoot(const Guest& guest, ResolvedDisk& disk) const
{
    const bool isWritten = guest.firstBoot && !guest.firstBoot->isSeed() && usesFirstBoot(disk)
        && checkFirstBoot(*guest.firstBoot).isEmpty();
    if (isWritten) {
        disk.firstBoot = guest.firstBoot;
        disk.device = guest.effectiveDiskDevice(m_project.defaults);
    }
}

void GuestResolver::resolveFirstBoot(const Guest& guest, ResolvedGuest& result)
{
    if (!guest.firstBoot) {
        return;
    }
    const FirstBoot& firstBoot = *guest.firstBoot;
    const QString field = u"firstBoot"_s;
    const QList<Error> errors = checkFirstBoot(firstBoot);
    for (const Error& error : errors) {
        m_problems.fromError(Problem::Severity::Error, ProblemCode::FirstBootInvalid, m_index, field, error);
    }
    if (!errors.isEmpty()) {
        return;
    }
    if (firstBoot.isSeed()) {
        resolveSeed(guest, result);
        return;
    }
    const bool isKnown = result.disks.isEmpty() || result.disks.first().found;
    if (isKnown && !usesFirstBoot(result)) {
        Problem& problem = m_problems.error(
            ProblemCode::FirstBootUnsupported, m_index, field,
            Resolver::tr(
                "The first boot of guest \"%1\" cannot be written into its image, as that is not made from files.")
                .arg(guest.entry),
            Resolver::tr("Use a seed disk, which cloud-init in the guest reads."));
        problem.fix = Fix{Resolver::tr("Use a seed disk"), field, withMethod(firstBoot, FirstBoot::Method::Seed)};
    }
    if (firstBoot.network != FirstBoot::Network::Unchanged) {
        m_problems.warning(
            ProblemCode::FirstBootUnsupported, m_index, field,
            Resolver::tr("The network of the first boot of guest \"%1\" is not set up: only a seed disk can tell it.")
                .arg(guest.entry),
            Resolver::tr("Leave the network unchanged, and have the kernel set it up by ip= in its command line."));
    }
}

void GuestResolver::resolveSeed(const Guest& guest, ResolvedGuest& result)
{
    const FirstBoot& firstBoot = *guest.firstBoot;
    const QString field = u"firstBoot"_s;
    const SeedTexts texts = seedTexts(firstBoot);
    auto image = seedImage(texts);
    ResolvedSeed seed{guest.entry + "-seed.img"_L1, freeDevice(guest, m_project.defaults), image.value_or(QByteArray()),
                      texts.shown()};
    if (!image) {
        m_problems.fromError(Problem::Severity::Error, ProblemCode::FirstBootInvalid, m_index, field, image.error());
        return;
    }
    if (seed.device.isEmpty()) {
        m_problems.error(ProblemCode::FirstBootInvalid, m_index, field,
                         Resolver::tr("Guest \"%1\" has no device left for the seed disk.").arg(guest.entry),
                         Resolver::tr("Take one of its disks away."));
        return;
    }
    if (!guest.configFile.isEmpty()) {
        m_problems.warning(ProblemCode::FirstBootUnsupported, m_index, field,
                           Resolver::tr("The config of guest \"%1\" is its own, and the seed disk is not put into it.")
                               .arg(guest.entry),
                           Resolver::tr("Have the disk \"file:%1/%2,%3,r\" in it.")
                               .arg(ImagesDirectory, seed.targetName, seed.device));
    }
    if (firstBoot.consoleLogin || firstBoot.fstab) {
        m_problems.warning(
            ProblemCode::FirstBootUnsupported, m_index, field,
            Resolver::tr("A seed disk changes neither the console nor the fstab of guest \"%1\".").arg(guest.entry),
            Resolver::tr("Write the first boot into the image's files, or leave these two out."));
    }
    const VolumeLook* root = result.disks.isEmpty() ? nullptr : result.disks.first().source.disk.root();
    if (root != nullptr && !root->system->hasCloudInit) {
        const bool canWrite = usesFirstBoot(result);
        Problem& problem = m_problems.add(
            Problem::Severity::Note, ProblemCode::FirstBootNoCloudInit, m_index, field,
            Resolver::tr("There is no cloud-init in guest \"%1\", which would read the seed disk.").arg(guest.entry),
            canWrite ? Resolver::tr("Write the first boot into the image's files.")
                     : Resolver::tr("Install cloud-init in it, or use the cloud edition of its distribution."));
        if (canWrite) {
            problem.fix = Fix{Resolver::tr("Write it into the files"), field,
                              withMethod(firstBoot, FirstBoot::Method::Files)};
        }
    }
    result.seed = std::move(seed);
}

} // namespace Stowage

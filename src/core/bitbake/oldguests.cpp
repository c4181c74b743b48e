// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bitbaketexts.h"
#include "core/project/inputfile.h"
#include "core/xen/diskspec.h"
#include "core/xen/xlconfig.h"
#include "guestreader.h"

#include <QDirIterator>
#include <QFile>
#include <QFileInfo>

#include <algorithm>
#include <utility>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

using Severity = Problem::Severity;

} // namespace

/** What xen-image-minimal bundled before there were the two classes (meta-virtualization up to Yocto 5.2). */
void GuestReader::readOldGuests()
{
    const BitBakeValue value = m_data.value(u"XEN_BUNDLED_GUESTS"_s);
    if (value.text) {
        checkExpanded(value, u"XEN_BUNDLED_GUESTS"_s, value.place(), Severity::Error);
        const QStringList pairs = value.text->simplified().split(u' ', Qt::SkipEmptyParts);
        const QList<Place> places = wordPlaces(value, pairs);
        for (qsizetype i = 0; i < pairs.size() && !m_reader.stop().stop_requested(); ++i) {
            const QString& pair = pairs.at(i);
            const Place& place = places.at(i);
            Guest guest;
            guest.entry = u"xen-guest-bundle-%1"_s.arg(i + 1);
            guest.rootfs = pair.section(u':', 0, 0);
            guest.kernel = pair.section(u':', 1, 1);
            if (guest.rootfs.isEmpty() || guest.kernel.isEmpty()) {
                report(Severity::Error, ProblemCode::ValueInvalid, place,
                       BitBake::tr("\"%1\" in XEN_BUNDLED_GUESTS is no pair of a root file system and a kernel.")
                           .arg(pair),
                       BitBake::tr("Write it as ROOTFS:KERNEL."));
            }
            addOldGuest(guest, place);
        }
    }
    if (value.text || !m_newForms) {
        readOldConfigs();
    }
}

void GuestReader::addOldGuest(Guest guest, const Place& place)
{
    m_guest = static_cast<int>(m_input.project.guests.size());
    m_input.project.guests.append(std::move(guest));
    for (const QLatin1StringView field : {""_L1, "entry"_L1, "rootfs"_L1, "kernel"_L1, "configFile"_L1}) {
        setPlace(m_guest, field, place);
    }
}

/** Configurations in the deploy directory, whose disk and kernel lie there too. */
void GuestReader::readOldConfigs()
{
    const QString directory = m_input.project.absolutePath(m_input.project.machine.deployDirectory);
    if (directory.isEmpty()) {
        return;
    }
    if (const QFileInfo info(directory); info.isDir() && !info.isReadable()) {
        report(Severity::Warning, ProblemCode::InputUnreadable,
               m_input.places.value(placeKey(-1, u"machine.deployDirectory")),
               BitBake::tr("The deploy directory %1 cannot be read; guests may be missing.").arg(directory),
               BitBake::tr("Check its permissions."));
        return;
    }
    QStringList names;
    QDirIterator entries(directory, {u"xen-guest-bundle*.cfg"_s}, QDir::Files);
    while (entries.hasNext() && !m_reader.stop().stop_requested()) {
        names.append(entries.nextFileInfo().fileName());
    }
    names.sort();
    for (const QString& name : std::as_const(names)) {
        if (m_reader.stop().stop_requested()) {
            return;
        }
        Guest guest;
        guest.entry = name.chopped(4);
        guest.configFile = directory + u'/' + name;
        const auto same = [&](const Guest& other) { return other.entry == guest.entry; };
        if (std::ranges::any_of(m_input.project.guests, same)) {
            continue; // made from XEN_BUNDLED_GUESTS by an earlier build
        }
        const Place place = Place::inFile(guest.configFile);
        const Result<QByteArray> text = readInputFile(guest.configFile);
        const Result<XlConfig> config = text ? XlConfig::parse(*text, guest.configFile) : std::unexpected(text.error());
        if (!config) {
            report(Severity::Error, ProblemCode::ConfigSyntax, config.error().place, config.error().message,
                   config.error().remedy);
            continue;
        }
        const QByteArrayList disks = config->list("disk");
        const Result<DiskSpec> disk = parseDiskSpec(disks.value(0));
        guest.rootfs = disk ? QFile::decodeName(disk->target.sliced(disk->target.lastIndexOf('/') + 1)) : QString();
        const QByteArray kernel = config->string("kernel").value_or(QByteArray());
        guest.kernel = kernel.isEmpty() ? u"none"_s : QFile::decodeName(kernel.sliced(kernel.lastIndexOf('/') + 1));
        if (guest.rootfs.isEmpty()) {
            report(Severity::Error, ProblemCode::ConfigSyntax, place,
                   BitBake::tr("%1 names no disk.").arg(guest.configFile),
                   BitBake::tr("Add a disk to it, or move it out of the deploy directory."));
        }
        addOldGuest(guest, place);
    }
}

} // namespace Stowage

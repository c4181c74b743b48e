// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bundleguests.h"

#include "core/project/entryname.h"

namespace Stowage
{

using namespace Qt::StringLiterals;

QList<Guest> guestsOf(const GuestBundle& bundle)
{
    QList<Guest> guests;
    for (const BundledGuest& from : bundle.guests) {
        Guest guest;
        guest.entry = checkEntryText(from.name) ? from.name : cleanedEntry(from.name);
        guest.autostart = from.autostart;
        guest.configFile = from.config;
        guest.rootfs = from.rootfs;
        guest.sourceType = from.rootfs.isEmpty() ? u"none"_s : QString();
        guest.kernel = from.kernel.isEmpty() ? u"none"_s : from.kernel;
        guest.ramdisk = from.ramdisk;
        for (const BundledDisk& disk : from.disks) {
            GuestDisk extra;
            extra.file = disk.file;
            extra.type = u"raw"_s;
            extra.device = disk.device;
            extra.readOnly = disk.readOnly;
            extra.cdrom = disk.cdrom;
            guest.extraDisks.append(extra);
        }
        guests.append(guest);
    }
    return guests;
}

} // namespace Stowage

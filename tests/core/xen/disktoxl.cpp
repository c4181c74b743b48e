// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "disktoxl.h"

namespace Stowage::Test
{

namespace
{

QByteArray option(const DiskSpec& spec, const QByteArray& key)
{
    for (const auto& [name, value] : spec.options) {
        if (name == key) {
            return value;
        }
    }
    return {};
}

bool hasFlag(const DiskSpec& spec, const QByteArray& flag)
{
    return spec.options.contains(std::pair(flag, QByteArray()));
}

/** "1" for the flag, "0" for its opposite, whichever comes last; empty for neither. */
QByteArray lastFlag(const DiskSpec& spec, const QByteArray& yes, const QByteArray& no)
{
    QByteArray result;
    for (const auto& [name, value] : spec.options) {
        if (name == yes || name == no) {
            result = name == yes ? "1" : "0";
        }
    }
    return result;
}

} // namespace

XlDisk asXl(const DiskSpec& spec)
{
    XlDisk disk;
    disk.target = spec.target;
    disk.vdev = spec.vdev;
    disk.format = spec.format.isEmpty() ? QByteArray("raw") : spec.format;
    disk.backendType = option(spec, "backendtype").isEmpty() ? QByteArray("unknown") : option(spec, "backendtype");
    disk.backend = option(spec, "backend");
    disk.script = option(spec, "script");
    disk.specification = option(spec, "specification").isEmpty() ? QByteArray("unknown")
                                                                 : option(spec, "specification");
    disk.cdrom = spec.cdrom;
    disk.readOnly = spec.cdrom || spec.access == "r" || spec.access == "ro";
    disk.directIoSafe = hasFlag(spec, "direct-io-safe");
    disk.discard = lastFlag(spec, "discard", "no-discard");
    disk.trusted = lastFlag(spec, "trusted", "untrusted");
    disk.grantUsage = option(spec, "grant_usage");
    return disk;
}

} // namespace Stowage::Test

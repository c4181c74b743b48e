// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "firstbootfiles.h"

#include <QByteArrayList>

#include <algorithm>

namespace Stowage
{

namespace
{

QByteArray withNewline(const QByteArray& text)
{
    return text.isEmpty() || text.endsWith('\n') ? text : text + '\n';
}

} // namespace

bool isForeignDisk(const QByteArray& device)
{
    const bool isNamed = device.startsWith("UUID=") || device.startsWith("LABEL=") || device.startsWith("PARTUUID=")
        || device.startsWith("PARTLABEL=");
    const bool isXen = device.startsWith("/dev/xvd") || device.startsWith("/dev/mapper/");
    return isNamed || (device.startsWith("/dev/") && !isXen);
}

QByteArray hostsWith(const QByteArray& hosts, const QByteArray& name)
{
    const qsizetype dot = name.indexOf('.');
    // Debian's address of a machine by its name.
    const QByteArray own = "127.0.1.1\t" + name + (dot < 0 ? QByteArray() : ' ' + name.first(dot)) + '\n';
    if (hosts.trimmed().isEmpty()) {
        return "127.0.0.1\tlocalhost\n" + own + "::1\tlocalhost\n";
    }
    QByteArrayList lines = withNewline(hosts).split('\n');
    lines.removeLast();
    lines.removeIf([](const QByteArray& line) { return line.simplified().startsWith("127.0.1.1 "); });
    return (lines.isEmpty() ? QByteArray() : lines.join('\n') + '\n') + own;
}

QByteArray fstabWith(const QByteArray& fstab, const QByteArray& device)
{
    QByteArrayList lines = withNewline(fstab).split('\n');
    lines.removeLast();
    lines.removeIf([](const QByteArray& line) {
        const QByteArrayList fields = line.simplified().split(' ');
        return !fields.first().startsWith('#') && (fields.value(1) == "/" || isForeignDisk(fields.first()));
    });
    lines.prepend("/dev/" + device + "\t/\text4\tdefaults\t0\t1");
    return lines.join('\n') + '\n';
}

QByteArray inittabWith(const QByteArray& inittab, InittabKind kind, const QByteArray& getty)
{
    const QByteArrayList lines = inittab.split('\n');
    const bool hasOne = std::ranges::any_of(lines, [](const QByteArray& line) {
        return !line.trimmed().startsWith('#') && line.contains("hvc0");
    });
    if (hasOne) {
        return inittab;
    }
    const QByteArray levels = kind == InittabKind::SysV ? "2345" : "";
    return withNewline(inittab) + "hvc0:" + levels + ":respawn:" + getty + " -L 115200 hvc0 vt100\n";
}

QByteArray busyBoxInittab(const QByteArray& busyBox, bool canLogIn)
{
    const QByteArray login = canLogIn ? "respawn:" + busyBox + " getty -L 115200 hvc0 vt100"
                                      : QByteArray("askfirst:-/bin/sh");
    QByteArray text;
    for (const char* work : {"mount -t proc proc /proc", "mount -t sysfs sysfs /sys", "mount -t devtmpfs devtmpfs /dev",
                             "mkdir -p /dev/pts", "mount -t devpts devpts /dev/pts", "mount -o remount,rw /",
                             "hostname -F /etc/hostname"}) {
        text += "::sysinit:" + busyBox + ' ' + work + '\n';
    }
    return text + "hvc0::" + login + "\n::ctrlaltdel:" + busyBox + " reboot\n::shutdown:" + busyBox + " umount -a -r\n";
}

QByteArray securettyWith(const QByteArray& securetty)
{
    QByteArrayList lines = securetty.split('\n');
    const bool hasOne = std::ranges::any_of(lines, [](const QByteArray& line) { return line.trimmed() == "hvc0"; });
    return hasOne ? securetty : withNewline(securetty) + "hvc0\n";
}

} // namespace Stowage

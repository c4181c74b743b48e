// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "systemlook.h"

#include "core/sources/elf.h"
#include "core/sources/rootfs.h"

#include <QFile>

#include <algorithm>
#include <array>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

constexpr qint64 MostText = 64 * 1024; ///< Bytes of a file.

QByteArray textOf(const FileTree& tree, const QByteArray& path)
{
    return tree.read(path, 0, MostText).value_or(QByteArray());
}

bool has(const FileTree& tree, const QByteArray& path)
{
    return tree.find(path).has_value();
}

bool hasAny(const FileTree& tree, const QByteArrayList& paths)
{
    return std::ranges::any_of(paths, [&tree](const QByteArray& path) { return has(tree, path); });
}

bool isRootfs(const FileTree& tree)
{
    return (has(tree, "etc") && hasAny(tree, {"bin", "usr", "sbin"}))
        || hasAny(tree, {"sbin/init", "usr/sbin/init", "bin/sh", "usr/bin/sh"});
}

/** The program that starts all others, as the kernel looks for it, or where a ramdisk does. */
QByteArray initOf(const FileTree& tree)
{
    const QByteArrayList places{"sbin/init",           "etc/init", "bin/init", "usr/lib/systemd/systemd",
                                "lib/systemd/systemd", "init"};
    const auto found = std::ranges::find_if(places, [&tree](const QByteArray& place) {
        const auto what = tree.find(place);
        return what && what->type == FileTree::Type::File && (what->mode == 0 || (what->mode & 0111U) != 0);
    });
    return found == places.end() ? QByteArray() : *found;
}

InitSystem initSystemOf(const FileTree& tree, const QByteArray& init)
{
    if (init.isEmpty()) {
        return InitSystem::None;
    }
    const QByteArray target = tree.linkTarget(init).value_or(init);
    if (target.contains("systemd")) {
        return InitSystem::Systemd;
    }
    if (hasAny(tree, {"sbin/openrc", "usr/sbin/openrc", "usr/bin/openrc"})) {
        return InitSystem::OpenRc;
    }
    if (target.contains("busybox")) {
        return InitSystem::BusyBox;
    }
    return has(tree, "etc/inittab") ? InitSystem::SysVInit : InitSystem::Other;
}

/** Whether @p inittab starts something that talks on hvc0: by its name, or, as BusyBox does, on whatever the console is. */
bool inittabHasLogin(const QByteArray& inittab, bool busyBox)
{
    const QByteArrayList lines = inittab.split('\n');
    return std::ranges::any_of(lines, [busyBox](const QByteArray& text) {
        const QByteArray line = text.trimmed();
        const QByteArrayList fields = line.split(':');
        if (line.startsWith('#') || fields.size() < 4) {
            return false;
        }
        const bool stays = fields[2] == "respawn" || fields[2] == "askfirst";
        const bool onConsole = busyBox && (fields[0].isEmpty() || fields[0] == "console")
            && !fields[3].contains("tty1");
        return stays && (line.contains("hvc0") || onConsole);
    });
}

bool hasConsoleLogin(const FileTree& tree, InitSystem init)
{
    const QByteArray inittab = textOf(tree, "etc/inittab");
    switch (init) {
    case InitSystem::None:
        return false;
    case InitSystem::Systemd: // which starts serial-getty on every console of the kernel
        for (const QByteArray& lib : {QByteArray("usr/lib/systemd/"), QByteArray("lib/systemd/")}) {
            if (has(tree, lib + "system-generators/systemd-getty-generator")
                && has(tree, lib + "system/serial-getty@.service")) {
                return tree.linkTarget("etc/systemd/system/serial-getty@.service").value_or(QByteArray())
                    != "/dev/null";
            }
        }
        return tree.linkTarget("etc/systemd/system/getty.target.wants/serial-getty@hvc0.service").has_value();
    case InitSystem::OpenRc:
        if (tree.linkTarget("etc/runlevels/default/agetty.hvc0")) {
            return true;
        }
        return inittabHasLogin(inittab, tree.linkTarget("sbin/init").value_or(QByteArray()).contains("busybox"));
    case InitSystem::BusyBox: // without one it has a shell on the console
        return inittab.isEmpty() ? !has(tree, "etc/inittab") : inittabHasLogin(inittab, true);
    case InitSystem::SysVInit:
    case InitSystem::Other:
        break;
    }
    return inittabHasLogin(inittab, false);
}

/** A field of fstab(5), in which "\040" is a space. */
QString unescaped(const QByteArray& field)
{
    QByteArray text = field;
    text.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\");
    return QString::fromUtf8(text);
}

QList<FstabEntry> fstabOf(const FileTree& tree)
{
    constexpr qsizetype Most = 100;
    QList<FstabEntry> entries;
    for (const QByteArray& line : textOf(tree, "etc/fstab").split('\n')) {
        const QByteArrayList fields = line.simplified().split(' ');
        if (fields.size() >= 3 && !fields.first().startsWith('#') && entries.size() < Most) {
            entries.append(
                {unescaped(fields[0]), unescaped(fields[1]), unescaped(fields[2]), unescaped(fields.value(3))});
        }
    }
    return entries;
}

QStringList modulesOf(const FileTree& tree)
{
    constexpr qsizetype Most = 64;
    QStringList versions;
    for (const QByteArray& directory : {QByteArray("usr/lib/modules"), QByteArray("lib/modules")}) {
        for (const QByteArray& name : tree.names(directory).mid(0, Most)) {
            versions.append(QString::fromUtf8(name));
        }
        if (!versions.isEmpty()) {
            break; // the other is a link to it
        }
    }
    return versions;
}

/** Learns from @p kernel itself what no configuration beside it tells. */
void askKernel(const FileTree& tree, SystemKernel& kernel)
{
    const TreeFile& file = kernel.file;
    const auto bytes = file.size > MostKernelBytes ? Result<QByteArray>(QByteArray())
                                                   : tree.read(file.path, file.offset, file.size);
    if (bytes) {
        const KernelFacts facts = kernelFactsOf(*bytes);
        kernel.config = facts.config;
        kernel.notes = facts.notes;
    }
}

} // namespace

QByteArray osReleaseOf(const FileTree& tree)
{
    const QByteArray release = textOf(tree, "etc/os-release");
    return release.isEmpty() ? textOf(tree, "usr/lib/os-release") : release;
}

Architecture architectureOf(const FileTree& tree)
{
    const QStringList witnesses = architectureWitnesses();
    for (const QString& name : witnesses) {
        const auto head = tree.read(QFile::encodeName(name), 0, ElfHeaderSize);
        const Architecture found = head ? elfArchitecture(*head) : Architecture::Unknown;
        if (found != Architecture::Unknown) {
            return found;
        }
    }
    return Architecture::Unknown;
}

SystemLook lookAtSystem(const FileTree& tree)
{
    SystemLook look;
    look.isRootfs = isRootfs(tree);
    const QByteArray release = osReleaseOf(tree);
    look.name = osReleaseField(release, "PRETTY_NAME");
    look.id = osReleaseField(release, "ID");
    look.version = osReleaseField(release, "VERSION_ID");
    look.bootEntries = findBootEntries(tree);
    QByteArrayList named;
    for (const SystemBootEntry& entry : std::as_const(look.bootEntries)) {
        named.append(entry.kernel);
    }
    look.kernels = findKernels(tree, named);
    if (!look.kernels.isEmpty() && look.kernels.first().config == KernelConfig()) {
        askKernel(tree, look.kernels.first());
    }
    look.modules = modulesOf(tree);
    look.architecture = architectureOf(tree);
    const auto known = std::ranges::find_if(look.kernels, [](const SystemKernel& kernel) {
        return kernel.image.architecture != Architecture::Unknown;
    });
    if (look.architecture == Architecture::Unknown && known != look.kernels.end()) {
        look.architecture = known->image.architecture;
    }
    look.initPath = look.isRootfs ? initOf(tree) : QByteArray();
    look.init = initSystemOf(tree, look.initPath);
    look.hasConsoleLogin = hasConsoleLogin(tree, look.init);
    look.hasCloudInit = hasAny(tree, {"usr/bin/cloud-init", "etc/cloud/cloud.cfg", "usr/bin/tiny-cloud"});
    look.hasBusyBox = hasAny(tree, {"bin/busybox", "usr/bin/busybox", "sbin/busybox"});
    look.fstab = fstabOf(tree);
    return look;
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bootimage.h"

#include "core/ext4/ext4image.h"
#include "core/support/units.h"
#include "core/xen/xlconfig.h"

#include <QCoreApplication>
#include <QFile>

#include <algorithm>
#include <cstring>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Boot {
    Q_DECLARE_TR_FUNCTIONS(BootImage)
};

constexpr qsizetype ConfigLimit = MiB;

bool startsWithAny(const QByteArray& name, std::initializer_list<const char*> beginnings)
{
    return std::ranges::any_of(beginnings, [&name](const char* beginning) { return name.startsWith(beginning); });
}

bool endsWithAny(const QByteArray& name, std::initializer_list<const char*> ends)
{
    return std::ranges::any_of(ends, [&name](const char* end) { return name.endsWith(end); });
}

/** By the numbers in them; names without any, which may be links ("xen.gz"), come last. */
QByteArrayList newestFirst(QByteArrayList names)
{
    std::ranges::sort(names, [](const QByteArray& a, const QByteArray& b) {
        return ::strverscmp(a.constData(), b.constData()) > 0;
    });
    std::ranges::stable_partition(names, [](const QByteArray& name) {
        return std::ranges::any_of(name, [](char c) { return c >= '0' && c <= '9'; });
    });
    return names;
}

/** The MiB of the guest with @p config, written as strtol(3) reads them: xl does; 0 when it does not say. */
Result<qint64> memoryOf(const XlConfig& config, const QString& shown, const QString& path)
{
    const QByteArray text = config.string("memory").value_or("0");
    bool isNumber = false;
    const qint64 memory = text.toLongLong(&isNumber, 0);
    if (!isNumber || memory < 0 || memory > MostMachineMemory) {
        return fail(Error::Code::InvalidInput,
                    Boot::tr("The guest of %1 in %2 is to have \"%3\" MiB of memory, which is no number from 0 to %4.")
                        .arg(shown, path, QString::fromUtf8(text.left(40)).simplified())
                        .arg(MostMachineMemory),
                    Boot::tr("Correct \"memory\" there."), Place::inFile(path));
    }
    return memory;
}

Result<AutostartGuest> readGuest(const Ext4Image& image, const QByteArray& name, const QString& path)
{
    const QString shown = u'/' + QFile::decodeName(name);
    const QByteArray text = image.read(name, ConfigLimit);
    if (text.isEmpty()) {
        return fail(Error::Code::InvalidInput, Boot::tr("%1 in %2 leads to no configuration.").arg(shown, path),
                    Boot::tr("Remove it, or put the guest into the image again."), Place::inFile(path));
    }
    const auto config = XlConfig::parse(text, shown);
    if (!config) {
        return std::unexpected(config.error());
    }
    AutostartGuest guest;
    guest.name = QString::fromUtf8(config->string("name").value_or(QByteArray()));
    return memoryOf(*config, shown, path).transform([&guest](qint64 memory) {
        guest.memoryMiB = memory;
        return guest;
    });
}

} // namespace

QByteArrayList hypervisorsAmong(const QByteArrayList& names)
{
    QByteArrayList found;
    std::ranges::copy_if(names, std::back_inserter(found), [](const QByteArray& name) {
        return (name == "xen" || startsWithAny(name, {"xen-", "xen."}))
            && !endsWithAny(name, {".config", ".efi", ".cfg", ".map", ".dbg"}) && !name.contains("syms");
    });
    return newestFirst(found);
}

QByteArrayList kernelsAmong(const QByteArrayList& names)
{
    QByteArrayList found;
    std::ranges::copy_if(names, std::back_inserter(found), [](const QByteArray& name) {
        return startsWithAny(name, {"vmlinuz", "bzImage", "Image"}) && !endsWithAny(name, {".old", ".sig"});
    });
    return newestFirst(found);
}

QByteArray ramdiskAmong(const QByteArrayList& names, const QByteArray& kernel)
{
    const qsizetype dash = kernel.indexOf('-');
    const QByteArray version = dash < 0 ? QByteArray() : kernel.mid(dash);
    for (const QByteArray& name : {"initrd.img" + version, "initramfs" + version + ".img", "initrd" + version,
                                   "initramfs" + version, "initrd" + version + ".img"}) {
        if (names.contains(name)) {
            return name;
        }
    }
    return {};
}

Result<BootImage> lookForBoot(const QString& path, const std::stop_token& stop)
{
    const auto host = openHost(path, stop);
    if (!host) {
        return std::unexpected(host.error());
    }
    if (host->kind != HostSource::Kind::Ext4 && host->kind != HostSource::Kind::Disk) {
        return fail(Error::Code::Unsupported, Boot::tr("%1 is no image that a machine can start from.").arg(path),
                    Boot::tr("Name an ext4 image or a disk image, as written by \"build\"."), Place::inFile(path));
    }
    const auto image = Ext4Image::open(path, Ext4Image::Access::Read, host->partition.start);
    if (!image) {
        return std::unexpected(image.error());
    }
    BootImage boot;
    boot.path = path;
    boot.offset = host->partition.start;
    boot.isDisk = host->kind == HostSource::Kind::Disk;
    boot.rootDevice = boot.isDisk ? u"/dev/vda%1"_s.arg(host->partition.number) : u"/dev/vda"_s;
    boot.architecture = lookIntoExt4(*image).architecture;
    const QByteArrayList names = image->names("boot");
    const auto place = [](const QByteArray& name) { return name.isEmpty() ? name : "boot/" + name; };
    boot.hypervisor = place(hypervisorsAmong(names).value(0));
    const QByteArray kernel = kernelsAmong(names).value(0);
    boot.kernel = place(kernel);
    boot.ramdisk = place(kernel.isEmpty() ? QByteArray() : ramdiskAmong(names, kernel));
    QByteArrayList autostarts = image->names("etc/xen/auto");
    autostarts.removeIf([](const QByteArray& name) { return name.startsWith('.'); }); // xendomains starts auto/*
    std::ranges::sort(autostarts);
    for (const QByteArray& name : std::as_const(autostarts)) {
        const auto guest = readGuest(*image, "etc/xen/auto/" + name, path);
        if (!guest) {
            return std::unexpected(guest.error());
        }
        boot.guests.append(*guest);
    }
    return boot;
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "sourceprobe.h"

#include "core/disks/opendisk.h"
#include "core/entries/unpack.h"
#include "core/ext4/ext4superblock.h"
#include "core/sources/bundleprobe.h"
#include "core/sources/bytes.h"
#include "core/sources/compressed.h"
#include "core/sources/machinepackage.h"
#include "core/sources/machineprobe.h"
#include "core/sources/packedprobe.h"
#include "core/sources/partitiontable.h"
#include "core/sources/probeanswers.h"
#include "core/sources/proberemarks.h"
#include "core/sources/rootfs.h"
#include "core/sources/signatures.h"
#include "core/sources/sourcefile.h"
#include "core/sources/systemlook.h"
#include "core/sources/textsource.h"
#include "core/squashfs/squashfsimage.h"
#include "core/support/filecopy.h"
#include "core/support/units.h"
#include "core/xen/kernelimage.h"
#include "core/xen/xlconfig.h"

#include <QCoreApplication>
#include <QFile>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace Stowage
{

using namespace ProbeAnswers;
using namespace Qt::StringLiterals;

namespace
{

struct Probe {
    Q_DECLARE_TR_FUNCTIONS(Probe)
};

SourceInfo probeDirectory(const QString& path, const std::stop_token& stop)
{
    if (::faccessat(AT_FDCWD, QFile::encodeName(path).constData(), R_OK | X_OK, AT_EACCESS) != 0) {
        return unreadable(path, systemError(errno, Probe::tr("read"), path).error());
    }
    const RootfsLook look = lookAtRootfs(path);
    if (look.isRootfs) {
        SourceInfo info = found(path, SourceKind::RootfsDirectory,
                                join({Probe::tr("Directory with a root file system"), look.system,
                                      architectureName(look.architecture)}));
        info.handler = u"rootfs_dir"_s;
        info.architecture = look.architecture;
        info.chain = QStringList{u"directory"_s};
        info.disk = lookAtDirectory(path);
        return info;
    }
    if (QFile::exists(path + "/oci-layout"_L1) && QFile::exists(path + "/index.json"_L1)) {
        return containerInfo(path);
    }
    if (!MachinePackage::descriptionIn(path).isEmpty()) {
        return machineInfo(path, stop);
    }
    if (auto bundle = bundleInfo(path, stop)) {
        return *std::move(bundle);
    }
    if (!look.inside.isEmpty()) {
        return refused(
            path, Probe::tr("Directory"),
            Probe::tr(
                "This directory holds no root file system itself, but its subdirectory \"%1\" does. Use that one.")
                .arg(look.inside));
    }
    return refused(path, Probe::tr("Directory"),
                   Probe::tr(
                       "This directory holds no root file system: there is no \"etc\" beside \"bin\" or \"usr\" in it. "
                       "Choose the directory that is the top of the guest's system."));
}

/** Looks at what is on @p disk, and adds to @p info, which describes the file itself, the system that was found. */
void addContent(SourceInfo& info, OpenedDisk& disk, const std::stop_token& stop)
{
    info.virtualSize = disk.reader->size();
    info.disk = contentOf(info.path, disk, stop);
    info.chain.append(disk.type);
    if (info.disk.scheme) {
        info.chain.append(*info.disk.scheme == PartitionTable::Scheme::Gpt ? u"gpt"_s : u"mbr"_s);
    } else if (const VolumeLook* whole = info.disk.volume(0); whole != nullptr && !whole->type.isEmpty()) {
        info.chain.append(whole->type);
    }
    const SystemLook* system = info.system();
    if (system != nullptr) {
        info.architecture = system->architecture;
        info.description = join({info.description, system->name, architectureName(system->architecture)});
    }
}

/** A disk of the format @p type (OpenedDisk::type), by the signature. */
SourceInfo diskInfo(const QString& path, const FileSample& sample, const QString& type, const std::stop_token& stop)
{
    const SourceKind kind = type == "qcow2"_L1 ? SourceKind::Qcow2 : SourceKind::VirtualDisk;
    auto disk = openDisk(path, stop);
    if (!disk) {
        SourceInfo info = found(path, kind, sentence(diskTitle(type)));
        info.refusal = join({disk.error().message, disk.error().remedy}, u" "_s);
        return info;
    }
    qint64 used = std::min(sample.allocated, sample.size);
    for (const QString& other : disk->otherFiles) {
        used += allocatedBytes(other);
    }
    const QString name = sentence(diskTitle(disk->type));
    SourceInfo info = found(path, kind,
                            Probe::tr("%1, %2, %3 used")
                                .arg(disk->variant.isEmpty() ? name : Probe::tr("%1 (%2)").arg(name, disk->variant),
                                     formatBytes(disk->reader->size()), formatBytes(used)));
    info.handler = disk->type;
    info.allocatedSize = used;
    addContent(info, *disk, stop);
    return info;
}

/** The file system in @p path, which is @p info so far and takes the whole file. */
SourceInfo fileSystemInfo(SourceInfo info, const QString& handler, const std::stop_token& stop)
{
    auto disk = openDisk(info.path, stop);
    if (!disk) {
        info.refusal = join({disk.error().message, disk.error().remedy}, u" "_s);
        return info;
    }
    info.handler = handler;
    addContent(info, *disk, stop);
    info.chain.removeFirst(); // the file itself is the file system
    return info;
}

SourceInfo ext4Info(const QString& path, const FileSample& sample, const Ext4Superblock& superblock,
                    const std::stop_token& stop)
{
    if (const auto fits = checkExt4Size(superblock, sample.size, path); !fits) {
        SourceInfo info = found(path, SourceKind::Ext4, Probe::tr("%1 file system").arg(superblock.variantName()));
        info.refusal = fits.error().message + u' ' + fits.error().remedy;
        return info;
    }
    SourceInfo info = fileSystemInfo(found(path, SourceKind::Ext4, ext4Text(superblock)), u"ext4"_s, stop);
    info.virtualSize = superblock.size();
    return info;
}

SourceInfo squashfsInfo(const QString& path, const std::stop_token& stop)
{
    SourceInfo info = found(path, SourceKind::Squashfs, Probe::tr("Squashfs file system"));
    const auto disk = openDisk(path);
    const auto image = disk ? SquashfsImage::open(*disk->reader, path) : std::unexpected(disk.error());
    if (!image) {
        info.refusal = image.error().message + u' ' + image.error().remedy;
        return info;
    }
    info.description = join(
        {info.description, formatBytes(image->size()), Probe::tr("compressed with %1").arg(image->codec())});
    info = fileSystemInfo(info, u"squashfs"_s, stop);
    info.virtualSize = 0; // it becomes a file system of another size
    return info;
}

SourceInfo rawDiskInfo(const QString& path, const FileSample& sample, const PartitionTable& table,
                       const std::stop_token& stop)
{
    SourceInfo info = found(path, SourceKind::RawDisk, rawDiskText(sample.size, table));
    if (table.end > sample.size) {
        info.refusal =
            Probe::tr(
                "This disk image is cut off: its partition table speaks of %1, the file has %2. Copy or download it again.")
                .arg(formatBytes(table.end), formatBytes(sample.size));
        return info;
    }
    auto disk = openDisk(path, stop);
    if (!disk) {
        info.refusal = join({disk.error().message, disk.error().remedy}, u" "_s);
        return info;
    }
    info.handler = u"raw"_s;
    addContent(info, *disk, stop);
    return info;
}

std::optional<SourceInfo> textInfo(const QString& path, const FileSample& sample, const std::stop_token& stop)
{
    const bool complete = sample.size == sample.head.size();
    switch (classifyText(sample.head, complete)) {
    case TextKind::NoText:
        return {};
    case TextKind::Project:
        return found(path, SourceKind::Project, Probe::tr("Stowage project"));
    case TextKind::BitBake:
        return found(path, SourceKind::BitBake, Probe::tr("BitBake text"));
    case TextKind::XlConfig: {
        const auto config = XlConfig::parse(sample.head, path);
        const QString name = config ? QString::fromUtf8(config->string("name").value_or(QByteArray())) : QString();
        SourceInfo info = found(path, SourceKind::XlConfig,
                                name.isEmpty() ? Probe::tr("Xen guest configuration")
                                               : Probe::tr("Xen guest configuration of \"%1\"").arg(name));
        if (!config) {
            info.refusal = Probe::tr("xl would refuse this configuration, %1: %2")
                               .arg(config.error().place.toString(), config.error().message);
        }
        return info;
    }
    case TextKind::Ovf:
        return machineInfo(path, stop);
    case TextKind::Other:
        break;
    }
    return foreign(path, Probe::tr("a text file"),
                   Probe::tr(
                       "Texts that can be used are Xen guest configurations, BitBake files and Stowage projects."));
}

SourceInfo probeContent(const QString& path, const FileSample& sample, const std::stop_token& stop)
{
    if (const auto peek = peekCompressed(sample.head, path, stop)) {
        SourceInfo info = compressedInfo(path, sample, *peek, stop);
        info.codec = info.codec.isEmpty() ? peek->codec : info.codec;
        return info;
    }
    // Kernels and CD images before partition tables: both have boot sectors that look like one.
    if (const auto kernel = inspectKernel(sample.head)) {
        return kernelInfo(path, *kernel);
    }
    if (isCpio(sample.head)) {
        return found(path, SourceKind::Ramdisk, Probe::tr("Ramdisk, %1").arg(formatBytes(sample.size)));
    }
    if (isTar(sample.head)) {
        return archiveInfo(path, sample, sample.head, {}, stop);
    }
    if (auto cd = cdInfo(path, sample, stop)) {
        return *std::move(cd);
    }
    if (const auto container = findContainer(sample)) {
        return container->type.isEmpty() ? foreign(path, container->name, container->advice)
                                         : diskInfo(path, sample, container->type, stop);
    }
    if (hasMagic(sample.head, 0, "hsqs")) {
        return squashfsInfo(path, stop);
    }
    if (const auto fileSystem = findFileSystem(sample.head)) {
        return foreign(path, fileSystem->name, fileSystem->advice);
    }
    if (const auto table = findPartitionTable(sample.head, sample.size)) {
        return rawDiskInfo(path, sample, *table, stop);
    }
    if (const auto superblock = findExt4Superblock(sample.head)) {
        return ext4Info(path, sample, *superblock, stop);
    }
    if (auto text = textInfo(path, sample, stop)) {
        return *std::move(text);
    }
    if (std::ranges::all_of(sample.head, [](char c) { return c == 0; })) {
        return foreign(path, Probe::tr("an empty disk: it begins with nothing but zeros"),
                       Probe::tr("To give it to a guest as a disk as it is, set the type to raw."));
    }
    return refused(
        path, Probe::tr("Unknown data"),
        Probe::tr("Nothing that Stowage knows looks like this. If it is a disk image after all, set the type to raw."));
}

SourceInfo probeMissing(const QString& path, int errorNumber)
{
    struct stat status = {};
    const bool isLink = ::lstat(QFile::encodeName(path).constData(), &status) == 0 && S_ISLNK(status.st_mode);
    if (errorNumber == ENOENT || errorNumber == ENOTDIR) {
        SourceInfo info = found(path, SourceKind::Missing, Probe::tr("Missing"));
        info.refusal = isLink ? Probe::tr("%1 is a link to a file that does not exist.").arg(path)
                              : Probe::tr("%1 does not exist.").arg(path);
        return info;
    }
    if (errorNumber == ELOOP) {
        return refused(path, Probe::tr("Link"), Probe::tr("%1 is a link that leads back to itself.").arg(path));
    }
    return unreadable(path, systemError(errorNumber, Probe::tr("read"), path).error());
}

SourceInfo probeSpecial(const QString& path, mode_t mode)
{
    QString name = Probe::tr("a socket");
    if (S_ISFIFO(mode)) {
        name = Probe::tr("a named pipe");
    } else if (S_ISCHR(mode)) {
        name = Probe::tr("a character device");
    } else if (S_ISBLK(mode)) {
        name = Probe::tr("a block device");
    }
    return refused(path, sentence(name), Probe::tr("This is %1. Choose a file or a directory.").arg(name));
}

/** SourceInfo::chain for what has no other parts. */
QStringList contentChain(SourceKind kind)
{
    switch (kind) {
    case SourceKind::RootfsArchive:
        return {u"tar"_s};
    case SourceKind::ContainerImage:
        return {u"tar"_s, u"container"_s};
    case SourceKind::Kernel:
        return {u"kernel"_s};
    case SourceKind::Ramdisk:
        return {u"cpio"_s};
    default:
        return {};
    }
}

SourceInfo probeFile(const QString& path, const std::stop_token& stop)
{
    const auto sample = readSample(path, stop);
    if (!sample) {
        return unreadable(path, sample.error());
    }
    SourceInfo info;
    if (sample->head.isEmpty()) {
        info = refused(path, Probe::tr("Empty file"), Probe::tr("This file is empty."));
    } else {
        info = probeContent(path, *sample, stop);
    }
    info.size = sample->size;
    info.allocatedSize = info.allocatedSize > 0 ? info.allocatedSize : std::min(sample->allocated, sample->size);
    if (info.chain.isEmpty()) {
        info.chain = contentChain(info.kind);
    }
    if (!info.codec.isEmpty()) {
        info.chain = info.codec.split(u", "_s) + info.chain;
    }
    info.remarks = remarksOn(*sample, info);
    return info;
}

} // namespace

SourceInfo probeSource(const QString& path, const std::stop_token& stop)
{
    struct stat status = {};
    if (path.contains(QChar::Null) || ::stat(QFile::encodeName(path).constData(), &status) != 0) {
        return probeMissing(path, path.contains(QChar::Null) ? ENOENT : errno);
    }
    if (S_ISDIR(status.st_mode)) {
        return probeDirectory(path, stop);
    }
    return S_ISREG(status.st_mode) ? probeFile(path, stop) : probeSpecial(path, status.st_mode);
}

} // namespace Stowage

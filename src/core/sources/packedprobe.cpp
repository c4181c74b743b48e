// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "packedprobe.h"

#include "core/containers/containerimage.h"
#include "core/disks/opendisk.h"
#include "core/entries/unpack.h"
#include "core/entries/unpackedsource.h"
#include "core/ext4/ext4superblock.h"
#include "core/sources/archivelook.h"
#include "core/sources/bytes.h"
#include "core/sources/machineprobe.h"
#include "core/sources/partitiontable.h"
#include "core/sources/probeanswers.h"
#include "core/sources/signatures.h"
#include "core/support/units.h"
#include "core/xen/kernelimage.h"

#include <QCoreApplication>

#include <limits>

namespace Stowage
{

using namespace ProbeAnswers;
using namespace Qt::StringLiterals;

namespace
{

struct Probe {
    Q_DECLARE_TR_FUNCTIONS(Probe)
};

QString compressedWith(const QString& codec)
{
    return codec.isEmpty() ? QString() : Probe::tr("compressed with %1").arg(codec);
}

/** What @p path is once it is unpacked, where it was before; @p packing says how it is packed. */
std::optional<SourceInfo> unpackedInfo(const QString& path, UnpackedSource::Archive archive, const QString& packing,
                                       const std::stop_token& stop)
{
    const auto unpacked = UnpackedSource::known(path, archive, stop);
    if (!unpacked || !unpacked->isUnpacked()) {
        return {};
    }
    SourceInfo info = probeSource(unpacked->path(), stop);
    info.path = path;
    info.description = join({info.description, packing});
    info.refusal.replace(unpacked->path(), path);
    info.allocatedSize = 0;
    return info;
}

/** A disk or a file system whose format leads from place to place in it: it is unpacked as a whole. */
std::optional<SourceInfo> mappedImageInfo(const QString& path, const FileSample& head, const QString& packing,
                                          const std::stop_token& stop)
{
    SourceInfo info;
    const auto format = findContainer(head);
    if (hasMagic(head.head, 0, "hsqs")) {
        info = found(path, SourceKind::Squashfs, join({Probe::tr("Squashfs file system"), packing}));
        info.handler = u"squashfs"_s;
    } else if (format && !format->type.isEmpty() && (format->type != "vmdk"_L1 || hasMagic(head.head, 0, "KDMV"))) {
        // A description of a VMDK disk alone says where its parts are, beside it.
        info = found(path, format->type == "qcow2"_L1 ? SourceKind::Qcow2 : SourceKind::VirtualDisk,
                     join({sentence(diskTitle(format->type)), packing}));
        info.handler = format->type;
    } else {
        return {};
    }
    info.chain = QStringList{info.handler};
    return unpackedInfo(path, UnpackedSource::Archive::File, packing, stop).value_or(info);
}

/** @p info with all that is on the disk, where it was unpacked before. */
SourceInfo withLook(const SourceInfo& info, const QString& packing, const std::stop_token& stop)
{
    auto known = unpackedInfo(info.path, UnpackedSource::Archive::File, packing, stop);
    return known && known->kind == info.kind ? *known : info;
}

/** A disk or a file system that begins with @p head, and is unpacked while it is copied; @p packing says how it is packed. */
std::optional<SourceInfo> packedImageInfo(const QString& path, const QByteArray& head, const QString& packing,
                                          const std::stop_token& stop)
{
    const QString refusal = Probe::tr("It is packed, and its files cannot be looked at before it is unpacked.");
    if (const auto table = findPartitionTable(head, std::numeric_limits<qint64>::max())) {
        SourceInfo info = found(path, SourceKind::RawDisk, join({rawDiskText(table->end, *table), packing}));
        info.handler = u"raw"_s;
        info.virtualSize = table->end;
        info.chain = QStringList{u"raw"_s, table->scheme == PartitionTable::Scheme::Gpt ? u"gpt"_s : u"mbr"_s};
        info.disk = lookAtHead(head, table->end, refusal);
        return withLook(info, packing, stop);
    }
    if (const auto superblock = findExt4Superblock(head)) {
        SourceInfo info = found(path, SourceKind::Ext4, join({ext4Text(*superblock), packing}));
        info.handler = u"ext4"_s;
        info.virtualSize = superblock->size();
        info.chain = QStringList{superblock->variantName()};
        info.disk = lookAtHead(head, superblock->size(), refusal);
        return withLook(info, packing, stop);
    }
    return {};
}

} // namespace

bool isCpio(const QByteArray& head)
{
    return head.startsWith("070701") || head.startsWith("070702") || head.startsWith("070707");
}

SourceInfo containerInfo(const QString& path)
{
    const auto image = readContainerImage(path);
    if (!image) {
        return refused(path, Probe::tr("Container image"), join({image.error().message, image.error().remedy}, u" "_s));
    }
    SourceInfo info = found(path, SourceKind::ContainerImage,
                            join({Probe::tr("Container image"), image->name, formatBytes(image->size()),
                                  architectureName(image->architecture)}));
    info.handler = u"container"_s;
    info.size = image->size();
    info.architecture = image->architecture;
    return info;
}

SourceInfo archiveInfo(const QString& path, const FileSample& sample, const QByteArray& head, const QString& codec,
                       const std::stop_token& stop)
{
    const QString compression = compressedWith(codec);
    const ArchiveLook look = lookAtArchive(head);
    if (!look.squashfs.isEmpty()) {
        SourceInfo info = found(path, SourceKind::RootfsArchive,
                                join({Probe::tr("Archive with a root file system in \"%1\", a squashfs file system")
                                          .arg(QString::fromUtf8(look.squashfs)),
                                      formatBytes(sample.size), compression}));
        info.handler = u"rootfs_archive"_s;
        info.chain = QStringList{u"tar"_s, u"squashfs"_s};
        return info;
    }
    if (look.isRootfs) {
        SourceInfo info = found(
            path, SourceKind::RootfsArchive,
            join({look.top.isEmpty()
                      ? Probe::tr("Archive with a root file system")
                      : Probe::tr("Archive with a root file system in \"%1\"").arg(QString::fromUtf8(look.top)),
                  formatBytes(sample.size), compression}));
        info.handler = u"rootfs_archive"_s;
        return info;
    }
    if (look.isContainer) {
        if (codec.isEmpty()) {
            return containerInfo(path);
        }
        SourceInfo info = found(path, SourceKind::ContainerImage, join({Probe::tr("Container image"), compression}));
        info.handler = u"container"_s;
        return unpackedInfo(path, UnpackedSource::Archive::Whole, compression, stop).value_or(info);
    }
    if (look.isMachine) {
        return codec.isEmpty()
            ? machineInfo(path, stop)
            : foreign(path, Probe::tr("a virtual machine (OVA) compressed with %1").arg(codec),
                      Probe::tr("Its files are read where they lie: decompress it first and use the result."));
    }
    if (!look.foreign.isEmpty()) {
        return foreign(path, join({look.foreign, compression}), look.advice);
    }
    if (const auto inside = unpackedHead(path, PeekSize, stop)) {
        const QString packing = join({Probe::tr("in a tar archive"), compression});
        const FileSample inner{.head = *inside, .tail = {}, .size = sample.size, .allocated = sample.allocated};
        // Formats with a mark of their own first: what lies in them may look like a table.
        auto image = mappedImageInfo(path, inner, packing, stop).or_else([&] {
            return packedImageInfo(path, *inside, packing, stop);
        });
        if (image) {
            image->codec = codec.isEmpty() ? u"tar"_s : codec + u", tar"_s;
            return *std::move(image);
        }
    }
    SourceInfo info = foreign(
        path, join({Probe::tr("a tar archive"), compression}),
        Probe::tr("No root file system is at its top: unpack it and use what is in it, or set the type to "
                  "rootfs_archive if it is one after all."));
    info.isArchive = true;
    return info;
}

SourceInfo compressedInfo(const QString& path, const FileSample& sample, const CompressedPeek& peek,
                          const std::stop_token& stop)
{
    if (const auto kernel = inspectKernel(peek.head)) {
        const auto outer = inspectKernel(sample.head);
        SourceInfo info = kernelInfo(path, outer.value_or(*kernel));
        if (!outer) {
            info.description = Probe::tr("%1, compressed with %2").arg(kernel->description(), peek.codec);
            info.refusal =
                Probe::tr("xl cannot load a kernel that is compressed with %1. Decompress it first.").arg(peek.codec);
        }
        return info;
    }
    if (isCpio(peek.head)) {
        return found(path, SourceKind::Ramdisk,
                     Probe::tr("Ramdisk, %1, compressed with %2").arg(formatBytes(sample.size), peek.codec));
    }
    const FileSample inner{.head = peek.head, .tail = {}, .size = sample.size, .allocated = sample.allocated};
    const QString decompress = Probe::tr("Decompress it first and use the result.");
    if (isTar(peek.head)) {
        return archiveInfo(path, sample, peek.head, peek.codec, stop);
    }
    if (peek.isStream) {
        const QString compression = compressedWith(peek.codec);
        auto image = mappedImageInfo(path, inner, compression, stop).or_else([&] {
            return packedImageInfo(path, peek.head, compression, stop);
        });
        if (image) {
            return *std::move(image);
        }
    }
    if (const auto format = findContainer(inner).or_else([&inner] { return findFileSystem(inner.head); })) {
        return foreign(path, Probe::tr("%1, compressed with %2").arg(format->name, peek.codec),
                       format->type.isEmpty() && !format->advice.isEmpty() ? format->advice : decompress);
    }
    return foreign(path, Probe::tr("a file compressed with %1").arg(peek.codec), decompress);
}

} // namespace Stowage

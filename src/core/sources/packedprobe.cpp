// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "packedprobe.h"

#include "core/containers/containerimage.h"
#include "core/entries/unpack.h"
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

/** A disk or a file system that begins with @p head, and is unpacked while it is copied; @p packing says how it is packed. */
std::optional<SourceInfo> packedImageInfo(const QString& path, const QByteArray& head, const QString& packing)
{
    const QString refusal = Probe::tr("It is packed, and its files cannot be looked at before it is unpacked.");
    if (const auto table = findPartitionTable(head, std::numeric_limits<qint64>::max())) {
        SourceInfo info = found(path, SourceKind::RawDisk, join({rawDiskText(table->end, *table), packing}));
        info.handler = u"raw"_s;
        info.virtualSize = table->end;
        info.chain = QStringList{u"raw"_s, table->scheme == PartitionTable::Scheme::Gpt ? u"gpt"_s : u"mbr"_s};
        info.disk = lookAtHead(head, table->end, refusal);
        return info;
    }
    if (const auto superblock = findExt4Superblock(head)) {
        SourceInfo info = found(path, SourceKind::Ext4, join({ext4Text(*superblock), packing}));
        info.handler = u"ext4"_s;
        info.virtualSize = superblock->size();
        info.chain = QStringList{superblock->variantName()};
        info.disk = lookAtHead(head, superblock->size(), refusal);
        return info;
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
    const QString compression = codec.isEmpty() ? QString() : Probe::tr("compressed with %1").arg(codec);
    const ArchiveLook look = lookAtArchive(head);
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
        return codec.isEmpty()
            ? containerInfo(path)
            : foreign(path, Probe::tr("a container image compressed with %1").arg(codec),
                      Probe::tr("Its parts are not read in their order: decompress it first and use the result."));
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
        if (auto image = packedImageInfo(path, *inside, join({Probe::tr("in a tar archive"), compression}))) {
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
    if (hasMagic(peek.head, 0, "QFI\xfb")) {
        return foreign(path, Probe::tr("a QCOW2 disk image compressed with %1").arg(peek.codec), decompress);
    }
    if (peek.isStream) {
        if (auto image = packedImageInfo(path, peek.head, Probe::tr("compressed with %1").arg(peek.codec))) {
            return *std::move(image);
        }
    }
    if (const auto format = findContainer(inner).or_else([&inner] { return findFileSystem(inner.head); })) {
        return foreign(path, Probe::tr("%1, compressed with %2").arg(format->name, peek.codec), decompress);
    }
    return foreign(path, Probe::tr("a file compressed with %1").arg(peek.codec), decompress);
}

} // namespace Stowage

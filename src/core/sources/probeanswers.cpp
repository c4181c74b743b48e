// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "probeanswers.h"

#include "core/disks/opendisk.h"
#include "core/ext4/ext4superblock.h"
#include "core/sources/partitiontable.h"
#include "core/sources/sourcefile.h"
#include "core/support/remembered.h"
#include "core/support/units.h"
#include "core/xen/kernelimage.h"

#include <QCoreApplication>
#include <QFileInfo>

namespace Stowage::ProbeAnswers
{

using namespace Qt::StringLiterals;

namespace
{

struct Probe {
    Q_DECLARE_TR_FUNCTIONS(Probe)
};

} // namespace

QString startsAs(const KernelFacts& kernel)
{
    if (!kernel.notes) {
        return {};
    }
    if (kernel.notes->pv && kernel.notes->pvh) {
        return Probe::tr("starts as PV and PVH");
    }
    if (kernel.notes->pv) {
        return Probe::tr("starts as PV");
    }
    return kernel.notes->pvh ? Probe::tr("starts as PVH") : Probe::tr("starts neither as PV nor as PVH");
}

DiskLook contentOf(const QString& path, OpenedDisk& disk, const std::stop_token& stop)
{
    if (!disk.otherFiles.isEmpty()) {
        return lookAtDisk(*disk.reader, path, stop); // which may change, too
    }
    static Remembered<DiskLook> known;
    const auto look = known.of(path, [&]() -> Result<DiskLook> {
        DiskLook found = lookAtDisk(*disk.reader, path, stop);
        return stop.stop_requested() ? Result<DiskLook>(cancelled()) : found;
    });
    return look.value_or(DiskLook());
}

SourceInfo found(const QString& path, SourceKind kind, const QString& description)
{
    SourceInfo info;
    info.path = path;
    info.kind = kind;
    info.description = description;
    return info;
}

SourceInfo refused(const QString& path, const QString& description, const QString& refusal)
{
    SourceInfo info = found(path, SourceKind::Other, description);
    info.refusal = refusal;
    return info;
}

QString sentence(QString text)
{
    if (!text.isEmpty()) {
        text[0] = text[0].toUpper();
    }
    return text;
}

SourceInfo foreign(const QString& path, const QString& name, const QString& advice)
{
    const QString cause = Probe::tr("This looks like %1, which cannot be used as it is.").arg(name);
    return refused(path, sentence(name), advice.isEmpty() ? cause : cause + u' ' + advice);
}

QString join(QStringList parts, const QString& separator)
{
    parts.removeAll(QString());
    return parts.join(separator);
}

SourceInfo unreadable(const QString& path, const Error& error)
{
    SourceInfo info = refused(path, Probe::tr("Unreadable"),
                              error.remedy.isEmpty() ? error.message : error.message + u' ' + error.remedy);
    info.isUnreadable = true;
    return info;
}

SourceInfo kernelInfo(const QString& path, const KernelImage& kernel)
{
    SourceInfo info = found(path, SourceKind::Kernel, kernel.description());
    info.architecture = kernel.architecture;
    info.kernelVersion = kernel.version;
    if (QFileInfo(path).size() > MostKernelBytes) {
        return refused(path, kernel.description(), Probe::tr("This file is too large for a kernel."));
    }
    static Remembered<KernelFacts> known; // as it has to be decompressed
    const auto facts = known.of(path, [&path] {
        return readSample(path, {}, MostKernelBytes).transform([](const FileSample& file) {
            return kernelFactsOf(file.head);
        });
    });
    if (facts) {
        info.kernel = *facts;
        if (info.kernelVersion.isEmpty()) {
            info.kernelVersion = info.kernel->version;
        }
        info.description = join({info.description, startsAs(*info.kernel)});
    }
    if (!kernel.loadable) {
        info.refusal = Probe::tr(
            "xl cannot load a kernel of this form. Use the bzImage (x86), Image (arm64) or zImage (arm) of the "
            "same kernel.");
    }
    return info;
}

QString ext4Text(const Ext4Superblock& superblock)
{
    return join({Probe::tr("%1 file system").arg(superblock.variantName()),
                 superblock.label.isEmpty() ? QString() : Probe::tr("\"%1\"").arg(superblock.label),
                 formatBytes(superblock.size())});
}

QString rawDiskText(qint64 size, const PartitionTable& table)
{
    const QString scheme = table.scheme == PartitionTable::Scheme::Gpt ? u"GPT"_s : u"MBR"_s;
    const QString count = table.used == 1 ? Probe::tr("1 partition") : Probe::tr("%n partitions", nullptr, table.used);
    return Probe::tr("Raw disk, %1, %2 with %3").arg(formatBytes(size), scheme, count);
}

} // namespace Stowage::ProbeAnswers

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "proberemarks.h"

#include "core/ext4/ext4superblock.h"
#include "core/sources/bytes.h"
#include "core/sources/partitiontable.h"

#include <QCoreApplication>
#include <QFileInfo>

#include <algorithm>
#include <array>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Remarks {
    Q_DECLARE_TR_FUNCTIONS(ProbeRemarks)
};

/** What the end of a file's name promises. */
struct Promise {
    QLatin1StringView suffix;
    const char* what;
    QLatin1StringView link; ///< Of SourceInfo::chain that keeps it.
};

constexpr auto Promises = std::to_array<Promise>({
    {".qcow2"_L1, QT_TRANSLATE_NOOP("ProbeRemarks", "a QCOW2 disk"), "qcow2"_L1},
    {".vmdk"_L1, QT_TRANSLATE_NOOP("ProbeRemarks", "a VMDK disk"), "vmdk"_L1},
    {".vdi"_L1, QT_TRANSLATE_NOOP("ProbeRemarks", "a VDI disk"), "vdi"_L1},
    {".vhd"_L1, QT_TRANSLATE_NOOP("ProbeRemarks", "a VHD disk"), "vhd"_L1},
    {".vhdx"_L1, QT_TRANSLATE_NOOP("ProbeRemarks", "a VHDX disk"), "vhdx"_L1},
    {".qed"_L1, QT_TRANSLATE_NOOP("ProbeRemarks", "a QED disk"), "qed"_L1},
    {".squashfs"_L1, QT_TRANSLATE_NOOP("ProbeRemarks", "a squashfs file system"), "squashfs"_L1},
    {".tar"_L1, QT_TRANSLATE_NOOP("ProbeRemarks", "a tar archive"), "tar"_L1},
    {".gz"_L1, QT_TRANSLATE_NOOP("ProbeRemarks", "compressed with gzip"), "gzip"_L1},
    {".xz"_L1, QT_TRANSLATE_NOOP("ProbeRemarks", "compressed with xz"), "xz"_L1},
    {".zst"_L1, QT_TRANSLATE_NOOP("ProbeRemarks", "compressed with zstd"), "zstd"_L1},
    {".bz2"_L1, QT_TRANSLATE_NOOP("ProbeRemarks", "compressed with bzip2"), "bzip2"_L1},
    {".lz4"_L1, QT_TRANSLATE_NOOP("ProbeRemarks", "compressed with lz4"), "lz4"_L1},
});

} // namespace

QStringList remarksOn(const FileSample& sample, const SourceInfo& info)
{
    QStringList remarks;
    // Where nothing was recognised, the refusal says what it is.
    const QString name = QFileInfo(info.path).fileName().toLower();
    const auto* const promise = std::ranges::find_if(Promises,
                                                     [&name](const Promise& one) { return name.endsWith(one.suffix); });
    if (promise != Promises.end() && info.handler.size() > 0 && !info.chain.contains(promise->link)) {
        remarks.append(Remarks::tr("Its name ends in \"%1\", but it is not %2: it does not begin like that.")
                           .arg(promise->suffix, Remarks::tr(promise->what)));
    }
    const bool mayHaveMark = info.disk.scheme.has_value() || info.kind == SourceKind::Kernel;
    if (!mayHaveMark && info.codec.isEmpty() && hasMagic(sample.head, 510, "\x55\xaa")
        && !findPartitionTable(sample.head, sample.size)) {
        remarks.append(
            Remarks::tr("It has the mark of a boot sector, but is no disk with an MBR: the partitions make no sense."));
    }
    if (hasMagic(sample.head, 0x438, "\x53\xef") && !findExt4Superblock(sample.head)) {
        remarks.append(
            Remarks::tr("It has the mark of ext4, but is no such file system: the superblock makes no sense."));
    }
    return remarks;
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "opendisk.h"

#include "core/disks/diskformats.h"
#include "core/disks/mappeddisk.h"
#include "core/sources/signatures.h"
#include "core/support/units.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct OpenText {
    Q_DECLARE_TR_FUNCTIONS(OpenDisk)
};

struct Format {
    QLatin1StringView type;
    const char* title = nullptr;
    Result<OpenedDisk> (*open)(DiskFile, const std::stop_token&) = nullptr;
};

constexpr std::array Formats{
    Format{"raw"_L1, QT_TRANSLATE_NOOP("OpenDisk", "raw disk"), openRawDisk},
    Format{"qcow2"_L1, QT_TRANSLATE_NOOP("OpenDisk", "QCOW2 disk"), openQcow2Disk},
    Format{"vmdk"_L1, QT_TRANSLATE_NOOP("OpenDisk", "VMDK disk"), openVmdkDisk},
    Format{"vdi"_L1, QT_TRANSLATE_NOOP("OpenDisk", "VDI disk"), openVdiDisk},
    Format{"vhd"_L1, QT_TRANSLATE_NOOP("OpenDisk", "VHD disk"), openVhdDisk},
    Format{"vhdx"_L1, QT_TRANSLATE_NOOP("OpenDisk", "VHDX disk"), openVhdxDisk},
    Format{"qed"_L1, QT_TRANSLATE_NOOP("OpenDisk", "QED disk"), openQedDisk},
    Format{"android_sparse"_L1, QT_TRANSLATE_NOOP("OpenDisk", "sparse Android image"), openAndroidSparseDisk},
};

const Format& formatOf(const QString& type)
{
    const auto* const found = std::ranges::find(Formats, type, &Format::type);
    return found == Formats.end() ? Formats.front() : *found;
}

/** The type of the disk in a file that begins and ends like @p sample; an error for disks that are not read. */
Result<QString> typeOf(const FileSample& sample, const QString& path)
{
    if (sample.size == 0) {
        return fail(Error::Code::InvalidInput, OpenText::tr("The disk %1 is empty.").arg(path),
                    OpenText::tr("Copy or download it again."), Place::inFile(path));
    }
    const auto container = findContainer(sample);
    if (container && container->isDiskContainer && container->type.isEmpty()) {
        return fail(Error::Code::Unsupported, OpenText::tr("%1 is %2, which is not read.").arg(path, container->name),
                    container->advice, Place::inFile(path));
    }
    return container && !container->type.isEmpty() ? container->type : u"raw"_s;
}

} // namespace

QString diskTitle(const QString& type)
{
    return OpenText::tr(formatOf(type).title);
}

Result<OpenedDisk> openDisk(const QString& path, const std::stop_token& stop)
{
    return openDisk(FileSlice{.path = path}, path, stop);
}

Result<OpenedDisk> openDisk(const FileSlice& slice, const QString& name, const std::stop_token& stop)
{
    constexpr qint64 HeadBytes = 64 * KiB; // all signatures of disks are in there
    const auto sample = readSample(slice, stop, HeadBytes);
    const auto type = sample ? typeOf(*sample, name) : std::unexpected(sample.error());
    if (!type) {
        return std::unexpected(type.error());
    }
    return DiskFile::open(slice, name, diskTitle(*type))
        .and_then([&](DiskFile&& file) { return formatOf(*type).open(std::move(file), stop); })
        .transform([&type](OpenedDisk&& disk) {
            disk.type = *type;
            return std::move(disk);
        });
}

Result<OpenedDisk> openRawDisk(DiskFile file, const std::stop_token& /*stop*/)
{
    const qint64 size = file.size();
    return OpenedDisk{.reader = std::make_unique<FlatDisk>(std::move(file), size)};
}

} // namespace Stowage

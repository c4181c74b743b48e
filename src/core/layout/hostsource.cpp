// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "hostsource.h"

#include "core/entries/archivesource.h"
#include "core/entries/directorysource.h"
#include "core/entries/entryrules.h"
#include "core/ext4/ext4image.h"
#include "core/ext4/ext4source.h"
#include "core/sources/sourcefile.h"
#include "core/sources/sourceprobe.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QFileInfo>

#include <ext2fs/ext2fs.h>

#include <algorithm>

namespace Stowage
{

namespace
{

struct Host {
    Q_DECLARE_TR_FUNCTIONS(HostSource)
};

FileSystemRoom roomOf(const Ext4Image& image)
{
    const struct_ext2_filsys* fs = image.handle();
    const auto free = static_cast<qint64>(ext2fs_free_blocks_count(fs->super));
    const auto reserved = static_cast<qint64>(ext2fs_r_blocks_count(fs->super));
    return {static_cast<qint64>(ext2fs_blocks_count(fs->super)) * fs->blocksize, (free - reserved) * fs->blocksize};
}

/** The room in the partition when it holds an ext4 file system with a system in it. Error: it cannot be read. */
Result<std::optional<FileSystemRoom>> findRoot(const QString& path, const Partition& partition)
{
    using Found = Result<std::optional<FileSystemRoom>>;
    const auto image = Ext4Image::open(path, Ext4Image::Access::Read, partition.start);
    if (!image) {
        return image.error().code == Error::Code::Io ? Found(std::unexpected(image.error())) : std::nullopt;
    }
    if (image->has("etc") && (image->has("bin") || image->has("usr") || image->has("sbin"))) {
        return roomOf(*image);
    }
    auto unread = image->readError();
    return unread ? Found(std::unexpected(*std::move(unread))) : std::nullopt;
}

Result<HostSource> openDisk(const QString& path, const std::stop_token& stop)
{
    const auto sample = readSample(path, stop);
    if (!sample) {
        return std::unexpected(sample.error());
    }
    HostSource host{HostSource::Kind::Disk, path, findPartitionTable(sample->head, sample->size), {}, {}};
    const QList<Partition> partitions = host.table ? host.table->partitions : QList<Partition>();
    std::optional<Error> unread;
    for (const Partition& partition : partitions) {
        const auto room = findRoot(path, partition);
        if (room && *room) {
            host.partition = partition;
            host.room = *room;
            return host;
        }
        if (!room && !unread) {
            unread = room.error();
        }
    }
    if (unread) {
        return std::unexpected(*std::move(unread));
    }
    return fail(Error::Code::Unsupported,
                Host::tr("No partition of %1 is an ext4 file system with a system in it.").arg(path),
                Host::tr("Name the disk that the host boots from, its root file system as an image, or a directory."),
                Place::inFile(path));
}

} // namespace

qint64 FileSystemRoom::grownBy(qint64 missing) const
{
    // What is missing, the share of the new blocks that is for root alone or for tables, and room to grow.
    return missing <= 0 ? size : (size + missing + missing / 4 + 65 * MiB - 1) / MiB * MiB;
}

std::unique_ptr<EntrySource> HostSource::entries() const
{
    switch (kind) {
    case Kind::Directory:
        return std::make_unique<DirectorySource>(path);
    case Kind::Archive:
        return std::make_unique<ArchiveSource>(path);
    case Kind::Ext4:
    case Kind::Disk:
        break;
    }
    return std::make_unique<Ext4Source>(path, partition.start);
}

Result<void> HostSource::feed(EntrySink& sink, Progress& progress, const std::stop_token& stop) const
{
    EntryRules rules(sink, OwnerRule::Automatic, kind == Kind::Directory);
    return entries()->feed(rules, progress, stop);
}

Result<HostSource> openHost(const QString& path, const std::stop_token& stop)
{
    if (QFileInfo(path).isDir()) {
        return HostSource{HostSource::Kind::Directory, path, {}, {}, {}};
    }
    if (const auto readable = readSample(path, stop); !readable) {
        return std::unexpected(readable.error());
    }
    const SourceInfo info = probeSource(path, stop);
    if (stop.stop_requested()) {
        return cancelled();
    }
    if (info.kind == SourceKind::RootfsArchive || info.isArchive) {
        return HostSource{HostSource::Kind::Archive, path, {}, {}, {}};
    }
    switch (info.kind) {
    case SourceKind::Ext4:
        if (info.refusal.isEmpty()) {
            return Ext4Image::open(path, Ext4Image::Access::Read).transform([&](const Ext4Image& image) {
                return HostSource{HostSource::Kind::Ext4, path, {}, {1, 0, info.virtualSize, {}}, roomOf(image)};
            });
        }
        break;
    case SourceKind::RawDisk:
        if (info.refusal.isEmpty()) {
            return openDisk(path, stop);
        }
        break;
    default:
        break;
    }
    return fail(Error::Code::Unsupported,
                Host::tr("%1 holds no host root file system: %2")
                    .arg(path, info.refusal.isEmpty() ? info.description : info.refusal),
                Host::tr("Name a directory, a tar archive, an ext4 image or a raw disk with the host's system."),
                Place::inFile(path));
}

} // namespace Stowage

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

#include <QCoreApplication>
#include <QFileInfo>

#include <algorithm>

namespace Stowage
{

namespace
{

struct Host {
    Q_DECLARE_TR_FUNCTIONS(HostSource)
};

/** Whether the partition holds an ext4 file system with a system in it. Error: it cannot be read. */
Result<bool> holdsRoot(const QString& path, const Partition& partition)
{
    const auto image = Ext4Image::open(path, Ext4Image::Access::Read, partition.start);
    if (!image) {
        return image.error().code == Error::Code::Io ? Result<bool>(std::unexpected(image.error())) : false;
    }
    const bool holds = image->has("etc") && (image->has("bin") || image->has("usr") || image->has("sbin"));
    auto unread = holds ? std::nullopt : image->readError();
    return unread ? Result<bool>(std::unexpected(*std::move(unread))) : holds;
}

Result<HostSource> openDisk(const QString& path, const std::stop_token& stop)
{
    const auto sample = readSample(path, stop);
    if (!sample) {
        return std::unexpected(sample.error());
    }
    HostSource host{HostSource::Kind::Disk, path, findPartitionTable(sample->head, sample->size), {}};
    const QList<Partition> partitions = host.table ? host.table->partitions : QList<Partition>();
    std::optional<Error> unread;
    for (const Partition& partition : partitions) {
        const auto holds = holdsRoot(path, partition);
        if (holds && *holds) {
            host.partition = partition;
            return host;
        }
        if (!holds && !unread) {
            unread = holds.error();
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
        return HostSource{HostSource::Kind::Directory, path, {}, {}};
    }
    if (const auto readable = readSample(path, stop); !readable) {
        return std::unexpected(readable.error());
    }
    const SourceInfo info = probeSource(path, stop);
    if (stop.stop_requested()) {
        return cancelled();
    }
    if (info.kind == SourceKind::RootfsArchive || info.isArchive) {
        return HostSource{HostSource::Kind::Archive, path, {}, {}};
    }
    switch (info.kind) {
    case SourceKind::Ext4:
        if (info.refusal.isEmpty()) {
            return HostSource{HostSource::Kind::Ext4, path, {}, {1, 0, info.virtualSize, {}}};
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

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "diskoutput.h"

#include "core/ext4/ext4image.h"
#include "core/output/bootpartition.h"
#include "core/output/disktable.h"
#include "core/output/imagefile.h"
#include "core/output/rootimage.h"
#include "core/sources/sourcefile.h"
#include "core/support/filecopy.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QUuid>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Disk {
    Q_DECLARE_TR_FUNCTIONS(DiskOutput)
};

/** What is being done, for all who do a part of it. */
struct DiskWork {
    const LayoutContent& content;
    const OutputSpec& output;
    ImagePlace place; ///< The disk; later where its root file system begins.
    QString workDirectory;
    JobContext& context;
    CommandRunner& runner;
};

/**
 * What is new in the root file system at @p place, by its names, attributes, sizes and first bytes: a host's own keeps its
 * UUID, and would be the same with any guests.
 */
Result<QByteArray> hashOfNew(const LayoutContent& content, const ImagePlace& place, const std::stop_token& stop)
{
    const auto image = Ext4Image::open(place.path, Ext4Image::Access::Read, place.offset);
    if (!image) {
        return std::unexpected(image.error());
    }
    QCryptographicHash hash(QCryptographicHash::Sha256);
    const auto visited = content.visit(stop, [&](const LayoutNode& node, const QByteArray& path) -> Result<void> {
        if (node.state != LayoutNode::State::Kept) {
            const auto file = image->find(path);
            for (const qint64 number : {static_cast<qint64>(node.kind), qint64{node.mode}, qint64{node.uid},
                                        qint64{node.gid}, file ? file->size : 0}) {
                hash.addData(QByteArray::number(number) + ' ');
            }
            hash.addData(path + '\0' + node.linkTarget + '\0');
            hash.addData(file ? image->read(path, MiB) : QByteArray());
        }
        return {};
    });
    return visited.transform([&hash] { return hash.result(); });
}

/** A disk with a table of its own, the root file system last in it. */
Result<void> writeNewDisk(DiskWork& work, const HostSource& host)
{
    using Purpose = DiskPartition::Purpose;
    const Layout& layout = work.content.layout();
    if (auto checked = checkDiskSize(layout, work.output); !checked) {
        return checked;
    }
    work.place.offset = planDisk(layout, work.output.sizeMiB).find(Purpose::Root)->start;
    const auto bytes = writeRoot(work.content, host, work.output.sizeMiB, work.place, work.workDirectory, work.context,
                                 work.runner);
    if (!bytes) {
        return std::unexpected(bytes.error());
    }
    const UniqueFd file(::dup(work.place.fd));
    const auto superblock = readAt(file, work.place.offset + 1024, 1024, work.place.path);
    if (!superblock) {
        return std::unexpected(superblock.error());
    }
    const QByteArray identity = superblock->mid(0x68, 16); // the file system's UUID
    const auto added = host.room ? hashOfNew(work.content, work.place, work.context.stop) : QByteArray();
    if (!added) {
        return std::unexpected(added.error());
    }
    const QByteArray seed = identity + *added;
    const DiskPlan plan = planDisk(layout, work.output.sizeMiB, *bytes);
    const DiskSetup setup = layout.disk.value_or(DiskSetup());
    const DiskStart start{.plan = plan,
                          .setup = setup,
                          .root = work.place,
                          .fileSystemId = QUuid::fromRfc4122(identity).toByteArray(QUuid::WithoutBraces),
                          .partitionId = rootPartitionId(plan, seed),
                          .timeStamp = work.content.timeStamp(),
                          .workDirectory = work.workDirectory,
                          .context = work.context,
                          .runner = work.runner};
    return makeDiskStart(start).and_then([&](const QByteArray& firmware) {
        return writeDiskTable(work.place.fd, work.place.path, plan, {seed, seed + firmware});
    });
}

/** The host's own disk with the guests in its root partition. */
Result<void> writeHostDisk(DiskWork& work, const HostSource& host)
{
    HostImage image(host, work.content, work.output.sizeMiB, work.context, work.runner);
    if (auto measured = image.measure().and_then([&] { return image.checkPartition(); }); !measured) {
        return measured;
    }
    const auto source = openRegularFile(host.path);
    if (!source) {
        return std::unexpected(source.error());
    }
    work.place.offset = host.partition.start;
    work.context.progress.setStep(Disk::tr("Copying the host's disk"));
    if (!image.needsOwnFile()) {
        return copyContent(source->get(), host.path, work.place.fd, work.place.path, work.context.stop,
                           work.context.progress)
            .and_then([&] { return image.addFiles(work.place, work.workDirectory); });
    }
    const auto copy = [&](qint64 from, qint64 end) {
        return copyPart(source->get(), host.path, work.place.fd, work.place.path, {from, end - from, from},
                        work.context.stop, work.context.progress);
    };
    return copy(0, host.partition.start)
        .and_then([&]() -> Result<void> {
            if (image.newBytes() > host.partition.size) {
                return growPartition(work.place.fd, work.place.path, *host.table, host.partition, image.newBytes());
            }
            const auto size = sizeOf(*source, host.path);
            return size ? copy(host.partition.start + host.partition.size, *size) : std::unexpected(size.error());
        })
        .and_then([&] { return image.make(work.place, work.workDirectory); });
}

} // namespace

QString DiskOutput::kind() const
{
    return u"disk"_s;
}

QString DiskOutput::title() const
{
    return Disk::tr("Disk image");
}

QStringList DiskOutput::requirements() const
{
    return {u"e2fsck"_s, u"resize2fs"_s};
}

QStringList DiskOutput::suffixes() const
{
    return imageSuffixes({u".img"_s, u".wic"_s});
}

QList<Error> DiskOutput::missing(const Layout& layout) const
{
    return OutputWriter::missing(layout) + missingForStart(layout);
}

Result<OutputReport> DiskOutput::write(const Layout& layout, const Artifacts& artifacts, const OutputSpec& output,
                                       JobContext& context, CommandRunner& runner) const
{
    auto file = ImageFile::create(output);
    if (!file) {
        return std::unexpected(file.error());
    }
    const LayoutContent content(layout, artifacts);
    context.progress.setTotal(content.totalBytes());
    DiskWork work{content, output, {file->path(), file->fd(), 0}, file->workDirectory(), context, runner};
    auto made = hostOf(layout, context.stop)
                    .and_then([&work](const HostSource& host) {
                        return host.kind == HostSource::Kind::Disk ? writeHostDisk(work, host)
                                                                   : writeNewDisk(work, host);
                    })
                    .and_then([&] { return verifyImage(content, work.place, context, runner); });
    const auto written = content.checkSources(std::move(made)).and_then([&] { return file->finish(context, runner); });
    if (!written) {
        return std::unexpected(written.error());
    }
    return OutputReport{.kind = kind(),
                        .path = file->finalPath(),
                        .bmapFile = file->bmapPath(),
                        .files = content.fileCount(),
                        .bytes = *written};
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bootsource.h"

#include "core/entries/unpack.h"
#include "core/ext4/ext4superblock.h"
#include "core/import/importhandler.h"
#include "core/layout/hostsource.h"
#include "core/output/outputwriter.h"
#include "core/sources/compressed.h"
#include "core/sources/partitiontable.h"
#include "core/sources/sourcefile.h"
#include "core/sources/sourceprobe.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QStorageInfo>

#include <algorithm>
#include <cerrno>
#include <limits>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Source {
    Q_DECLARE_TR_FUNCTIONS(BootSource)
};

/** @p node and all in it as new. */
LayoutNode asNew(LayoutNode node, LayoutNode::State state)
{
    node.state = state;
    for (LayoutNode& child : node.children) {
        child = asNew(std::move(child), LayoutNode::State::New);
    }
    return node;
}

constexpr qint64 LargestImage = 1024 * GiB;

/** Whether the file @p path is an ext4 image or a disk, compressed in a way that unpackFile() knows. */
bool isPackedImage(const QString& path, const std::stop_token& stop)
{
    const auto sample = readSample(path, stop);
    const auto peek = sample ? peekCompressed(sample->head, path, stop) : std::nullopt;
    if (!peek || !peek->isStream) {
        return false;
    }
    const qint64 any = std::numeric_limits<qint64>::max();
    return findExt4Superblock(peek->head) || findPartitionTable(peek->head, any);
}

const ImportHandler& qcow2()
{
    return *findHandler(u"qcow2"_s);
}

bool isQcow2(const QString& path, const std::stop_token& stop)
{
    return probeSource(path, stop).handler == qcow2().type();
}

/** Makes the raw image in the QCOW2 or compressed image @p request.source, which leaves some room on the disk. */
Result<void> unpack(const ImportRequest& request, JobContext& context, CommandRunner& runner)
{
    constexpr qint64 Reserve = 256 * MiB; // for what the machine writes, and for others
    const QString directory = QFileInfo(request.output).path();
    const QStorageInfo disk(directory);
    const qint64 room = disk.isValid() ? disk.bytesAvailable() - Reserve : LargestImage;
    const auto noRoom = [&](Error error) {
        if (error.code == Error::Code::NoSpace) {
            error.message = Source::tr(
                                "There is no room for what %1 has in it: no more than %2 MiB may be written to %3.")
                                .arg(request.source)
                                .arg(std::max<qint64>(room, 0) / MiB)
                                .arg(directory);
            error.remedy = Source::tr("Free some space there, or set TMPDIR to a directory with more.");
        }
        return error;
    };
    context.progress.setStep(Source::tr("Unpacking the image"));
    if (!isQcow2(request.source, context.stop)) {
        return unpackFile(request.source, request.output, {.bytes = LargestImage, .data = room}, context.progress,
                          context.stop)
            .transform_error(noRoom);
    }
    return qcow2()
        .dataBytes(request, context.stop)
        .and_then([&](qint64 bytes) {
            return bytes > room ? systemError(ENOSPC, Source::tr("write"), request.output)
                                : qcow2().run(request, context, runner);
        })
        .transform_error(noRoom);
}

bool isPacked(const QString& path, const std::stop_token& stop)
{
    return isQcow2(path, stop) || isPackedImage(path, stop);
}

bool isDirectory(const LayoutNode& node)
{
    return node.kind == LayoutNode::Kind::Directory;
}

} // namespace

LayoutNode laidOver(LayoutNode host, const LayoutNode& tree)
{
    for (const LayoutNode& child : tree.children) {
        const auto place = std::ranges::lower_bound(host.children, child.name, {}, &LayoutNode::name);
        if (place == host.children.end() || place->name != child.name) {
            host.children.insert(place, asNew(child, LayoutNode::State::New));
        } else if (isDirectory(*place) && isDirectory(child)) {
            *place = laidOver(std::move(*place), child);
        } else {
            *place = asNew(child, LayoutNode::State::Replaced);
        }
    }
    return host;
}

Result<QString> bootableImage(const QString& source, const QString& host, const QString& workDirectory,
                              JobContext& context, CommandRunner& runner)
{
    if (isPacked(source, context.stop)) {
        ImportRequest request;
        request.source = source;
        request.output = workDirectory + "/disk.raw"_L1;
        return unpack(request, context, runner).and_then([&]() -> Result<QString> {
            if (isPacked(request.output, context.stop)) {
                return fail(Error::Code::Unsupported, Source::tr("%1 is packed twice.").arg(source),
                            Source::tr("Unpack it once, and boot what was in it."), Place::inFile(source));
            }
            return bootableImage(request.output, host, workDirectory, context, runner);
        });
    }
    const auto opened = openHost(source, context.stop);
    if (!opened) {
        return std::unexpected(opened.error());
    }
    const bool isImage = opened->kind == HostSource::Kind::Ext4 || opened->kind == HostSource::Kind::Disk;
    if (isImage && host.isEmpty()) {
        return source;
    }
    if (!host.isEmpty() && opened->kind != HostSource::Kind::Directory) {
        return fail(Error::Code::Unsupported,
                    Source::tr("%1 is no directory; only one can be laid over a host.").arg(source),
                    Source::tr("Boot it alone, or write the guests as a staging tree."), Place::inFile(source));
    }
    Layout layout;
    layout.hostPath = host.isEmpty() ? source : host;
    auto root = readHostTree(layout.hostPath, context.stop);
    const auto tree = host.isEmpty() ? Result<LayoutNode>() : readHostTree(source, context.stop);
    if (!root || !tree) {
        return std::unexpected(root ? tree.error() : root.error());
    }
    layout.root = laidOver(std::move(*root), *tree);
    const OutputSpec output{.kind = u"ext4"_s, .path = workDirectory + "/root.ext4"_L1};
    return findWriter(output.kind)
        ->write(layout, {}, output, context, runner)
        .transform([](const OutputReport& report) { return report.path; });
}

} // namespace Stowage

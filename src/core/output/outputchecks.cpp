// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "outputchecks.h"

#include "core/output/bmap.h"
#include "core/output/disktable.h"
#include "core/output/imagefile.h"
#include "core/output/ownerslist.h"
#include "core/output/rootimage.h"
#include "core/process/tools.h"
#include "core/support/filecopy.h"
#include "core/support/units.h"

#include <QCoreApplication>
#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QFileInfo>

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <numeric>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Outputs {
    Q_DECLARE_TR_FUNCTIONS(OutputChecks)
};

/** @p path with its links resolved as the system does, ".." behind them too; what is not there yet keeps its last name. */
QString realPath(const QString& path)
{
    if (QString real = QFileInfo(path).canonicalFilePath(); !real.isEmpty()) {
        return real;
    }
    QString written = path;
    while (written.size() > 1 && written.endsWith(u'/')) {
        written.chop(1);
    }
    const qsizetype slash = written.lastIndexOf(u'/');
    const QString parent = slash < 0 ? u"."_s : written.first(std::max<qsizetype>(slash, 1));
    const QString real = QFileInfo(parent).canonicalFilePath();
    return (real == "/"_L1 ? QString() : real) + u'/' + written.sliced(slash + 1);
}

bool isInside(const QString& path, const QString& directory)
{
    return path == directory || directory == "/"_L1 || path.startsWith(directory + u'/');
}

/** The files and directories that @p node and what is below it are copied from. */
void addSources(const LayoutNode& node, QStringList& sources)
{
    if (const auto* source = std::get_if<FromSource>(&node.origin); source && node.state != LayoutNode::State::Kept) {
        sources.append(source->path);
    }
    for (const LayoutNode& child : node.children) {
        addSources(child, sources);
    }
}

QStringList sourcesOf(const Layout& layout)
{
    QStringList sources;
    addSources(layout.root, sources);
    for (const ImportStep& step : layout.imports) {
        sources.append(step.request.source);
    }
    if (!layout.hostPath.isEmpty()) {
        sources.append(layout.hostPath);
    }
    if (layout.disk) {
        std::ranges::transform(layout.disk->files, std::back_inserter(sources), &ResolvedBootFile::path);
    }
    sources.removeAll(QString()); // of what is made out of nothing
    sources.removeDuplicates();
    return sources;
}

/** What may be written or removed beside an output; the output itself where nothing is. */
QString besidePath(const OutputSpec& output, const OutputWriter& writer)
{
    if (output.kind == "tree"_L1) {
        return OwnersList::pathFor(QDir::cleanPath(output.path));
    }
    return writer.makesImage() ? Bmap::pathFor(realPath(output.path)) : output.path;
}

qint64 allocatedBelow(const QString& path, const std::stop_token& stop)
{
    qint64 sum = allocatedBytes(path);
    if (QFileInfo(path).isDir()) {
        QDirIterator entries(path, QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot,
                             QDirIterator::Subdirectories);
        while (entries.hasNext() && !stop.stop_requested()) {
            const QFileInfo entry = entries.nextFileInfo();
            sum += entry.isSymLink() ? 0 : allocatedBytes(entry.filePath());
        }
    }
    return sum;
}

/** Stands in for images that are yet to be made. */
Artifacts expectedArtifacts(const Layout& layout, const std::stop_token& stop)
{
    Artifacts artifacts;
    for (const ImportStep& step : layout.imports) {
        if (plannedHandler(step.handler).inPlace(step.request) == ImportHandler::InPlace::Copy) {
            artifacts.files.insert(step.artifact, step.request.source); // what is copied as it is
        } else {
            // Files take less room in an image than on this disk, down to their own bytes, and clusters may be zeros.
            const qint64 least = allocatedBelow(step.request.source, stop) / 2;
            artifacts.expected.insert(step.artifact, std::min(least, step.expectedBytes));
        }
    }
    return artifacts;
}

/** What the tables of a new file system of @p bytes take on the disk; its journal is a hole but for one block. */
qint64 tableBytes(qint64 bytes)
{
    constexpr qint64 BytesPerTableByte = 2048; // bitmaps and descriptors, and the inodes that are used
    return MiB + bytes / BytesPerTableByte;
}

/** What @p output takes beside the work area, when its files take @p payload. */
qint64 neededFor(const OutputSpec& output, qint64 payload)
{
    const OutputWriter* writer = findWriter(output.kind);
    if (writer == nullptr || !writer->makesImage()) {
        return payload;
    }
    const qint64 raw = payload + tableBytes(output.sizeMiB > 0 ? output.sizeMiB * MiB : payload);
    // Guests whose own content is packed already become no smaller, and the raw image is needed up to the end.
    return imageForm(output.path).value_or(ImageForm()).isPlain() ? raw : 2 * raw;
}

qint64 bytesOfKept(const LayoutNode& node)
{
    const bool counts = node.state == LayoutNode::State::Kept && node.kind == LayoutNode::Kind::File;
    return std::accumulate(node.children.begin(), node.children.end(), counts ? node.size : 0,
                           [](qint64 sum, const LayoutNode& child) { return sum + bytesOfKept(child); });
}

qint64 neededBelow(const LayoutNode& node)
{
    qint64 bytes = 0;
    if (node.kind == LayoutNode::Kind::File) {
        if (const auto* source = std::get_if<FromSource>(&node.origin)) {
            bytes += allocatedBytes(source->path);
        } else if (const auto* text = std::get_if<FromText>(&node.origin)) {
            bytes += text->text.size();
        }
    }
    for (const LayoutNode& child : node.children) {
        bytes += neededBelow(child);
    }
    return bytes;
}

/** What the files of @p layout's host take in an output, when they lie in one file: in an image, or packed in an archive. */
qint64 neededOfHost(const Layout& layout)
{
    if (layout.hostPath.isEmpty() || QFileInfo(layout.hostPath).isDir()) {
        return 0; // or counted with the others
    }
    return layout.hostRoom ? allocatedBytes(layout.hostPath) : bytesOfKept(layout.root);
}

/** What the files for the firmware take on a new disk of @p layout, and before that in the work area. */
qint64 neededToStart(const Layout& layout)
{
    const DiskPlan disk = planDisk(layout, 0);
    const DiskPartition* firmware = disk.find(DiskPartition::Purpose::Firmware);
    qint64 bytes = 0;
    for (const BootPartitionFile& file : firmware != nullptr ? firmware->files : QList<BootPartitionFile>()) {
        bytes += 3 * file.size; // as they are, in the partition, and in the disk
    }
    return bytes;
}

} // namespace

QList<OutputSpec> inBuildOrder(QList<OutputSpec> outputs)
{
    std::ranges::stable_partition(outputs, [](const OutputSpec& output) { return output.kind != "tree"_L1; });
    return outputs;
}

DiskWay diskWay(const ImportStep& step, const QList<OutputSpec>& outputs)
{
    const auto inPlace = plannedHandler(step.handler).inPlace(step.request);
    const bool hasTree = std::ranges::contains(outputs, "tree"_L1, &OutputSpec::kind);
    if (inPlace == ImportHandler::InPlace::Copy && !hasTree) { // a tree takes the files over
        return DiskWay::Read;
    }
    const OutputWriter* writer = outputs.size() == 1 ? findWriter(outputs.first().kind) : nullptr;
    return inPlace == ImportHandler::InPlace::Convert && writer != nullptr && writer->placesDisks() ? DiskWay::Placed
                                                                                                    : DiskWay::Prepared;
}

bool overlap(const QString& output, const QString& source)
{
    const QString first = realPath(output);
    const QString second = realPath(source);
    return isInside(first, second) || isInside(second, first);
}

QList<Error> checkOutputs(const Layout& layout, const QList<OutputSpec>& outputs, const QStringList& inputs)
{
    QList<Error> errors;
    const QStringList sources = sourcesOf(layout) + inputs;
    const auto refuse = [&errors](const OutputSpec& output, const QString& message) {
        errors.append({Error::Code::InvalidInput, message, Outputs::tr("Choose another place for it."),
                       Place::inFile(output.path)});
    };
    for (qsizetype i = 0; i < outputs.size(); ++i) {
        const OutputSpec& output = outputs.at(i);
        const OutputWriter* writer = findWriter(output.kind);
        if (writer == nullptr) {
            QStringList kinds;
            std::ranges::transform(allWriters(), std::back_inserter(kinds), &OutputWriter::kind);
            errors.append({Error::Code::Unsupported,
                           Outputs::tr("There is no output of the kind \"%1\".").arg(output.kind),
                           Outputs::tr("Choose one of: %1.").arg(kinds.join(", "_L1)), Place::inFile(output.path)});
            continue;
        }
        if (auto checked = writer->check(output); !checked) {
            errors.append(checked.error());
            errors.last().place = Place::inFile(output.path);
            continue;
        }
        errors += writer->missing(layout);
        errors += missingTools(writer->makesImage() ? ImageFile::requirements(output) : QStringList());
        const auto end = outputs.begin() + i;
        const QString beside = besidePath(output, *writer);
        const auto other = std::find_if(outputs.begin(), end, [&](const OutputSpec& earlier) {
            const OutputWriter* its = findWriter(earlier.kind);
            return overlap(output.path, earlier.path) || overlap(beside, earlier.path)
                || (its != nullptr && overlap(output.path, besidePath(earlier, *its)));
        });
        if (other != end) {
            refuse(
                output,
                Outputs::tr("The outputs %1 and %2 are the same or lie in each other.").arg(other->path, output.path));
        }
        const auto source = std::ranges::find_if(sources, [&](const QString& path) {
            return overlap(output.path, path) || overlap(beside, path);
        });
        if (source != sources.end()) {
            refuse(output,
                   Outputs::tr("The output %1 and %2, from which it is made, are the same or lie in each other.")
                       .arg(output.path, *source));
        }
    }
    return errors;
}

QList<Error> checkSizes(const Layout& layout, const QList<OutputSpec>& outputs, JobContext& context,
                        CommandRunner& runner)
{
    QList<Error> errors;
    std::optional<Artifacts> artifacts;
    for (const OutputSpec& output : outputs) {
        const OutputWriter* writer = findWriter(output.kind);
        const bool isDisk = output.kind == "disk"_L1;
        if (auto tells = isDisk ? checkDiskSize(layout, output) : Result<void>(); !tells) {
            errors.append(tells.error());
            continue;
        }
        const bool isInTable = isDisk && layout.hostTable;
        if (writer == nullptr || !writer->makesImage() || (output.sizeMiB == 0 && !isInTable)) {
            continue;
        }
        artifacts = artifacts ? artifacts : expectedArtifacts(layout, context.stop);
        const LayoutContent content(layout, *artifacts);
        const auto checked = checkRootSize(content, output, context, runner);
        if (!checked && checked.error().code != Error::Code::Cancelled) {
            errors.append(checked.error());
        }
    }
    return errors;
}

QList<SpaceForecast> forecastSpace(const Layout& layout, const QList<OutputSpec>& outputs, const std::stop_token& stop)
{
    qint64 imports = 0;
    qint64 prepared = 0;
    for (const ImportStep& step : layout.imports) {
        const qint64 bytes = allocatedBelow(step.request.source, stop);
        imports += bytes;
        prepared += diskWay(step, outputs) == DiskWay::Prepared ? bytes : 0;
    }
    const qint64 files = neededBelow(layout.root) + neededOfHost(layout);
    const QList<OutputSpec> ordered = inBuildOrder(outputs);
    QList<SpaceForecast> forecasts;
    QList<dev_t> devices;
    for (qsizetype i = 0; i < ordered.size(); ++i) {
        const QString& path = ordered.at(i).path;
        const QByteArray directory = QFile::encodeName(QFileInfo(realPath(path)).absolutePath());
        struct stat facts{};
        if (::stat(directory.constData(), &facts) != 0) {
            continue; // checkOutputs() says so
        }
        qsizetype at = devices.indexOf(facts.st_dev);
        if (at < 0) {
            at = devices.size();
            devices.append(facts.st_dev);
            SpaceForecast forecast;
            struct statvfs space{};
            // A file system that counts no blocks at all, as some network ones, tells nothing.
            if (::statvfs(directory.constData(), &space) == 0 && space.f_blocks > 0) {
                forecast.available = static_cast<qint64>(space.f_bavail) * static_cast<qint64>(space.f_frsize);
            }
            forecasts.append(forecast);
        }
        forecasts[at].outputs.append(path);
        // The work area lies beside the last output, which takes the images over when it is a tree.
        const bool last = i + 1 == ordered.size();
        forecasts[at].needed += ordered.at(i).kind == "disk"_L1 ? neededToStart(layout) : 0;
        forecasts[at].needed += neededFor(ordered.at(i), files + imports)
            + (last && ordered.at(i).kind != "tree"_L1 ? prepared : 0);
    }
    return forecasts;
}

} // namespace Stowage

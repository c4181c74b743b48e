// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "outputchecks.h"

#include "core/output/ownerslist.h"
#include "core/process/tools.h"
#include "core/support/filecopy.h"

#include <QCoreApplication>
#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QFileInfo>

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>

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
    sources.removeDuplicates();
    return sources;
}

/** What may be written beside a tree; for others the output itself. */
QString ownersPath(const OutputSpec& output)
{
    return output.kind == "tree"_L1 ? OwnersList::pathFor(QDir::cleanPath(output.path)) : output.path;
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

} // namespace

QList<OutputSpec> inBuildOrder(QList<OutputSpec> outputs)
{
    std::ranges::stable_partition(outputs, [](const OutputSpec& output) { return output.kind != "tree"_L1; });
    return outputs;
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
        if (auto checked = writer->check(output.path); !checked) {
            errors.append(checked.error());
            errors.last().place = Place::inFile(output.path);
            continue;
        }
        errors += missingTools(writer->requirements());
        const auto end = outputs.begin() + i;
        const auto other = std::find_if(outputs.begin(), end, [&output](const OutputSpec& earlier) {
            return overlap(output.path, earlier.path) || overlap(output.path, ownersPath(earlier))
                || overlap(ownersPath(output), earlier.path);
        });
        if (other != end) {
            refuse(
                output,
                Outputs::tr("The outputs %1 and %2 are the same or lie in each other.").arg(other->path, output.path));
        }
        const auto source = std::ranges::find_if(sources,
                                                 [&output](const QString& path) { return overlap(output.path, path); });
        if (source != sources.end()) {
            refuse(output,
                   Outputs::tr("The output %1 and %2, from which it is made, are the same or lie in each other.")
                       .arg(output.path, *source));
        }
    }
    return errors;
}

QList<SpaceForecast> forecastSpace(const Layout& layout, const QList<OutputSpec>& outputs, const std::stop_token& stop)
{
    qint64 imports = 0;
    for (const ImportStep& step : layout.imports) {
        imports += allocatedBelow(step.request.source, stop);
    }
    qint64 files = neededBelow(layout.root);
    if (!layout.hostPath.isEmpty() && !QFileInfo(layout.hostPath).isDir()) {
        files += allocatedBytes(layout.hostPath);
    }
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
        forecasts[at].needed += files + imports + (last && ordered.at(i).kind != "tree"_L1 ? imports : 0);
    }
    return forecasts;
}

} // namespace Stowage

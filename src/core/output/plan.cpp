// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "builder.h"
#include "core/support/filecopy.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>

#include <dirent.h>
#include <ftw.h>
#include <sys/statvfs.h>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Planning {
    Q_DECLARE_TR_FUNCTIONS(Plan)
};

bool isReported(const QList<Problem>& problems, const QByteArray& name)
{
    return std::ranges::any_of(problems, [&](const Problem& problem) {
        return (problem.code == ProblemCode::TargetConflict || problem.code == ProblemCode::NameDuplicate)
            && problem.text.contains(QString::fromUtf8(name));
    });
}

/** Adds a problem for each conflict that only the layout shows, such as a directory of the host in a file's place. */
void addConflicts(const LayoutNode& node, const QByteArray& path, QList<Problem>& problems)
{
    if (node.state == LayoutNode::State::Conflict && !isReported(problems, node.name)) {
        Problem problem;
        problem.code = ProblemCode::TargetConflict;
        problem.text = Planning::tr("The host has something else at %1 that a guest's file would have to replace.")
                           .arg(QString::fromUtf8(path));
        problem.remedy = Planning::tr("Rename the guest, or remove that from the host.");
        problems.append(problem);
    }
    for (const LayoutNode& child : node.children) {
        addConflicts(child, path + '/' + child.name, problems);
    }
}

qint64 allocatedBelow(const QString& path)
{
    if (!QFileInfo(path).isDir()) {
        return allocatedBytes(path);
    }
    thread_local qint64 sum = 0;
    sum = 0;
    constexpr int OpenDirectories = 32;
    nftw(
        QFile::encodeName(path).constData(),
        [](const char*, const struct stat* facts, int, FTW*) {
            constexpr qint64 BlockBytes = 512; // unit of st_blocks
            sum += facts->st_blocks * BlockBytes;
            return 0;
        },
        OpenDirectories, FTW_PHYS | FTW_MOUNT);
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

Plan makePlan(const ProjectInput& input, const std::stop_token& stop)
{
    Plan plan;
    plan.project = input.project;
    plan.resolved = resolve(input.project, input.places, stop);
    plan.problems = input.problems + plan.resolved.problems;
    LayoutNode host;
    if (!plan.resolved.hostPath.isEmpty()) {
        if (auto tree = readHostTree(plan.resolved.hostPath, stop)) {
            host = std::move(*tree);
        } else {
            const Error& error = tree.error();
            plan.problems.append(
                {Problem::Severity::Error, ProblemCode::HostUnusable, error.place, error.message, error.remedy, {}});
        }
    }
    plan.layout = planLayout(plan.resolved, host);
    addConflicts(plan.layout.root, {}, plan.problems);
    return plan;
}

QList<SpaceForecast> forecastSpace(const Layout& layout, const QList<OutputSpec>& outputs)
{
    qint64 imports = 0;
    for (const ImportStep& step : layout.imports) {
        imports += allocatedBelow(step.request.source);
    }
    const qint64 files = neededBelow(layout.root);
    QList<SpaceForecast> forecasts;
    bool workArea = true;
    for (const OutputSpec& output : outputs) {
        SpaceForecast forecast{output.path, files, 0};
        // A tree takes over the images from the work area; an archive needs them beside itself.
        forecast.needed += imports + (workArea && output.kind != "tree"_L1 ? imports : 0);
        workArea = false;
        struct statvfs facts{};
        const QString directory = QFileInfo(QFileInfo(output.path).absolutePath()).absoluteFilePath();
        if (statvfs(QFile::encodeName(directory).constData(), &facts) == 0) {
            forecast.available = static_cast<qint64>(facts.f_bavail) * static_cast<qint64>(facts.f_frsize);
        }
        forecasts.append(forecast);
    }
    return forecasts;
}

} // namespace Stowage

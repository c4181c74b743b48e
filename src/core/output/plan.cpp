// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "builder.h"
#include "core/layout/hostchecks.h"
#include "core/layout/hostsource.h"
#include "core/layout/lookup.h"

#include <QCoreApplication>
#include <QMap>

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Planning {
    Q_DECLARE_TR_FUNCTIONS(Plan)
};

/**
 * Adds a problem for each conflict of @p node with what the host has in its place, such as a directory in a file's. Those
 * of guests among themselves were found before.
 */
void addConflicts(const LayoutNode& node, const LayoutNode* host, const QByteArray& path, QList<Problem>& problems)
{
    const auto isDirectory = [](const LayoutNode& of) { return of.kind == LayoutNode::Kind::Directory; };
    if (node.state == LayoutNode::State::Conflict && host != nullptr && isDirectory(node) != isDirectory(*host)) {
        Problem problem;
        problem.code = ProblemCode::TargetConflict;
        problem.text = Planning::tr("The host has something else at %1 that a guest's file would have to replace.")
                           .arg(QString::fromUtf8(path));
        problem.remedy = Planning::tr("Rename the guest, or remove that from the host.");
        problems.append(problem);
    }
    for (const LayoutNode& child : node.children) {
        addConflicts(child, host != nullptr ? host->child(child.name) : nullptr, path + '/' + child.name, problems);
    }
}

/** The files of the host that give way, in @p replaced by the guest that brings the new ones. */
void collectReplaced(const LayoutNode& node, const QByteArray& path, QMap<QString, QStringList>& replaced)
{
    if (node.state == LayoutNode::State::Replaced) {
        replaced[node.guest].append(QString::fromUtf8(path));
    }
    for (const LayoutNode& child : node.children) {
        collectReplaced(child, path + '/' + child.name, replaced);
    }
}

void addReplaced(const Layout& layout, const ProjectInput& input, QList<Problem>& problems)
{
    QMap<QString, QStringList> replaced;
    collectReplaced(layout.root, {}, replaced);
    for (qsizetype i = 0; i < input.project.guests.size(); ++i) {
        const QString& entry = input.project.guests.at(i).entry;
        if (const QStringList files = replaced.take(entry); !files.isEmpty()) {
            problems.append(
                {Problem::Severity::Warning,
                 ProblemCode::HostReplaced,
                 placeOf(input.places, static_cast<int>(i), u"entry"_s),
                 Planning::tr("Guest \"%1\" replaces what the host has: %2.").arg(entry, files.join(", "_L1)),
                 Planning::tr("Rename the guest if the host's own is to stay."),
                 {}});
        }
    }
}

/** Finds what starts a new disk of the host, @p tree; a host that is a disk keeps what it has. */
void planLoaders(Plan& plan, const HostSource& source, const LayoutNode& tree)
{
    DiskSetup& setup = *plan.resolved.disk;
    if (source.kind == HostSource::Kind::Disk) {
        DiskSettings known = setup.settings;
        known.unknown = {};
        if (known != DiskSettings()) {
            plan.problems.append(
                {Problem::Severity::Warning,
                 ProblemCode::BootIgnored,
                 Place{.file = {}, .field = u"disk"_s},
                 Planning::tr("The host is a disk, which keeps its table and its own way to start."),
                 Planning::tr("Leave the settings of the disk away, or name the host's root file system instead."),
                 {}});
        }
        plan.resolved.disk.reset();
    } else if (const auto found = findLoaders(setup, tree); !found) {
        plan.problems.append({Problem::Severity::Error,
                              ProblemCode::BootImpossible,
                              Place{.file = {}, .field = u"disk.boot"_s},
                              found.error().message,
                              found.error().remedy,
                              {}});
    }
}

/** Tells of files of the user's that cannot lie beside those that start the disk. */
void addBootClashes(const DiskPlan& disk, QList<Problem>& problems)
{
    const DiskPartition* firmware = disk.find(DiskPartition::Purpose::Firmware);
    const auto files = firmware != nullptr ? firmware->files : QList<BootPartitionFile>();
    const auto isNamed = [](const BootPartitionFile& file) { return file.origin == BootPartitionFile::Origin::Named; };
    for (const BootPartitionFile& file : files) {
        const auto clashes = [&](const BootPartitionFile& made) {
            return !isNamed(made) && clashOnFat(made.target, file.target);
        };
        const auto made = isNamed(file) ? std::ranges::find_if(files, clashes) : files.end();
        if (made != files.end()) {
            problems.append({Problem::Severity::Error,
                             ProblemCode::BootFileTarget,
                             Place{.file = {}, .field = u"disk.files"_s},
                             Planning::tr("The file %1 cannot lie beside %2, which starts the disk.")
                                 .arg(QString::fromUtf8(file.target), QString::fromUtf8(made->target)),
                             Planning::tr("Give it another target."),
                             {}});
        }
    }
}

/** Tells that the root partition of the host's disk cannot grow: as far as that is estimated, the build will find out. */
void addPartitionInTheWay(const DiskPlan& disk, QList<Problem>& problems)
{
    if (disk.inTheWay != 0) {
        problems.append(
            {disk.isEstimate ? Problem::Severity::Warning : Problem::Severity::Error,
             ProblemCode::SizeTooSmall,
             Place{.file = {}, .field = u"host"_s},
             Planning::tr("The root partition of the host's disk is too small, and cannot grow, as partition %1 lies "
                          "behind it.")
                 .arg(disk.inTheWay),
             Planning::tr("Make the host's root partition larger, or put it last on the disk."),
             {}});
    }
}

/** Tells that the menu of the disk replaces one that the host has. */
void addReplacedMenu(const Layout& layout, QList<Problem>& problems)
{
    const QString path = MenuDirectory + u'/' + MenuName;
    const LayoutNode* menu = layout.find(path.toUtf8());
    if (layout.disk && menu != nullptr && menu->state == LayoutNode::State::Replaced && menu->guest.isEmpty()) {
        problems.append(
            {Problem::Severity::Warning,
             ProblemCode::HostReplaced,
             Place{.file = {}, .field = u"disk.boot"_s},
             Planning::tr("The menu that starts the disk replaces what the host has: %1.").arg(path),
             Planning::tr("Let the disk not start by itself (\"boot\": \"none\") if the host's own is to stay."),
             {}});
    }
}

QStringList inputsOf(const ProjectInput& input)
{
    QStringList inputs = input.files;
    for (const Place& place : input.places) {
        inputs.append(place.file);
    }
    const FileLookup lookup(input.project);
    for (const Guest& guest : input.project.guests) {
        inputs.append(guest.configFile.isEmpty() ? QString() : lookup.config(guest.configFile).path);
    }
    inputs.removeDuplicates();
    inputs.removeAll(QString());
    return inputs;
}

} // namespace

Plan makePlan(const ProjectInput& input, const std::stop_token& stop)
{
    Plan plan;
    plan.project = input.project;
    plan.resolved = resolve(input.project, input.places, stop);
    plan.problems = input.problems + plan.resolved.problems;
    LayoutNode host;
    HostSource source;
    std::optional<FileState> hostState;
    bool isHostRead = true;
    if (!plan.resolved.hostPath.isEmpty()) {
        if (const auto state = FileState::of(plan.resolved.hostPath)) {
            hostState = *state;
        }
        auto tree = openHost(plan.resolved.hostPath, stop).and_then([&](const HostSource& opened) {
            source = opened;
            return readHostTree(opened, stop);
        });
        if (tree) {
            host = std::move(*tree);
        } else {
            isHostRead = false;
            const Error& error = tree.error();
            plan.problems.append(
                {Problem::Severity::Error, ProblemCode::HostUnusable, error.place, error.message, error.remedy, {}});
        }
    }
    if (plan.resolved.disk && isHostRead) {
        planLoaders(plan, source, host);
    }
    plan.layout = planLayout(plan.resolved, host);
    plan.layout.hostState = hostState;
    plan.layout.hostTable = source.table;
    plan.layout.rootNumber = source.table ? source.partition.number : 0;
    plan.layout.hostRoom = source.room;
    if (input.project.hasDiskOutput()) {
        const auto output = std::ranges::find(input.project.outputs, "disk"_L1, &OutputSpec::kind);
        plan.disk = planDisk(plan.layout, output->sizeMiB);
        addBootClashes(*plan.disk, plan.problems);
        addPartitionInTheWay(*plan.disk, plan.problems);
    }
    if (isHostRead) {
        ProblemList lacks(input.places);
        checkHost(input.project, plan.resolved, plan.layout, lacks);
        plan.problems += lacks.take();
    }
    addReplacedMenu(plan.layout, plan.problems);
    addConflicts(plan.layout.root, &host, {}, plan.problems);
    addReplaced(plan.layout, input, plan.problems);
    plan.inputs = inputsOf(input);
    return plan;
}

} // namespace Stowage

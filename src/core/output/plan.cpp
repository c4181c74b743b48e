// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "builder.h"
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
    addConflicts(plan.layout.root, &host, {}, plan.problems);
    addReplaced(plan.layout, input, plan.problems);
    plan.inputs = inputsOf(input);
    return plan;
}

} // namespace Stowage

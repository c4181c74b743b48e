// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "builder.h"

#include <QCoreApplication>

#include <algorithm>

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

} // namespace Stowage

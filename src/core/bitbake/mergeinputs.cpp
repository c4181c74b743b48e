// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "mergeinputs.h"

#include "core/project/projectfile.h"

#include <algorithm>

namespace Stowage
{

namespace
{

/** Lets the values of @p guests that come from their own project's defaults stay what they are under @p common. */
void keepDefaults(QList<Guest>& guests, const GuestDefaults& own, const GuestDefaults& common)
{
    const auto keep = [](auto& value, const auto& mine, const auto& theirs) {
        if (!value && mine != theirs) {
            value = mine;
        }
    };
    for (Guest& guest : guests) {
        keep(guest.memoryMiB, own.memoryMiB, common.memoryMiB);
        keep(guest.vcpus, own.vcpus, common.vcpus);
        keep(guest.vif, own.vif, common.vif);
        keep(guest.extra, own.extra, common.extra);
        keep(guest.diskDevice, own.diskDevice, common.diskDevice);
        keep(guest.imageSizeMiB, own.imageSizeMiB, common.imageSizeMiB);
    }
}

/** Takes over what @p from states and @p into does not. */
template<typename T>
void fill(T& into, const T& from)
{
    if (into == T{}) {
        into = from;
    }
}

void fillMachine(Machine& into, const Machine& from)
{
    fill(into.name, from.name);
    fill(into.architecture, from.architecture);
    fill(into.deployDirectory, from.deployDirectory);
    fill(into.unpackDirectory, from.unpackDirectory);
    fill(into.kernelImageType, from.kernelImageType);
    fill(into.memoryMiB, from.memoryMiB);
    fill(into.dom0MemoryMiB, from.dom0MemoryMiB);
}

/** @p place for the guest that @p indices gives the guest's index; a guest that is not in it is none. */
Place renumbered(Place place, const QHash<int, int>& indices)
{
    place.guest = indices.value(place.guest, -1);
    return place;
}

/** Whether all of @p inputs have a problem of this kind: only then is a flag for an unknown guest truly for nobody. */
bool isInAll(const Problem& problem, const QList<ProjectInput>& inputs)
{
    return std::ranges::all_of(inputs, [&](const ProjectInput& input) { return input.problems.contains(problem); });
}

} // namespace

void mergeInput(ProjectInput& input, ProjectInput more)
{
    const int shift = static_cast<int>(input.project.guests.size());
    const auto shifted = [shift](Place place) {
        place.guest += place.guest >= 0 ? shift : 0;
        return place;
    };
    Project& project = input.project;
    Project added = more.project.directory == project.directory ? more.project
                                                                : relocated(more.project, project.directory);
    keepDefaults(added.guests, added.defaults, project.defaults);
    project.guests += added.guests;
    project.outputs += added.outputs;
    fill(project.bundle, added.bundle);
    fill(project.host, added.host);
    fillMachine(project.machine, added.machine);
    for (Problem& problem : more.problems) {
        problem.where = shifted(problem.where);
        input.problems.append(problem);
    }
    for (auto it = more.places.cbegin(); it != more.places.cend(); ++it) {
        const Place place = shifted(it.value());
        const QString key = placeKey(place.guest, it.key().section(u'/', 1));
        if (!input.places.contains(key)) {
            input.places.insert(key, place);
        }
    }
}

ProjectInput combineRecipes(const QList<ProjectInput>& recipes)
{
    ProjectInput result = recipes.first();
    result.project.guests.clear();
    result.problems.clear();
    result.places.removeIf([](const auto& entry) { return entry.value().guest >= 0; });
    QList<QHash<int, int>> indices(recipes.size());
    QList<Guest> taken; // as they were read
    for (const bool bundled : {true, false}) {
        for (qsizetype i = 0; i < recipes.size(); ++i) {
            const ProjectInput& recipe = recipes.at(i);
            QList<Guest> guests = recipe.project.guests;
            keepDefaults(guests, recipe.project.defaults, result.project.defaults);
            for (int index = 0; index < guests.size(); ++index) {
                const Guest& guest = recipe.project.guests.at(index);
                const bool mine = (guest.naming == NamingRule::LinkName) == bundled;
                const qsizetype same = bundled ? -1 : taken.indexOf(guest);
                if (mine && same < 0) {
                    taken.append(guest);
                    result.project.guests.append(guests.at(index));
                }
                if (mine) {
                    indices[i].insert(index, static_cast<int>(same < 0 ? result.project.guests.size() - 1 : same));
                }
            }
        }
    }
    for (qsizetype i = 0; i < recipes.size(); ++i) {
        for (Problem problem : recipes.at(i).problems) {
            const bool foreign = problem.severity == Problem::Severity::Note
                && problem.code == ProblemCode::ValueInvalid;
            if (foreign && !isInAll(problem, recipes)) {
                continue;
            }
            problem.where = renumbered(problem.where, indices.at(i));
            if (!result.problems.contains(problem)) {
                result.problems.append(problem);
            }
        }
        for (const Place& place : recipes.at(i).places) {
            if (place.guest >= 0) {
                const Place moved = renumbered(place, indices.at(i));
                result.places.insert(placeKey(moved.guest, moved.field), moved);
            }
        }
    }
    return result;
}

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "mergeinputs.h"

#include "core/project/projectfile.h"

#include <algorithm>

namespace Stowage
{

using namespace Qt::StringLiterals;

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

/** Whether all of @p inputs have a problem of this kind: only then is a flag for an unknown guest truly for nobody. */
bool isInAll(const Problem& problem, const QList<ProjectInput>& inputs)
{
    return std::ranges::all_of(inputs, [&](const ProjectInput& input) { return input.problems.contains(problem); });
}

/** Puts the guests of recipes together and remembers what became of each. */
class RecipeCombiner
{
public:
    explicit RecipeCombiner(const QList<ProjectInput>& recipes)
        : m_recipes(recipes),
          m_result(recipes.first()),
          m_indices(recipes.size())
    {
        m_result.project.guests.clear();
        m_result.problems.clear();
        m_result.places.removeIf([](const auto& entry) { return entry.value().guest >= 0; });
    }

    ProjectInput take()
    {
        for (const bool bundled : {true, false}) {
            for (qsizetype i = 0; i < m_recipes.size(); ++i) {
                takeGuests(i, bundled);
            }
        }
        for (qsizetype i = 0; i < m_recipes.size(); ++i) {
            takeProblems(i);
            takePlaces(i);
        }
        return std::move(m_result);
    }

private:
    void takeGuests(qsizetype recipe, bool bundled)
    {
        const Project& project = m_recipes.at(recipe).project;
        QList<Guest> guests = project.guests;
        keepDefaults(guests, project.defaults, m_result.project.defaults);
        for (int index = 0; index < guests.size(); ++index) {
            const Guest& guest = project.guests.at(index);
            if ((guest.naming == NamingRule::LinkName) != bundled) {
                continue;
            }
            qsizetype place = bundled ? -1 : m_taken.indexOf(guest);
            if (place < 0) {
                place = m_taken.size();
                m_taken.append(guest);
                m_result.project.guests.append(guests.at(index));
            }
            m_indices[recipe].insert(index, static_cast<int>(place));
        }
    }

    void takeProblems(qsizetype recipe)
    {
        for (Problem problem : m_recipes.at(recipe).problems) {
            const bool note = problem.severity == Problem::Severity::Note;
            const bool shared = !problem.where.file.endsWith(".bb"_L1) && !problem.where.file.endsWith(".bbappend"_L1);
            if (note && shared && problem.code == ProblemCode::ValueInvalid && !isInAll(problem, m_recipes)) {
                continue;
            }
            problem.where = renumbered(problem.where, recipe);
            if (!m_result.problems.contains(problem)) {
                m_result.problems.append(problem);
            }
        }
    }

    void takePlaces(qsizetype recipe)
    {
        for (const Place& place : m_recipes.at(recipe).places) {
            if (place.guest >= 0) {
                const Place moved = renumbered(place, recipe);
                m_result.places.insert(placeKey(moved.guest, moved.field), moved);
            }
        }
    }

    [[nodiscard]] Place renumbered(Place place, qsizetype recipe) const
    {
        place.guest = m_indices.at(recipe).value(place.guest, -1);
        return place;
    }

    const QList<ProjectInput>& m_recipes;
    ProjectInput m_result;
    QList<QHash<int, int>> m_indices; ///< For each recipe: from the index of a guest there to that in the result.
    QList<Guest> m_taken; ///< The guests of the result, as they were read.
};

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
    fill(project.disk, added.disk);
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
    return RecipeCombiner(recipes).take();
}

} // namespace Stowage

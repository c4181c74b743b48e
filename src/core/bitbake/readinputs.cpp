// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bitbakeproject.h"
#include "core/project/inputfile.h"
#include "core/project/jsonlocator.h"
#include "core/project/projectfile.h"

#include <QDir>
#include <QFileInfo>

#include <utility>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

/** Where the values of a project file stand. */
PlaceMap projectPlaces(QByteArrayView text, const QString& file)
{
    PlaceMap places;
    walkJson(text, [&](const JsonPath& path, qsizetype offset) {
        const TextPosition position = textPosition(text, offset);
        Place place{.file = file, .line = position.line, .column = position.column};
        const bool guests = path.value(0) == "guests"_L1;
        if (guests && path.size() >= 2) {
            place.guest = path.at(1).toInt();
            place.field = path.value(2);
            places.insert(placeKey(place.guest, place.field), place);
        } else if (!guests && path.size() == 2) {
            place.field = path.join(u'.');
            places.insert(placeKey(-1, place.field), place);
        }
        return path.size() < (guests ? 3 : 2);
    });
    return places;
}

ProjectInput readProject(const QByteArray& text, const QString& file)
{
    ProjectInput input;
    const Result<Project> project = projectFromJson(text, file);
    if (project) {
        input.project = *project;
        input.places = projectPlaces(
            text.startsWith("\xEF\xBB\xBF") ? QByteArrayView(text).sliced(3) : QByteArrayView(text), file);
    } else {
        const Error& error = project.error();
        input.problems.append(
            {Problem::Severity::Error, ProblemCode::ProjectSyntax, error.place, error.message, error.remedy, {}});
    }
    return input;
}

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

/** Adds @p more behind what @p input has; what only one can say is said by the first. */
void merge(ProjectInput& input, ProjectInput more)
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

void applySettings(Project& project, const BuildSettings& settings)
{
    const QDir base(settings.directory.isEmpty() ? QDir::currentPath() : settings.directory);
    const auto path = [&](const QString& text) {
        return base.path() == project.directory ? text : QDir::cleanPath(base.absoluteFilePath(text));
    };
    Machine& machine = project.machine;
    machine.deployDirectory = settings.deployDirectory.isEmpty() ? machine.deployDirectory
                                                                 : path(settings.deployDirectory);
    machine.unpackDirectory = settings.unpackDirectory.isEmpty() ? machine.unpackDirectory
                                                                 : path(settings.unpackDirectory);
    machine.kernelImageType = settings.kernelImageType.isEmpty() ? machine.kernelImageType : settings.kernelImageType;
    if (!settings.machine.isEmpty() && settings.machine != machine.name) {
        machine.name = settings.machine;
        machine.architecture = Architecture::Unknown; // it was the other machine's
    }
}

bool looksLikeProject(const QByteArray& text, const QString& file)
{
    const QByteArrayView start = QByteArrayView(text).trimmed();
    return file.endsWith(".stowage"_L1) || start.startsWith('{') || start.startsWith("\xEF\xBB\xBF{");
}

} // namespace

ProjectInput readInputs(const QStringList& files, const BuildSettings& settings)
{
    const QDir base(settings.directory.isEmpty() ? QDir::currentPath() : settings.directory);
    QList<ProjectInput> parts;
    QStringList bitBake;
    qsizetype bitBakePart = -1;
    for (const QString& file : files) {
        const QString path = QDir::cleanPath(base.absoluteFilePath(file));
        const Result<QByteArray> text = readInputFile(path);
        if (text && looksLikeProject(*text, file)) {
            parts.append(readProject(*text, file));
            parts.last().project.directory = QFileInfo(path).path();
            continue;
        }
        if (bitBake.isEmpty()) {
            bitBakePart = parts.size();
            parts.append(ProjectInput{});
        }
        bitBake.append(file);
    }
    if (bitBakePart >= 0) {
        parts[bitBakePart] = readBitBake(bitBake, settings);
    }
    ProjectInput input;
    input.project.directory = base.path();
    if (!parts.isEmpty()) {
        input = parts.takeFirst();
    }
    for (ProjectInput& part : parts) {
        merge(input, std::move(part));
    }
    applySettings(input.project, settings);
    return input;
}

} // namespace Stowage

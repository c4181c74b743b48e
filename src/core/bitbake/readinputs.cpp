// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bitbakeproject.h"
#include "core/layout/bundleguests.h"
#include "core/project/inputfile.h"
#include "core/project/jsonlocator.h"
#include "core/project/projectfile.h"
#include "mergeinputs.h"

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
    TextCursor cursor(text);
    walkJson(text, [&](const JsonPath& path, qsizetype offset) {
        const TextPosition position = cursor.position(offset);
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

/** A bundle as a project: what of it cannot be used is an error, as it would be missing in the result. */
ProjectInput bundleInput(const GuestBundle& bundle)
{
    ProjectInput input;
    input.project.bundle.name = bundle.packages.size() == 1 ? bundle.packages.first() : QString();
    input.project.guests = guestsOf(bundle);
    for (qsizetype i = 0; i < bundle.guests.size(); ++i) {
        Place place = Place::inFile(bundle.guests.at(i).config);
        place.guest = static_cast<int>(i);
        input.places.insert(placeKey(place.guest), place);
    }
    for (const Error& problem : bundle.problems) {
        input.problems.append(
            {Problem::Severity::Error,
             problem.code == Error::Code::NotFound ? ProblemCode::SourceMissing : ProblemCode::SourceRefused,
             problem.place,
             problem.message,
             problem.remedy,
             {}});
    }
    return input;
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

ProjectInput readInputs(const QStringList& files, const BuildSettings& settings, const std::stop_token& stop)
{
    const QDir base(settings.directory.isEmpty() ? QDir::currentPath() : settings.directory);
    QList<ProjectInput> parts;
    QStringList bitBake;
    qsizetype bitBakePart = -1;
    for (const QString& file : files) {
        if (stop.stop_requested()) {
            return {};
        }
        const QString path = QDir::cleanPath(base.absoluteFilePath(file));
        if (const auto bundle = QFileInfo(path).isDir() ? readGuestBundle(path, stop) : std::nullopt) {
            parts.append(bundleInput(*bundle));
            parts.last().project.directory = base.path();
            continue;
        }
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
        parts[bitBakePart] = readBitBake(bitBake, settings, stop);
    }
    ProjectInput input;
    input.project.directory = base.path();
    if (!parts.isEmpty()) {
        input = parts.takeFirst();
    }
    for (ProjectInput& part : parts) {
        mergeInput(input, std::move(part));
    }
    applySettings(input.project, settings);
    for (const QString& file : files) {
        input.files.append(base.absoluteFilePath(file));
    }
    return input;
}

} // namespace Stowage

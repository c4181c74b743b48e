// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bitbakeproject.h"

#include "guestreader.h"
#include "mergeinputs.h"

#include <QFileInfo>
#include <QRegularExpression>

#include <algorithm>
#include <memory>
#include <utility>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

/** When BitBake reads @p file: the configurations before a recipe, what appends to it last. */
int readingOrder(const QString& file)
{
    if (file.endsWith(".conf"_L1)) {
        return 0;
    }
    return file.endsWith(".bbappend"_L1) ? 2 : 1;
}

/** Reads @p files as BitBake reads the configurations and one recipe. */
std::unique_ptr<BitBakeReader> readTogether(QStringList files, const BuildSettings& settings,
                                            const std::stop_token& stop)
{
    std::ranges::stable_sort(files, {}, readingOrder);
    auto reader = std::make_unique<BitBakeReader>(settings, stop);
    for (const QString& file : std::as_const(files)) {
        reader->read(file);
    }
    reader->finish();
    return reader;
}

/** Whether the file @p append (`NAME_VERSION.bbappend`, the version may end in %) adds to @p recipe. */
bool appendsTo(const QString& append, const QString& recipe)
{
    const QString pattern = QFileInfo(append).completeBaseName();
    const QString name = QFileInfo(recipe).completeBaseName();
    return pattern.contains(u'%') ? name.startsWith(pattern.section(u'%', 0, 0)) : name == pattern;
}

} // namespace

ProjectInput readBitBake(const QStringList& files, const BuildSettings& settings, const std::stop_token& stop)
{
    using Guests = GuestReader::Guests;
    const QStringList recipes = files.filter(QRegularExpression(u"\\.bb$"_s));
    if (recipes.isEmpty()) {
        return GuestReader(*readTogether(files, settings, stop), settings).take();
    }
    // To BitBake each recipe is a world of its own, made of the configurations and what appends to it.
    QList<ProjectInput> inputs;
    bool hasImage = false;
    for (const QString& recipe : recipes) {
        if (stop.stop_requested()) {
            return {};
        }
        QStringList own = files;
        own.removeIf([&](const QString& file) {
            const bool other = recipes.contains(file) && file != recipe;
            return other || (file.endsWith(".bbappend"_L1) && !appendsTo(file, recipe));
        });
        const auto reader = readTogether(own, settings, stop);
        const bool bundle = reader->isBundle();
        inputs.append(GuestReader(*reader, settings, bundle ? Guests::OfBundle : Guests::All).take());
        hasImage = hasImage || !bundle;
    }
    // The host image is a recipe too; where it is not given, the configurations speak for it.
    const QStringList configurations = files.filter(QRegularExpression(u"\\.conf$"_s));
    if (!hasImage && !configurations.isEmpty()) {
        const ProjectInput host =
            GuestReader(*readTogether(configurations, settings, stop), settings, Guests::OfHost).take();
        if (!host.project.guests.isEmpty() || hasErrors(host.problems)) {
            inputs.append(host);
        }
    }
    return combineRecipes(inputs);
}

} // namespace Stowage

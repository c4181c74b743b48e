// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bitbakeproject.h"

#include "guestreader.h"
#include "mergeinputs.h"

#include <QFileInfo>
#include <QRegularExpression>

#include <algorithm>

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

ProjectInput readTogether(QStringList files, const BuildSettings& settings)
{
    std::ranges::stable_sort(files, {}, readingOrder);
    BitBakeReader reader(settings);
    for (const QString& file : std::as_const(files)) {
        reader.read(file);
    }
    reader.finish();
    return GuestReader(reader, settings).take();
}

/** Whether the file @p append (`NAME_VERSION.bbappend`, the version may end in %) adds to @p recipe. */
bool appendsTo(const QString& append, const QString& recipe)
{
    const QString pattern = QFileInfo(append).completeBaseName();
    const QString name = QFileInfo(recipe).completeBaseName();
    return pattern.contains(u'%') ? name.startsWith(pattern.section(u'%', 0, 0)) : name == pattern;
}

} // namespace

ProjectInput readBitBake(const QStringList& files, const BuildSettings& settings)
{
    const QStringList recipes = files.filter(QRegularExpression(u"\\.bb$"_s));
    if (recipes.size() < 2) {
        return readTogether(files, settings);
    }
    // To BitBake each recipe is a world of its own, made of the configurations and what appends to it.
    QList<ProjectInput> inputs;
    for (const QString& recipe : recipes) {
        QStringList own = files;
        own.removeIf([&](const QString& file) {
            const bool other = recipes.contains(file) && file != recipe;
            return other || (file.endsWith(".bbappend"_L1) && !appendsTo(file, recipe));
        });
        inputs.append(readTogether(own, settings));
    }
    return combineRecipes(inputs);
}

} // namespace Stowage

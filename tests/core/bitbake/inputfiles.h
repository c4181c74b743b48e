// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/bitbake/bitbakeproject.h"
#include "fixtures.h"

#include <QTemporaryDir>

namespace Stowage::Test
{

/** A directory with files to read. */
struct Files {
    QTemporaryDir directory;
    QStringList inputs;

    QString add(const QString& name, const QByteArray& content, bool input = true)
    {
        writeFile(directory.filePath(name), content);
        if (input) {
            inputs.append(name);
        }
        return directory.filePath(name);
    }

    [[nodiscard]] BuildSettings settings() const
    {
        BuildSettings settings;
        settings.directory = directory.path();
        return settings;
    }

    [[nodiscard]] ProjectInput read() const { return readInputs(inputs, settings()); }
};

/** What is read from a local.conf that holds @p text. */
[[nodiscard]] inline ProjectInput readText(const QByteArray& text)
{
    Files files;
    files.add(QStringLiteral("local.conf"), text);
    return files.read();
}

/** The entries of the guests of @p project. */
[[nodiscard]] inline QStringList entries(const Project& project)
{
    QStringList names;
    for (const Guest& guest : project.guests) {
        names.append(guest.entry);
    }
    return names;
}

/** The problems as "severity code line", one a line. */
[[nodiscard]] inline QString listed(const QList<Problem>& problems)
{
    const QStringList names{QStringLiteral("note"), QStringLiteral("warning"), QStringLiteral("error")};
    QStringList lines;
    for (const Problem& problem : problems) {
        lines.append(QStringLiteral("%1 %2 %3")
                         .arg(names.at(static_cast<qsizetype>(problem.severity)), QString(problem.code))
                         .arg(problem.where.line));
    }
    return lines.join(u'\n');
}

} // namespace Stowage::Test

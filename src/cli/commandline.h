// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "cli/command.h"

#include <QStringList>

#include <memory>
#include <vector>

namespace Stowage
{

/** The command line as a whole: finds the verb, parses its options, gives help. Used on the main thread. */
class CommandLine
{
public:
    explicit CommandLine(Console& console);

    /**
     * Runs what @p arguments say, the program's name left out. The object and @p stop's source outlive the task;
     * a stop request must come on the main thread.
     */
    [[nodiscard]] QCoro::Task<ExitStatus> run(QStringList arguments, std::stop_token stop);

    [[nodiscard]] const std::vector<std::unique_ptr<Command>>& commands() const { return m_commands; }

    /** The options that every verb has. */
    [[nodiscard]] static QList<QCommandLineOption> commonOptions();

private:
    [[nodiscard]] const Command* find(const QString& name) const;
    [[nodiscard]] ExitStatus runWithoutVerb(const QStringList& arguments);
    [[nodiscard]] ExitStatus reportUnknown(const QString& name);
    [[nodiscard]] QCoro::Task<ExitStatus> runCommand(const Command& command, QStringList arguments,
                                                     std::stop_token stop);
    [[nodiscard]] QString help() const;
    [[nodiscard]] static QString helpOf(const Command& command);
    /** The version of the program and those of the tools that it runs. */
    [[nodiscard]] static QString versionText();

    Console& m_console;
    std::vector<std::unique_ptr<Command>> m_commands;
};

} // namespace Stowage

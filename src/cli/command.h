// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "cli/console.h"
#include "cli/exitstatus.h"

#include <QCommandLineParser>
#include <QCoroTask>

#include <stop_token>

namespace Stowage
{

/** What a verb is given to run. */
struct Invocation {
    const QCommandLineParser& parser; ///< Has parsed the verb's own options and the common ones.
    Console& console;
    std::stop_token stop; ///< Requested on the main thread, on the first SIGINT or SIGTERM.
};

/** One verb of the command line: what it is called, what it takes, what it does. Stateless; used on the main thread. */
class Command
{
public:
    Command() = default;
    Command(const Command&) = delete;
    Command& operator=(const Command&) = delete;
    Command(Command&&) = delete;
    Command& operator=(Command&&) = delete;
    virtual ~Command() = default;

    [[nodiscard]] virtual QString name() const = 0;
    /** One line for the list of verbs. */
    [[nodiscard]] virtual QString summary() const = 0;
    /** The positional arguments, as in "SOURCE OUTPUT". */
    [[nodiscard]] virtual QString arguments() const = 0;
    /** What a user has to know beside the options; may be empty. */
    [[nodiscard]] virtual QString description() const { return {}; }
    [[nodiscard]] virtual QList<QCommandLineOption> options() const = 0;
    /** Least and most number of positional arguments; -1: any number. */
    [[nodiscard]] virtual int leastArguments() const { return 1; }
    [[nodiscard]] virtual int mostArguments() const { return -1; }

    /** Does the work. @p invocation outlives the task. Work that touches the disk runs on other threads. */
    [[nodiscard]] virtual QCoro::Task<ExitStatus> run(Invocation& invocation) const = 0;

protected:
    /** Tells a mistake in the command line and where to read more. */
    [[nodiscard]] ExitStatus wrongUsage(const Invocation& invocation, const QString& text) const;
};

/** The status of a run that ended with @p error. */
[[nodiscard]] ExitStatus exitStatusFor(const Error& error);

/** @p path made absolute from the current directory, for messages and for work that outlives a change of it. */
[[nodiscard]] QString absolute(const QString& path);

} // namespace Stowage

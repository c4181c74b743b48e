// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/support/result.h"

#include <QByteArray>
#include <QProcessEnvironment>
#include <QStringList>

#include <chrono>
#include <functional>
#include <stop_token>

namespace Stowage
{

/** A child process to start, as a value. Never a shell string. */
struct CommandSpec {
    QString program; ///< Name looked up in PATH and the usual sbin directories, or an absolute path.
    QStringList arguments;
    QString workingDirectory;
    QProcessEnvironment extraEnvironment; ///< Added to the process's own environment.
    /**
     * Files and directories (with all in them) that the child may write; the rest of the disk is read-only to it. Each
     * must exist: an output file is made empty first, or its directory named.
     */
    QStringList writablePaths;
    qint64 addressSpaceLimit = 0; ///< Bytes, 0: the default limit.
    std::chrono::seconds cpuLimit{0}; ///< 0: the default limit.

    /** The command as one line that a shell would take, for reports. */
    [[nodiscard]] QString toString() const;
};

/** How a child process ended. */
struct CommandOutcome {
    enum class State { Succeeded, ExitedWithError, FailedToStart, Crashed, Cancelled };

    State state = State::FailedToStart;
    int exitCode = -1; ///< Valid for Succeeded and ExitedWithError.
    QByteArray standardOutput; ///< At most the last 1 MiB.
    QByteArray standardError; ///< At most the last 1 MiB.
    QString errorText; ///< Why it failed to start, or what ended it when it crashed.

    /** An error for every state but Succeeded: the tool's own last words, or the package that ships a missing tool. */
    [[nodiscard]] Result<void> toResult(const CommandSpec& spec) const;
};

/** Called on the worker thread with each piece of the child's standard output or error, for progress. */
using OutputSink = std::function<void(const QByteArray& piece)>;

/**
 * Runs child processes. run() blocks until the child is gone: not for a thread that has something else to answer, as the
 * GUI's; a program that only waits for the child may call it anywhere.
 * Implementations are thread-safe.
 */
class CommandRunner
{
public:
    CommandRunner() = default;
    CommandRunner(const CommandRunner&) = delete;
    CommandRunner& operator=(const CommandRunner&) = delete;
    CommandRunner(CommandRunner&&) = delete;
    CommandRunner& operator=(CommandRunner&&) = delete;
    virtual ~CommandRunner() = default;

    /** Runs @p spec. A stop request ends the child (terminate, a short grace, kill) before this returns Cancelled. */
    [[nodiscard]] virtual CommandOutcome run(const CommandSpec& spec, const std::stop_token& stop,
                                             const OutputSink& onOutput = {}) = 0;
};

} // namespace Stowage

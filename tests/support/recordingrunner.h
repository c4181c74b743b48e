// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/process/commandrunner.h"

#include <QList>

#include <mutex>

namespace Stowage::Test
{

/** A runner that starts nothing: it notes what it was asked and plays what a test scripted. Thread-safe. */
class RecordingRunner final : public CommandRunner
{
public:
    using Script = std::function<CommandOutcome(const CommandSpec& spec, const std::stop_token& stop)>;

    /** The outcome of the next call that has none yet. Its output goes to the sink, too. */
    void enqueue(const CommandOutcome& outcome);
    /** Answers every call that nothing was enqueued for; without a script those fail to start. */
    void setScript(Script script);
    /** What was asked, in order. */
    [[nodiscard]] QList<CommandSpec> specs() const;

    [[nodiscard]] CommandOutcome run(const CommandSpec& spec, const std::stop_token& stop,
                                     const OutputSink& onOutput = {}) override;

    [[nodiscard]] static CommandOutcome succeeded(const QByteArray& standardOutput = {});
    [[nodiscard]] static CommandOutcome exited(int exitCode, const QByteArray& standardError);

private:
    [[nodiscard]] CommandOutcome answer(const CommandSpec& spec, const std::stop_token& stop);

    mutable std::mutex m_mutex;
    QList<CommandSpec> m_specs;
    QList<CommandOutcome> m_outcomes;
    Script m_script;
};

} // namespace Stowage::Test

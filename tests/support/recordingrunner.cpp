// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "recordingrunner.h"

namespace Stowage::Test
{

void RecordingRunner::enqueue(const CommandOutcome& outcome)
{
    const std::scoped_lock lock(m_mutex);
    m_outcomes.append(outcome);
}

void RecordingRunner::setScript(Script script)
{
    const std::scoped_lock lock(m_mutex);
    m_script = std::move(script);
}

QList<CommandSpec> RecordingRunner::specs() const
{
    const std::scoped_lock lock(m_mutex);
    return m_specs;
}

CommandOutcome RecordingRunner::answer(const CommandSpec& spec, const std::stop_token& stop)
{
    Script script;
    {
        const std::scoped_lock lock(m_mutex);
        m_specs.append(spec);
        if (!m_outcomes.isEmpty()) {
            return m_outcomes.takeFirst();
        }
        script = m_script;
    }
    return script ? script(spec, stop) : CommandOutcome();
}

CommandOutcome RecordingRunner::run(const CommandSpec& spec, const std::stop_token& stop, const OutputSink& onOutput)
{
    const CommandOutcome outcome = answer(spec, stop);
    for (const QByteArray& stream : {outcome.standardOutput, outcome.standardError}) {
        if (onOutput && !stream.isEmpty()) {
            onOutput(stream);
        }
    }
    return outcome;
}

CommandOutcome RecordingRunner::succeeded(const QByteArray& standardOutput)
{
    CommandOutcome outcome;
    outcome.state = CommandOutcome::State::Succeeded;
    outcome.exitCode = 0;
    outcome.standardOutput = standardOutput;
    return outcome;
}

CommandOutcome RecordingRunner::exited(int exitCode, const QByteArray& standardError)
{
    CommandOutcome outcome;
    outcome.state = CommandOutcome::State::ExitedWithError;
    outcome.exitCode = exitCode;
    outcome.standardError = standardError;
    return outcome;
}

} // namespace Stowage::Test

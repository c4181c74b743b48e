// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/process/processrunner.h"

namespace Stowage::Test
{

inline CommandSpec command(const QString& program, const QStringList& arguments, const QStringList& writable = {})
{
    CommandSpec spec;
    spec.program = program;
    spec.arguments = arguments;
    spec.writablePaths = writable;
    return spec;
}

/** A shell script as a command. */
inline CommandSpec shell(const QString& script, const QStringList& writable = {})
{
    return command(QStringLiteral("sh"), {QStringLiteral("-c"), script}, writable);
}

/** Runs it for real. */
inline CommandOutcome run(const CommandSpec& spec, const std::stop_token& stop = {}, const OutputSink& sink = {})
{
    return ProcessRunner().run(spec, stop, sink);
}

} // namespace Stowage::Test

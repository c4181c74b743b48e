// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "cli/command.h"

namespace Stowage
{

/** Tells what each file or directory is and which import handler takes it. */
class ProbeCommand final : public Command
{
public:
    [[nodiscard]] QString name() const override;
    [[nodiscard]] QString summary() const override;
    [[nodiscard]] QString arguments() const override;
    [[nodiscard]] QList<QCommandLineOption> options() const override;
    [[nodiscard]] QCoro::Task<ExitStatus> run(Invocation& invocation) const override;
};

} // namespace Stowage

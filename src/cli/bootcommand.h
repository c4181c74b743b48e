// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "cli/command.h"

namespace Stowage
{

/** `boot IMAGE`: boots a host under emulation, and tells how its guests fare. */
class BootCommand final : public Command
{
public:
    [[nodiscard]] QString name() const override;
    [[nodiscard]] QString summary() const override;
    [[nodiscard]] QString arguments() const override;
    [[nodiscard]] QString description() const override;
    [[nodiscard]] QList<QCommandLineOption> options() const override;
    [[nodiscard]] int mostArguments() const override { return 1; }
    [[nodiscard]] QCoro::Task<ExitStatus> run(Invocation& invocation) const override;
};

} // namespace Stowage

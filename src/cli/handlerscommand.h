// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "cli/command.h"

namespace Stowage
{

/** `handlers`: the import types with their tools, and which of the user's own may run. */
class HandlersCommand final : public Command
{
public:
    [[nodiscard]] QString name() const override;
    [[nodiscard]] QString summary() const override;
    [[nodiscard]] QString arguments() const override;
    [[nodiscard]] QString description() const override;
    [[nodiscard]] QList<QCommandLineOption> options() const override;
    [[nodiscard]] int leastArguments() const override { return 0; }
    [[nodiscard]] int mostArguments() const override { return 0; }
    [[nodiscard]] QCoro::Task<ExitStatus> run(Invocation& invocation) const override;
};

} // namespace Stowage

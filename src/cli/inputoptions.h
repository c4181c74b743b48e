// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "cli/command.h"
#include "core/bitbake/bitbakeproject.h"
#include "core/output/builder.h"

#include <QList>

namespace Stowage
{

/** The options of every verb that reads INPUT: --deploy-dir, --unpack-dir, --machine, --kernel-type, --host. */
[[nodiscard]] QList<QCommandLineOption> inputOptions();

/** What was asked to be read. */
struct InputRequest {
    QStringList files;
    BuildSettings settings;
    QString host; ///< Absolute; empty: as the input says.
    QList<OutputSpec> outputs; ///< Empty: as the input says; likewise the next two.
    std::optional<DiskSettings::Table> table;
    std::optional<DiskSettings::Boot> boot;
};

/** The request in @p invocation; relative paths count from the current directory. */
[[nodiscard]] InputRequest inputRequest(const Invocation& invocation);

/** Reads @p request. Blocks on the disk. Once @p stop is requested the result is of no use. */
[[nodiscard]] ProjectInput readInput(const InputRequest& request, const std::stop_token& stop);

/** Reads and plans @p request on another thread. */
[[nodiscard]] QCoro::Task<Plan> planInput(InputRequest request, std::stop_token stop);

} // namespace Stowage

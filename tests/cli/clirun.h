// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "cli/commandline.h"

#include <QJsonDocument>
#include <QStringList>

#include <stop_token>

namespace Stowage::Test
{

/** What a run of the command line ended with and wrote. */
struct Run {
    ExitStatus status = ExitStatus::Done;
    QString out;
    QString err;

    [[nodiscard]] QJsonDocument json() const { return QJsonDocument::fromJson(out.toUtf8()); }
};

/** Runs the command line in this process. */
[[nodiscard]] Run run(const QStringList& arguments, std::stop_token stop = {});

} // namespace Stowage::Test

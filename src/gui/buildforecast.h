// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/output/builder.h"
#include "core/output/outputchecks.h"
#include "models/diskpicture.h"

namespace Stowage
{

/** What is to be built, before it is. */
struct BuildQuestion {
    Project project; ///< With the host and the outputs that are asked about; their paths are absolute.
    QList<Problem> inputProblems; ///< See PlanController::setInputProblems().
    QString projectFile; ///< Empty: it has none.
    std::optional<Plan> plan; ///< The window's: it is used where it is of such a project, and its problems are known.
    std::optional<Plan> lastPlan; ///< BuildForecast::plan of the last answer.
};

/** What is known of a build before it is started. */
struct BuildForecast {
    /** What becomes of a place. */
    struct Line {
        enum class State { Good, Warning, Error };
        State state = State::Good;
        QString text;
    };
    /** An image, and what will be in it. */
    struct Image {
        QString kind;
        DiskPicture picture;
    };

    std::optional<Plan> plan; ///< One that was made because the window's does not fit.
    QList<Line> space; ///< A line a file system; then what is replaced.
    QStringList errors; ///< That nothing else in the window shows.
    bool hasProblems = false; ///< The window's list has errors that stand in the way.
    QList<Image> images;

    [[nodiscard]] bool isGood() const;
};

/** What @p space tells of one file system. */
[[nodiscard]] BuildForecast::Line spaceLine(const SpaceForecast& space);

/** Answers @p question. Blocks on the disk, until @p stop: not for the GUI thread. */
[[nodiscard]] BuildForecast forecastBuild(const BuildQuestion& question, const std::stop_token& stop);

} // namespace Stowage

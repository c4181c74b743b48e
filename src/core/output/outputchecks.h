// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/output/outputwriter.h"

#include <QStringList>

#include <optional>

namespace Stowage
{

/** @p outputs in the order in which they are written: trees last, as the last of them takes the images over. */
[[nodiscard]] QList<OutputSpec> inBuildOrder(QList<OutputSpec> outputs);

/** How the disk that an import makes comes into the outputs. */
enum class DiskWay {
    Prepared, ///< As a file in the work area, made beforehand.
    Placed, ///< Converted into its place by the one writer that there is.
    Read, ///< From its source, which it is the same as.
};
[[nodiscard]] DiskWay diskWay(const ImportStep& step, const QList<OutputSpec>& outputs);

/**
 * Whether writing @p output would write over @p source or into it, or would remove it with what it replaces: one of the
 * two is the other or lies in it, links resolved. Blocks on the disk.
 */
[[nodiscard]] bool overlap(const QString& output, const QString& source);

/**
 * Why @p outputs of @p layout cannot be written, each error naming the output as its place: unknown kinds, what
 * OutputWriter::check() finds, outputs that lie in each other or share a file with what the layout is made from or with
 * @p inputs. Empty when they can be. Blocks on the disk.
 */
[[nodiscard]] QList<Error> checkOutputs(const Layout& layout, const QList<OutputSpec>& outputs,
                                        const QStringList& inputs);

/**
 * Which of @p outputs state a size that is too small for @p layout: an error each, with a size that is enough; and which are
 * disks with a partition that their table does not let become as large as it must. Of images that
 * an import is yet to make, only what they hold at least is known; the writer finds what that leaves out. Blocks on the disk.
 */
[[nodiscard]] QList<Error> checkSizes(const Layout& layout, const QList<OutputSpec>& outputs, JobContext& context,
                                      CommandRunner& runner);

/** Space that a build needs and finds, for one file system. */
struct SpaceForecast {
    QStringList outputs; ///< Paths of those that lie there.
    qint64 needed = 0; ///< Bytes, the work area included where it lies there too.
    std::optional<qint64> available; ///< Bytes that the user may fill; none: the file system does not say.

    [[nodiscard]] bool isEnough() const { return !available || needed <= *available; }
};

/** What @p outputs of @p layout will take, one entry a file system. Blocks on the disk, until @p stop. */
[[nodiscard]] QList<SpaceForecast> forecastSpace(const Layout& layout, const QList<OutputSpec>& outputs,
                                                 const std::stop_token& stop);

} // namespace Stowage

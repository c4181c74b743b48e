// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/jobs/job.h"
#include "core/layout/layout.h"
#include "core/process/commandrunner.h"
#include "core/project/project.h"

#include <QHash>

namespace Stowage
{

/** Finished images by ImportStep::artifact. */
struct Artifacts {
    /** Absolute paths. Disks that a writer is to make in their places have none. */
    QHash<QString, QString> files = {};
    bool mayMove = false; ///< Nothing needs the files afterwards: a writer may rename them into its output.
    QHash<QString, qint64> expected = {}; ///< To measure before they are made: the least bytes of data in each.
};

/** What was written. */
struct OutputReport {
    QString kind = {};
    QString path = {}; ///< Absolute.
    QString ownersFile = {}; ///< List of owners beside the tree; empty when the tree has the right ones.
    QString bmapFile = {}; ///< Block map beside the image; empty without one.
    qint64 files = 0;
    qint64 bytes = 0; ///< Apparent size of all files; of an image: of the raw one.
};

/**
 * Writes a layout in one kind of form. Stateless and thread-safe; write() blocks on the disk and runs on a worker.
 * To add a kind: derive, implement, and list it in outputwriter.cpp.
 */
class OutputWriter
{
public:
    OutputWriter() = default;
    OutputWriter(const OutputWriter&) = delete;
    OutputWriter& operator=(const OutputWriter&) = delete;
    OutputWriter(OutputWriter&&) = delete;
    OutputWriter& operator=(OutputWriter&&) = delete;
    virtual ~OutputWriter() = default;

    /** Name on the command line and in project files: "tree", "tar". */
    [[nodiscard]] virtual QString kind() const = 0;
    [[nodiscard]] virtual QString title() const = 0;

    /**
     * Whether @p output can be written: its directory exists and is writable, what is there may be replaced; as a file, and
     * as an image's where makesImage() (see ImageFile).
     */
    [[nodiscard]] virtual Result<void> check(const OutputSpec& output) const;
    /** External programs that write() starts, beside those for the form of an image; see tools.h. */
    [[nodiscard]] virtual QStringList requirements() const { return {}; }
    /** Whether write() converts disks straight into their places where Artifacts has no file for them. */
    [[nodiscard]] virtual bool placesDisks() const { return false; }
    /** Whether it writes an ImageFile, to which OutputSpec::sizeMiB and OutputSpec::bmap mean something. */
    [[nodiscard]] virtual bool makesImage() const { return false; }
    /** Ends of the names of what it writes, the usual one first; empty where that does not matter. */
    [[nodiscard]] virtual QStringList suffixes() const { return {}; }
    /** Why what write() needs for @p layout is not installed: requirements(), and what a writer adds. Touches the disk. */
    [[nodiscard]] virtual QList<Error> missing(const Layout& layout) const;

    /**
     * Writes @p layout to the path of @p output: into a temporary sibling, verified, then renamed into place. On error,
     * cancel or a crash the path holds what it held before.
     */
    [[nodiscard]] virtual Result<OutputReport> write(const Layout& layout, const Artifacts& artifacts,
                                                     const OutputSpec& output, JobContext& context,
                                                     CommandRunner& runner) const = 0;
};

/** The writer for @p kind; null when there is none. Writers live as long as the program. */
[[nodiscard]] const OutputWriter* findWriter(const QString& kind);
[[nodiscard]] QList<const OutputWriter*> allWriters();

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/jobs/job.h"
#include "core/process/commandrunner.h"
#include "core/project/guest.h"
#include "core/sources/sourceprobe.h"
#include "core/support/sparsetarget.h"

#include <QStringList>

namespace Stowage
{

/** One conversion to do. */
struct ImportRequest {
    QString source; ///< Absolute path; empty for a handler that takes none.
    QString output; ///< File to make; does not exist yet, its directory does.
    qint64 sizeMiB = 0; ///< Size of the image, where the handler makes one from files.
    OwnerRule owners = OwnerRule::Automatic;
    bool isPacked = false; ///< The source was found to be compressed: SourceInfo::codec.
    QString member = {}; ///< Which file of the source is meant, where it holds several; empty: the first.
    std::optional<FirstBoot> firstBoot = {}; ///< What is written into an image that is made from files.
    QString device = {}; ///< The image's device in the guest ("xvda"), for its fstab.

    bool operator==(const ImportRequest&) const = default;
};

/**
 * Converts one kind of source into a disk image that Xen uses.
 *
 * Handlers have no state and are thread-safe; all but type(), title(), requirements(), usesImageSize(), usesSource() and
 * allowed() block on the disk and run on worker threads.
 *
 * How to add a handler to the program (those of the user's own are CustomHandler):
 * 1. Derive a class in a file of its own beside this one ("squashfshandler.cpp") and list the file in CMakeLists.txt.
 *    type() is what people write as XEN_GUEST_SOURCE_TYPE and never changes.
 * 2. check() refuses every source that run() could not convert, before anything is started: parse the header yourself,
 *    with bounds, and be sure that it names no other file. Say what is wrong, in which file, and what to do (Error).
 * 3. run() refuses what check() does, makes the file request.output with NewOutput, which removes it again on every way out but
 *    keep(), tells its progress in bytes, looks at context.stop in every loop, and verifies what it has made. A program
 *    it needs is started through the runner alone, gets the output as its only writable path, and stands in
 *    requirements(); src/core/process/tools.cpp knows the package that ships it. Pass names so that the program cannot
 *    take them for options or protocols.
 * 4. List it in handlerregistry.cpp, and let probeSource() (src/core/sources/sourceprobe.cpp) name its type for what
 *    it recognises, so that dropped files find it.
 * 5. Test it in tests/core/import: real input against the reference tool's result, broken input of each kind, cancel in
 *    the middle, a missing tool. The same input has to give the same bytes.
 */
class ImportHandler
{
public:
    ImportHandler() = default;
    ImportHandler(const ImportHandler&) = delete;
    ImportHandler& operator=(const ImportHandler&) = delete;
    ImportHandler(ImportHandler&&) = delete;
    ImportHandler& operator=(ImportHandler&&) = delete;
    virtual ~ImportHandler() = default;

    /** Stable name, as in XEN_GUEST_SOURCE_TYPE. */
    [[nodiscard]] virtual QString type() const = 0;
    /** Name for people. */
    [[nodiscard]] virtual QString title() const = 0;
    /** External programs that run() starts; see tools.h. */
    [[nodiscard]] virtual QStringList requirements() const { return {}; }
    /** Whether ImportRequest::sizeMiB means something to it. */
    [[nodiscard]] virtual bool usesImageSize() const { return false; }
    /** Whether ImportRequest::firstBoot means something to it. */
    [[nodiscard]] virtual bool usesFirstBoot() const { return false; }
    /** Whether it takes a source at all; one that does not makes something out of nothing. */
    [[nodiscard]] virtual bool usesSource() const { return true; }
    /** An error when the user has yet to allow that it runs; what is built in always may. */
    [[nodiscard]] virtual Result<void> allowed() const { return {}; }

    /**
     * Checks before anything is started that @p request will work: the source is what the handler takes, its header
     * is sane, the size is enough. Reads headers and tables (of a QCOW2 disk all that map
     * its clusters) and walks directories; content is read, to its end, only of what is compressed.
     * @return the size in bytes of the image that run() will make.
     */
    [[nodiscard]] virtual Result<qint64> check(const ImportRequest& request, const std::stop_token& stop) const = 0;

    /** How a writer may come to the image without a file of its own for it. */
    enum class InPlace {
        No,
        Copy, ///< The image is the source as it is, and can be read from there.
        Convert, ///< runInto() makes it wherever it is to be.
    };
    [[nodiscard]] virtual InPlace inPlace(const ImportRequest& request) const
    {
        Q_UNUSED(request)
        return InPlace::No;
    }

    /**
     * For InPlace::Convert: bytes of the image that can be anything but zeros, rather too many than too few; @p request as
     * for check().
     */
    [[nodiscard]] virtual Result<qint64> dataBytes(const ImportRequest& request, const std::stop_token& stop) const
    {
        return check(request, stop);
    }
    /**
     * For InPlace::Convert: makes the image in @p target, which is empty and will have the bytes that check() told: a source
     * that has changed since is an error. Otherwise as run(); request.output is the name for a work file, which is gone
     * afterwards.
     */
    [[nodiscard]] virtual Result<void> runInto(const ImportRequest& request, SparseTarget& target, JobContext& context,
                                               CommandRunner& runner) const;

    /**
     * Makes the image. On error or cancel no file is left at request.output. Progress is in bytes. Finds whatever check()
     * finds itself, as the source may have changed since.
     */
    [[nodiscard]] virtual Result<void> run(const ImportRequest& request, JobContext& context,
                                           CommandRunner& runner) const = 0;
};

/**
 * Runs @p handler as ImportHandler::run() does. A source that changes meanwhile, or is replaced by another one, is
 * an error: what was read may be half the old and half the new one.
 */
[[nodiscard]] Result<void> runImport(const ImportHandler& handler, const ImportRequest& request, JobContext& context,
                                     CommandRunner& runner);

/**
 * Runs @p spec for a handler. The report gets the command and, when it fails, the last 64 KiB of what the tool said.
 * Blocks until the tool is gone; worker threads only.
 */
[[nodiscard]] Result<void> runTool(const CommandSpec& spec, JobContext& context, CommandRunner& runner,
                                   const OutputSink& onOutput = {});

/** The same, for who needs to know how the tool ended. */
[[nodiscard]] CommandOutcome runToolReported(const CommandSpec& spec, JobContext& context, CommandRunner& runner,
                                             const OutputSink& onOutput = {});

/** The handler named @p type; null when there is none. Handlers live as long as the program. Thread-safe, no disk. */
[[nodiscard]] const ImportHandler* findHandler(const QString& type);

/**
 * The handler of a step of a build (ImportStep::handler): one of those that findHandler() finds, or what takes kernels and
 * ramdisks out of images. Null when there is none.
 */
[[nodiscard]] const ImportHandler* findStepHandler(const QString& type);

/** The same for work that was planned: one that refuses everything where there is none any more. */
[[nodiscard]] const ImportHandler& plannedHandler(const QString& type);

/** All handlers, in the order in which they are offered, those of the user's own last. Thread-safe, no disk. */
[[nodiscard]] QList<const ImportHandler*> allHandlers();

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/jobs/job.h"
#include "core/process/commandrunner.h"
#include "core/project/guest.h"
#include "core/sources/sourceprobe.h"

#include <QStringList>

namespace Stowage
{

/** One conversion to do. */
struct ImportRequest {
    QString source; ///< Absolute path.
    QString output; ///< File to make; does not exist yet, its directory does.
    qint64 sizeMiB = 0; ///< Size of the image, where the handler makes one from files.
    OwnerRule owners = OwnerRule::Automatic;

    bool operator==(const ImportRequest&) const = default;
};

/**
 * Converts one kind of source into a disk image that Xen uses. To add one: derive, implement, and list it in
 * handlerregistry.cpp. Handlers have no state and are thread-safe; all but type(), title() and requirements() block on
 * the disk and run on worker threads.
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

    /**
     * Checks before anything is started that @p request will work: the source is what the handler takes, its header
     * is sane, the size is enough. Reads headers and walks directories, no more.
     * @return the size in bytes of the image that run() will make.
     */
    [[nodiscard]] virtual Result<qint64> check(const ImportRequest& request, const std::stop_token& stop) const = 0;

    /**
     * Makes the image. On error or cancel no file is left at request.output. Progress is in bytes. Calls check()
     * itself, as the source may have changed since.
     */
    [[nodiscard]] virtual Result<void> run(const ImportRequest& request, JobContext& context, CommandRunner& runner) const = 0;
};

/** The handler named @p type; null when there is none. Handlers live as long as the program. */
[[nodiscard]] const ImportHandler* findHandler(const QString& type);

/** All handlers, in the order in which they are offered. */
[[nodiscard]] QList<const ImportHandler*> allHandlers();

} // namespace Stowage

// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/boot/bootfirmware.h"
#include "core/boot/bootverdict.h"
#include "core/jobs/job.h"
#include "core/process/commandrunner.h"

#include <QHash>
#include <QStringList>

#include <chrono>
#include <functional>

namespace Stowage
{

/** What to boot, and what to wait for. */
struct BootRequest {
    QString
        image; ///< The host's system with its guests: ext4 image or raw disk, compressed or not, QCOW2 disk, archive or directory. It is not changed.
    QString host; ///< The host over which `image`, a staging tree without one, is laid; empty: it is whole.
    BootFirmware firmware =
        BootFirmware::None; ///< Starts `image`, a disk, by its own boot loader; the next three are empty then.
    QString hypervisor; ///< Files on this system in place of those in the image's /boot; empty: the image's.
    QString kernel;
    QString ramdisk;
    QString user = QStringLiteral("root"); ///< Who logs in to the host on its console.
    QString password; ///< Empty: there is none.
    QString pattern; ///< Regular expression for what a running guest's console says; empty: a login prompt.
    QHash<QString, QString> patterns; ///< The same for guests by name.
    QStringList commands; ///< For the host's shell, once its guests are up or down.
    qint64 dom0MemoryMiB = 1024;
    std::chrono::seconds timeout{900};
};

/** How a boot went. */
struct BootReport {
    QString accelerator; ///< "kvm" or "tcg"
    qint64 milliseconds = 0; ///< From the start of the machine to the last verdict.
    bool timedOut = false; ///< Guests that wait or have only started had no more time.
    QList<GuestVerdict> guests; ///< Those that start by themselves, in the order of their files.
    QStringList answers; ///< What BootRequest::commands said.

    /** Whether all guests are running. */
    [[nodiscard]] bool isGood() const;
};

/** Told on the worker thread how it goes. */
struct BootObserver {
    std::function<void(const QString& text)> console; ///< Text of the host, and of guests with "[name] " before lines.
    std::function<void(BootStage stage, const QList<GuestVerdict>& guests)> changed;
};

/** How @p stage is called, for the user. */
[[nodiscard]] QString stageTitle(BootStage stage);

/**
 * Starts @p request's image under Xen in QEMU, with KVM where that works, and waits until every guest that starts by
 * itself runs, has crashed, or the time is up. An error is a host that does not come up. Blocks; worker threads only. The
 * machine and all that belongs to it is gone when this returns.
 */
[[nodiscard]] Result<BootReport> checkBoot(const BootRequest& request, const BootObserver& observer,
                                           JobContext& context, CommandRunner& runner);

} // namespace Stowage
